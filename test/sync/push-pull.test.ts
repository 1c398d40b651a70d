import { describe, expect, it } from 'vitest';
import { MEBIBYTE, randomContent } from '../support/random-content.ts';
import { type TestFiles, textsOf } from '../support/test-project.ts';
import { fileRemote, pair, type Replica, replica, treeOf } from './support/replicas.ts';

describe('push and pull', () => {
  it('bring a workspace to a second machine, byte for byte', async () => {
    const large = Buffer.alloc(1_400_000, 'abc');
    const { a, b } = await pair({
      'README.md': '# Hi\n',
      'src/a.ts': 'a\n',
      'src/deep/er/b.ts': 'b\n',
      'large.bin': large,
      'empty/': '',
    });
    expect(await textsOf(b.workspace)).toEqual(await textsOf(a.workspace));
    expect(Buffer.compare(await b.workspace.readFile('large.bin'), large)).toBe(0);
    expect(await b.workspace.exists('empty')).toBe(true);
    expect(await treeOf(b)).toBe(await treeOf(a));
  });

  it('keep content as small as it has travelled', async () => {
    const text = 'The same line again and again.\n'.repeat(2_000);
    const { b } = await pair({ 'a.txt': text, 'b.bin': randomContent(50_000) });
    const { objects } = await b.afs.storage.usage();
    const content = objects.find(({ kind }) => kind === 'content');
    expect(content).toMatchObject({ count: 2, size: text.length + 50_000 });
    expect(content?.stored).toBeLessThan(52_000);
    expect(await b.workspace.readText('a.txt')).toBe(text);
    expect(await b.afs.verify()).toMatchObject({ ok: true });
  });

  it.each(['in the clear', 'encrypted'])(
    'send of a large file what was edited, %s',
    async (how) => {
      const content = randomContent(3 * MEBIBYTE);
      const url = fileRemote();
      const key = how === 'encrypted' ? randomContent(32).toString('base64') : undefined;
      const share = async (files: TestFiles): Promise<Replica> => {
        const each = await replica(url, files);
        if (key !== undefined)
          await each.workspace.sync.enable({ tursoDb: url, encryptionKey: key });
        return each;
      };
      const a = await share({ 'large.bin': content });
      await a.workspace.sync.push();
      const b = await share({});
      await b.workspace.sync.pull();
      content.write('an edit', 1_500_000);
      await b.workspace.patchFile('large.bin', Buffer.from('an edit'), 1_500_000);
      expect((await b.workspace.sync.push()).objects).toBeLessThan(12);
      const grown = Buffer.concat([Buffer.from('in front'), content]);
      await a.workspace.sync.pull();
      expect(content.equals(await a.workspace.readFile('large.bin'))).toBe(true);
      await a.workspace.writeFile('large.bin', grown);
      expect((await a.workspace.sync.push()).objects).toBeLessThan(12);
      expect((await b.workspace.sync.pull()).objects).toBeLessThan(12);
      expect(grown.equals(await b.workspace.readFile('large.bin'))).toBe(true);
      expect(await b.workspace.sync.verify()).toMatchObject({ ok: true });
      expect(await b.afs.verify()).toMatchObject({ ok: true });
    },
  );

  it('carry changes in both directions', async () => {
    const { a, b } = await pair({ 'a.txt': 'one\n' });
    await b.workspace.writeFile('b.txt', 'from b\n');
    const pushed = await b.workspace.sync.push();
    expect(pushed).toMatchObject({ direction: 'push', version: 2, upToDate: false });
    const pulled = await a.workspace.sync.pull();
    expect(pulled.changes.map(({ type, path }) => [type, path])).toEqual([['added', 'b.txt']]);
    expect(await a.workspace.readText('b.txt')).toBe('from b\n');
    expect(await treeOf(b)).toBe(await treeOf(a));
  });

  it('do nothing the second time', async () => {
    const { a, b } = await pair({ 'a.txt': 'one\n' });
    expect(await a.workspace.sync.push()).toMatchObject({ upToDate: true, objects: 0 });
    expect(await b.workspace.sync.pull()).toMatchObject({ upToDate: true, objects: 0 });
    expect(await b.workspace.sync.push()).toMatchObject({ upToDate: true, version: 1 });
  });

  it('merge changes to different files without a word', async () => {
    const { a, b } = await pair({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
    await a.workspace.writeFile('a.txt', 'changed by a\n');
    await b.workspace.writeFile('b.txt', 'changed by b\n');
    await a.workspace.sync.push();
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await textsOf(a.workspace)).toEqual({
      'a.txt': 'changed by a\n',
      'b.txt': 'changed by b\n',
    });
    expect(await treeOf(b)).toBe(await treeOf(a));
  });

  it('refuse to mix with a workspace of the same name that was never pulled', async () => {
    const url = fileRemote();
    const a = await replica(url, { 'a.txt': 'a\n' });
    await a.workspace.sync.push();
    const b = await replica(url, { 'b.txt': 'b\n' });
    await b.workspace.writeFile('c.txt', 'c\n');
    await expect(b.workspace.sync.push()).rejects.toMatchObject({ code: 'UNRELATED' });
    expect(await textsOf(b.workspace)).toEqual({ 'b.txt': 'b\n', 'c.txt': 'c\n' });
    await b.workspace.sync.push({ force: true });
    await a.workspace.sync.pull();
    expect(await textsOf(a.workspace)).toEqual({ 'b.txt': 'b\n', 'c.txt': 'c\n' });
  });
});

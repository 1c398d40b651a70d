import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_CONTENT_BYTES } from '../../src/operations/fields.ts';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

const MEBIBYTE = 1024 * 1024;

describe('file.read', () => {
  it('gives a file as text or base64, with its size', async () => {
    const { afs } = await setUp({ 'a.txt': 'zwölf\n', 'b.bin': new Uint8Array([0, 255]) });
    const call = operationsOf(afs);
    expect(await call('file.read', { workspace: 'w', path: '/a.txt' })).toEqual({
      path: '/a.txt',
      content: 'zwölf\n',
      encoding: 'utf8',
      size: 7,
    });
    const binary = { workspace: 'w', path: 'b.bin', encoding: 'base64' };
    expect(await call('file.read', binary)).toMatchObject({ content: 'AP8=', size: 2 });
    const failure = await failureOf(call('file.read', { workspace: 'w', path: 'b.bin' }));
    expect(failure).toEqual({
      code: 'EINVAL',
      message: "'b.bin' is not UTF-8 text.",
      hint: 'Read it with encoding base64.',
      details: { path: 'b.bin' },
    });
  });

  it('gives the whole text by parts, however they are cut, and never half a character', async () => {
    const { afs, workspace } = await setUp();
    const call = operationsOf(afs);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 9 }),
        async (text, limit) => {
          const whole = text.toWellFormed();
          await workspace.writeFile('a.txt', whole);
          const parts: unknown[] = [];
          for (let offset: unknown = 0; offset !== undefined; ) {
            const part = await call('file.read', { workspace: 'w', path: 'a.txt', offset, limit });
            parts.push(part['content']);
            offset = part['nextOffset'];
          }
          expect(parts.join('')).toBe(whole);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('shows what a command has written and not stored, where that is asked for', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'stored\n' });
    const call = operationsOf(afs);
    const line =
      'echo written > a.txt; mkdir new; echo x > new/b; until [ -e go ]; do sleep 0.05; done';
    const running = workspace.start(line);
    const where = { workspace: 'w', path: 'a.txt' };
    const written = (): Promise<boolean> => workspace.exists('new/b', { live: true });
    await expect.poll(written).toBe(true);
    expect(await call('file.read', where)).toMatchObject({ content: 'stored\n' });
    for (const unit of ['bytes', 'lines']) {
      const read = call('file.read', { ...where, unit, limit: 4, live: true });
      expect(await read).toMatchObject({ content: unit === 'bytes' ? 'writ' : 'written\n' });
    }
    expect(await call('file.stat', { ...where, live: true })).toMatchObject({ size: 8 });
    const list = { workspace: 'w', path: 'new', live: true };
    expect(await call('file.list', list)).toMatchObject({ files: [{ path: 'new/b' }] });
    await workspace.writeFile('go', '');
    await running.wait();
    expect(await call('file.read', where)).toMatchObject({ content: 'written\n' });
  });

  it('refuses an offset inside a character', async () => {
    const { afs } = await setUp({ 'a.txt': 'ä€😀' });
    const call = operationsOf(afs);
    for (const offset of [1, 3, 4, 6, 7, 8]) {
      const failure = await failureOf(call('file.read', { workspace: 'w', path: 'a.txt', offset }));
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', hint: /nextOffset/ });
    }
    for (const [offset, content] of [
      [2, '€😀'],
      [5, '😀'],
      [9, ''],
      [1000, ''],
    ]) {
      const read = { workspace: 'w', path: 'a.txt', offset };
      expect(await call('file.read', read)).toMatchObject({ content });
    }
  });

  it('counts lines on demand, from either end', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\ntwo\r\nthree', 'empty.txt': '' });
    const call = operationsOf(afs);
    const lines = (more: object): Promise<object> =>
      call('file.read', { workspace: 'w', path: 'a.txt', unit: 'lines', ...more });
    expect(await lines({})).toMatchObject({ content: 'one\ntwo\r\nthree', size: 14 });
    expect(await lines({ limit: 1 })).toMatchObject({ content: 'one\n', nextOffset: 1 });
    expect(await lines({ offset: 1, limit: 1 })).toMatchObject({
      content: 'two\r\n',
      nextOffset: 2,
    });
    expect(await lines({ offset: -1 })).toMatchObject({ content: 'three' });
    expect(await lines({ offset: -99 })).toMatchObject({ content: 'one\ntwo\r\nthree' });
    expect(await lines({ path: 'empty.txt' })).toMatchObject({ content: '', size: 0 });
    for (const wrong of [{ encoding: 'base64' }, { unit: 'bytes', offset: -1 }]) {
      expect(await failureOf(lines(wrong))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('reads of a large file what is asked for', async () => {
    const { afs, workspace } = await setUp();
    const call = operationsOf(afs);
    const block = 'ä'.repeat(MEBIBYTE / 2);
    await workspace.writeFile('large.txt', block.repeat(12));
    const first = await call('file.read', { workspace: 'w', path: 'large.txt' });
    expect(first).toMatchObject({ nextOffset: MEBIBYTE, size: 12 * MEBIBYTE });
    expect(first['content'] === block).toBe(true);
    const last = { workspace: 'w', path: 'large.txt', offset: 12 * MEBIBYTE - 3 };
    expect(await failureOf(call('file.read', last))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await call('file.read', { ...last, offset: last.offset + 1 })).toMatchObject({
      content: 'ä',
    });
    const lines = { workspace: 'w', path: 'large.txt', unit: 'lines' };
    expect(await failureOf(call('file.read', lines))).toMatchObject({ code: 'EFBIG' });
  });
});

describe('file.readMany', () => {
  it('reads what can be read, and says what is wrong with the others', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n', 'b.bin': new Uint8Array([255]) });
    const paths = ['a.txt', 'b.bin', 'c.txt'];
    const { files } = await operationsOf(afs)('file.readMany', { workspace: 'w', paths });
    expect(files).toMatchObject([
      { path: 'a.txt', content: 'one\n' },
      { path: 'b.bin', error: { code: 'EINVAL' } },
      { path: 'c.txt', error: { code: 'ENOENT', details: { path: '/c.txt' } } },
    ]);
  });
});

describe('file.write', () => {
  it('replaces, appends, or only creates, up to 10 MiB at a time', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    const write = (more: object): Promise<object> =>
      call('file.write', { workspace: 'w', ...more });
    expect(await write({ path: 'd/ä.txt', content: 'ä' })).toEqual({ path: 'd/ä.txt', bytes: 2 });
    await write({ path: 'a.txt', content: 'dHdvCg==', encoding: 'base64', append: true });
    expect(await workspace.readText('a.txt')).toBe('one\ntwo\n');
    const exists = await failureOf(write({ path: 'a.txt', content: '', create: true }));
    expect(exists).toMatchObject({ code: 'EEXIST' });
    await write({ path: 'max', content: 'x'.repeat(MAX_CONTENT_BYTES) });
    for (const [wrong, code] of [
      [{ path: 'x', content: 'x'.repeat(MAX_CONTENT_BYTES + 1) }, 'EFBIG'],
      [{ path: 'x', content: '\ud800' }, 'EINVAL'],
      [{ path: 'x', content: 'a', encoding: 'base64' }, 'EINVAL'],
      [{ path: 'x', content: '', mode: 0o1000 }, 'INVALID_ARGUMENT'],
      [{ path: '../x', content: '' }, 'INVALID_PATH'],
      [{ path: 'x\0', content: '' }, 'INVALID_PATH'],
      [{ path: '.git/config', content: '' }, 'INVALID_PATH'],
    ] as const) {
      expect(await failureOf(write(wrong))).toMatchObject({ code });
    }
    expect(await workspace.exists('x')).toBe(false);
  });
});

describe('file.edit', () => {
  it('replaces exact texts, all or none, and shows what it did', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': '1\n2\n3\n4\n5\n6\n7\n8\n9' });
    const call = operationsOf(afs);
    const edit = (list: object[], more = {}): Promise<Record<string, unknown>> =>
      call('file.edit', { workspace: 'w', path: '/a.txt', edits: list, ...more });
    const edits = [
      { oldText: '5\n', newText: 'five\n' },
      { oldText: 'five\n6', newText: 'five\nsix' },
    ];
    const preview = await edit(edits, { dryRun: true });
    expect(preview['diff']).toBe(
      '--- a/a.txt\n+++ b/a.txt\n@@ -2,8 +2,8 @@\n 2\n 3\n 4\n-5\n-6\n+five\n+six\n 7\n 8\n 9\n\\ No newline at end of file\n',
    );
    expect(await workspace.readText('a.txt')).toContain('5\n6');
    expect(await edit(edits)).toEqual({ ...preview, dryRun: false });
    expect(await workspace.readText('a.txt')).toBe('1\n2\n3\n4\nfive\nsix\n7\n8\n9');
    for (const [wrong, places] of [
      [{ oldText: 'nothing', newText: '' }, 0],
      [{ oldText: '\n', newText: '' }, 8],
    ] as const) {
      const failure = await failureOf(edit([{ oldText: '1', newText: 'x' }, wrong]));
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', details: { edit: 1, places } });
    }
    expect(await workspace.readText('a.txt')).toMatch(/^1\n/);
    await edit([{ oldText: '\n', newText: ' ', all: true }]);
    expect(await workspace.readText('a.txt')).toBe('1 2 3 4 five six 7 8 9');
  });

  it('loses none of several edits that come at once, and goes on after one that fails', async () => {
    const words = Array.from({ length: 30 }, (_, index) => `<${index}>`);
    const { afs, workspace } = await setUp({ 'a.txt': words.join('\n') });
    const call = operationsOf(afs);
    const edits = [...words, 'missing'].map((oldText) => {
      const edit = { oldText, newText: oldText.replace('<', '[') };
      return call('file.edit', { workspace: 'w', path: 'a.txt', edits: [edit] });
    });
    const ends = await Promise.allSettled(edits);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await workspace.readText('a.txt')).not.toContain('<');
  });

  it('makes patches that turn the text before into the text after', async () => {
    const line = fc.constantFrom('a\n', 'b\n', '\n', 'c');
    const texts = fc.array(line, { maxLength: 12 }).map((lines) => lines.join(''));
    const { afs, workspace } = await setUp();
    const call = operationsOf(afs);
    await fc.assert(
      fc.asyncProperty(texts, texts, async (before, after) => {
        const path = 'a.txt';
        await workspace.writeFile(path, `${before}|`);
        const edits = [{ oldText: `${before}|`, newText: after }];
        const { diff } = await call('file.edit', { workspace: 'w', path, edits, dryRun: true });
        await workspace.writeFile('p.diff', String(diff));
        const command = 'git apply --whitespace=nowarn p.diff && cat a.txt';
        if (diff !== '') {
          const { stdout } = await call('command.run', { workspace: 'w', command });
          expect(stdout).toBe(after);
        }
      }),
      { numRuns: 8 },
    );
  });
});

describe('changing files', () => {
  it('moves, copies, makes directories and deletes', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const call = operationsOf(afs);
    await call('file.makeDirectory', { workspace: 'w', path: 'd/e' });
    await call('file.makeDirectory', { workspace: 'w', path: 'd/e' });
    await call('file.move', { workspace: 'w', from: 'a.txt', to: 'd/a.txt' });
    await call('file.copy', { workspace: 'w', from: 'd', to: 'f' });
    const clash = { workspace: 'w', from: 'b.txt', to: 'd/a.txt' };
    expect(await failureOf(call('file.move', clash))).toMatchObject({ code: 'EEXIST' });
    const full = { workspace: 'w', path: 'd' };
    expect(await failureOf(call('file.delete', full))).toMatchObject({ code: 'ENOTEMPTY' });
    await call('file.delete', { ...full, recursive: true });
    await call('file.delete', { ...full, force: true });
    expect(await workspace.readdir()).toEqual(['b.txt', 'f']);
    expect(await call('file.stat', { workspace: 'w', path: 'f/a.txt' })).toMatchObject({
      kind: 'file',
      size: 4,
      mode: 0o644,
    });
  });
});

describe('listing', () => {
  it('gives a directory by pages, and the whole as a tree', async () => {
    const { afs, workspace } = await setUp({ 'a/b/c.txt': '', 'a/d.txt': '', 'e.txt': '' });
    const call = operationsOf(afs);
    await workspace.symlink('e.txt', 'link');
    const paths: string[] = [];
    for (let cursor: unknown; ; ) {
      const wanted = { workspace: 'w', recursive: true, limit: 2, cursor };
      const page = await call('file.list', JSON.parse(JSON.stringify(wanted)));
      expect(page['total']).toBe(6);
      paths.push(...(page['files'] as { path: string }[]).map(({ path }) => path));
      cursor = page['nextCursor'];
      if (cursor === undefined) break;
    }
    expect(paths).toEqual(['a', 'a/b', 'a/b/c.txt', 'a/d.txt', 'e.txt', 'link']);
    const { tree } = await call('file.tree', { workspace: 'w', exclude: ['e.txt'] });
    const file = 'file';
    expect(tree).toEqual([
      {
        name: 'a',
        kind: 'directory',
        children: [
          { name: 'b', kind: 'directory', children: [{ name: 'c.txt', kind: file }] },
          { name: 'd.txt', kind: file },
        ],
      },
      { name: 'link', kind: 'symlink' },
    ]);
    const below = { workspace: 'w', path: '/a/b' };
    expect(await call('file.tree', below)).toEqual({
      tree: [{ name: 'c.txt', kind: file }],
      total: 1,
      truncated: false,
    });
    const wrong = { workspace: 'w', cursor: 'x' };
    expect(await failureOf(call('file.list', wrong))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('file.batch', () => {
  it('makes all changes in their order, or none', async () => {
    const { afs } = await setUp({ 'old.txt': 'old\n' });
    const call = operationsOf(afs);
    const operations = [
      { type: 'write', path: 'b/one.txt', content: 'AQI=', encoding: 'base64', mode: 0o755 },
      { type: 'append', path: 'old.txt', content: 'new\n' },
      { type: 'move', from: 'old.txt', to: 'moved.txt' },
      { type: 'symlink', path: 'link', target: 'moved.txt' },
    ];
    expect(await call('file.batch', { workspace: 'w', operations })).toMatchObject({ bytes: 6 });
    const read = await call('file.read', { workspace: 'w', path: 'link' });
    expect(read).toMatchObject({ content: 'old\nnew\n' });
    const wrong = [
      { type: 'write', path: 'c', content: '' },
      { type: 'delete', path: 'none' },
    ];
    const failure = await failureOf(call('file.batch', { workspace: 'w', operations: wrong }));
    expect(failure).toMatchObject({ code: 'ENOENT' });
    const gone = await failureOf(call('file.stat', { workspace: 'w', path: 'c' }));
    expect(gone).toMatchObject({ code: 'ENOENT' });
  });
});

describe('file.setMode and file.link', () => {
  it('change permissions and make links', async () => {
    const { afs } = await setUp({ 'run.sh': '' });
    const call = operationsOf(afs);
    await call('file.setMode', { workspace: 'w', path: 'run.sh', mode: 0o755 });
    await call('file.link', { workspace: 'w', path: 'bin/run', target: '../run.sh' });
    const found = await call('file.stat', { workspace: 'w', path: 'bin/run' });
    expect(Number(found['mode']) & 0o777).toBe(0o755);
    const link = await call('file.stat', { workspace: 'w', path: 'bin/run', follow: false });
    expect(link).toMatchObject({ kind: 'symlink', target: '../run.sh' });
  });
});

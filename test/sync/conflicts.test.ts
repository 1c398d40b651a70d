import { describe, expect, it } from 'vitest';
import { SyncConflictError, SyncError } from '../../src/index.ts';
import { pathsOf, textsOf } from '../support/test-project.ts';
import { pair, type Replica, treeOf } from './support/replicas.ts';

/**
 *   base ── a: 'from a' ── pushed
 *      └─── b: 'from b'    contradicts
 */
async function contradiction(): Promise<{ readonly a: Replica; readonly b: Replica }> {
  const { a, b } = await pair({ 'f.txt': 'base\n', 'other.txt': 'o\n' });
  await a.workspace.writeFile('f.txt', 'from a\n');
  await a.workspace.writeFile('other.txt', 'a too\n');
  await a.workspace.sync.push();
  await b.workspace.writeFile('f.txt', 'from b\n');
  return { a, b };
}

describe('a contradiction', () => {
  it('leaves both sides as they are, and is there as a value', async () => {
    const { a, b } = await contradiction();
    const heard: string[][] = [];
    b.afs.on('conflict', (_, conflicts) => heard.push(pathsOf(conflicts)));
    const error = await b.workspace.sync.push().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SyncConflictError);
    expect(error).toBeInstanceOf(SyncError);
    expect(error).toMatchObject({ code: 'SYNC_CONFLICT', conflicts: [{ path: 'f.txt' }] });
    expect(heard).toEqual([['f.txt']]);
    expect(await textsOf(b.workspace)).toEqual({ 'f.txt': 'from b\n', 'other.txt': 'o\n' });
    expect(await textsOf(a.workspace)).toMatchObject({ 'f.txt': 'from a\n' });
    const [conflict] = await b.workspace.sync.conflicts();
    expect(conflict).toMatchObject({ path: 'f.txt', type: 'both-modified', local: { size: 7 } });
    expect(conflict?.remote?.mtime).toBeInstanceOf(Date);
    expect(await b.workspace.sync.status()).toMatchObject({
      state: 'conflict',
      pendingConflicts: 1,
      lastError: 'SYNC_CONFLICT',
    });
    await expect(b.workspace.sync.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  });

  it.each([
    ['local', 'from b\n'],
    ['remote', 'from a\n'],
    [{ content: 'from both\n' }, 'from both\n'],
  ] as const)('decided as %j is merged, and replicas converge', async (choice, text) => {
    const { a, b } = await contradiction();
    await expect(b.workspace.sync.pull()).rejects.toThrow(SyncConflictError);
    const [conflict] = await b.workspace.sync.conflicts();
    expect(await conflict?.resolve(choice)).toEqual({ remaining: 0 });
    const merged = { 'f.txt': text, 'other.txt': 'a too\n' };
    expect(await textsOf(b.workspace)).toEqual(merged);
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await textsOf(a.workspace)).toEqual(merged);
    expect(await treeOf(a)).toBe(await treeOf(b));
    expect(await b.workspace.sync.conflicts()).toEqual([]);
  });

  it('waits until every path is decided', async () => {
    const { a, b } = await pair({ 'f.txt': 'f\n', 'd/g.txt': 'g\n', 'gone.txt': 'x\n' });
    await a.workspace.writeFile('f.txt', 'a\n');
    await a.workspace.writeFile('d/g.txt', 'a\n');
    await a.workspace.delete('gone.txt');
    await a.workspace.sync.push();
    await b.workspace.writeFile('f.txt', 'b\n');
    await b.workspace.delete('d', { recursive: true });
    await b.workspace.writeFile('gone.txt', 'b\n');
    await expect(b.workspace.sync.pull()).rejects.toThrow(SyncConflictError);
    const types = (await b.workspace.sync.conflicts()).map(({ path, type }) => [path, type]);
    expect(types).toEqual([
      ['d/g.txt', 'local-delete'],
      ['f.txt', 'both-modified'],
      ['gone.txt', 'remote-delete'],
    ]);
    expect(await b.workspace.sync.resolve('f.txt', 'local')).toEqual({ remaining: 2 });
    expect(await b.workspace.sync.resolve('/d/g.txt', 'remote')).toEqual({ remaining: 1 });
    expect(await b.workspace.exists('d')).toBe(false);
    expect(await b.workspace.sync.resolve('gone.txt', 'remote')).toEqual({ remaining: 0 });
    const merged = { 'f.txt': 'b\n', 'd/g.txt': 'a\n' };
    expect(await textsOf(b.workspace)).toEqual(merged);
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await textsOf(a.workspace)).toEqual(merged);
    expect(await treeOf(a)).toBe(await treeOf(b));
  });

  it('is there again when what was decided about is not what is there any more', async () => {
    const { a, b } = await contradiction();
    await expect(b.workspace.sync.pull()).rejects.toThrow(SyncConflictError);
    await a.workspace.writeFile('f.txt', 'a changed its mind\n');
    await a.workspace.sync.push();
    // Decided for another version of a: the merge is made here, but a's is not overwritten by it.
    await b.workspace.sync.resolve('f.txt', 'local');
    await expect(b.workspace.sync.push()).rejects.toThrow(SyncConflictError);
    const [conflict] = await b.workspace.sync.conflicts();
    expect(conflict).toMatchObject({ path: 'f.txt', remote: { size: 19 } });
    await b.workspace.sync.resolve('f.txt', 'remote');
    await b.workspace.sync.push();
    expect(await b.workspace.readText('f.txt')).toBe('a changed its mind\n');
  });

  it('goes with force, in both directions, and undo brings back what force took', async () => {
    const { a, b } = await contradiction();
    await b.workspace.sync.pull({ force: true });
    expect(await b.workspace.readText('f.txt')).toBe('from a\n');
    await b.workspace.undo();
    expect(await b.workspace.readText('f.txt')).toBe('from b\n');
    await b.workspace.sync.push({ force: true });
    await a.workspace.sync.pull();
    expect(await a.workspace.readText('f.txt')).toBe('from b\n');
  });

  it('between a directory and a file can be decided for either', async () => {
    for (const choice of ['local', 'remote'] as const) {
      const { a, b } = await pair({ 'x.txt': 'x\n' });
      await a.workspace.writeFile('n/inner.txt', 'a\n');
      await a.workspace.sync.push();
      await b.workspace.writeFile('n', 'b\n');
      await expect(b.workspace.sync.pull()).rejects.toThrow(SyncConflictError);
      await b.workspace.sync.resolve('n', choice);
      expect((await b.workspace.stat('n')).isFile()).toBe(choice === 'local');
      await b.workspace.sync.push();
      await a.workspace.sync.pull();
      expect(await treeOf(a)).toBe(await treeOf(b));
    }
  });

  it('is named when there is none, and what it is decided to is checked', async () => {
    const { b } = await contradiction();
    await expect(b.workspace.sync.resolve('f.txt', 'local')).rejects.toMatchObject({
      code: 'ENOENT',
      path: 'f.txt',
    });
    await expect(b.workspace.sync.resolve('f.txt', 'mine' as never)).rejects.toThrow(RangeError);
  });
});

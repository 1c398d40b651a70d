/** Naming states of a workspace, going back to them, and comparing them. */

import { describe, expect, it } from 'vitest';
import { pathsOf, setUp, textsOf } from '../support/test-project.ts';

const FILES = { 'a.txt': 'a\n', 'dir/b.txt': 'b\n' };

describe('create, get and list', () => {
  it('describe the tree that they name', async () => {
    const { workspace } = await setUp(FILES);
    const first = await workspace.snapshot.create('one', { description: 'd', tags: ['t', 'u'] });
    await workspace.writeFile('/c.txt', 'ccc');
    const second = await workspace.snapshot.create('two', { tags: ['u'] });
    expect(first).toMatchObject({
      name: 'one',
      workspace: 'w',
      description: 'd',
      tags: ['t', 'u'],
      fileCount: 2,
      size: 4,
      parent: null,
    });
    expect(second).toMatchObject({ fileCount: 3, size: 7, parent: 'one' });
    expect(await workspace.snapshot.list()).toEqual([first, second]);
    expect(await workspace.snapshot.list({ tag: 't' })).toEqual([first]);
    expect(await workspace.snapshot.list({ tag: 'none' })).toEqual([]);
    expect(await workspace.snapshot.get('two')).toEqual(second);
  });

  it('give equal trees equal ids, whatever their history', async () => {
    const { afs, workspace } = await setUp(FILES);
    const before = await workspace.snapshot.create('before');
    await workspace.writeFile('/x/y', '1');
    await workspace.delete('/x', { recursive: true });
    const after = await workspace.snapshot.create('after');
    const other = await afs.workspace.create('other');
    expect(after.tree).toBe(before.tree);
    expect((await other.snapshot.create('s')).tree).toBe(before.tree);
  });

  it('refuse a name that is taken or missing, and wrong options', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('s');
    await expect(workspace.snapshot.create('s')).rejects.toMatchObject({
      name: 'SnapshotExistsError',
      code: 'SNAPSHOT_EXISTS',
    });
    const missing = { code: 'SNAPSHOT_NOT_FOUND', snapshot: 'no', workspace: 'w' };
    await expect(workspace.snapshot.get('no')).rejects.toMatchObject(missing);
    await expect(workspace.snapshot.restore('no')).rejects.toMatchObject(missing);
    await expect(workspace.snapshot.delete('no')).rejects.toMatchObject(missing);
    await expect(workspace.snapshot.diff('s', 'no')).rejects.toMatchObject(missing);
    const create = (options: unknown): Promise<unknown> =>
      Reflect.apply(workspace.snapshot.create, workspace.snapshot, ['x', options]);
    await expect(create({ tags: 'x' })).rejects.toThrow(/tags must be an array/);
    await expect(create({ description: 1 })).rejects.toThrow(/description must be a string/);
    expect(await workspace.snapshot.list()).toHaveLength(1);
  });

  it('keep their order when the clock goes backwards', async () => {
    let now = Date.parse('2026-01-01');
    const { workspace } = await setUp(FILES, { clock: { now: () => now } });
    for (const name of ['one', 'two', 'three']) {
      await workspace.snapshot.create(name);
      now -= 86_400_000 * 365;
    }
    const list = await workspace.snapshot.list();
    expect(list.map(({ name }) => name)).toEqual(['one', 'two', 'three']);
    expect((await workspace.audit.verify()).ok).toBe(true);
  });
});

describe('restore', () => {
  it('makes the workspace what it was, and undo takes that back', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('s');
    await workspace.writeFile('/a.txt', 'changed');
    await workspace.delete('/dir', { recursive: true });
    await workspace.writeFile('/new/x', 'x');
    const result = await workspace.snapshot.restore('s');
    expect(result).toMatchObject({ snapshot: { name: 's' }, backup: undefined });
    expect(await textsOf(workspace)).toEqual(FILES);
    expect((await workspace.history())[0]).toMatchObject({
      id: result.operationId,
      kind: 'restore',
    });
    await workspace.undo();
    expect(await textsOf(workspace)).toEqual({ 'a.txt': 'changed', 'new/x': 'x' });
  });

  it('takes a snapshot of the state before when asked to', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('s');
    await workspace.writeFile('/a.txt', 'precious');
    const named = await workspace.snapshot.restore('s', { backup: 'mine' });
    expect(named.backup).toBe('mine');
    await workspace.snapshot.restore('mine');
    expect(await workspace.readText('/a.txt')).toBe('precious');
    const { backup } = await workspace.snapshot.restore('s', { backup: true });
    expect(backup).toMatch(/^pre-restore-[0-9a-f]{8}$/);
    expect(await workspace.snapshot.list()).toHaveLength(3);
  });

  it('does nothing at all when the backup cannot be taken', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('s');
    await workspace.writeFile('/a.txt', 'precious');
    const restore = (backup: unknown): Promise<unknown> =>
      Reflect.apply(workspace.snapshot.restore, workspace.snapshot, ['s', { backup }]);
    await expect(restore('s')).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
    await expect(restore('../x')).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(restore(5)).rejects.toThrow(/backup must be/);
    expect(await workspace.readText('/a.txt')).toBe('precious');
    expect(await workspace.history()).toEqual([]);
  });

  it('makes no step when nothing changes', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('s');
    expect((await workspace.snapshot.restore('s')).operationId).toBe(0);
    expect(await workspace.history()).toEqual([]);
  });
});

describe('delete', () => {
  it('forgets the name, frees what only it held, and keeps the others', async () => {
    const { afs, workspace } = await setUp(FILES);
    await workspace.writeFile('/big', Buffer.alloc(500_000, 'unique to this snapshot '));
    await workspace.snapshot.create('with-big');
    await workspace.delete('/big');
    await workspace.snapshot.create('without');
    await workspace.snapshot.delete('with-big');
    await workspace.snapshot.create('with-big');
    await afs.gc();
    expect((await workspace.snapshot.list()).map(({ name }) => name)).toEqual([
      'without',
      'with-big',
    ]);
    expect((await afs.verify({ readData: true })).ok).toBe(true);
    expect(await textsOf(workspace)).toEqual(FILES);
  });
});

describe('diff', () => {
  it('goes from the first to the second', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.snapshot.create('one');
    await workspace.writeFile('/a.txt', 'changed\n');
    await workspace.writeFile('/c.txt', 'c\n');
    await workspace.snapshot.create('two');
    await workspace.delete('/c.txt');
    const diff = await workspace.snapshot.diff('one', 'two');
    expect([...diff].map(({ type, path }) => `${type} ${path}`)).toEqual([
      'modified a.txt',
      'added c.txt',
    ]);
    expect(diff.text).toContain('-a\n+changed\n');
    const back = await workspace.snapshot.diff('two', 'one', { include: ['c.txt'] });
    expect(back.changes).toMatchObject([{ type: 'deleted', path: 'c.txt' }]);
    expect(pathsOf((await workspace.snapshot.diff('one', 'one')).changes)).toEqual([]);
    await expect(workspace.snapshot.diff('one', 'two', { context: -1 })).rejects.toThrow(/context/);
  });
});

describe('temp', () => {
  it('is deleted at the end of its block, never restored, and also after an error', async () => {
    const { workspace } = await setUp(FILES);
    {
      await using snapshot = await workspace.snapshot.temp({ description: 'for a moment' });
      expect(snapshot.name).toMatch(/^temp-[0-9a-f]{8}$/);
      await workspace.writeFile('/a.txt', 'changed');
      const { changes } = await workspace.diff({ against: snapshot.name });
      expect(pathsOf(changes)).toEqual(['a.txt']);
    }
    expect(await workspace.snapshot.list()).toEqual([]);
    expect(await workspace.readText('/a.txt')).toBe('changed');
    const failing = async (): Promise<void> => {
      await using snapshot = await workspace.snapshot.temp({ name: 'named' });
      expect((await workspace.snapshot.get('named')).id).toBe(snapshot.snapshot.id);
      throw new Error('in the block');
    };
    await expect(failing()).rejects.toThrow('in the block');
    expect(await workspace.snapshot.list()).toEqual([]);
  });

  it('does not mind that somebody else has deleted it already', async () => {
    const { workspace } = await setUp(FILES);
    await using snapshot = await workspace.snapshot.temp();
    await workspace.snapshot.delete(snapshot.name);
    await snapshot.cleanup();
    await snapshot.cleanup();
    expect(await workspace.snapshot.list()).toEqual([]);
  });
});

it('does not take edits of the user back when an older snapshot is restored and committed', async () => {
  const { project, workspace } = await setUp({ 'a.txt': 'a\n' });
  await workspace.writeFile('/mine.txt', '1\n');
  await workspace.snapshot.create('s0');
  project.write('user.txt', 'u\n');
  await workspace.commit('first');
  await workspace.snapshot.restore('s0');
  expect((await workspace.status()).added.map(({ path }) => path)).toEqual(['mine.txt']);
  await workspace.writeFile('/mine.txt', '2\n');
  await workspace.commit('second', { onConflict: 'ours' });
  expect(project.read('user.txt')).toBe('u\n');
  expect(project.read('mine.txt')).toBe('2\n');
});

/** Undo, redo and history of a workspace. */

import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { setUp, textsOf } from '../support/test-project.ts';

const FILES = { 'a.txt': 'a', 'dir/b.txt': 'b' };

const kindsOf = async (workspace: Workspace): Promise<string[]> =>
  (await workspace.history()).map(({ kind }) => kind);

it('takes steps back and makes them again, file changes between them as one step', async () => {
  const { workspace } = await setUp(FILES);
  const states: Record<string, string>[] = [await textsOf(workspace)];
  const steps: readonly (() => Promise<unknown>)[] = [
    () => workspace.batch((batch) => batch.writeFile('/a.txt', '1').writeFile('/c.txt', '1')),
    async () => {
      await workspace.writeFile('/a.txt', '2');
      await workspace.writeFile('/a.txt', '3');
      await workspace.delete('/c.txt');
    },
    () => workspace.delete('/dir', { recursive: true }),
    () => workspace.writeFile('/d.txt', '4'),
  ];
  for (const step of steps) {
    await step();
    states.push(await textsOf(workspace));
  }
  for (let i = steps.length - 1; i >= 0; i--) {
    await workspace.undo();
    expect(await textsOf(workspace), `undo to ${i}`).toEqual(states[i]);
  }
  await expect(workspace.undo()).rejects.toMatchObject({ code: 'NOTHING_TO_UNDO' });
  expect(await kindsOf(workspace)).toEqual(['edit', 'delete', 'edit', 'batch']);
  expect((await workspace.history()).every(({ undone }) => undone)).toBe(true);
  for (let i = 1; i <= steps.length; i++) {
    await workspace.redo();
    expect(await textsOf(workspace), `redo to ${i}`).toEqual(states[i]);
  }
  await expect(workspace.redo()).rejects.toMatchObject({ code: 'NOTHING_TO_REDO' });
  expect((await workspace.history()).some(({ undone }) => undone)).toBe(false);
});

it('says which step it was and what that changed', async () => {
  const { workspace } = await setUp(FILES);
  await workspace.move('/dir', '/moved');
  const undone = await workspace.undo();
  expect(undone.operation).toMatchObject({
    kind: 'move',
    summary: 'move dir to moved',
    undone: true,
  });
  expect(undone.changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
    'added dir/b.txt',
    'deleted moved/b.txt',
  ]);
  const redone = await workspace.redo();
  expect(redone.operation).toMatchObject({ kind: 'move', undone: false });
  expect(await textsOf(workspace)).toEqual({ 'a.txt': 'a', 'moved/b.txt': 'b' });
});

it('forgets what was undone once something else is done', async () => {
  const { workspace } = await setUp(FILES);
  await workspace.batch((batch) => batch.writeFile('/a.txt', '1'));
  await workspace.undo();
  await workspace.writeFile('/new.txt', 'n');
  await expect(workspace.redo()).rejects.toMatchObject({ code: 'NOTHING_TO_REDO' });
  expect(await textsOf(workspace)).toEqual({ ...FILES, 'new.txt': 'n' });
  await workspace.undo();
  expect(await textsOf(workspace)).toEqual(FILES);
});

it('goes back across snapshots and restores', async () => {
  const { workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', '1');
  await workspace.snapshot.create('one');
  await workspace.writeFile('/a.txt', '2');
  await workspace.snapshot.restore('one');
  await workspace.writeFile('/a.txt', '3');
  expect(await workspace.readText('/a.txt')).toBe('3');
  for (const text of ['1', '2', 'a']) {
    await workspace.undo();
    expect(await workspace.readText('/a.txt')).toBe(text);
  }
  for (const text of ['2', '1', '3']) {
    await workspace.redo();
    expect(await workspace.readText('/a.txt')).toBe(text);
  }
});

it('takes a commit back in the workspace alone, so that it can be made again', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'mine');
  project.write('user.txt', 'u');
  await workspace.commit('first');
  expect(await workspace.readText('/user.txt')).toBe('u');
  await workspace.undo();
  expect(await textsOf(workspace)).toEqual({ ...FILES, 'a.txt': 'mine' });
  expect(project.read('a.txt')).toBe('mine');
  await workspace.writeFile('/b.txt', 'more');
  await workspace.commit('second');
  expect(project.read('b.txt')).toBe('more');
  expect(project.read('user.txt')).toBe('u');
});

it('is the same for every handle and process, and kept when the store is opened again', async () => {
  const { project, afs, workspace } = await setUp(FILES);
  await workspace.batch((batch) => batch.writeFile('/a.txt', '1'));
  await workspace.writeFile('/a.txt', '2');
  await afs.close();
  const again = await project.open().workspace.get('w');
  await again.undo();
  expect(await again.readText('/a.txt')).toBe('1');
  await again.undo();
  expect(await textsOf(again)).toEqual(FILES);
});

it('lists the newest steps first, as many as asked for', async () => {
  const { workspace } = await setUp(FILES);
  for (const text of ['1', '2', '3']) {
    await workspace.batch((batch) => batch.writeFile('/a.txt', text).writeFile('/b', text));
  }
  const history = await workspace.history();
  expect(history).toHaveLength(3);
  expect(history[0]?.id).toBeGreaterThan(history[2]?.id ?? 0);
  expect(await workspace.history({ limit: 2 })).toEqual(history.slice(0, 2));
  expect(history[0]?.createdAt).toBeInstanceOf(Date);
  await expect(workspace.history({ limit: -1 })).rejects.toThrow(/limit/);
});

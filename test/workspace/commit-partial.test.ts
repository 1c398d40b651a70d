/** Commits of a part of a workspace: what goes to the base, and what stays as changes. */

import { expect, it } from 'vitest';
import { pathsOf, setUp, TestProject, textsOf } from '../support/test-project.ts';

const FILES = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n', 'old/deep/d.txt': 'd\n' };

it('commits the paths that include names, and keeps the others as changes', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'A\n');
  await workspace.writeFile('/b.txt', 'B\n');
  await workspace.writeFile('/dir/new.txt', 'n\n');
  const result = await workspace.commit('a part', { include: ['a.txt', 'dir/**'] });
  expect(pathsOf(result.changes)).toEqual(['a.txt', 'dir/new.txt']);
  expect(project.read('a.txt')).toBe('A\n');
  expect(project.read('b.txt')).toBe('b\n');
  expect(pathsOf((await workspace.status({ refresh: true })).modified)).toEqual(['b.txt']);
  await workspace.commit('the rest');
  expect(project.read('b.txt')).toBe('B\n');
  expect((await workspace.status()).hasChanges).toBe(false);
});

it('leaves out what exclude names', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/src/x.ts', 'x');
  await workspace.writeFile('/src/x.test.ts', 'x');
  await workspace.writeFile('/other.md', 'o');
  await workspace.commit('sources', { include: ['src/**'], exclude: ['*.test.ts'] });
  expect(project.has('src/x.ts')).toBe(true);
  expect(project.has('src/x.test.ts')).toBe(false);
  expect(project.has('other.md')).toBe(false);
  await workspace.commit('no tests', { exclude: ['*.test.ts'] });
  expect(project.has('other.md')).toBe(true);
  expect(pathsOf((await workspace.status()).added)).toEqual(['src/x.test.ts']);
});

it('creates the directories that a selected file needs, and no others', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/new/one/x.txt', 'x');
  await workspace.writeFile('/new/two/y.txt', 'y');
  await workspace.mkdir('/new/empty');
  await workspace.commit('one', { include: ['x.txt'] });
  expect(project.list().filter((path) => path.startsWith('new'))).toEqual([
    'new/',
    'new/one/',
    'new/one/x.txt',
  ]);
  expect(pathsOf((await workspace.status()).added)).toEqual(['new/empty', 'new/two/y.txt']);
});

it('removes a directory with the last of what was in it', async () => {
  const { project, workspace } = await setUp({ ...FILES, 'old/deep/e.txt': 'e' });
  await workspace.delete('/old', { recursive: true });
  await workspace.commit('one of two', { include: ['d.txt'] });
  expect(project.list().filter((path) => path.startsWith('old'))).toEqual([
    'old/',
    'old/deep/',
    'old/deep/e.txt',
  ]);
  expect(pathsOf((await workspace.status()).deleted)).toEqual(['old/deep/e.txt']);
  await workspace.commit('the other', { include: ['old/**'] });
  expect(project.has('old')).toBe(false);
});

it('commits one half of a rename when only that is selected', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.move('/a.txt', '/moved.txt');
  await workspace.commit('the new place', { include: ['moved.txt'] });
  expect(project.read('moved.txt')).toBe('a\n');
  expect(project.read('a.txt')).toBe('a\n');
  expect(pathsOf((await workspace.status()).deleted)).toEqual(['a.txt']);
});

it('meets only the conflicts of what is selected', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'mine\n');
  await workspace.writeFile('/b.txt', 'mine\n');
  project.write('b.txt', 'theirs\n');
  await workspace.commit('a alone', { include: ['a.txt'] });
  expect(project.read('a.txt')).toBe('mine\n');
  expect(project.read('b.txt')).toBe('theirs\n');
  expect(await workspace.readText('/b.txt')).toBe('mine\n');
});

it('meets the clash of what stayed behind in the next commit, and never overrides the base', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'mine\n');
  await workspace.writeFile('/b.txt', 'mine\n');
  await workspace.delete('/dir/c.txt');
  project.writeAll({ 'b.txt': 'theirs\n', 'dir/c.txt': 'theirs\n' });
  await workspace.commit('a alone', { include: ['a.txt'] });
  const next = workspace.commit('the rest');
  await expect(next).rejects.toMatchObject({
    code: 'CONFLICT',
    conflicts: [{ path: 'b.txt' }, { path: 'dir/c.txt' }],
  });
  expect(project.read('b.txt')).toBe('theirs\n');
  expect((await workspace.status()).conflicts).toEqual(['b.txt', 'dir/c.txt']);
  await workspace.commit('decided', { onConflict: 'ours' });
  expect(project.read('b.txt')).toBe('mine\n');
  expect(project.has('dir/c.txt')).toBe(false);
});

it('merges what stayed behind with what the base has changed elsewhere', async () => {
  const { project, workspace } = await setUp({ ...FILES, 'long.txt': '1\n2\n3\n4\n5\n' });
  await workspace.writeFile('/a.txt', 'mine\n');
  await workspace.writeFile('/long.txt', 'ONE\n2\n3\n4\n5\n');
  project.writeAll({ 'long.txt': '1\n2\n3\n4\nFIVE\n', 'user.txt': 'u' });
  await workspace.commit('a alone', { include: ['a.txt'] });
  expect(project.read('long.txt')).toBe('1\n2\n3\n4\nFIVE\n');
  expect(await workspace.readText('/long.txt')).toBe('ONE\n2\n3\n4\nFIVE\n');
  expect(await workspace.readText('/user.txt')).toBe('u');
  await workspace.commit('the rest');
  expect(project.read('long.txt')).toBe('ONE\n2\n3\n4\nFIVE\n');
});

it('has nothing to commit when nothing is selected', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'A\n');
  const before = await textsOf(workspace);
  for (const options of [{ include: ['no/**'] }, { include: [] }, { exclude: ['**'] }]) {
    await expect(workspace.commit('nothing', options)).rejects.toMatchObject({
      code: 'NOTHING_TO_COMMIT',
    });
  }
  expect(await textsOf(workspace)).toEqual(before);
  expect(project.read('a.txt')).toBe('a\n');
  await expect(workspace.commit('bad', { include: ['{'.repeat(40)] })).rejects.toMatchObject({
    code: 'INVALID_PATTERN',
  });
});

it('keeps the trees of a commit from a garbage collection that runs meanwhile', async () => {
  const files: Record<string, string> = {};
  for (let i = 0; i < 900; i++) files[`d${i % 20}/f${i}`] = `${i}`;
  const project = new TestProject(files);
  // So small that the trees have to be read again from the store.
  const workspace = await project.open({ cacheSize: 1 }).workspace.create('w');
  const changed = [...Array(20).keys()].map((i) => `d${i}/f${i}`);
  for (const path of [...changed, 'd0/f20']) await workspace.writeFile(path, 'changed');
  const other = project.open();
  let isOver = false;
  const commit = workspace.commit('part', { include: changed }).finally(() => {
    isOver = true;
  });
  const collect = async (): Promise<void> => {
    for (let i = 0; i < 200 && !isOver; i++) await other.gc();
  };
  const [result] = await Promise.all([commit, collect()]);
  expect(pathsOf(result.changes).sort()).toEqual(changed.sort());
  expect((await workspace.status()).modified.map(({ path }) => path)).toEqual(['d0/f20']);
  expect((await other.verify()).ok).toBe(true);
});

/** The log of the base, and taking commits back. */

import { describe, expect, it } from 'vitest';
import type { CommitResult, Workspace } from '../../src/index.ts';
import { pathsOf, type Setup, setUp } from '../support/test-project.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' };

/** Writes a file and commits it under its own text. */
async function commitFile(workspace: Workspace, path: string, text: string): Promise<CommitResult> {
  await workspace.writeFile(path, text);
  return workspace.commit(`write ${path}`);
}

/** A base with three commits: a.txt, then src/x.ts, then a.txt again. */
async function threeCommits(): Promise<Setup & { readonly commits: readonly CommitResult[] }> {
  const setup = await setUp(FILES);
  const { workspace } = setup;
  const commits = [
    await commitFile(workspace, '/a.txt', 'ONE\ntwo\nthree\n'),
    await commitFile(workspace, '/src/x.ts', 'x\n'),
    await commitFile(workspace, '/a.txt', 'ONE\ntwo\nTHREE\n'),
  ];
  return { ...setup, commits };
}

describe('log', () => {
  it('lists the commits newest first, each with its parent and changes', async () => {
    const { afs, workspace, commits } = await threeCommits();
    const log = await afs.log();
    expect(log.map((commit) => ({ ...commit, conflicts: [] }))).toEqual([...commits].reverse());
    expect(log.map(({ parent }) => parent)).toEqual([commits[1]?.id, commits[0]?.id, null]);
    expect(new Set(log.map(({ id }) => id)).size).toBe(3);
    expect(await workspace.log()).toEqual(log);
    expect(log[1]?.changes).toMatchObject([{ type: 'added', path: 'src/x.ts' }]);
  });

  it('lists as many as asked for, and those that touched a path or something below it', async () => {
    const { afs, commits } = await threeCommits();
    const idsOf = async (options: object): Promise<string[]> =>
      (await afs.log(options)).map(({ id }) => id);
    const [first, second, third] = commits.map(({ id }) => id);
    expect(await idsOf({ limit: 1 })).toEqual([third]);
    expect(await idsOf({ limit: 0 })).toEqual([]);
    expect(await idsOf({ path: '/a.txt' })).toEqual([third, first]);
    expect(await idsOf({ path: 'src' })).toEqual([second]);
    expect(await idsOf({ path: 'a.txt', limit: 1 })).toEqual([third]);
    expect(await idsOf({ path: '/' })).toEqual([third, second, first]);
    expect(await idsOf({ path: 'no' })).toEqual([]);
    await expect(idsOf({ limit: -1 })).rejects.toThrow(/limit/);
    await expect(idsOf({ path: '../x' })).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });
});

describe('revert', () => {
  it('takes the changes of a commit out of the base and keeps what came after', async () => {
    const { project, afs, commits } = await threeCommits();
    const [first, second] = commits;
    const reverted = await afs.revert(first?.id ?? '');
    expect(project.read('a.txt')).toBe('one\ntwo\nTHREE\n');
    expect(project.has('src/x.ts')).toBe(true);
    expect(reverted).toMatchObject({
      message: 'Revert "write /a.txt"',
      reverts: first?.id,
      workspace: '',
      merged: ['a.txt'],
    });
    project.write('user.txt', 'u');
    await afs.revert((second?.id ?? '').slice(0, 7), { message: 'away with it', author: 'Me' });
    expect(project.list()).toEqual(['a.txt', 'b.txt', 'user.txt']);
    expect((await afs.log())[0]).toMatchObject({ message: 'away with it', author: { name: 'Me' } });
    expect((await afs.audit.verify()).ok).toBe(true);
  });

  it('refuses what clashes with later changes, unless told whose side to take', async () => {
    const { project, afs, workspace } = await setUp(FILES);
    const commit = await commitFile(workspace, '/b.txt', 'mine\n');
    project.write('b.txt', 'later\n');
    await expect(afs.revert(commit.id)).rejects.toMatchObject({
      name: 'CommitError',
      code: 'CONFLICT',
      conflicts: [{ path: 'b.txt' }],
    });
    expect(project.read('b.txt')).toBe('later\n');
    await afs.revert(commit.id, { onConflict: 'ours' });
    expect(project.read('b.txt')).toBe('b\n');
  });

  it('has nothing to do when a commit was taken back already', async () => {
    const { afs, workspace } = await setUp(FILES);
    const commit = await commitFile(workspace, '/b.txt', 'mine\n');
    const reverted = await afs.revert(commit.id);
    await expect(afs.revert(commit.id)).rejects.toMatchObject({ code: 'NOTHING_TO_COMMIT' });
    const again = await afs.revert(reverted.id);
    expect(pathsOf(again.changes)).toEqual(['b.txt']);
    expect(await afs.log()).toHaveLength(3);
  });

  it('lets workspaces see it when they rebase, and not before', async () => {
    const { afs, workspace } = await setUp(FILES);
    const commit = await commitFile(workspace, '/b.txt', 'mine\n');
    await afs.revert(commit.id);
    expect(await workspace.readText('/b.txt')).toBe('mine\n');
    expect(await workspace.status()).toMatchObject({ behind: 1, hasChanges: false });
    await workspace.rebase();
    expect(await workspace.readText('/b.txt')).toBe('b\n');
  });

  it('refuses ids that name no commit', async () => {
    const { afs, commits } = await threeCommits();
    const short = (commits[0]?.id ?? '').slice(0, 6);
    for (const id of ['0'.repeat(64), short, '', 'HEAD', '%', "' OR 1=1 --"]) {
      await expect(afs.revert(id), id).rejects.toMatchObject({ code: 'COMMIT_NOT_FOUND' });
    }
    const typed = Reflect.apply(afs.revert, afs, [5]);
    await expect(typed).rejects.toBeInstanceOf(TypeError);
  });
});

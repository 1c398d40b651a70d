import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasStrace, runChild, traceCalls } from './support/committer.ts';
import { KillRounds, spread } from './support/kill-rounds.ts';
import { Project, temporaryProject } from './support/project.ts';
import { completed, file, readProject, writeProject } from './support/project-files.ts';
import { FIRST, SECOND } from './support/versions.ts';

const NOBODY = 65534;
const TYPED = /^(|STORE_IO|STORE_FULL|BASE_READ_ONLY|EACCES|EEXIST|CONFLICT)$/;

describe('a disk that fails while the base is changed', () => {
  // The same with more rounds: npm run test:faults.
  it.skipIf(!hasStrace)('ends in a typed error and a base that is wholly old or new', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(5)) expect(await rounds.failAt(part, 'EIO')).toMatch(TYPED);
    for (const part of spread(3)) expect(await rounds.failAt(part, 'ENOSPC')).toMatch(TYPED);
  });

  it.skipIf(!hasStrace)('makes the change all the same where there are no hard links', async () => {
    const project = temporaryProject(FIRST);
    await project.change(FIRST);
    const task = {
      root: project.root,
      trees: [project.treeOf(FIRST), project.treeOf(SECOND)] as const,
      count: 1,
    };
    const strace = ['-o', '/dev/null', '-e', 'inject=link,?linkat:error=EPERM'];
    const end = await runChild(task, { strace });
    expect(end).toMatchObject({ status: 0, errors: '' });
    expect(readProject(project.root)).toEqual(completed(SECOND));
  });

  it.skipIf(!hasStrace)('is told to keep files and names before the change is final', async () => {
    const project = temporaryProject({ 'a.txt': file('old\n') });
    const trees = [
      project.treeOf({ 'a.txt': file('old\n') }),
      project.treeOf({ 'd/a.txt': file('new\n') }),
    ] as const;
    await project.change({ 'a.txt': file('old\n') });
    const calls = await traceCalls({ root: project.root, trees, count: 1 });
    const order = calls.map(({ call }) => call).join(' ');
    // The journal; the staged file; the directories and the mode of the new one; the final mark.
    expect(order).toMatch(
      /pwrite64 fsync .*fchmod fsync rename mkdir link unlink fsync fsync.* chmod fsync .*pwrite64 fsync unlink fsync/,
    );
  });
});

describe('a full disk', () => {
  it.skipIf(process.getuid?.() !== 0)(
    'is a typed error, and the base stays as it was',
    async () => {
      const project = await projectOnSmallDisk({ 'a.txt': file('old\n') });
      const large = file('0123456789abcdef'.repeat(300_000));
      const change = project.change({ 'a.txt': file('new\n'), 'large.txt': large });
      await expect(change).rejects.toMatchObject({ code: 'STORE_FULL' });
      expect(readProject(project.root)).toEqual({ 'a.txt': file('old\n') });
      expect(project.store.journals.list()).toEqual([]);
      await project.change({ 'a.txt': file('new\n') });
      expect(readProject(project.root)).toEqual({ 'a.txt': file('new\n') });
    },
  );
});

describe('a base that cannot be written', () => {
  const before = { 'a.txt': file('a\n'), 'd/x': file('x\n') };

  it.each([
    ['the root', '.', { ...before, 'a.txt': file('new\n') }],
    ['a directory that a file leaves', 'd', { 'a.txt': file('new\n') }],
    ['a directory that a file enters', 'd', { ...before, 'a.txt': file('new\n'), 'd/y': file('') }],
  ])('is refused before anything is touched: %s', async (_, path, wanted) => {
    const project = temporaryProject(before);
    await project.change(before);
    const tree = project.treeOf(wanted);
    spawnSync('chown', ['-R', String(NOBODY), join(project.root, '..')]);
    chmodSync(join(project.root, path), 0o555);
    await project.base.scan();
    const user = process.getuid?.() === 0 ? { user: NOBODY } : {};
    const end = await runChild({ root: project.root, trees: [tree, tree], count: 1, ...user });
    expect(end).toMatchObject({ status: 1, errors: 'BASE_READ_ONLY' });
    chmodSync(join(project.root, path), 0o755);
    expect(readProject(project.root)).toEqual(completed(before));
    expect(project.store.journals.list()).toEqual([]);
  });
});

/** A project whose base is a disk of its own, of 4 MiB, while its store is elsewhere. */
async function projectOnSmallDisk(files: Parameters<typeof writeProject>[1]): Promise<Project> {
  const top = mkdtempSync(join(tmpdir(), 'agentfs-small-'));
  const root = join(top, 'base');
  mkdirSync(root);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', root]);
  onTestFinished(() => {
    spawnSync('umount', [root]);
    rmSync(top, { recursive: true });
  });
  expect(mounted.stderr.toString()).toBe('');
  writeProject(root, files);
  const project = new Project(root, join(top, 'store.db'));
  onTestFinished(() => project.close());
  await project.base.scan();
  return project;
}

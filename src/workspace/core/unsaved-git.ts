/** What git knows in a workspace, and neither the project nor anybody else does. */

import { readBuffer } from '../../disk/read-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { joinPath, type TreePath } from '../../primitives/path.ts';
import { runProgram } from '../../primitives/start-program.ts';

/** Where the files of a repository are read. */
export interface RepositoryFiles {
  names(path: TreePath): ReadonlySet<string> | undefined;
  read(path: TreePath, maxBytes: number): Buffer | undefined;
}

/** The files in a work directory. */
export function filesIn(directory: SafeDirectory): RepositoryFiles {
  return {
    names: (path) =>
      directory.find(path)?.isDirectory() === true ? new Set(directory.list(path)) : undefined,
    read: (path, maxBytes) =>
      directory.find(path)?.isFile() === true
        ? readBuffer({ path, open: () => directory.openRead(path) }, maxBytes)
        : undefined,
  };
}

const MAX_BYTES = 16 * 1024 * 1024;
const GIT_TIMEOUT_MS = 10_000;
const GIT = '.git' as TreePath;
const ID = /^[0-9a-f]{40,64}$/;

/**
 * The branches, tags, stashes and commits of a workspace's repository that the project's has not, by
 * their names; those that were fetched from elsewhere do not count.
 *
 * @param base - absolute path of the project.
 */
export function unsavedInGit(files: RepositoryFiles, base: string): string[] {
  const refs = readRefs(files);
  if (refs.size === 0) return [];
  const known = new Set(git(base, ['for-each-ref', '--format=%(refname)'], '').split('\n'));
  const present = objectsOf(base, [...refs.values()]);
  return [...refs]
    .filter(([name, id]) => !present.has(id) || !(known.has(name) || name === 'HEAD'))
    .map(([name]) => shortName(name))
    .sort();
}

/** What each name stands for. A stash is all that its log has. */
function readRefs(files: RepositoryFiles): Map<string, string> {
  const text = (path: string): string =>
    files.read(joinPath(GIT, path), MAX_BYTES)?.toString('latin1') ?? '';
  const packed = text('packed-refs')
    .split('\n')
    .map((line) => line.split(' '));
  const loose = looseRefs(files).map((name) => [text(name).trim(), name]);
  const stashes = text('logs/refs/stash').trim().split('\n').reverse();
  const stashed = stashes.map((line, index) => [line.split(' ')[1] ?? '', `stash@{${index}}`]);
  const named = [...packed, ...loose].filter(([, name = '']) => isOwn(name));
  const all = [...named, ...stashed, [text('HEAD').trim(), 'HEAD']];
  return new Map(all.flatMap(([id = '', name = '']) => (ID.test(id) ? [[name, id]] : [])));
}

function looseRefs(files: RepositoryFiles): string[] {
  const found: string[] = [];
  const pending = ['refs'];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const names = files.names(joinPath(GIT, path));
    if (names === undefined) found.push(path);
    else for (const name of names) pending.push(`${path}/${name}`);
  }
  return found;
}

function isOwn(name: string): boolean {
  return name.startsWith('refs/heads/') || name.startsWith('refs/tags/');
}

function shortName(name: string): string {
  if (name.startsWith('refs/heads/')) return `branch ${name.slice('refs/heads/'.length)}`;
  if (name.startsWith('refs/tags/')) return `tag ${name.slice('refs/tags/'.length)}`;
  return name === 'HEAD' ? 'the commit that is checked out' : name;
}

function objectsOf(base: string, ids: readonly string[]): Set<string> {
  const lines = git(base, ['cat-file', '--batch-check'], `${ids.join('\n')}\n`).split('\n');
  return new Set(
    lines.filter((line) => !line.endsWith(' missing')).map((line) => line.split(' ')[0] ?? ''),
  );
}

/** Asks the project's repository; it is to ask nobody else. */
function git(base: string, args: readonly string[], input: string): string {
  const { stdout } = runProgram('git', ['-c', 'protocol.allow=never', ...args], {
    cwd: base,
    input,
    timeout: GIT_TIMEOUT_MS,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return stdout ?? '';
}

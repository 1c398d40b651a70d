/** What git knows in a workspace, and neither the project nor anybody else does. */

import { baseName, parentPath, pathParts, type TreePath } from '../../primitives/path.ts';
import { runProgram } from '../../primitives/start-program.ts';
import {
  type GitDirectory,
  gitDirectoriesIn,
  type LogEntry,
  type RepositoryFiles,
} from './git-directory.ts';

const GIT_TIMEOUT_MS = 10_000;

/** How the log tells what was made here from what was only gone to or fetched. */
const MADE =
  /^(commit|cherry-pick|revert|am|rebase|filter-|merge .*: Merge made|pull.*: Merge made)/;

/** How it tells a commit whose first parent is the one before it. */
const FOLLOWS = /^(commit(?! \(amend\))|cherry-pick|revert|am:|merge|pull|rebase.*\(pick)/;

/**
 * The branches, tags, stashes and commits of a workspace's repository that the project's has not, by
 * their names, with those of submodules and of further worktrees. What was fetched from elsewhere
 * does not count; what only the log of a name still knows does.
 *
 * @param repository - the path of its `.git`.
 * @param base - absolute path of the project.
 */
export function unsavedInGit(files: RepositoryFiles, repository: TreePath, base: string): string[] {
  return gitDirectoriesIn(files, repository).flatMap((directory) => {
    const place = placeOf(directory.path);
    const unsaved = unsavedIn(directory, `${base}/${directory.path}`);
    return unsaved.map((name) => (place === '' ? name : `${name} of ${place}`)).sort();
  });
}

function unsavedIn(directory: GitDirectory, original: string): string[] {
  const refs = directory.refs();
  const worktrees = directory.worktrees();
  for (const each of worktrees) {
    const id = each.refs().get('HEAD');
    if (id !== undefined) refs.set(`HEAD of worktree ${baseName(each.path)}`, id);
  }
  const logged = directory.logged();
  const stashes = directory.log('refs/stash').reverse();
  const logs = logged.filter((name) => name === 'HEAD' || name.startsWith('refs/heads/'));
  const heads = worktrees.flatMap((each) => each.log('HEAD'));
  const entries = [...logs.flatMap((name) => directory.log(name)), ...heads];
  const made = entries.filter(({ message }) => MADE.test(message));

  const fetched = fetchedBy(directory, refs, logged);
  const listed = git(original, ['for-each-ref', '--format=%(refname)'], '');
  const known = listed === undefined ? undefined : new Set(listed.split('\n'));
  const asked = [...refs.values(), ...made.map(({ to }) => to), ...stashes.map(({ to }) => to)];
  const present = objectsOf(original, asked);
  const isThere = (id: string): boolean => present.has(id) || fetched.has(id);

  const isLost = (name: string, id: string): boolean => {
    if (isHead(name)) return !isThere(id) && made.some(({ to }) => to === id);
    // The tags of a repository that was cloned here have come with it.
    if (known === undefined && fetched.size > 0 && name.startsWith('refs/tags/')) return false;
    return !isThere(id) || known?.has(name) === false;
  };
  const lost = [...refs].filter(([name, id]) => isOwn(name) && isLost(name, id));
  const unreached = withoutAncestors(
    made.filter(({ to }) => !isThere(to)),
    [...lost.map(([, id]) => id), ...stashes.map(({ to }) => to)],
    entries,
  );
  return [
    ...lost.map(([name]) => shortName(name)),
    ...stashes.flatMap(({ to }, index) => (isThere(to) ? [] : [`stash@{${index}}`])),
    ...unreached.map(({ to, message }) => `commit ${to.slice(0, 7)} (${subjectOf(message)})`),
  ];
}

/** What other repositories have: what their branches were when they were last looked at. */
function fetchedBy(
  directory: GitDirectory,
  refs: ReadonlyMap<string, string>,
  logged: readonly string[],
): Set<string> {
  const isRemote = (name: string): boolean => name.startsWith('refs/remotes/');
  const now = [...refs].flatMap(([name, id]) => (isRemote(name) ? [id] : []));
  const before = logged.filter(isRemote).flatMap((name) => directory.log(name));
  return new Set([...now, ...before.map(({ to }) => to)]);
}

/** The entries whose commits no name leads to, as far as the log tells of parents; each once. */
function withoutAncestors(
  made: readonly LogEntry[],
  tips: readonly string[],
  entries: readonly LogEntry[],
): LogEntry[] {
  const parents = new Map(
    entries.flatMap(({ from, to, message }) => (FOLLOWS.test(message) ? [[to, from]] : [])),
  );
  const reached = new Set<string>();
  const reach = (tip: string | undefined): void => {
    for (let id = tip; id !== undefined && !reached.has(id); id = parents.get(id)) reached.add(id);
  };
  for (const tip of tips) reach(tip);
  const left = new Map<string, LogEntry>();
  // The newest first: it leads to those before it.
  for (const entry of [...made].reverse()) {
    if (reached.has(entry.to)) continue;
    left.set(entry.to, entry);
    reach(entry.to);
  }
  return [...left.values()];
}

function isHead(name: string): boolean {
  return name === 'HEAD' || name.startsWith('HEAD of ');
}

function isOwn(name: string): boolean {
  return isHead(name) || name.startsWith('refs/heads/') || name.startsWith('refs/tags/');
}

function shortName(name: string): string {
  if (name.startsWith('refs/heads/')) return `branch ${name.slice('refs/heads/'.length)}`;
  if (name.startsWith('refs/tags/')) return `tag ${name.slice('refs/tags/'.length)}`;
  return name.replace('HEAD', 'the commit that is checked out');
}

/** What a commit says of itself, in an entry of a log. */
function subjectOf(message: string): string {
  return message.slice(message.indexOf(': ') + 2);
}

/** Where a repository belongs to, as its user would name it; '' for the project itself. */
function placeOf(path: TreePath): string {
  const parts = pathParts(path);
  const module = parts.lastIndexOf('modules');
  if (module > 0) return parts.slice(module + 1).join('/');
  return parentPath(path);
}

function objectsOf(directory: string, ids: readonly string[]): Set<string> {
  const lines = git(directory, ['cat-file', '--batch-check'], `${ids.join('\n')}\n`) ?? '';
  const there = lines.split('\n').filter((line) => !line.endsWith(' missing'));
  return new Set(there.map((line) => line.split(' ')[0] ?? ''));
}

/** Asks a repository of the project, which is to ask nobody else; undefined where there is none. */
function git(directory: string, args: readonly string[], input: string): string | undefined {
  const { status, stdout } = runProgram(
    'git',
    [`--git-dir=${directory}`, '-c', 'protocol.allow=never', ...args],
    { cwd: '/', input, timeout: GIT_TIMEOUT_MS, stdio: ['pipe', 'pipe', 'ignore'] },
  );
  return status === 0 ? (stdout ?? '') : undefined;
}

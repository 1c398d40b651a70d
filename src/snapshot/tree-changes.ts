/** What changed from one tree to another, path by path, with renames put together. */

import { type Entry, sameEntry } from '../primitives/entry.ts';
import type { PathMatcher } from '../primitives/glob.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames, type TreePath } from '../primitives/path.ts';
import { diffTrees, type TreeDifference } from '../tree/diff-trees.ts';
import { EMPTY_TREE, type TreeStore } from '../tree/trees.ts';
import { detectRenames, type Rename, type RenameCandidate } from './renames.ts';

/** How a path changed; `mode` when nothing but the permission bits did. */
export type ChangeType = 'added' | 'modified' | 'deleted' | 'renamed' | 'mode';

/** A change of one path, with the entries of both trees. */
export type TreeChange =
  | { readonly type: 'added'; readonly path: TreePath; readonly after: Entry }
  | { readonly type: 'deleted'; readonly path: TreePath; readonly before: Entry }
  | {
      readonly type: 'modified' | 'mode';
      readonly path: TreePath;
      readonly before: Entry;
      readonly after: Entry;
    }
  | {
      readonly type: 'renamed';
      readonly path: TreePath;
      readonly from: TreePath;
      /** How much the contents have in common, in percent. */
      readonly similarity: number;
      readonly before: Entry;
      readonly after: Entry;
    };

/** Which changes to collect. */
export interface ChangeOptions {
  /** Whether to put a deleted and an added file together when one has become the other. */
  readonly detectRenames: boolean;
  /** The paths to look at, before renames are searched; all when absent. */
  readonly select?: PathMatcher | undefined;
}

/**
 * The changes from one tree to another, sorted by path, each path once.
 *
 * A directory counts only while it is empty, or when its own mode changed: else what is in it
 * speaks for it. So a file that gives way to a directory is deleted, and what is in the directory
 * added; when that is empty, or a link or file takes the place of the other, the path is modified.
 */
export function collectTreeChanges(
  context: TreeStore,
  before: ObjectId,
  after: ObjectId,
  options: ChangeOptions,
): TreeChange[] {
  const changes: TreeChange[] = [];
  for (const difference of diffTrees(context.trees, before, after)) {
    if (options.select?.(difference.path) === false) continue;
    const change = toChange(difference);
    if (change !== undefined) changes.push(change);
  }
  const joined = options.detectRenames ? joinRenames(context, after, changes) : changes;
  return joined.sort((left, right) => compareNames(left.path, right.path));
}

function toChange({ path, before, after }: TreeDifference): TreeChange | undefined {
  if (before?.kind === 'directory' && after?.kind === 'directory') {
    return { type: 'mode', path, before, after };
  }
  const [old, now] = [countedEntry(before), countedEntry(after)];
  if (old === undefined) return now && { type: 'added', path, after: now };
  if (now === undefined) return { type: 'deleted', path, before: old };
  const onlyMode = sameEntry(old, { ...now, mode: old.mode });
  return { type: onlyMode ? 'mode' : 'modified', path, before: old, after: now };
}

function countedEntry(entry: Entry | undefined): Entry | undefined {
  return entry?.kind === 'directory' && entry.id !== EMPTY_TREE ? undefined : entry;
}

function joinRenames(
  { trees, contents }: TreeStore,
  after: ObjectId,
  changes: readonly TreeChange[],
): TreeChange[] {
  const removed: RenameCandidate[] = [];
  const added: RenameCandidate[] = [];
  for (const change of changes) {
    if (change.type === 'added') added.push({ path: change.path, entry: change.after });
    if (change.type !== 'deleted') continue;
    const { path, before } = change;
    // `git apply` does not see that a renamed link makes room for a directory in its place.
    const makesRoom = before.kind === 'symlink' && trees.lookup(after, path) !== undefined;
    if (!makesRoom) removed.push({ path, entry: before });
  }
  const renames = detectRenames(removed, added, (entry) => contents.read(entry));
  if (renames.length === 0) return [...changes];
  const sources = new Set(renames.map(({ from }) => from));
  const targets = new Set(renames.map(({ to }) => to));
  const others = changes.filter(({ type, path }) => {
    return !(type === 'deleted' && sources.has(path)) && !(type === 'added' && targets.has(path));
  });
  const olds = new Map(removed.map(({ path, entry }) => [path, entry]));
  const news = new Map(added.map(({ path, entry }) => [path, entry]));
  return [...others, ...renames.flatMap((rename) => toRename(rename, olds, news))];
}

function toRename(
  { from, to, similarity }: Rename,
  olds: ReadonlyMap<TreePath, Entry>,
  news: ReadonlyMap<TreePath, Entry>,
): TreeChange[] {
  const [before, after] = [olds.get(from), news.get(to)];
  if (before === undefined || after === undefined) return [];
  return [{ type: 'renamed', path: to, from, similarity, before, after }];
}

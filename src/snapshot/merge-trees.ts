/**
 * The three-way merge of trees. Descends only into directories that both sides changed, so the cost
 * follows the changes; writes nothing until the outcome is applied.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, ROOT, type TreePath } from '../primitives/path.ts';
import { type Contents, type PreparedContent, prepareContent } from '../store/contents.ts';
import { diffDirectories, type EntryDifference } from '../tree/diff-trees.ts';
import { joinByName } from '../tree/join.ts';
import type { TreeSummary } from '../tree/node.ts';
import { editTree } from '../tree/pending-tree.ts';
import { EMPTY_TREE, type TreeStore } from '../tree/trees.ts';
import type { Versions } from './conflict.ts';
import { mergeEntry, mergeValue, type TwoContents, type TwoDirectories } from './merge-entry.ts';
import {
  type CleanMerge,
  MergeCollector,
  type MergeOutcome,
  type OnConflict,
} from './merge-outcome.ts';
import { mergeRemovedDirectory } from './removed-directory.ts';
import { mergeText } from './text-merge.ts';

/** The trees to merge, by the ids of their roots. */
export interface MergeInput {
  /** What both sides started from. */
  readonly base: ObjectId;
  /** The workspace's side. */
  readonly ours: ObjectId;
  /** The other side. */
  readonly theirs: ObjectId;
}

/** How to merge. */
export interface MergeOptions {
  /** What to do where the sides disagree; `fail` when absent. */
  readonly onConflict?: OnConflict | undefined;
  /** Whether to merge text that both sides changed line by line; true when absent. */
  readonly mergeText?: boolean | undefined;
}

/** A merge under way. */
interface Merge extends TreeStore {
  readonly collector: MergeCollector;
  readonly mergesText: boolean;
}

/** A directory that is being merged, and what is left to do in it. */
interface Frame {
  readonly path: TreePath;
  readonly names: Iterator<readonly [name: string, versions: Versions]>;
}

/** Largest text that is merged line by line, in bytes. */
const MAX_MERGE_BYTES = 2_000_000;

/**
 * Merges what two sides made of one tree.
 *
 * What one side changed is taken with its mtime; what both changed alike has the later one. Content
 * and mode of a file merge on their own. A file that one side deleted and the other changed is a
 * conflict, also inside a directory that was deleted as a whole; what was added to such a directory
 * is kept, and the directory with it. When both changed the mode of a directory, the conflict is
 * about the mode alone. The result is the same, up to the names of the sides, when they are swapped.
 *
 * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT.
 */
export function mergeTrees(
  { trees, contents }: TreeStore,
  input: MergeInput,
  options: MergeOptions = {},
): MergeOutcome {
  const collector = new MergeCollector(options.onConflict ?? 'fail');
  const merge: Merge = { trees, contents, collector, mergesText: options.mergeText ?? true };
  // A stack of its own: trees can be deeper than the stack of calls allows.
  const stack = [openDirectory(merge, ROOT, input)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.names.next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    const [name, versions] = next.value;
    const below = mergeName(merge, joinPath(top.path, name), versions);
    if (below !== undefined) stack.push(below);
  }
  return collector.finish();
}

/**
 * Stores the merged tree and its new content. Belongs in the transaction that refers to it.
 *
 * @param ours - the tree that was our side of the merge.
 */
export function applyMerge(
  { trees, contents }: TreeStore,
  ours: ObjectId,
  outcome: CleanMerge,
): TreeSummary {
  for (const content of outcome.contents) contents.put(content);
  return editTree(trees, ours, outcome.changes);
}

function openDirectory({ trees }: Merge, path: TreePath, input: MergeInput): Frame {
  const { base, ours, theirs } = input;
  const ourChanges = diffDirectories(trees, base, ours);
  const theirChanges = diffDirectories(trees, base, theirs);
  return { path, names: joinVersions(ourChanges, theirChanges) };
}

/** The names that theirs changed: what only ours did is in our tree already. */
function* joinVersions(
  ourChanges: Iterable<EntryDifference>,
  theirChanges: Iterable<EntryDifference>,
): IterableIterator<readonly [name: string, versions: Versions]> {
  for (const [name, our, their] of joinByName(byName(ourChanges), byName(theirChanges))) {
    if (their === undefined) continue;
    const [, base, theirs] = their;
    yield [name, { base, ours: our === undefined ? base : our[2], theirs }];
  }
}

function* byName(
  differences: Iterable<EntryDifference>,
): IterableIterator<readonly [name: string, difference: EntryDifference]> {
  for (const difference of differences) yield [difference[0], difference];
}

/** Settles one name; returns the directory to go on in when both sides have changed one. */
function mergeName(merge: Merge, path: TreePath, versions: Versions): Frame | undefined {
  const { collector } = merge;
  const { base, ours, theirs } = versions;
  if (ours === base) {
    collector.put(path, ours, theirs);
    return undefined;
  }
  const result = mergeEntry(versions);
  switch (result.kind) {
    case 'settled':
      collector.put(path, ours, result.entry);
      return undefined;
    case 'directories':
      return mergeDirectories(merge, path, result);
    case 'removed-directory':
      mergeRemovedDirectory(merge.trees, collector, path, versions, result);
      return undefined;
    case 'contents':
      mergeContents(merge, path, result);
      return undefined;
    case 'conflict':
      collector.takeSide(path, result.type, versions);
      return undefined;
  }
}

function mergeDirectories(
  merge: Merge,
  path: TreePath,
  directories: TwoDirectories,
): Frame | undefined {
  const { collector } = merge;
  const { base, ours, theirs } = directories;
  let mode = mergeValue(base?.mode, ours.mode, theirs.mode);
  if (mode === undefined) {
    collector.note(path, base === undefined ? 'both-added' : 'both-modified', directories);
    mode = collector.onConflict === 'theirs' ? theirs.mode : ours.mode;
  }
  const latest = Math.max(ours.mtime, theirs.mtime);
  const mtime = mergeValue(base?.mtime, ours.mtime, theirs.mtime) ?? latest;
  collector.put(path, ours, { ...ours, mode, mtime });
  if (ours.id === theirs.id) return undefined;
  const input = { base: base?.id ?? EMPTY_TREE, ours: ours.id, theirs: theirs.id };
  return openDirectory(merge, path, input);
}

function mergeContents(merge: Merge, path: TreePath, files: TwoContents): void {
  const { mode, mtime } = files;
  const content = merge.mergesText ? mergeLines(merge.contents, files) : undefined;
  if (content === undefined) merge.collector.takeSide(path, 'both-modified', files);
  else merge.collector.setMerged(path, { ...files.ours, mode, mtime }, content);
}

function mergeLines(contents: Contents, files: TwoContents): PreparedContent | undefined {
  const { base, ours, theirs } = files;
  if (Math.max(base.size, ours.size, theirs.size) > MAX_MERGE_BYTES) return undefined;
  const [before, here, there] = [contents.read(base), contents.read(ours), contents.read(theirs)];
  const text = mergeText(before, here, there, { maxBytes: MAX_MERGE_BYTES });
  return text === undefined ? undefined : prepareContent(text);
}

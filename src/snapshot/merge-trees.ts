/**
 * The three-way merge of trees. Descends only into directories that both sides changed, so the cost
 * follows the changes; writes nothing until the outcome is applied.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, ROOT, type TreePath } from '../primitives/path.ts';
import { type PreparedContent, prepareContent } from '../store/contents.ts';
import { diffDirectories, type EntryDifference } from '../tree/diff-trees.ts';
import { joinByName } from '../tree/join.ts';
import type { TreeSummary } from '../tree/node.ts';
import { editTree } from '../tree/pending-tree.ts';
import { EMPTY_TREE, type TreeStore } from '../tree/trees.ts';
import type { Versions } from './conflict.ts';
import {
  laterTime,
  mergeEntry,
  mergeValue,
  type TwoDirectories,
  type TwoFiles,
} from './merge-entry.ts';
import {
  type CleanMerge,
  type Decisions,
  MergeCollector,
  type MergeOutcome,
  noConflictAt,
  type OnConflictInWorkspace,
} from './merge-outcome.ts';
import { mergeRemovedDirectory } from './removed-directory.ts';
import { type ConflictLabels, MAX_MERGE_BYTES, mergeText } from './text-merge.ts';

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
export interface MergeOptions extends Decisions {
  /** What markers call the sides; needed for them. */
  readonly labels?: ConflictLabels | undefined;
  /** Whether to merge text that both sides changed line by line; true when absent. */
  readonly mergeText?: boolean | undefined;
}

/** A merge under way. */
interface Merge extends TreeStore {
  readonly collector: MergeCollector;
  readonly mergesText: boolean;
  readonly labels: ConflictLabels | undefined;
}

/** A directory that is being merged, and what is left to do in it. */
interface Frame {
  readonly path: TreePath;
  readonly names: Iterator<readonly [name: string, versions: Versions]>;
}

/** What a file is to hold, and what of it is new. */
interface MergedContent {
  readonly id: ObjectId;
  readonly size: number;
  readonly prepared?: PreparedContent;
  /** The places in which a choice stands. */
  readonly hunks: number;
}

/**
 * Merges what two sides made of one tree.
 *
 * What one side changed is taken with its mtime; what both changed alike has the later one. Content
 * and mode of a file merge on their own, and its text line by line: a decision is about the lines
 * that contradict each other, unless it is for whole files or there are no lines. A file that one side deleted and the other changed is a
 * conflict, also inside a directory that was deleted as a whole; what was added to such a directory
 * is kept, and the directory with it. When both changed the mode of a directory, the conflict is
 * about the mode alone. The result is the same, up to the names of the sides, when they are swapped.
 *
 * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT; {AgentFSError} ENOENT when a side was chosen
 *   for a path at which no tree has anything.
 */
export function mergeTrees(
  { trees, contents }: TreeStore,
  input: MergeInput,
  options: MergeOptions = {},
): MergeOutcome {
  const collector = new MergeCollector(options);
  const { mergeText: mergesText = true, labels } = options;
  const merge: Merge = { trees, contents, collector, mergesText, labels };
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
  requireSomewhere(trees, input, collector.unused);
  return collector.finish();
}

/** A decision about what is nowhere is a slip; one about what merges anyway is none. */
function requireSomewhere(
  trees: TreeStore['trees'],
  { base, ours, theirs }: MergeInput,
  paths: Iterable<TreePath>,
): void {
  for (const path of paths) {
    const isThere = [ours, theirs, base].some((tree) => trees.lookup(tree, path) !== undefined);
    if (path !== ROOT && !isThere) throw noConflictAt(path);
  }
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
    case 'files':
      mergeFiles(merge, path, result);
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
    const side = collector.sideAt(path);
    collector.note(path, base === undefined ? 'both-added' : 'both-modified', directories, side);
    mode = directories[side ?? 'ours'].mode;
  }
  const latest = Math.max(ours.mtime, theirs.mtime);
  const mtime = mergeValue(base?.mtime, ours.mtime, theirs.mtime) ?? latest;
  collector.put(path, ours, { ...ours, mode, mtime });
  if (ours.id === theirs.id) return undefined;
  const input = { base: base?.id ?? EMPTY_TREE, ours: ours.id, theirs: theirs.id };
  return openDirectory(merge, path, input);
}

function mergeFiles(merge: Merge, path: TreePath, files: TwoFiles): void {
  const { collector } = merge;
  const { base, ours, theirs } = files;
  const side = collector.sideAt(path);
  const settled = mergeValue(base.mode, ours.mode, theirs.mode);
  const mode = settled ?? (side === undefined ? undefined : files[side].mode);
  const choice = collector.choiceAt(path);
  const content = mergeContents(merge, choice, files);
  const disagrees = settled === undefined || content === undefined || content.hunks > 0;
  const takesAll = disagrees && collector.takesWholeFiles;
  if (mode === undefined || content === undefined || takesAll) {
    collector.takeSide(path, 'both-modified', files);
    return;
  }
  const { id, size, prepared, hunks } = content;
  const entry = { ...ours, id, size, mode, mtime: laterTime(ours, theirs) };
  if (prepared === undefined) collector.put(path, ours, entry);
  else collector.setContent(path, entry, prepared);
  if (!disagrees) collector.noteMerged(path);
  else if (choice !== 'fail') {
    collector.note(path, 'both-modified', files, choice, hunks === 0 ? undefined : hunks);
  }
}

/** Merges the content of a file; undefined when it cannot be merged, or not without a decision. */
function mergeContents(
  { contents, mergesText, labels }: Merge,
  choice: OnConflictInWorkspace,
  { base, ours, theirs }: TwoFiles,
): MergedContent | undefined {
  const settled = mergeValue(base.id, ours.id, theirs.id);
  if (settled !== undefined) return { ...(settled === ours.id ? ours : theirs), hunks: 0 };
  if (!mergesText || Math.max(base.size, ours.size, theirs.size) > MAX_MERGE_BYTES)
    return undefined;
  const [before, here, there] = [contents.read(base), contents.read(ours), contents.read(theirs)];
  const merged = mergeText(before, here, there, choice === 'markers' ? labels : choice);
  if (merged === undefined) return undefined;
  const prepared = prepareContent(merged.bytes);
  return { id: prepared.id, size: prepared.size, prepared, hunks: merged.hunks };
}

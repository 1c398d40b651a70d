/**
 * Changes entries of one directory and stores the nodes that differ. The result is a function of
 * the resulting entries alone, so equal directories have equal ids whatever their history; the
 * technique is that of prolly trees (content-defined boundaries in a search tree).
 */

import type { Entry } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames } from '../primitives/path.ts';
import { isBoundary, MAX_UNSPLIT } from './boundary.ts';
import { groupPieces } from './group-pieces.ts';
import { joinByName } from './join.ts';
import type { Entries, Piece, TreeSummary } from './node.ts';
import type { Trees } from './trees.ts';

/** A name and what it stands for from now on; undefined when it is to be gone. */
export type EntryChange = readonly [name: string, entry: Entry | undefined];

/**
 * Applies changes to a directory and returns what it adds up to then. Reads and stores the pieces
 * that the changes fall into and the index above them, whatever the size of the directory.
 *
 * @param changes - in the order of their names, each name once.
 */
export function editDirectory(
  trees: Trees,
  directory: ObjectId,
  changes: readonly EntryChange[],
): TreeSummary {
  if (changes.length === 0) return trees.summary(directory);
  const node = trees.node(directory);
  if (node.kind === 'leaf') return storeEntries(trees, merge(node.entries, changes));
  const pieces = editPieces(trees, [...trees.leaves(node)], changes);
  const total = pieces.reduce((sum, piece) => sum + piece.entries, 0);
  // Below the limit a directory is one leaf, also when it has shrunk to that.
  if (total <= MAX_UNSPLIT) return storeEntries(trees, allEntries(trees, pieces));
  return storeIndex(trees, pieces);
}

/** Stores a whole directory. */
function storeEntries(trees: Trees, entries: Entries): TreeSummary {
  if (entries.size <= MAX_UNSPLIT) {
    return trees.summary(trees.put({ kind: 'leaf', entries }));
  }
  const splitter = new Splitter(trees);
  splitter.add(entries);
  return storeIndex(trees, splitter.finish());
}

/** Builds the levels of index nodes above the leaves. */
function storeIndex(trees: Trees, leaves: readonly Piece[]): TreeSummary {
  let pieces = leaves;
  for (let level = 1; pieces.length > 1; level++) pieces = storeGroups(trees, pieces, level);
  const [top] = pieces;
  return top === undefined ? storeEntries(trees, new Map()) : trees.summary(top.id);
}

function storeGroups(trees: Trees, pieces: readonly Piece[], level: number): Piece[] {
  return groupPieces(pieces, level).map((group) => {
    const last = group.at(-1)?.last ?? '';
    return { ...trees.summary(trees.put({ kind: 'index', level, pieces: group })), last };
  });
}

/** Applies the changes to the leaves that they fall into and leaves the others as they are. */
function editPieces(
  trees: Trees,
  pieces: readonly Piece[],
  changes: readonly EntryChange[],
): Piece[] {
  const splitter = new Splitter(trees);
  let next = 0;
  for (const [i, piece] of pieces.entries()) {
    const isLast = i === pieces.length - 1;
    const start = next;
    while (next < changes.length && (isLast || !isAfter(changes[next], piece.last))) next += 1;
    if (next === start && splitter.isAtBoundary) splitter.keep(piece);
    else splitter.add(merge(leafEntries(trees, piece.id), changes.slice(start, next)));
  }
  return splitter.finish();
}

function isAfter(change: EntryChange | undefined, name: string): boolean {
  return change !== undefined && compareNames(change[0], name) > 0;
}

/** Cuts a run of entries into leaves at the boundaries of their names. */
class Splitter {
  readonly #trees: Trees;
  readonly #pieces: Piece[] = [];
  #open = new Map<string, Entry>();

  constructor(trees: Trees) {
    this.#trees = trees;
  }

  /** Whether a piece that was complete before is complete here too. */
  get isAtBoundary(): boolean {
    return this.#open.size === 0;
  }

  /** Takes over a piece that has not changed. */
  keep(piece: Piece): void {
    this.#pieces.push(piece);
  }

  /** Appends entries, whose names follow on all that came before. */
  add(entries: Entries): void {
    for (const [name, entry] of entries) {
      this.#open.set(name, entry);
      if (isBoundary(name, 0)) this.#close(name);
    }
  }

  finish(): Piece[] {
    const last = [...this.#open.keys()].at(-1);
    if (last !== undefined) this.#close(last);
    return this.#pieces;
  }

  #close(last: string): void {
    const id = this.#trees.put({ kind: 'leaf', entries: this.#open });
    this.#pieces.push({ ...this.#trees.summary(id), last });
    this.#open = new Map();
  }
}

/** The entries with the changes applied. */
function merge(entries: Entries, changes: readonly EntryChange[]): Entries {
  if (changes.length === 0) return entries;
  const changed = changes.map((change) => [change[0], change] as const);
  const merged = new Map<string, Entry>();
  for (const [name, entry, change] of joinByName(entries, changed)) {
    const kept = change === undefined ? entry : change[1];
    if (kept !== undefined) merged.set(name, kept);
  }
  return merged;
}

function leafEntries(trees: Trees, id: ObjectId): Entries {
  const node = trees.node(id);
  return node.kind === 'leaf' ? node.entries : new Map(trees.entries(id));
}

function allEntries(trees: Trees, pieces: readonly Piece[]): Entries {
  return new Map(pieces.flatMap((piece) => [...leafEntries(trees, piece.id)]));
}

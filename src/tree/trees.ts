/** Reads directories out of the object store, keeping decoded nodes in memory. */

import { LRUCache } from 'lru-cache';
import type { Entry } from '../primitives/entry.ts';
import { type ObjectId, structureId } from '../primitives/object-id.ts';
import { compareNames, pathParts, type TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import { corrupt, type Objects } from '../store/objects.ts';
import {
  decodeNode,
  encodeNode,
  type IndexNode,
  type Piece,
  type TreeNode,
  type TreeSummary,
} from './node.ts';

const EMPTY_NODE: TreeNode = { kind: 'leaf', entries: new Map() };

/** The id of a directory without entries. */
export const EMPTY_TREE: ObjectId = structureId(encodeNode(EMPTY_NODE));

/** Where directories and the contents of files are read from, and new ones written to. */
export interface TreeStore {
  readonly trees: Trees;
  readonly contents: Contents;
}

/** Access to directories by the id of their node. Ids never change meaning, so no cache expires. */
export class Trees {
  readonly #objects: Objects;
  readonly #cache: LRUCache<ObjectId, TreeNode>;

  /** @param cacheBytes - memory for decoded nodes, roughly, in bytes. */
  constructor(objects: Objects, cacheBytes: number) {
    this.#objects = objects;
    this.#cache = new LRUCache({
      maxSize: Math.max(cacheBytes, 1),
      sizeCalculation: (node) => 256 + 320 * partsOf(node),
    });
  }

  /**
   * The node with this id.
   *
   * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT.
   */
  node(id: ObjectId): TreeNode {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached;
    const node = id === EMPTY_TREE ? EMPTY_NODE : this.#load(id);
    this.#cache.set(id, node);
    return node;
  }

  /** Stores a node and names it. Belongs in the transaction that refers to the id. */
  put(node: TreeNode): ObjectId {
    const bytes = encodeNode(node);
    const id = structureId(bytes);
    // Even when it is cached: another process may have collected it since.
    this.#objects.put({ id, kind: 'node', bytes });
    this.#cache.set(id, node);
    return id;
  }

  /** The entry `name` of a directory, or undefined. */
  entry(directory: ObjectId, name: string): Entry | undefined {
    for (let node = this.node(directory); ; ) {
      if (node.kind === 'leaf') return node.entries.get(name);
      const piece = findPiece(node.pieces, name);
      if (piece === undefined) return undefined;
      node = this.node(piece.id);
    }
  }

  /** The entry at a path below a directory; undefined when there is none, and for the root. */
  lookup(root: ObjectId, path: TreePath): Entry | undefined {
    let directory: ObjectId | undefined = root;
    let entry: Entry | undefined;
    for (const name of pathParts(path)) {
      if (directory === undefined) return undefined;
      entry = this.entry(directory, name);
      directory = entry?.kind === 'directory' ? entry.id : undefined;
    }
    return entry;
  }

  /** The entries of a directory in the order of their names. */
  *entries(directory: ObjectId): IterableIterator<readonly [name: string, entry: Entry]> {
    const node = this.node(directory);
    if (node.kind === 'leaf') yield* node.entries;
    else for (const piece of this.leaves(node)) yield* this.entries(piece.id);
  }

  /** The leaves of a large directory, in order. Reads the index nodes and no leaf. */
  *leaves(index: IndexNode): IterableIterator<Piece> {
    if (index.level === 1) {
      yield* index.pieces;
      return;
    }
    for (const piece of index.pieces) {
      const node = this.node(piece.id);
      if (node.kind === 'leaf' || node.level !== index.level - 1) {
        throw corrupt(piece.id, `it is not on level ${index.level - 1}`);
      }
      yield* this.leaves(node);
    }
  }

  /** What a directory adds up to. */
  summary(directory: ObjectId): TreeSummary {
    const node = this.node(directory);
    let entries = 0;
    let files = 0;
    let bytes = 0;
    if (node.kind === 'leaf') {
      for (const entry of node.entries.values()) {
        files += entry.files;
        bytes += entry.size;
      }
      return { id: directory, entries: node.entries.size, files, bytes };
    }
    for (const piece of node.pieces) {
      entries += piece.entries;
      files += piece.files;
      bytes += piece.bytes;
    }
    return { id: directory, entries, files, bytes };
  }

  #load(id: ObjectId): TreeNode {
    const bytes = this.#objects.read(id, 'node');
    try {
      return decodeNode(bytes);
    } catch (error) {
      throw corrupt(id, error instanceof Error ? error.message : 'it is not a tree node', error);
    }
  }
}

/** The only piece that can hold `name`: the first whose last name is not below it. */
function findPiece(pieces: readonly Piece[], name: string): Piece | undefined {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const piece = pieces[middle];
    if (piece !== undefined && compareNames(piece.last, name) < 0) low = middle + 1;
    else high = middle;
  }
  return pieces[low];
}

function partsOf(node: TreeNode): number {
  return node.kind === 'leaf' ? node.entries.size : node.pieces.length;
}

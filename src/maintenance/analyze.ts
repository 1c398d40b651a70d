/** What the room in a store goes to: the largest files and directories, and what sharing saves. */

import type { ObjectId } from '../primitives/object-id.ts';
import { joinPath, type TreePath } from '../primitives/path.ts';
import type { Store } from '../store/store.ts';
import { Trees } from '../tree/trees.ts';
import { type Root, type RootOwner, userRoots } from './roots.ts';

/** A file or directory, where it was met first. */
export interface LargePath {
  readonly owner: RootOwner;
  readonly path: TreePath;
  /** Bytes; of a directory, of all files in it. */
  readonly size: number;
  /** Files and links; 1 for a file. */
  readonly files: number;
}

/** What an analysis has found. Sizes are in bytes. */
export interface StorageAnalysis {
  /** The largest contents, each once. */
  readonly largestFiles: readonly LargePath[];
  /** The largest directories below the roots, each once. */
  readonly largestDirectories: readonly LargePath[];
  /** All files of all workspaces, snapshots and commits, as if nothing were shared. */
  readonly logicalBytes: number;
  /** The contents that are stored. */
  readonly contentBytes: number;
  /** The room that they take up. */
  readonly storedBytes: number;
  /** `logicalBytes` / `contentBytes`; 1 for an empty store. */
  readonly dedupRatio: number;
  /** `contentBytes` / `storedBytes`; 1 for an empty store. */
  readonly compressionRatio: number;
}

/**
 * Analyses a store; one node a step. What several trees share is looked at once.
 *
 * @param limit - how many files, and how many directories, are named.
 * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT when a tree cannot be read.
 */
export function* analyzeStorage(store: Store, limit = 20): Generator<void, StorageAnalysis, void> {
  const survey = new Survey(store, limit);
  for (const root of userRoots(store)) yield* survey.visit(root);
  const content = store.objects.totals().find(({ kind }) => kind === 'content');
  const { size = 0, stored = 0 } = content ?? {};
  return {
    largestFiles: survey.files.list(),
    largestDirectories: survey.directories.list(),
    logicalBytes: survey.logicalBytes,
    contentBytes: size,
    storedBytes: stored,
    dedupRatio: size === 0 ? 1 : survey.logicalBytes / size,
    compressionRatio: stored === 0 ? 1 : size / stored,
  };
}

class Survey {
  readonly files: Largest<LargePath>;
  readonly directories: Largest<LargePath>;
  readonly #trees: Trees;
  readonly #seen = new Set<ObjectId>();
  /** The trees whose bytes were added up, with whose they were. */
  readonly #counted = new Set<string>();
  #logicalBytes = 0;

  constructor(store: Store, limit: number) {
    this.#trees = new Trees(store.objects, 0);
    this.files = new Largest(limit);
    this.directories = new Largest(limit);
  }

  get logicalBytes(): number {
    return this.#logicalBytes;
  }

  *visit({ owner, path, target }: Root): Generator<void> {
    this.#count(owner, target.id, target.kind === 'directory' ? undefined : target.size);
    if (target.kind !== 'directory') {
      if (this.#isNew(target.id))
        this.files.offer(target.size, { owner, path, size: target.size, files: 1 });
      return;
    }
    const stack = [{ id: target.id, path }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (!this.#isNew(next.id)) continue;
      this.#lookInto(next.id, owner, next.path, stack);
      yield;
    }
  }

  #lookInto(
    id: ObjectId,
    owner: RootOwner,
    path: TreePath,
    stack: { id: ObjectId; path: TreePath }[],
  ): void {
    const node = this.#trees.node(id);
    if (node.kind === 'index') {
      for (const piece of node.pieces) stack.push({ id: piece.id, path });
      return;
    }
    for (const [name, { kind, id: child, size, files }] of node.entries) {
      const found = { owner, path: joinPath(path, name), size, files };
      if (kind === 'directory') {
        if (!this.#seen.has(child)) this.directories.offer(size, found);
        stack.push({ id: child, path: found.path });
      } else if (this.#isNew(child)) this.files.offer(size, found);
    }
  }

  /** Adds what a root leads to, once for each owner of it. */
  #count(owner: RootOwner, id: ObjectId, size: number | undefined): void {
    const key = `${owner.kind} ${owner.name} ${id}`;
    if (owner.kind === 'operation' || owner.kind === 'directory' || this.#counted.has(key)) return;
    this.#counted.add(key);
    this.#logicalBytes += size ?? this.#trees.summary(id).bytes;
  }

  #isNew(id: ObjectId): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }
}

/** The `limit` things with the greatest sizes. */
class Largest<T> {
  readonly #limit: number;
  readonly #items: { readonly size: number; readonly item: T }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a thing into consideration. */
  offer(size: number, item: T): void {
    this.#items.push({ size, item });
    // Sorting only now and then makes this cheap: nothing is lost that could still be wanted.
    if (this.#items.length >= this.#limit * 2 + 64) this.#trim();
  }

  /** The largest, largest first. */
  list(): T[] {
    this.#trim();
    return this.#items.map(({ item }) => item);
  }

  #trim(): void {
    this.#items.sort((left, right) => right.size - left.size);
    this.#items.length = Math.min(this.#items.length, this.#limit);
  }
}

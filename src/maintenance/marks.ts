/** The set of objects that roots lead to. It only grows, and is closed: with an object, it holds
 * everything below it, but for the time between two steps of `add`. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { Store } from '../store/store.ts';
import { EMPTY_TREE, Trees } from '../tree/trees.ts';
import type { Target } from './roots.ts';

/** Marks objects, each once, however many roots lead to it. */
export class Marks {
  readonly #store: Store;
  // Each node is read once: a cache would only keep it in memory.
  readonly #trees: Trees;
  readonly #marked = new Set<ObjectId>();

  constructor(store: Store) {
    this.#store = store;
    this.#trees = new Trees(store.objects, 0);
  }

  /** Whether the object is marked. */
  has(id: ObjectId): boolean {
    return this.#marked.has(id);
  }

  /** Forgets all marks. */
  clear(): void {
    this.#marked.clear();
  }

  /**
   * Marks a target and everything below it; one node a step.
   *
   * @throws {StorageError} OBJECT_MISSING or OBJECT_CORRUPT when a node or manifest cannot be read,
   *   so that it is unknown what it leads to; the marks are useless then.
   */
  *add(target: Target): Generator<void, void, void> {
    const stack = [target];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (this.#marked.has(next.id)) continue;
      this.#marked.add(next.id);
      if (next.kind !== 'directory') this.#addChunks(next);
      else if (next.id !== EMPTY_TREE) {
        this.#addNode(next.id, stack);
        yield;
      }
    }
  }

  /**
   * Marks an object of which only the id is known, and everything below it; nothing when it is not
   * in the store.
   *
   * @throws {StorageError} as {@link add} does.
   */
  *addObject(id: ObjectId): Generator<void, void, void> {
    const facts = this.#store.objects.facts(id);
    if (facts === undefined) return;
    if (facts.kind === 'node') yield* this.add({ kind: 'directory', id, size: 0 });
    // A manifest is what content above the threshold has.
    const size = facts.kind === 'manifest' ? CHUNK_THRESHOLD + 1 : 0;
    if (facts.kind !== 'node') yield* this.add({ kind: 'file', id, size });
  }

  #addNode(id: ObjectId, stack: Target[]): void {
    const node = this.#trees.node(id);
    if (node.kind === 'index') {
      for (const piece of node.pieces) stack.push({ kind: 'directory', id: piece.id, size: 0 });
      return;
    }
    for (const entry of node.entries.values()) {
      // Most entries are small files, which lead nowhere.
      if (entry.kind !== 'directory' && entry.size <= CHUNK_THRESHOLD) this.#marked.add(entry.id);
      else if (!this.#marked.has(entry.id)) stack.push(entry);
    }
  }

  #addChunks({ id, size }: Target): void {
    if (size <= CHUNK_THRESHOLD) return;
    const isOpened = (below: ObjectId): boolean => !this.#marked.has(below);
    for (const part of this.#store.contents.below(id, isOpened)) this.#marked.add(part.id);
  }
}

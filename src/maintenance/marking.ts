/** Marks everything that the store needs, as often as it has changed; only the first time is long. */

import type { ObjectId } from '../primitives/object-id.ts';
import type { Store } from '../store/store.ts';
import { Marks } from './marks.ts';
import {
  heldObjects,
  type IsReleased,
  indexedContents,
  indexedDirectories,
  userRoots,
} from './roots.ts';

/** The marks of one garbage collection. */
export class Marking {
  readonly #store: Store;
  readonly #marks: Marks;
  /** The states of real directories whose index has been gone through. */
  readonly #indexes = new Map<number, string>();

  constructor(store: Store) {
    this.#store = store;
    this.#marks = new Marks(store);
  }

  /** Whether the object is marked. */
  has(id: ObjectId): boolean {
    return this.#marks.has(id);
  }

  /** Forgets all marks. */
  clear(): void {
    this.#marks.clear();
    this.#indexes.clear();
  }

  /**
   * Marks what can be reached now; one node a step.
   *
   * @throws {StorageError} as {@link Marks.add} does.
   */
  *run(isReleased?: IsReleased): Generator<void> {
    const marks = this.#marks;
    for (const { target } of userRoots(this.#store, isReleased)) yield* marks.add(target);
    for (const id of heldObjects(this.#store)) yield* marks.addObject(id);
    for (const directory of indexedDirectories(this.#store)) yield* this.#addIndexed(directory);
  }

  /** An index is written together with the state of its directory, and is as long as the project. */
  *#addIndexed(directory: number): Generator<void> {
    const state = JSON.stringify(this.#store.stats.anyDirectory(directory) ?? null);
    if (this.#indexes.get(directory) === state) return;
    for (const page of indexedContents(this.#store, directory)) {
      for (const content of page) yield* this.#marks.add(content);
      yield;
    }
    this.#indexes.set(directory, state);
  }
}

/** What verification has found, up to a bound: a ruined store must not fill the memory. */

import type { ErrorCode } from '../primitives/error-code.ts';
import { StorageError } from '../primitives/errors.ts';
import { type ObjectId, parseObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { RootOwner } from './roots.ts';

/** Something that a damaged object is part of. */
export interface DamageHit {
  readonly owner: RootOwner;
  readonly path: TreePath;
}

/** One thing that is wrong with a store. */
export interface Damage {
  /** `OBJECT_CORRUPT`, `OBJECT_MISSING`, or an error of the database itself. */
  readonly code: ErrorCode;
  readonly message: string;
  /** The object that is damaged or missing, when it is about one. */
  readonly id?: ObjectId;
  /** Where it is needed, up to 20 places; none when nothing that is named needs it. */
  readonly hits: readonly DamageHit[];
}

/** How many findings are described; the others are only counted. */
const MAX_FINDINGS = 1_000;
/** How many places are named for one object. */
const MAX_HITS = 20;

interface Found {
  readonly code: ErrorCode;
  readonly message: string;
  readonly id?: ObjectId;
  readonly hits: DamageHit[];
}

/** Collects findings; one for each object. */
export class Findings {
  readonly #described: Found[] = [];
  readonly #byObject = new Map<ObjectId, Found>();
  #count = 0;

  /** All findings, also those that are not described. */
  get count(): number {
    return this.#count;
  }

  /** Whether something is wrong with the object. */
  has(id: ObjectId): boolean {
    return this.#byObject.has(id);
  }

  /** Whether any object is damaged or missing. */
  get hasObjects(): boolean {
    return this.#byObject.size > 0;
  }

  /** Records a finding; a second one about the same object is left out. */
  add(code: ErrorCode, message: string, id?: ObjectId): void {
    if (id !== undefined && this.#byObject.has(id)) return;
    this.#count += 1;
    if (this.#described.length >= MAX_FINDINGS) return;
    const found: Found = { code, message, ...(id === undefined ? {} : { id }), hits: [] };
    this.#described.push(found);
    if (id !== undefined) this.#byObject.set(id, found);
  }

  /** Says that an object is part of something. */
  addHit(id: ObjectId, hit: DamageHit): void {
    const hits = this.#byObject.get(id)?.hits;
    if (hits === undefined || hits.length >= MAX_HITS) return;
    // A workspace is a root with its tree, its fork and its start, which mostly share everything.
    const { owner, path } = hit;
    const isKnown = hits.some(
      (known) =>
        known.path === path && known.owner.kind === owner.kind && known.owner.name === owner.name,
    );
    if (!isKnown) hits.push(hit);
  }

  /**
   * Runs an action; an error of the store that it throws is a finding, about the object that the
   * error names, or else `id`.
   */
  attempt<T>(action: () => T, id?: ObjectId): T | undefined {
    try {
      return action();
    } catch (error) {
      this.record(error, id);
      return undefined;
    }
  }

  /** Records an error of the store as a finding; any other is thrown again. */
  record(error: unknown, id?: ObjectId): void {
    if (!(error instanceof StorageError)) throw error;
    const about = error.details?.['id'];
    const named = typeof about === 'string' ? parseObjectId(about) : undefined;
    this.add(error.code, error.message, named ?? id);
  }

  /** The findings, without missing objects that nothing needs: they were collected meanwhile. */
  finish(): { damage: readonly Damage[]; count: number } {
    const damage = this.#described.filter(
      ({ code, hits }) => code !== 'OBJECT_MISSING' || hits.length > 0,
    );
    return { damage, count: this.#count - (this.#described.length - damage.length) };
  }
}

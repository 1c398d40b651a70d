/** `workspace.snapshot`: naming the state of a workspace, comparing such states and going back. */

import { checkBoolean, checkOptions, checkStrings, checkText } from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import { compileSelection } from '../../primitives/glob.ts';
import { parseName } from '../../primitives/name.ts';
import { type DiffOptions, DiffResult } from '../../snapshot/diff-result.ts';
import { selectChanges } from '../../snapshot/select-changes.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import { sameTrees } from '../../tree/diff-trees.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { checkDiffOptions } from './compare.ts';
import { reachOf } from './ignored-reach.ts';
import { insertSnapshot, randomName } from './new-snapshot.ts';
import { findOwnSnapshot } from './references.ts';
import { type Snapshot, snapshotInfo } from './snapshot-info.ts';

/** What can be said about a new snapshot. */
export interface SnapshotOptions {
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** How a snapshot is restored. */
export interface RestoreOptions {
  /**
   * Takes a snapshot of the state before, called so, or `pre-restore-` and a random part for `true`.
   */
  readonly backup?: boolean | string | undefined;
  /** Glob patterns of the paths to restore, all others staying as they are; default all. */
  readonly include?: readonly string[] | undefined;
}

/** What a restore did. */
export interface RestoreResult {
  readonly snapshot: Snapshot;
  /** Name of the snapshot that was taken of the state before, if one was asked for. */
  readonly backup: string | undefined;
  /** Number of the operation that undo can take back; 0 when nothing changed. */
  readonly operationId: number;
}

/** What happens to the snapshots of a workspace. */
export type SnapshotEvent =
  | { readonly kind: 'snapshotCreate'; readonly snapshot: Snapshot }
  | { readonly kind: 'snapshotRestore'; readonly result: RestoreResult };

/** The snapshots of one workspace. */
export class WorkspaceSnapshots {
  readonly #core: WorkspaceCore;
  readonly #tell: (event: SnapshotEvent) => void;

  /** @internal */
  constructor(core: WorkspaceCore, tell: (event: SnapshotEvent) => void) {
    this.#core = core;
    this.#tell = tell;
  }

  /**
   * Names the current state. Survives a power cut once the promise resolves; costs what has changed
   * since the last snapshot.
   *
   * @throws {SnapshotExistsError} SNAPSHOT_EXISTS; {InvalidNameError} INVALID_NAME.
   * @throws {StorageError} STORE_FULL and others.
   * @example await workspace.snapshot.create('before-refactor', { description: 'safe point' });
   */
  async create(name: string, options?: SnapshotOptions): Promise<Snapshot> {
    const checked = parseName('snapshot', name);
    const { description, tags } = checkOptions(options, ['description', 'tags']);
    const details = {
      description: checkText('description', description) ?? '',
      tags: checkStrings('tags', tags) ?? [],
    };
    const snapshot = this.#core.working.change(
      (draft) => {
        this.#core.requireOwner(draft.row);
        return snapshotInfo(
          insertSnapshot(this.#core, draft, { name: checked, ...details }),
          draft.row.name,
        );
      },
      { durable: true },
    );
    this.#tell({ kind: 'snapshotCreate', snapshot });
    return snapshot;
  }

  /** The snapshots in the order in which they were taken. */
  async list(options?: { tag?: string }): Promise<Snapshot[]> {
    const tag = checkText('tag', checkOptions(options, ['tag']).tag);
    const { name, number } = this.#core.working.row();
    const rows = this.#core.engine.store.snapshots.list(number);
    const wanted = tag === undefined ? rows : rows.filter((row) => row.tags.includes(tag));
    return wanted.map((row) => snapshotInfo(row, name));
  }

  /** The snapshot of this name. @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND */
  async get(name: string): Promise<Snapshot> {
    return snapshotInfo(findOwnSnapshot(this.#core, name), this.#core.working.row().name);
  }

  /** The newest snapshot of exactly what the workspace is now; undefined when there is none. */
  async current(): Promise<Snapshot | undefined> {
    const { store, trees } = this.#core.engine;
    const root = this.#core.working.foldedRoot();
    const { name, number } = this.#core.working.row();
    const row = store.snapshots.list(number).findLast(({ tree }) => sameTrees(trees, tree, root));
    return row === undefined ? undefined : snapshotInfo(row, name);
  }

  /**
   * Makes the workspace what it was when the snapshot was taken, also for merging: what the base has
   * gained since comes in again with rebase or the next commit. Costs the same whatever its size,
   * and undo takes it back.
   *
   * @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND; {ReadOnlyError} READ_ONLY.
   * @throws {WorkspaceBusyError} when it would change ignored content, and a command is running.
   */
  async restore(name: string, options?: RestoreOptions): Promise<RestoreResult> {
    const { backup, include } = checkOptions(options, ['backup', 'include']);
    const isSelected = include && compileSelection(include, undefined);
    const backupName = backupNameFor(backup);
    const canReach = reachOf(this.#core);
    const result = this.#core.working.change(
      (draft) => {
        this.#core.requireWritable(draft.row);
        const row = findOwnSnapshot(this.#core, name);
        const details = { description: `before restore of ${name}`, tags: [] };
        if (backupName !== undefined) {
          insertSnapshot(this.#core, draft, { name: backupName, ...details });
        }
        const operation = recordOperation(draft, 'restore', `restore ${name}`, () => {
          if (isSelected !== undefined) {
            const { id } = draft.fold();
            draft.moveTo(selectChanges(draft.trees, id, row.tree, isSelected));
            return;
          }
          draft.moveTo(row.tree);
          // With a later ancestor, what the base has gained since would count as deleted here.
          draft.row.fork = row.fork;
          if (row.ignored >= 0 && canReach(row.ignored)) draft.row.ignored = row.ignored;
        });
        this.#core.recordEvent(draft, 'restore', { snapshot: name, tree: row.tree });
        const snapshot = snapshotInfo(row, draft.row.name);
        return { snapshot, backup: backupName, operationId: operation.number };
      },
      { durable: backupName !== undefined },
    );
    this.#tell({ kind: 'snapshotRestore', result });
    return result;
  }

  /**
   * Forgets a snapshot; what only it held is freed by gc. Where it was shared, the next push tells
   * the other replicas to forget it too.
   *
   * @param options - `onlyHere`: they keep theirs.
   * @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND.
   */
  async delete(name: string, options?: { onlyHere?: boolean }): Promise<void> {
    const { onlyHere } = checkOptions(options, ['onlyHere']);
    const isTold = checkBoolean('onlyHere', onlyHere) !== true;
    this.#core.working.change((draft) => {
      this.#core.requireOwner(draft.row);
      const row = findOwnSnapshot(this.#core, name);
      draft.store.snapshots.delete(row.number);
      if (row.shared && isTold) draft.store.deletedSnapshots.add(row.workspace, row.uuid);
      this.#core.recordEvent(draft, 'delete', { snapshot: name, tree: row.tree });
    });
  }

  /**
   * What changed from snapshot `before` to snapshot `after`.
   *
   * @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND.
   */
  async diff(before: string, after: string, options?: DiffOptions): Promise<DiffResult> {
    const from = findOwnSnapshot(this.#core, before).tree;
    const to = findOwnSnapshot(this.#core, after).tree;
    return new DiffResult(this.#core.engine.objects, from, to, checkDiffOptions(options));
  }

  /** A snapshot that is deleted when it is disposed of; it is never restored by itself. */
  async temp(options?: { name?: string; description?: string }): Promise<TempSnapshot> {
    const { name, description } = checkOptions(options, ['name', 'description']);
    const snapshot = await this.create(name ?? randomName('temp'), { description });
    const { store } = this.#core.engine;
    return new TempSnapshot(snapshot, async () => {
      // Somebody may have deleted it, or the whole workspace.
      const row = store.snapshots.find(this.#core.number, snapshot.name);
      if (row?.uuid === snapshot.id) await this.delete(snapshot.name);
    });
  }
}

/**
 * A snapshot that is deleted when it is disposed of.
 *
 * @example await using snapshot = await workspace.snapshot.temp();
 */
export class TempSnapshot {
  /** The snapshot itself. */
  readonly snapshot: Snapshot;
  readonly #delete: () => Promise<void>;
  #deleted = false;

  /** @internal */
  constructor(snapshot: Snapshot, remove: () => Promise<void>) {
    this.snapshot = snapshot;
    this.#delete = remove;
  }

  /** Its name, to restore it or compare with it. */
  get name(): string {
    return this.snapshot.name;
  }

  /** Deletes the snapshot; harmless when that has happened. */
  async cleanup(): Promise<void> {
    if (this.#deleted) return;
    this.#deleted = true;
    await this.#delete();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }
}

function backupNameFor(backup: unknown): string | undefined {
  if (backup === undefined || backup === false) return undefined;
  if (backup === true) return randomName('pre-restore');
  if (typeof backup === 'string') return parseName('snapshot', backup);
  throw wrongType('backup', 'a boolean or a snapshot name', backup);
}

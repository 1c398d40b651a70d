/**
 * The mutable tree of one workspace: its root and pending changes, read and changed in transactions
 * and kept in memory between them for as long as the workspace's epoch says that they are current.
 */

import type { Clock } from '../primitives/clock.ts';
import type { Entry } from '../primitives/entry.ts';
import { WorkspaceNotFoundError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { AuditRecord } from '../store/audit-rows.ts';
import type { Store } from '../store/store.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import type { TreeSummary } from '../tree/node.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';

// Loading the pending changes anew costs a few microseconds each, folding them about as much.
const FOLD_ABOVE = 4096;

/** A workspace and its tree at one moment. */
export interface TreeView {
  readonly row: Readonly<WorkspaceRow>;
  readonly tree: PendingTree;
}

/** Reads and changes the tree of one workspace. */
export class WorkingTree {
  readonly #store: Store;
  readonly #trees: Trees;
  readonly #clock: Clock;
  readonly #number: number;
  readonly #name: string;
  #cached: { readonly epoch: number; readonly tree: PendingTree } | undefined;

  /** @param name - what to call the workspace in an error when it is gone. */
  constructor(store: Store, trees: Trees, clock: Clock, workspace: WorkspaceRow) {
    this.#store = store;
    this.#trees = trees;
    this.#clock = clock;
    this.#number = workspace.number;
    this.#name = workspace.name;
  }

  /**
   * The workspace as it is now, other processes' changes included.
   *
   * @throws {WorkspaceNotFoundError} when it was deleted.
   */
  view(): TreeView {
    const row = this.row();
    if (this.#cached?.epoch === row.epoch) return { row, tree: this.#cached.tree };
    // The row and its changes have to be of one moment.
    return this.#store.database.snapshot(() => {
      const current = this.row();
      return { row: current, tree: this.#load(current) };
    });
  }

  /**
   * The workspace's row.
   *
   * @throws {WorkspaceNotFoundError} when it was deleted.
   */
  row(): WorkspaceRow {
    const row = this.#store.workspaces.get(this.#number);
    if (row === undefined) throw new WorkspaceNotFoundError(this.#name);
    return row;
  }

  /** The tree as it is now, with its pending changes folded in: an id that can be compared. */
  foldedRoot(): ObjectId {
    const { row, tree } = this.view();
    if (tree.size === 0) return row.root;
    return this.change((draft) => {
      // Folding changes how the tree is stored, not what it is.
      draft.row.updatedAt = row.updatedAt;
      return draft.fold().id;
    });
  }

  /**
   * Changes the workspace in one transaction: either all of `action` happens, or nothing does.
   *
   * @param durable - waits until the change would survive a power cut; default false.
   * @throws {WorkspaceNotFoundError} when it was deleted; what `action` throws.
   */
  change<T>(action: (draft: Draft) => T, durable = false): T {
    const isOutermost = !this.#store.database.inTransaction;
    try {
      return this.#store.database.transaction(() => {
        const row = this.row();
        const draft = new Draft(this.#store, this.#trees, row, this.#load(row), this.#clock.now());
        const result = action(draft);
        draft.save();
        // An outer transaction may still be rolled back, and the epoch then be given out again.
        this.#cached = isOutermost ? { epoch: row.epoch, tree: draft.tree } : undefined;
        return result;
      }, durable);
    } catch (error) {
      this.#cached = undefined;
      throw error;
    }
  }

  #load(row: WorkspaceRow): PendingTree {
    if (this.#cached?.epoch === row.epoch) return this.#cached.tree;
    const tree = new PendingTree(this.#trees, row.root, this.#store.pending.load(this.#number));
    this.#cached = { epoch: row.epoch, tree };
    return tree;
  }
}

/** A workspace while it is being changed. */
export class Draft {
  readonly row: WorkspaceRow;
  readonly store: Store;
  readonly trees: Trees;
  /** The time of the change, in ms since 1970. */
  readonly now: number;
  #tree: PendingTree;
  #moved = false;

  constructor(store: Store, trees: Trees, row: WorkspaceRow, tree: PendingTree, now: number) {
    this.store = store;
    this.trees = trees;
    this.row = row;
    this.now = now;
    this.#tree = tree;
    row.epoch += 1;
    row.updatedAt = now;
  }

  /** The tree with the changes made so far. */
  get tree(): PendingTree {
    return this.#tree;
  }

  /** What is at `path`, as {@link PendingTree.get} says. */
  get(path: TreePath): Entry | undefined {
    return this.#tree.get(path);
  }

  /** Puts an entry at `path`, whose parent is a directory; undefined deletes. */
  set(path: TreePath, entry: Entry | undefined): void {
    const hides = this.#tree.get(path)?.kind === 'directory';
    this.#tree.set(path, entry);
    this.store.pending.put(this.row.number, this.row.epoch, { path, entry }, hides);
  }

  /** Turns the pending changes into tree nodes; the tree stays what it is. */
  fold(): TreeSummary {
    if (this.#tree.size === 0) return this.trees.summary(this.row.root);
    const folded = this.#tree.fold();
    this.moveTo(folded.id);
    return folded;
  }

  /** Makes `root` the tree of the workspace and drops the pending changes. */
  moveTo(root: ObjectId): void {
    if (this.#tree.size > 0) this.store.pending.clear(this.row.number);
    this.#tree = new PendingTree(this.trees, root);
    this.row.root = root;
    this.#moved = true;
  }

  /** Notes that other columns of the row than the tree were changed. */
  touch(): void {
    this.#moved = true;
  }

  /** Adds a row to the audit log of the workspace. */
  audit(record: AuditRecord): void {
    this.store.audit.append(this.row, record);
  }

  /** Writes the row back. */
  save(): void {
    if (this.#tree.size > FOLD_ABOVE) this.fold();
    if (this.#moved) this.store.workspaces.save(this.row);
    else this.store.workspaces.advance(this.row);
  }
}

/**
 * The mutable tree of one workspace: its root and pending changes, read and changed in transactions
 * and kept in memory between them for as long as the workspace's epoch says that they are current.
 */

import type { Clock } from '../primitives/clock.ts';
import type { Entry } from '../primitives/entry.ts';
import { errorCode, WorkspaceNotFoundError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { isWithin, type TreePath } from '../primitives/path.ts';
import type { AuditRecord } from '../store/audit-hash.ts';
import type { TransactionOptions } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import type { TreeSummary } from '../tree/node.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';

// Loading the pending changes again costs a few microseconds each, folding them about as much.
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
  #seen: WorkspaceRow;
  #cached: TreeView | undefined;

  constructor(store: Store, trees: Trees, clock: Clock, workspace: WorkspaceRow) {
    this.#store = store;
    this.#trees = trees;
    this.#clock = clock;
    this.#number = workspace.number;
    this.#seen = workspace;
  }

  /**
   * The workspace as it is now, other processes' changes included.
   *
   * @throws {WorkspaceNotFoundError} when it was deleted.
   */
  view(): TreeView {
    const { database } = this.#store;
    const isOutermost = !database.inTransaction;
    const current = this.#current();
    if (current !== undefined) return current;
    // The row and its changes have to be of one moment.
    const view = database.snapshot(() => this.#load(isOutermost));
    // What an outer transaction has changed may still be rolled back.
    if (isOutermost) this.#cached = view;
    return view;
  }

  /**
   * The workspace's row.
   *
   * @throws {WorkspaceNotFoundError} when it was deleted.
   */
  row(): Readonly<WorkspaceRow> {
    return this.#current()?.row ?? this.#readRow();
  }

  /** The row; of a workspace that was deleted, what it was when it was last seen. */
  lastRow(): Readonly<WorkspaceRow> {
    try {
      return this.row();
    } catch (error) {
      if (error instanceof WorkspaceNotFoundError) return this.#seen;
      throw error;
    }
  }

  /** What the workspace is called, or was: it may be deleted, or the store closed. */
  get name(): string {
    try {
      return this.lastRow().name;
    } catch (error) {
      if (errorCode(error) === 'CLOSED') return this.#seen.name;
      throw error;
    }
  }

  /** The tree as it is now, with its pending changes folded in: an id that can be compared. */
  foldedRoot(): ObjectId {
    return this.foldedTrees().root;
  }

  /** The same and the fork, both of one moment. */
  foldedTrees(): { readonly root: ObjectId; readonly fork: ObjectId } {
    const { row, tree } = this.view();
    if (tree.size === 0) return { root: row.root, fork: row.fork };
    return this.change((draft) => {
      // Folding changes how the tree is stored, not what it is.
      draft.row.updatedAt = row.updatedAt;
      return { root: draft.fold().id, fork: draft.row.fork };
    });
  }

  /**
   * Changes the workspace in one transaction: either all of `action` happens, or nothing does.
   *
   * @param options - `durable`: waits until the change would survive a power cut.
   * @throws {WorkspaceNotFoundError} when it was deleted; what `action` throws.
   */
  change<T>(action: (draft: Draft) => T, options?: TransactionOptions): T {
    const isOutermost = !this.#store.database.inTransaction;
    try {
      return this.#store.database.transaction(() => {
        const view = this.#current() ?? this.#load(isOutermost);
        const draft = new Draft(this.#store, this.#trees, view, this.#clock.now());
        const result = action(draft);
        draft.save();
        // An outer transaction may still be rolled back, and the epoch then be given out again.
        this.#cached = isOutermost ? { row: draft.row, tree: draft.tree } : undefined;
        return result;
      }, options);
    } catch (error) {
      this.#cached = undefined;
      throw error;
    }
  }

  /** What is in memory, if the workspace has not changed since; every change counts the epoch. */
  #current(): TreeView | undefined {
    const epoch = this.#store.workspaces.epoch(this.#number);
    if (epoch === undefined) throw new WorkspaceNotFoundError(this.#seen.name);
    return this.#cached?.row.epoch === epoch ? this.#cached : undefined;
  }

  /**
   * @param isOutermost - what an outer transaction has changed must not come into what is kept.
   */
  #load(isOutermost: boolean): TreeView {
    const row = this.#readRow();
    const { pending } = this.#store;
    const known = isOutermost ? this.#cached : undefined;
    if (known !== undefined && this.#hasOnlyMore(known, row)) {
      for (const { path, entry } of pending.load(this.#number, known.row.epoch)) {
        known.tree.set(path, entry);
      }
      return { row, tree: known.tree };
    }
    return { row, tree: new PendingTree(this.#trees, row.root, pending.load(this.#number)) };
  }

  /** Whether others have added changes to those that are known, and have not folded them. */
  #hasOnlyMore(known: TreeView, row: WorkspaceRow): boolean {
    const { epoch, root } = known.row;
    if (root !== row.root || epoch > row.epoch) return false;
    return known.tree.size === 0 || this.#store.pending.hasUpTo(this.#number, epoch);
  }

  #readRow(): WorkspaceRow {
    const row = this.#store.workspaces.get(this.#number);
    if (row === undefined) throw new WorkspaceNotFoundError(this.#seen.name);
    this.#seen = row;
    return row;
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
  /** Whether the tree of the workspace has pending changes in the store. */
  #hasRows: boolean;
  /** Changes that have no row yet: those that are folded in the same transaction need none. */
  readonly #unsaved = new Map<TreePath, Entry | undefined>();
  #moved = false;

  constructor(store: Store, trees: Trees, view: TreeView, now: number) {
    this.store = store;
    this.trees = trees;
    this.row = { ...view.row, epoch: view.row.epoch + 1, updatedAt: now };
    this.now = now;
    this.#tree = view.tree;
    this.#hasRows = view.tree.size > 0;
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
    const hides = this.#tree.set(path, entry);
    if (hides)
      for (const each of this.#unsaved.keys()) if (isWithin(each, path)) this.#unsaved.delete(each);
    this.#unsaved.set(path, entry);
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
    if (this.#hasRows) this.store.pending.clear(this.row.number);
    this.#hasRows = false;
    this.#unsaved.clear();
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

  /** Writes the pending changes and the row back. */
  save(): void {
    if (this.#tree.size > FOLD_ABOVE) this.fold();
    const { number, epoch } = this.row;
    for (const [path, entry] of this.#unsaved) {
      this.store.pending.put(number, epoch, { path, entry });
    }
    if (this.#moved) this.store.workspaces.save(this.row);
    else this.store.workspaces.advance(this.row);
  }
}

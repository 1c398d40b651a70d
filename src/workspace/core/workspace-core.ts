/**
 * What the parts of one workspace share: its tree, the rules of who may change it, and how a change
 * is recorded and announced.
 */

import type { Place } from '../../disk/place.ts';
import {
  PermissionDeniedError,
  ReadOnlyError,
  StorageError,
  WorkspaceExpiredError,
} from '../../primitives/errors.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import { type Draft, type TreeView, WorkingTree } from '../../snapshot/working-tree.ts';
import type { TransactionOptions } from '../../store/database.ts';
import type { OperationKind } from '../../store/operations.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import {
  auditRecord,
  type Edit,
  type FileEffect,
  isAuditing,
  type Recordable,
} from './audit-record.ts';
import type { Engine } from './engine.ts';

/** A change of one path, as listeners and `watch()` are told of it. */
export interface ChangeNotice {
  readonly type: 'added' | 'modified' | 'deleted' | 'renamed' | 'mode';
  readonly path: string;
  /** Where a renamed path was before. */
  readonly from?: string | undefined;
  /** `directory` when somebody edited the materialised directory; it is not in the tree yet. */
  readonly source: 'workspace' | 'directory';
}

/** What an uuid looks like: the work directory is called so, and is removed with everything in it. */
export const UUID: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What an operation that undo can take back is called. */
export interface OperationLabel {
  readonly kind: OperationKind;
  readonly summary: string;
}

/** Hears of the changes of one workspace. */
export type ChangeListener = (changes: readonly ChangeNotice[]) => void;

/** One workspace from the inside; one object for all handles on it. */
export class WorkspaceCore {
  readonly engine: Engine;
  readonly number: number;
  readonly uuid: string;
  readonly working: WorkingTree;
  readonly #listeners = new Set<ChangeListener>();

  /** @throws {StorageError} STORE_CORRUPT if the uuid is malformed; it names a directory. */
  constructor(engine: Engine, row: WorkspaceRow) {
    if (!UUID.test(row.uuid)) throw damagedUuid(row);
    this.engine = engine;
    this.number = row.number;
    this.uuid = row.uuid;
    this.working = workingTree(engine, row);
  }

  /** Where it is materialised; there may be nothing yet. */
  get workPlace(): Place {
    return this.engine.work.at(this.uuid);
  }

  /** The absolute path of that. */
  get workDirectory(): string {
    return this.workPlace.path;
  }

  /** The lease on its directory: one run at a time, in all processes. */
  get runLease(): string {
    return `run:${this.uuid}`;
  }

  /** Whether it has not been deleted. */
  exists(): boolean {
    return this.engine.store.workspaces.get(this.number) !== undefined;
  }

  /** The workspace as it is now. */
  view(): TreeView {
    return this.working.view();
  }

  /**
   * Changes files in one transaction, with an audit row for each.
   *
   * @param operation - makes it one that undo can take back.
   * @param options - `repeatable` where `action` does the same when it is called again.
   * @throws {ReadOnlyError} {PermissionDeniedError} {WorkspaceExpiredError} as `requireWritable`.
   */
  edit(
    action: Edit,
    operation?: OperationLabel,
    options?: TransactionOptions,
  ): readonly FileEffect[] {
    const effects = this.working.change((draft) => {
      this.requireWritable(draft.row);
      const act = (): readonly FileEffect[] => action(draft);
      const done =
        operation === undefined
          ? act()
          : recordOperation(draft, operation.kind, operation.summary, act).result;
      for (const effect of done) this.record(draft, effect);
      return done;
    }, options);
    this.announce(effects.map(noticeOf));
    return effects;
  }

  /** Adds the audit row of a change, unless auditing is off. */
  record(draft: Draft, change: Recordable, commandId = ''): void {
    if (!isAuditing(this.engine)) return;
    draft.audit(auditRecord(this.engine, draft.now, change, commandId));
  }

  /** Adds an audit row about the workspace as a whole, unless auditing is off. */
  recordEvent(draft: Draft, operation: string, metadata: Readonly<Record<string, unknown>>): void {
    this.record(draft, { operation, path: '', metadata });
  }

  /** Tells everybody who watches this workspace. */
  announce(changes: readonly ChangeNotice[]): void {
    if (changes.length === 0) return;
    for (const listener of this.#listeners) listener(changes);
  }

  /** The same for changes from one tree to another. */
  announceChanges(changes: readonly FileChange[]): void {
    this.announce(
      changes.map(({ type, path, from }) => ({ type, path, from, source: 'workspace' })),
    );
  }

  /** Adds a listener and returns the function that removes it. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Whether this AgentFS may change the workspace.
   *
   * @throws {ReadOnlyError} READ_ONLY, WORKSPACE_FROZEN; {WorkspaceExpiredError} WORKSPACE_EXPIRED;
   *   {PermissionDeniedError} PERMISSION_DENIED when it belongs to another agent.
   */
  requireWritable(row: WorkspaceRow): void {
    if (row.state !== 'active') {
      throw new ReadOnlyError(`Workspace '${row.name}' is ${row.state}.`, {
        frozen: true,
        hint: 'Make it active again with update(), or fork it.',
      });
    }
    if (row.readOnly) {
      throw new ReadOnlyError(`Workspace '${row.name}' is read-only.`, {
        hint: 'Switch readOnly off with update(), or fork the workspace.',
      });
    }
    this.requireOwner(row);
    if (row.expiresAt !== null && row.expiresAt <= this.engine.clock.now()) {
      throw new WorkspaceExpiredError(row.name, new Date(row.expiresAt));
    }
  }

  /** @throws {PermissionDeniedError} PERMISSION_DENIED when it belongs to another agent. */
  requireOwner(row: WorkspaceRow): void {
    const { agentId } = this.engine;
    if (row.agentId === '' || agentId === '' || row.agentId === agentId) return;
    throw new PermissionDeniedError(
      `Workspace '${row.name}' belongs to agent '${row.agentId}', not '${agentId}'.`,
      { hint: 'Fork the workspace, or open AgentFS without an agentId.' },
    );
  }
}

/** The tree of a workspace, for who only reads it. */
export function workingTree({ store, trees, clock }: Engine, row: WorkspaceRow): WorkingTree {
  return new WorkingTree(store, trees, clock, row);
}

/** What listeners are told of a file change. */
export function noticeOf(effect: FileEffect): ChangeNotice {
  const { path, operation } = effect;
  const from = effect.metadata?.['from'];
  if (operation === 'rename' && typeof from === 'string') {
    return { type: 'renamed', path, from, source: 'workspace' };
  }
  return { type: NOTICE_TYPES[operation], path, source: 'workspace' };
}

const NOTICE_TYPES: Readonly<Record<FileEffect['operation'], ChangeNotice['type']>> = {
  create: 'added',
  write: 'modified',
  delete: 'deleted',
  rename: 'renamed',
  chmod: 'mode',
};

function damagedUuid({ name }: WorkspaceRow): StorageError {
  return new StorageError('STORE_CORRUPT', `The uuid of workspace '${name}' is damaged.`, {
    hint: 'Restore the store from a backup; run verify to see what else is hit.',
    details: { workspace: name },
  });
}

/** What pushing and pulling one workspace needs of everything else. */

import type { Clock } from '../primitives/clock.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { Decisions } from '../snapshot/merge-outcome.ts';
import { selectChanges } from '../snapshot/select-changes.ts';
import type { Draft, WorkingTree } from '../snapshot/working-tree.ts';
import type { TransactionOptions } from '../store/database.ts';
import type { RemoteRow } from '../store/remotes.ts';
import type { Store } from '../store/store.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import type { TreeStore } from '../tree/trees.ts';
import type { SentRecords } from './outgoing-records.ts';
import type { Remote, RemoteCall, RemoteHead } from './remote.ts';
import { type SyncSettings, selectionOf } from './settings.ts';
import { SyncError } from './sync-errors.ts';

/** A workspace and the store that it is in. */
export interface SyncContext {
  readonly store: Store;
  readonly objects: TreeStore;
  readonly working: WorkingTree;
  readonly clock: Clock;
  /** Number of the workspace. */
  readonly workspace: number;
  /** Uuid of the workspace in this store: what this replica is called. */
  readonly replica: string;
  /** @throws {AgentFSError} when the workspace must not be changed. */
  readonly requireWritable: (row: WorkspaceRow) => void;
  /** Adds an audit row about a sync. */
  readonly record: (draft: Draft, metadata: Readonly<Record<string, unknown>>) => void;
  /** Hears how many objects have come or gone so far, of how many, if that is known. */
  readonly progress: (direction: 'push' | 'pull', objects: number, total?: number) => void;
}

/** The same with the settings that hold now: enough to merge what has been fetched. */
export interface LocalSync extends SyncContext {
  readonly settings: SyncSettings;
  /** What the call says about contradictions, which wins over the settings. */
  readonly decisions: Decisions;
}

/** One push or pull under way. */
export interface Sync extends LocalSync {
  readonly remote: Remote;
  readonly call: RemoteCall;
  /** What has been transferred, added up as it goes. */
  readonly traffic: Traffic;
}

/** What a sync has moved. */
export interface Traffic {
  objects: number;
  /** Bytes of payload. */
  bytes: number;
}

/** Of a replica that has sent no records. */
export const NOTHING_SENT: SentRecords = {
  snapshotsSent: 0,
  deletionsSent: 0,
  commitsSent: 0,
  auditSent: 0,
  auditHash: null,
};

/**
 * The remote of the workspace, as the store knows it now.
 *
 * @throws {SyncError} SYNC_DISABLED when it has none.
 */
export function remoteRow({ store, workspace, working }: SyncContext): RemoteRow {
  const row = store.remotes.find(workspace);
  if (row !== undefined) return row;
  throw new SyncError('SYNC_DISABLED', `Workspace '${working.row().name}' has no remote.`, {
    hint: 'Call sync.enable() with the address of a database.',
  });
}

/**
 * Changes what the store knows of the remote, in a transaction.
 *
 * @param change - says what is different from now on.
 * @throws {SyncError} SYNC_DISABLED when it has none.
 */
export function updateRemote(
  sync: SyncContext,
  change: (row: RemoteRow) => Partial<RemoteRow>,
  options?: TransactionOptions,
): void {
  const { database, remotes } = sync.store;
  database.transaction(() => {
    const row = remoteRow(sync);
    remotes.save({ ...row, ...change(row) });
  }, options);
}

/** The tree `from` with those changes of `to` that are synchronised; belongs in a transaction. */
export function selected(sync: LocalSync, from: ObjectId, to: ObjectId): ObjectId {
  const isSelected = selectionOf(sync.settings);
  return isSelected === undefined ? to : selectChanges(sync.objects.trees, from, to, isSelected);
}

/**
 * Finds out what became of a push whose answer never came, so that its revision is not taken for
 * somebody else's.
 */
export async function finishAttempt(sync: Sync): Promise<void> {
  const { ours, uuid } = remoteRow(sync);
  if (ours === null) return;
  const { version, tree, clock } = ours;
  const revision = await sync.remote.readRevision(uuid, { version }, sync.call);
  const hasArrived = revision?.replica === sync.replica && revision.tree === tree;
  updateRemote(sync, (row) => {
    if (hasArrived) return { ours: null, version, tree, clock: Math.max(row.clock, clock) };
    // The first to push gives the workspace its uuid.
    return { ours: null, uuid: row.version === 0 ? '' : row.uuid };
  });
}

/**
 * Makes sure that the workspace on the remote is the one that this replica knows.
 *
 * @throws {SyncError} UNRELATED when another one has taken its name, or it has gone back in time.
 */
export function requireRelated(state: RemoteRow, { workspace, revision }: RemoteHead): void {
  if (state.uuid !== '' && state.uuid !== workspace.uuid) {
    throw unrelated(workspace.name, 'is not the one that was synchronised before');
  }
  if (state.uuid !== '' && revision.version < state.version) {
    throw setBack(workspace.name, `has lost revisions: ${state.version} was there before`);
  }
  if (revision.version === state.version && revision.tree !== state.tree) {
    throw setBack(workspace.name, `has another revision ${state.version} than before`);
  }
}

/** The error for a workspace on the remote that has nothing to do with the one here. */
export function unrelated(name: string, why: string): SyncError {
  const hint = 'Pull first to merge with it, choose another name, or use force to adopt it.';
  return unrelatedError(name, why, hint);
}

/** The error for a workspace on the remote whose past is not what it was. */
export function setBack(name: string, why: string): SyncError {
  const hint =
    'Push with force to bring this state back, or pull with force to take the one there.';
  return unrelatedError(name, why, hint);
}

function unrelatedError(name: string, why: string, hint: string): SyncError {
  const details = { workspace: name };
  return new SyncError('UNRELATED', `The workspace '${name}' on the remote ${why}.`, {
    hint,
    details,
  });
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text that came from a remote is an uuid. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The id in a revision that came from a remote, or that of an object in one. */
export function requireTreeId(text: string): ObjectId {
  if (/^[0-9a-f]{64}$/.test(text)) return text as ObjectId;
  throw new SyncError('REMOTE_CORRUPT', 'A revision of the remote names no tree.', {
    hint: 'Check who else writes to the remote, or use another one.',
  });
}

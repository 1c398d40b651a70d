/** Pulling: fetch what the head of the remote has, check it, merge it with what was changed here. */

import type { ObjectId } from '../primitives/object-id.ts';
import { recordOperation } from '../snapshot/undo.ts';
import type { RemoteRow } from '../store/remotes.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import { MAX_STAMP } from './clock.ts';
import { openConflicts } from './decide-merge.ts';
import { fetchTree } from './fetch-tree.ts';
import { fetchRecords } from './incoming-records.ts';
import { type Integration, integrate } from './integrate.ts';
import type { RemoteHead } from './remote.ts';
import {
  finishAttempt,
  isUuid,
  type LocalSync,
  remoteRow,
  requireRelated,
  requireTreeId,
  type Sync,
  selected,
  setBack,
  updateRemote,
} from './sync-context.ts';
import { SyncConflictError, SyncError } from './sync-errors.ts';

/** What is pulled. */
export interface PullRequest {
  /** Takes the remote's side, whatever was changed here, and adopts an unrelated workspace. */
  readonly force: boolean;
  /** Goes to the newest revision that was pushed at or before this time, in ms since 1970. */
  readonly at?: number | undefined;
  /** Goes to the snapshot of this name. */
  readonly version?: string | undefined;
}

/**
 * Brings the workspace up to the head of the remote, and from there to another revision if one is
 * asked for. Nothing has changed in the workspace when it fails.
 *
 * @returns undefined when there was nothing new.
 * @throws {SyncConflictError} SYNC_CONFLICT: the conflicts are written down.
 * @throws {SyncError} REMOTE_NOT_FOUND, UNRELATED, REMOTE_CORRUPT and others.
 */
export async function pull(sync: Sync, request: PullRequest): Promise<Integration | undefined> {
  await finishAttempt(sync);
  const head = await readHead(sync, remoteRow(sync));
  if (head === undefined) throw noSuchWorkspace(sync);
  await recogniseOwn(sync, head);
  const isMoving = request.at !== undefined || request.version !== undefined;
  if (isMoving && !request.force) requireClean(sync);
  const taken = await pullHead(sync, head, request);
  return isMoving ? goTo(sync, request) : taken;
}

/**
 * Takes the head of the remote over.
 *
 * @returns undefined when it was taken over before.
 */
export async function pullHead(
  sync: Sync,
  head: RemoteHead,
  { force }: { readonly force: boolean },
): Promise<Integration | undefined> {
  const state = remoteRow(sync);
  if (!force) requireRelated(state, head);
  const { uuid } = head.workspace;
  const isSame = state.uuid === uuid;
  if (isSame && state.version === head.revision.version && !force) {
    updateRemote(sync, () => ({ syncedAt: sync.clock.now(), failure: '' }));
    return undefined;
  }
  const isSetBack = isSame && !(await hasCommonPast(sync, state));
  if (isSetBack && !force) {
    throw setBack(state.name, `has another revision ${state.version} than before`);
  }
  const { remote, store, replica, call } = sync;
  const { version, clock, replica: pusher } = head.revision;
  const tree = requireTreeId(head.revision.tree);
  const pin = store.pin();
  try {
    await fetchPinned(sync, tree, pin);
    // What was exchanged with another workspace says nothing about this one.
    if (!isSame) store.database.transaction(() => store.sharedRecords.clear(sync.workspace));
    const since = { ...state, uuid, records: isSame && !isSetBack ? state.records : 0 };
    const records = await fetchRecords(remote, store, since, replica, call);
    for (const snapshot of records.snapshots) await fetchPinned(sync, snapshot.tree, pin);
    const stamp = Math.min(clock, MAX_STAMP);
    const { description, tags } = head.workspace;
    const about = { description, tags };
    const revision = { version, tree, clock: stamp, replica: pusher, uuid, records, about };
    return requireDecided(integrate(sync, { ...revision, isSetBack }, { takesTheirs: force }));
  } finally {
    pin.release();
  }
}

/**
 * Goes on from a revision that this replica has pushed itself, before its remote was taken away and
 * given back: what it was is the ancestor again, and nothing of it is to be pulled.
 */
export async function recogniseOwn(sync: Sync, { workspace, revision }: RemoteHead): Promise<void> {
  if (remoteRow(sync).uuid !== '' || revision.replica !== sync.replica) return;
  const tree = requireTreeId(revision.tree);
  const pin = sync.store.pin();
  try {
    await fetchPinned(sync, tree, pin);
    const clock = Math.min(revision.clock, MAX_STAMP);
    updateRemote(sync, () => ({ uuid: workspace.uuid, version: revision.version, tree, clock }));
  } finally {
    pin.release();
  }
}

/**
 * The newest revision of the workspace on the remote, or undefined.
 *
 * @throws {SyncError} REMOTE_CORRUPT, and as the remote says.
 */
export async function readHead(sync: Sync, state: RemoteRow): Promise<RemoteHead | undefined> {
  const head = await sync.remote.readHead(state.name, sync.call);
  if (head === undefined) return undefined;
  const { workspace, revision } = head;
  const isSound = workspace.name === state.name && isUuid(workspace.uuid) && revision.version > 0;
  if (!isSound) throw corruptHead(state.name);
  return head;
}

/**
 * Whether what both sides had last is still what the remote had then: a database that was set back
 * and went on from there has another past, in which it is no ancestor to merge with, and may lack
 * records that it had.
 */
export async function hasCommonPast(
  sync: Sync,
  { uuid, version, tree }: RemoteRow,
): Promise<boolean> {
  if (version === 0) return true;
  const revision = await sync.remote.readRevision(uuid, { version }, sync.call);
  return revision?.tree === tree;
}

/** @throws {SyncConflictError} SYNC_CONFLICT when conflicts wait for decisions. */
function requireDecided(integration: Integration): Integration {
  if (integration.open.length > 0) throw new SyncConflictError(integration.open);
  return integration;
}

/**
 * Finishes a merge whose conflicts have all been decided; undefined when some are open.
 */
export function finishMerge(sync: LocalSync): Integration | undefined {
  const { theirs, uuid } = remoteRow(sync);
  if (theirs === null || openConflicts(sync).length > 0) return undefined;
  return integrate(sync, { ...theirs, uuid, replica: '' }, { takesTheirs: false });
}

type Pinned = ReturnType<Sync['store']['pin']>;

async function fetchPinned(sync: Sync, tree: ObjectId, pin: Pinned): Promise<void> {
  const { remote, store, workspace, traffic } = sync;
  const { trees } = sync.objects;
  const onFetched = (objects: number, bytes: number): void => {
    traffic.objects += objects;
    traffic.bytes += bytes;
    sync.progress('pull', traffic.objects);
  };
  const state = remoteRow(sync);
  const known = [sync.working.foldedRoot(), sync.working.row().fork];
  if (state.tree !== null) known.push(state.tree);
  if (state.theirs !== null) known.push(state.theirs.tree);
  // What is known must stay whole while the rest comes.
  pin.add(...known);
  const fetching = { remote, store, trees, workspace, pin, onFetched };
  await fetchTree(fetching, tree, known, sync.call);
}

/** Goes to an earlier revision or a snapshot; what was there before is undone by undo(). */
async function goTo(sync: Sync, { at, version }: PullRequest): Promise<Integration> {
  const { working, store } = sync;
  const tree = version === undefined ? await treeAt(sync, at ?? 0) : snapshotTree(sync, version);
  const pin = store.pin();
  try {
    await fetchPinned(sync, tree, pin);
    return working.change(
      (draft) => {
        sync.requireWritable(draft.row);
        store.incoming.admit(sync.workspace);
        const before = draft.fold().id;
        const name = version ?? new Date(at ?? 0).toISOString();
        recordOperation(draft, 'sync', `pull of ${name}`, () => {
          draft.moveTo(selected(sync, before, tree));
        });
        sync.record(draft, { direction: 'pull', to: name, tree });
        return { before, after: draft.row.root, merged: [], conflicts: [], open: [] };
      },
      { durable: true },
    );
  } finally {
    pin.release();
  }
}

async function treeAt(sync: Sync, at: number): Promise<ObjectId> {
  const { uuid } = remoteRow(sync);
  const revision = await sync.remote.readRevision(uuid, { at }, sync.call);
  if (revision !== undefined) return requireTreeId(revision.tree);
  const time = new Date(at).toISOString();
  throw new SyncError('REMOTE_NOT_FOUND', `The remote has no revision from before ${time}.`, {
    hint: 'Give a later time.',
  });
}

/** The snapshots of the remote have come with its records. */
function snapshotTree({ store, workspace }: Sync, name: string): ObjectId {
  const snapshot = store.snapshots.find(workspace, name);
  if (snapshot !== undefined) return snapshot.tree;
  throw new SyncError('REMOTE_NOT_FOUND', `The remote has no snapshot '${name}'.`, {
    hint: 'List the snapshots of the workspace after a pull.',
  });
}

function requireClean({ working, objects, store, workspace }: Sync): void {
  const { root, fork } = working.foldedTrees();
  const tree = store.remotes.find(workspace)?.tree ?? fork;
  if (sameTrees(objects.trees, tree, root)) return;
  throw new SyncError('WORKSPACE_DIRTY', 'The workspace has changes that were not pushed.', {
    hint: 'Push them first, or pull with force; undo() brings them back then.',
  });
}

function corruptHead(name: string): SyncError {
  return new SyncError('REMOTE_CORRUPT', `The workspace '${name}' on the remote is damaged.`, {
    hint: 'Check who else writes to the remote, or use another one.',
    details: { workspace: name },
  });
}

/** The error for a workspace that was never pushed. */
export function noSuchWorkspace(sync: Sync): SyncError {
  const { name } = remoteRow(sync);
  return new SyncError('REMOTE_NOT_FOUND', `The remote has no workspace '${name}'.`, {
    hint: 'Push it first, from here or from the replica that has it.',
    details: { workspace: name },
  });
}

/** Pushing: send what the remote lacks, then move its head, if it is where this replica has it. */

import { randomUUID } from 'node:crypto';
import type { ObjectId } from '../primitives/object-id.ts';
import type { OpenRevision, RemoteRow } from '../store/remotes.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import { EMPTY_TREE } from '../tree/trees.ts';
import { MAX_STAMP, stampOf } from './clock.ts';
import type { Integration } from './integrate.ts';
import { findMissing } from './missing-objects.ts';
import { type Outgoing, outgoingRecords } from './outgoing-records.ts';
import { hasCommonPast, pullHead, readHead, recogniseOwn } from './pull.ts';
import type {
  HeadMove,
  RemoteHead,
  RemoteObject,
  RemoteRecord,
  RemoteWorkspace,
  Revision,
} from './remote.ts';
import { sendObjects } from './send-objects.ts';
import {
  finishAttempt,
  NOTHING_SENT,
  remoteRow,
  requireRelated,
  type Sync,
  selected,
  unrelated,
  updateRemote,
} from './sync-context.ts';
import { SyncError } from './sync-errors.ts';

/** What came of a push. */
export interface Pushed {
  /** The head of the remote now. */
  readonly version: number;
  /** Whether there was anything to push. */
  readonly hasMoved: boolean;
  /** What was taken over from others before. */
  readonly pulled: Integration | undefined;
}

/** How often others may be faster before a push gives up. */
const MAX_ATTEMPTS = 8;

/**
 * Sends the workspace to the remote, after taking over what others have sent meanwhile.
 *
 * @param options - `force`: moves the head whatever it is; what it was stays as a revision. Nothing is taken for
 *   granted then: the remote is asked about every object, which mends one that has lost some.
 * @throws {SyncConflictError} SYNC_CONFLICT: both sides are intact, the conflicts written down.
 * @throws {SyncError} UNRELATED, HEAD_MOVED, and as the remote says.
 */
export async function push(sync: Sync, { force }: { readonly force: boolean }): Promise<Pushed> {
  await finishAttempt(sync);
  let pulled: Integration | undefined;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const head = await readHead(sync, remoteRow(sync));
    if (!force) pulled = (await catchUp(sync, head)) ?? pulled;
    const from = force ? await forcedOnto(sync, head) : remoteRow(sync);
    const version = await tryPush(sync, from, head, force);
    if (version !== undefined) {
      return { version, hasMoved: version !== head?.revision.version, pulled };
    }
  }
  throw new SyncError('HEAD_MOVED', `Others moved the head of the remote ${MAX_ATTEMPTS} times.`, {
    hint: 'Push again; it continues where it stopped.',
  });
}

/** Takes over what others have pushed, so that the push goes on top of it. */
async function catchUp(sync: Sync, head: RemoteHead | undefined): Promise<Integration | undefined> {
  if (head === undefined) {
    if (remoteRow(sync).version > 0) startOver(sync);
    return undefined;
  }
  await recogniseOwn(sync, head);
  const state = remoteRow(sync);
  if (state.uuid === '') {
    throw unrelated(state.name, 'was pushed by somebody else, and was never pulled here');
  }
  requireRelated(state, head);
  return head.revision.version === state.version
    ? undefined
    : pullHead(sync, head, { force: false });
}

/** The remote was emptied: all that was there is gone, and all of it is sent again. */
function startOver(sync: Sync): void {
  sync.store.database.transaction(() => {
    sync.store.syncConflicts.clear(sync.workspace);
    updateRemote(sync, () => ({ ...NOTHING_COMMON, ...NOTHING_SENT }));
  });
}

/** What each side has is unknown now, so not even the merge base holds. */
const NOTHING_COMMON = {
  // Another one, by which the others see that this is not what they knew.
  uuid: '',
  version: 0,
  tree: null,
  records: 0,
  ours: null,
  theirs: null,
} as const satisfies Partial<RemoteRow>;

/** The state as if the head had been taken over; it is not written down before the push succeeds. */
async function forcedOnto(sync: Sync, head: RemoteHead | undefined): Promise<RemoteRow> {
  const state = remoteRow(sync);
  if (head === undefined) return { ...state, ...NOTHING_COMMON, ...NOTHING_SENT };
  const { uuid } = head.workspace;
  const { version } = head.revision;
  const clock = Math.max(state.clock, Math.min(head.revision.clock, MAX_STAMP));
  if (state.uuid === uuid) {
    const isWhole = await hasCommonPast(sync, state);
    return { ...state, ...(isWhole ? {} : { ...NOTHING_SENT, records: 0 }), version, clock };
  }
  return { ...state, ...NOTHING_COMMON, ...NOTHING_SENT, uuid, version, clock };
}

/** One attempt; the version of the head afterwards, or undefined when others were faster. */
async function tryPush(
  sync: Sync,
  from: RemoteRow,
  head: RemoteHead | undefined,
  force: boolean,
): Promise<number | undefined> {
  const { store, working } = sync;
  const pin = store.pin();
  try {
    const changedAt = working.row().updatedAt;
    const wanted = store.database.transaction(() => {
      // One that is deleted from now on has to be deleted where it was sent, too.
      store.snapshots.share(sync.workspace);
      const chosen = selected(sync, from.tree ?? EMPTY_TREE, working.foldedRoot());
      pin.add(chosen);
      return chosen;
    });
    const outgoing = store.database.snapshot(() => outgoingRecords(store, from, sync.replica));
    const there = sameAsHead(sync, from, head, wanted);
    const tree = there ?? wanted;
    if (head !== undefined && there !== undefined && !outgoing.isWorthwhile && !force) {
      notePushed(
        sync,
        from,
        { version: head.revision.version, tree, clock: from.clock },
        undefined,
      );
      return head.revision.version;
    }
    pin.add(...outgoing.trees);
    const objects = await send(sync, from, [tree, ...outgoing.trees], force);
    const clock = there !== undefined ? from.clock : stampOf(changedAt, from.clock);
    const move = moveFor(sync, from, { tree, clock, head });
    return (await moveHead(sync, from, { ...move, objects }, outgoing))
      ? move.revision.version
      : undefined;
  } finally {
    pin.release();
  }
}

/** The tree of the head, if it is this one but for mtimes: these alone are nothing to push. */
function sameAsHead(
  { objects }: Sync,
  { tree, version }: RemoteRow,
  head: RemoteHead | undefined,
  wanted: ObjectId,
): ObjectId | undefined {
  if (head?.revision.tree === wanted) return wanted;
  const isKnown = tree === head?.revision.tree && version === head?.revision.version;
  return isKnown && tree !== null && sameTrees(objects.trees, tree, wanted) ? tree : undefined;
}

async function send(
  sync: Sync,
  { tree, version }: RemoteRow,
  roots: readonly ObjectId[],
  isDoubted: boolean,
): Promise<readonly RemoteObject[]> {
  const { remote, store, objects: local, settings, call, traffic } = sync;
  const known = tree === null || version === 0 || isDoubted ? [] : [tree];
  const missing = await findMissing(remote, local, { roots, known, isDoubted }, call);
  const total = traffic.objects + missing.size;
  const onSent = (objects: number, bytes: number): void => {
    traffic.objects += objects;
    traffic.bytes += bytes;
    sync.progress('push', traffic.objects, total);
  };
  const { compression: compress, batchSize } = settings;
  const how = { compress, batchSize, isDoubted, onSent };
  const sending = { remote, objects: store.objects, local, ...how };
  return sendObjects(sending, roots, missing, call);
}

type Move = Omit<HeadMove, 'objects' | 'records'>;

function moveFor(
  sync: Sync,
  from: RemoteRow,
  next: {
    readonly tree: ObjectId;
    readonly clock: number;
    readonly head: RemoteHead | undefined;
  },
): Move {
  const now = sync.clock.now();
  const { description, tags } = sync.working.row();
  const workspace: RemoteWorkspace = {
    uuid: from.uuid || randomUUID(),
    name: from.name,
    description,
    tags,
    createdAt: next.head?.workspace.createdAt ?? now,
  };
  const { tree, clock } = next;
  const version = from.version + 1;
  const revision: Revision = { version, tree, clock, replica: sync.replica, createdAt: now };
  return { move: randomUUID(), workspace, revision };
}

async function moveHead(
  sync: Sync,
  from: RemoteRow,
  move: Omit<HeadMove, 'records'>,
  outgoing: Outgoing,
): Promise<boolean> {
  const { remote, call } = sync;
  const { version, tree, clock } = move.revision;
  const ours = { version, tree: tree as ObjectId, clock };
  const { uuid } = move.workspace;
  // Durable before the remote hears of it: after a crash this tells our revision from others'.
  updateRemote(sync, (row) => ({ uuid: row.uuid || uuid, ours }), { durable: true });
  const [first = [], ...rest] = recordBatches(outgoing.records, remote.limits, move.objects);
  if (!(await remote.moveHead({ ...move, records: first }, call))) {
    await finishAttempt(sync);
    return false;
  }
  // The same move again only adds what is missing.
  for (const records of rest) await remote.moveHead({ ...move, objects: [], records }, call);
  notePushed(sync, { ...from, uuid }, ours, outgoing);
  return true;
}

/** The records in slices that fit into one call, the first of them together with the objects. */
function recordBatches(
  records: readonly RemoteRecord[],
  limits: { readonly bytes: number; readonly rows: number },
  objects: readonly RemoteObject[],
): RemoteRecord[][] {
  let rows = objects.length;
  let bytes = objects.reduce((sum, { payload }) => sum + payload.length, 0);
  const slices: RemoteRecord[][] = [[]];
  for (const record of records) {
    const size = record.data.length;
    if (rows > 0 && (rows >= limits.rows || bytes + size > limits.bytes)) {
      slices.push([]);
      rows = 0;
      bytes = 0;
    }
    slices.at(-1)?.push(record);
    rows += 1;
    bytes += size;
  }
  return slices;
}

/** Writes down that the head of the remote is this revision; durable when it has been moved. */
function notePushed(
  sync: Sync,
  { uuid, records }: RemoteRow,
  { version, tree, clock }: OpenRevision,
  outgoing: Outgoing | undefined,
): void {
  const { working, store, workspace } = sync;
  working.change(
    (draft) => {
      // A push changes nothing in the workspace.
      draft.row.updatedAt = store.workspaces.get(workspace)?.updatedAt ?? draft.now;
      if (remoteRow(sync).uuid !== uuid) store.sharedRecords.clear(workspace);
      store.syncConflicts.clear(workspace);
      updateRemote(sync, (row) => ({
        ...outgoing?.sent,
        ...{ uuid, version, tree, clock: Math.max(row.clock, clock), records },
        ...{ ours: null, theirs: null, syncedAt: sync.clock.now(), failure: '' },
      }));
      if (outgoing !== undefined) sync.record(draft, { direction: 'push', version, tree });
    },
    { durable: outgoing !== undefined },
  );
}

/**
 * Takes a revision of the remote into the workspace: all of it in one transaction, or, where both
 * sides contradict each other and no decision was made, nothing but a note of the conflicts.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import { parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import type { Conflict } from '../snapshot/conflict.ts';
import type { CleanMerge, OnConflict } from '../snapshot/merge-outcome.ts';
import { applyMerge, type MergeInput, mergeTrees } from '../snapshot/merge-trees.ts';
import { recordOperation } from '../snapshot/undo.ts';
import type { Draft } from '../snapshot/working-tree.ts';
import type { OpenRevision, RemoteRow } from '../store/remotes.ts';
import type { SyncConflictRow, SyncDecision } from '../store/sync-conflicts.ts';
import { emptyDirectory, PendingTree } from '../tree/pending-tree.ts';
import { isLater, stampOf } from './clock.ts';
import { type IncomingRecords, storeSnapshots } from './incoming-records.ts';
import {
  type LocalSync,
  NOTHING_SENT,
  remoteRow,
  type SyncContext,
  selected,
  updateRemote,
} from './sync-context.ts';

/** A revision of the remote whose objects are here. */
export interface FetchedRevision extends OpenRevision {
  /** Uuid of the workspace on the remote. */
  readonly uuid: string;
  /** Uuid of the replica that pushed it; `''` when it waited for decisions. */
  readonly replica: string;
  readonly records?: IncomingRecords | undefined;
  /** Whether the remote has lost what it had, and maybe records of this replica. */
  readonly isSetBack?: boolean | undefined;
  /** What is said of the workspace there. */
  readonly about?: { readonly description: string; readonly tags: readonly string[] } | undefined;
}

/** What came of it. */
export interface Integration {
  readonly before: ObjectId;
  readonly after: ObjectId;
  /** Files that were merged line by line. */
  readonly merged: readonly TreePath[];
  /** Contradictions, decided by the strategy or by the user; or open ones. */
  readonly conflicts: readonly Conflict[];
  /** Whether the conflicts wait for decisions, and the workspace is as it was. */
  readonly isConflicted: boolean;
}

/** A merge and the decisions of the user about it. */
interface DecidedMerge {
  readonly outcome: CleanMerge;
  readonly decisions: readonly SyncConflictRow[];
}

/**
 * Takes a revision over.
 *
 * @param options - `takesTheirs`: takes its tree as it is, whatever was changed here.
 * @throws {AgentFSError} READ_ONLY and others when the workspace must not be changed.
 */
export function integrate(
  sync: LocalSync,
  theirs: FetchedRevision,
  { takesTheirs }: { readonly takesTheirs: boolean },
): Integration {
  const { store, workspace } = sync;
  return sync.working.change(
    (draft) => {
      sync.requireWritable(draft.row);
      const state = remoteRow(sync);
      // Without records it was taken in before, and another revision may be on its way.
      if (theirs.records !== undefined) store.incoming.admit(workspace);
      const before = draft.fold().id;
      const base = state.tree ?? draft.row.fork;
      const wanted = selected(sync, takesTheirs ? before : base, theirs.tree);
      const input = { base, ours: before, theirs: takesTheirs ? before : wanted };
      const decided = decideMerge(sync, state, input, theirs);
      if (decided === undefined) return note(sync, theirs, before);
      const { outcome, decisions } = decided;
      const isForward = takesTheirs || before === base;
      recordOperation(draft, 'sync', `pull of revision ${theirs.version}`, () => {
        draft.moveTo(isForward ? wanted : applyDecided(sync, draft, decided, input));
      });
      finish(sync, draft, theirs);
      const conflicts = [...outcome.conflicts];
      const { merged } = outcome;
      const paths = decisions.map(({ path }) => path);
      sync.record(draft, {
        ...{ direction: 'pull', version: theirs.version, changed: outcome.changes.length },
        ...{ merged, conflicts: conflicts.map(({ path }) => path), decided: paths },
      });
      return { before, after: draft.row.root, merged, conflicts, isConflicted: false };
    },
    { durable: true },
  );
}

/** Merges; undefined when somebody has to decide. Open conflicts are written down then. */
function decideMerge(
  sync: LocalSync,
  state: RemoteRow,
  input: MergeInput,
  theirs: FetchedRevision,
): DecidedMerge | undefined {
  const { conflictResolution } = sync.settings;
  const mergeText = conflictResolution === 'merge';
  const outcome = mergeTrees(sync.objects, input, { onConflict: 'fail', mergeText });
  if (outcome.kind === 'merged') return { outcome, decisions: [] };
  const side = winner(sync, state, theirs);
  const decisions = side === undefined ? rememberedDecisions(sync, outcome.conflicts) : [];
  if (decisions.some(({ decision }) => decision === undefined)) {
    sync.store.syncConflicts.replace(sync.workspace, decisions);
    return undefined;
  }
  const merged = mergeTrees(sync.objects, input, { onConflict: side ?? 'ours', mergeText });
  return merged.kind === 'merged' ? { outcome: merged, decisions } : undefined;
}

/** The side that the strategy takes, or undefined when it leaves that to the user. */
function winner(
  sync: LocalSync,
  state: RemoteRow,
  theirs: FetchedRevision,
): Exclude<OnConflict, 'fail'> | undefined {
  switch (sync.settings.conflictResolution) {
    case 'local-wins':
      return 'ours';
    case 'remote-wins':
      return 'theirs';
    case 'last-write-wins': {
      // The row in the store still has the time of the last change before this one.
      const changedAt = sync.store.workspaces.get(sync.workspace)?.updatedAt ?? 0;
      const ours = { clock: stampOf(changedAt, state.clock), replica: sync.replica };
      return isLater(ours, theirs) ? 'ours' : 'theirs';
    }
    case 'manual':
    case 'merge':
      return undefined;
  }
}

/** The conflicts with what was decided about exactly the same ones before. */
function rememberedDecisions(sync: LocalSync, conflicts: readonly Conflict[]): SyncConflictRow[] {
  const known = new Map(
    sync.store.syncConflicts.list(sync.workspace).map((row) => [row.path, row] as const),
  );
  return conflicts.map((conflict) => {
    // Through JSON, as the ones to compare with have been.
    const described = JSON.stringify(conflict);
    const row = known.get(conflict.path);
    const isSame = row !== undefined && JSON.stringify(row.conflict) === described;
    const decision = isSame ? row.decision : undefined;
    return { path: conflict.path, conflict: JSON.parse(described), decision };
  });
}

function note(
  sync: LocalSync,
  { uuid, version, tree, clock, records }: FetchedRevision,
  before: ObjectId,
): Integration {
  updateRemote(sync, (row) => ({
    ...(row.uuid === uuid ? {} : NOTHING_SENT),
    ...takeRecords(sync, records),
    ...{ uuid, theirs: { version, tree, clock } },
  }));
  const conflicts = openConflicts(sync);
  return { before, after: before, merged: [], conflicts, isConflicted: true };
}

/** The undecided conflicts of the workspace. */
export function openConflicts({ store, workspace }: SyncContext): Conflict[] {
  return store.syncConflicts
    .list(workspace)
    .filter(({ decision }) => decision === undefined)
    .map(({ conflict }) => readConflict(conflict));
}

/** A conflict as it was before it was stored. */
function readConflict(stored: Readonly<Record<string, unknown>>): Conflict {
  const revive = (key: string, value: unknown): unknown =>
    key === 'mtime' && typeof value === 'string' ? new Date(value) : value;
  return JSON.parse(JSON.stringify(stored), revive);
}

function finish(sync: LocalSync, draft: Draft, theirs: FetchedRevision): void {
  const { uuid, version, tree, clock, records, about, isSetBack } = theirs;
  sync.store.syncConflicts.clear(sync.workspace);
  updateRemote(sync, (row) => {
    if (row.uuid === '' && about !== undefined) describe(draft, about);
    return {
      ...(row.uuid === uuid && isSetBack !== true ? {} : NOTHING_SENT),
      ...takeRecords(sync, records),
      ...{ uuid, version, tree, clock: Math.max(row.clock, clock) },
      ...{ ours: null, theirs: null, syncedAt: draft.now, failure: '' },
    };
  });
}

/** A workspace without a description here takes the one of the remote. */
function describe(draft: Draft, about: NonNullable<FetchedRevision['about']>): void {
  const { row } = draft;
  if (row.description === '') row.description = about.description;
  if (row.tags.length === 0) row.tags = about.tags;
  draft.touch();
}

function takeRecords(sync: LocalSync, records: IncomingRecords | undefined): Partial<RemoteRow> {
  if (records === undefined) return {};
  const row = sync.store.workspaces.get(sync.workspace);
  if (row !== undefined) storeSnapshots(sync.store, sync.objects.trees, row, records);
  return { records: records.last };
}

function applyDecided(
  sync: LocalSync,
  draft: Draft,
  { outcome, decisions }: DecidedMerge,
  { ours, theirs }: MergeInput,
): ObjectId {
  const merged = applyMerge(sync.objects, ours, outcome).id;
  const tree = new PendingTree(sync.objects.trees, merged);
  for (const { path, decision } of decisions) {
    if (decision !== undefined) decide(sync, draft, tree, { path, decision, theirs });
  }
  return tree.fold().id;
}

/** Puts at a path what was decided for it; what the merge has left there is our side. */
function decide(
  sync: LocalSync,
  draft: Draft,
  tree: PendingTree,
  decided: { readonly path: TreePath; readonly decision: SyncDecision; readonly theirs: ObjectId },
): void {
  const { path, decision, theirs } = decided;
  if (decision.kind === 'ours') return;
  const their = sync.objects.trees.lookup(theirs, path);
  const our = tree.get(path);
  if (decision.kind === 'theirs') {
    if (their !== undefined) makeParents(sync, tree, path, theirs);
    if (our?.kind === 'directory' && their?.kind === 'directory') {
      // The conflict is about the directory itself; what is in it was merged.
      tree.setDirectory(path, their.mode, their.mtime);
    } else if (their !== undefined || our !== undefined) tree.set(path, their);
    return;
  }
  makeParents(sync, tree, path, theirs);
  const { id, size } = decision;
  const file = [our, their].find((entry) => entry?.kind === 'file');
  const mode = file?.mode ?? 0o644;
  tree.set(path, { kind: 'file', id, size, mode, mtime: draft.now, files: 1 });
}

/** The side that was merged first may have no directory for what the other one puts there. */
function makeParents(sync: LocalSync, tree: PendingTree, path: TreePath, theirs: ObjectId): void {
  const missing: TreePath[] = [];
  for (let parent = parentPath(path); parent !== ROOT; parent = parentPath(parent)) {
    if (tree.get(parent)?.kind !== 'directory') missing.unshift(parent);
  }
  for (const parent of missing) {
    const model = sync.objects.trees.lookup(theirs, parent);
    tree.set(parent, emptyDirectory(model?.mode ?? 0o755, model?.mtime ?? 0));
  }
}

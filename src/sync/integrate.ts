/**
 * Takes a revision of the remote into the workspace: all of it in one transaction, or, where both
 * sides contradict each other and no decision was made, nothing but a note of the conflicts.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Conflict, DecidedConflict } from '../snapshot/conflict.ts';
import { applyMerge, type MergeInput } from '../snapshot/merge-trees.ts';
import { recordOperation } from '../snapshot/undo.ts';
import type { Draft } from '../snapshot/working-tree.ts';
import type { OpenRevision, RemoteRow } from '../store/remotes.ts';
import { sameTrees } from '../tree/diff-trees.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import { type DecidedMerge, decideMerge, openConflicts } from './decide-merge.ts';
import { type IncomingRecords, storeSnapshots } from './incoming-records.ts';
import { type LocalSync, NOTHING_SENT, remoteRow, selected, updateRemote } from './sync-context.ts';

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
  /** Contradictions, as they were decided. */
  readonly conflicts: readonly DecidedConflict[];
  /** Those that wait for decisions, the workspace being as it was. */
  readonly open: readonly Conflict[];
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
      const merge = decideMerge(sync, input, theirs);
      if (merge === undefined) return note(sync, draft, theirs, before);
      const { outcome, conflicts, decided } = merge;
      const isForward = takesTheirs || before === base;
      recordOperation(draft, 'sync', `pull of revision ${theirs.version}`, () => {
        draft.moveTo(
          isForward ? wanted : settled(sync, applyDecided(sync, draft, merge, input), input),
        );
      });
      finish(sync, draft, theirs);
      const { merged } = outcome;
      sync.record(draft, {
        ...{ direction: 'pull', version: theirs.version, changed: outcome.changes.length },
        ...{ merged, conflicts: conflicts.map(({ path }) => path), decided },
      });
      return { before, after: draft.row.root, merged, conflicts, open: [] };
    },
    { durable: true },
  );
}

function note(
  sync: LocalSync,
  draft: Draft,
  { uuid, version, tree, clock, records }: FetchedRevision,
  before: ObjectId,
): Integration {
  updateRemote(sync, (row) => ({
    ...(row.uuid === uuid ? {} : NOTHING_SENT),
    ...takeRecords(sync, draft, records),
    ...{ uuid, theirs: { version, tree, clock } },
  }));
  return { before, after: before, merged: [], conflicts: [], open: openConflicts(sync) };
}

function finish(sync: LocalSync, draft: Draft, theirs: FetchedRevision): void {
  const { uuid, version, tree, clock, records, about, isSetBack } = theirs;
  sync.store.syncConflicts.clear(sync.workspace);
  updateRemote(sync, (row) => {
    if (row.uuid === '' && about !== undefined) describe(draft, about);
    return {
      ...(row.uuid === uuid && isSetBack !== true ? {} : NOTHING_SENT),
      ...takeRecords(sync, draft, records),
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

function takeRecords(
  sync: LocalSync,
  draft: Draft,
  records: IncomingRecords | undefined,
): Partial<RemoteRow> {
  if (records === undefined) return {};
  const row = sync.store.workspaces.get(sync.workspace);
  const removed = row && storeSnapshots(sync.store, sync.objects.trees, row, records);
  // With its tree, to which its owner can go back until gc has freed it.
  for (const { name, tree } of removed ?? []) {
    sync.record(draft, { direction: 'pull', deleted: name, tree });
  }
  return { records: records.last };
}

/**
 * The merged tree, or the one of the remote where nothing but mtimes is different: those are no
 * reason to push, so that replicas which have done the same would keep them apart for ever. Times
 * that are all that was changed here stay.
 */
function settled({ objects }: LocalSync, merged: ObjectId, input: MergeInput): ObjectId {
  const { trees } = objects;
  const { base, ours, theirs } = input;
  return sameTrees(trees, merged, theirs) && !sameTrees(trees, base, ours) ? theirs : merged;
}

/** Stores the merged tree, with the contents that the user has put in place of both sides. */
function applyDecided(
  { objects }: LocalSync,
  draft: Draft,
  { outcome, contents }: DecidedMerge,
  { ours, theirs }: MergeInput,
): ObjectId {
  const merged = applyMerge(objects, ours, outcome).id;
  const tree = new PendingTree(objects.trees, merged);
  for (const { path, id, size } of contents) {
    const sides = [tree.get(path), objects.trees.lookup(theirs, path)];
    const mode = sides.find((entry) => entry?.kind === 'file')?.mode ?? 0o644;
    tree.set(path, { kind: 'file', id, size, mode, mtime: draft.now, files: 1 });
  }
  return tree.fold().id;
}

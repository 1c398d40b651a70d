/**
 * The merge of a revision of the remote, with what was decided about contradictions: by the settings,
 * by the call, or path by path by the user, who may take his time.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Conflict, DecidedConflict, Side } from '../snapshot/conflict.ts';
import { type CleanMerge, choiceAt } from '../snapshot/merge-outcome.ts';
import { type MergeInput, mergeTrees } from '../snapshot/merge-trees.ts';
import type { SyncConflictRow, SyncDecision } from '../store/sync-conflicts.ts';
import { isLater, stampOf } from './clock.ts';
import { type LocalSync, remoteRow, type SyncContext } from './sync-context.ts';

/** A merge and what the user has decided about it. */
export interface DecidedMerge {
  readonly outcome: CleanMerge;
  /** Paths with a decision of the user. */
  readonly decided: readonly TreePath[];
  /** Content that is to be put in place of what the merge has at a path. */
  readonly contents: readonly {
    readonly path: TreePath;
    readonly id: ObjectId;
    readonly size: number;
  }[];
  readonly conflicts: readonly DecidedConflict[];
}

/** A change of a workspace as far as it matters for which is the later one. */
interface Stamped {
  readonly clock: number;
  readonly replica: string;
}

/**
 * Merges; undefined when somebody has to decide. Contradictions are written down then, with what was
 * decided about some of them.
 *
 * @throws {AgentFSError} ENOENT when the call decides about a path where nothing is.
 */
export function decideMerge(
  sync: LocalSync,
  input: MergeInput,
  theirs: Stamped,
): DecidedMerge | undefined {
  const { store, workspace, decisions, settings, objects } = sync;
  const mergeText = settings.conflictResolution !== 'manual';
  const isDecided = decisions.onConflict !== undefined && decisions.onConflict !== 'fail';
  const onConflict = isDecided ? decisions.onConflict : (winner(sync, theirs) ?? 'fail');
  const outcome = mergeTrees(objects, input, { ...decisions, onConflict, mergeText });
  if (outcome.kind === 'merged') {
    return { outcome, conflicts: outcome.conflicts, decided: [], contents: [] };
  }
  // Those that the call decides are among them now, to be remembered with the rest.
  const all = mergeTrees(objects, input, { mergeText });
  const rows = all.conflicts.map((conflict) => withDecision(sync, conflict));
  if (rows.some(({ decision }) => decision === undefined)) {
    store.syncConflicts.replace(workspace, rows);
    return undefined;
  }
  return mergeDecided(sync, input, { rows, mergeText });
}

/** The undecided conflicts of the workspace. */
export function openConflicts({ store, workspace }: SyncContext): Conflict[] {
  return store.syncConflicts
    .list(workspace)
    .filter(({ decision }) => decision === undefined)
    .map(({ conflict }) => readConflict(conflict));
}

/** What it means to decide a conflict for a side, with all of its file if so wanted. */
export function decisionFor(conflict: Conflict, side: Side, wholeFile: boolean): SyncDecision {
  const { local, remote } = conflict;
  if (!wholeFile || local?.kind !== 'file' || remote?.kind !== 'file') return { kind: side };
  const { hash, size } = side === 'ours' ? local : remote;
  return { kind: 'content', id: hash, size };
}

function mergeDecided(
  { objects }: LocalSync,
  input: MergeInput,
  { rows, mergeText }: { readonly rows: readonly SyncConflictRow[]; readonly mergeText: boolean },
): DecidedMerge | undefined {
  const sides = new Map(rows.map((row) => [row.path, sideOf(row)] as const));
  const outcome = mergeTrees(objects, input, { sides, mergeText });
  if (outcome.kind === 'conflicted') return undefined;
  const contents = rows.flatMap(({ path, decision }) =>
    decision?.kind === 'content' ? [{ path, id: decision.id, size: decision.size }] : [],
  );
  const replaced = new Set(contents.map(({ path }) => path));
  const conflicts = outcome.conflicts.map((conflict) =>
    replaced.has(conflict.path) ? { ...conflict, took: 'content' as const } : conflict,
  );
  return { outcome, conflicts, decided: rows.map(({ path }) => path), contents };
}

/** Where other content is to stand, the side that has something there makes room for it. */
function sideOf({ decision, conflict }: SyncConflictRow): Side {
  if (decision?.kind === 'ours' || decision?.kind === 'theirs') return decision.kind;
  return readConflict(conflict).local === undefined ? 'theirs' : 'ours';
}

/** The side that the strategy takes, or undefined when it leaves that to the user. */
function winner(sync: LocalSync, theirs: Stamped): Side | undefined {
  switch (sync.settings.conflictResolution) {
    case 'local-wins':
      return 'ours';
    case 'remote-wins':
      return 'theirs';
    case 'last-write-wins': {
      // The row in the store still has the time of the last change before this one.
      const changedAt = sync.store.workspaces.get(sync.workspace)?.updatedAt ?? 0;
      const ours = { clock: stampOf(changedAt, remoteRow(sync).clock), replica: sync.replica };
      return isLater(ours, theirs) ? 'ours' : 'theirs';
    }
    case 'manual':
    case 'merge':
      return undefined;
  }
}

/** A conflict with what the call says about it, or what was decided about exactly the same before. */
function withDecision(sync: LocalSync, conflict: Conflict): SyncConflictRow {
  // Through JSON, as the ones to compare with have been.
  const described = JSON.stringify(conflict);
  const { path } = conflict;
  const known = sync.store.syncConflicts.list(sync.workspace).find((row) => row.path === path);
  const isSame = known !== undefined && JSON.stringify(known.conflict) === described;
  const choice = choiceAt(sync.decisions, path);
  const isChosen = choice === 'ours' || choice === 'theirs';
  const wholeFile = sync.decisions.wholeFile ?? false;
  const given = isChosen ? decisionFor(conflict, choice, wholeFile) : undefined;
  const decision = given ?? (isSame ? known.decision : undefined);
  return { path, conflict: JSON.parse(described), decision };
}

/** A conflict as it was before it was stored. */
function readConflict(stored: Readonly<Record<string, unknown>>): Conflict {
  const revive = (key: string, value: unknown): unknown =>
    key === 'mtime' && typeof value === 'string' ? new Date(value) : value;
  return JSON.parse(JSON.stringify(stored), revive);
}

/** Taking a commit back in the base, by the same machinery that made it. */

import { randomUUID } from 'node:crypto';
import { checkOptions } from '../../primitives/arguments.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { CONFLICT_OPTIONS, type ConflictOptions } from '../../snapshot/conflict-side.ts';
import { CommitError, commitConflict } from '../../snapshot/merge-errors.ts';
import { applyMerge, mergeTrees } from '../../snapshot/merge-trees.ts';
import { AUDIT_START } from '../../store/audit-hash.ts';
import type { CommitRow } from '../../store/commits.ts';
import type { Pin } from '../../store/store.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import { EMPTY_TREE } from '../../tree/trees.ts';
import { appendAudit, isAuditing } from '../core/audit-record.ts';
import type { Engine } from '../core/engine.ts';
import { withScannedBase } from './base-lease.ts';
import { type CommitPlan, recordCommit } from './commit.ts';
import { type CommitOptions, type CommitRequest, checkCommit } from './commit-options.ts';
import { type CommitOutcome, commitResult, findCommit } from './commit-result.ts';
import { landTree } from './land-tree.ts';

/** How a commit is taken back. */
export type RevertOptions = Pick<CommitOptions, 'author' | 'signal'> &
  ConflictOptions & {
    /** Default: `Revert "<message>"`. */
    readonly message?: string | undefined;
  };

/**
 * Takes the changes of a commit out of the base, keeping what came after it.
 *
 * @throws {AgentFSError} COMMIT_NOT_FOUND; {CommitError} CONFLICT, NOTHING_TO_COMMIT.
 */
export async function revertCommit(
  engine: Engine,
  id: string,
  options?: RevertOptions,
): Promise<CommitOutcome> {
  const target = findCommit(engine, id);
  const { message = `Revert "${target.message}"`, ...rest } = checkOptions(options, [
    ...CONFLICT_OPTIONS,
    ...(['author', 'signal', 'message'] as const),
  ]);
  const request = checkCommit(engine, message, rest);
  return withScannedBase(engine, request, async (scan) => {
    const pin = engine.store.pin();
    try {
      const { wanted, merged, conflicts } = planRevert(engine, target, request, {
        base: scan.tree,
        pin,
      });
      const { recorded, warnings } = await landTree(engine, {
        before: scan.tree,
        wanted,
        allowOutsideSymlinks: request.allowOutsideSymlinks,
        signal: request.signal,
        record: (after) => {
          const trees = { treeBefore: scan.tree, treeAfter: after };
          const origin = { workspaceName: '', merged, reverts: target.id };
          const commit = recordCommit(engine, { ...request, ...origin, ...trees });
          recordInBase(engine, commit.id, target.id);
          return commit;
        },
      });
      return { ...commitResult(engine, recorded, warnings), conflicts };
    } finally {
      pin.release();
    }
  });
}

/** The tree of the base without the changes of a commit; stored, and pinned until it is named. */
function planRevert(
  engine: Engine,
  target: CommitRow,
  { decisions }: CommitRequest,
  { base, pin }: { readonly base: ObjectId; readonly pin: Pin },
): Pick<CommitPlan, 'wanted' | 'merged' | 'conflicts'> {
  const { objects, store } = engine;
  return store.database.transaction(() => {
    const sides = { base: target.treeAfter, ours: target.treeBefore, theirs: base };
    const outcome = mergeTrees(objects, sides, decisions);
    if (outcome.kind === 'conflicted') {
      const hint =
        "Set onConflict (--on-conflict) to 'ours', which undoes the commit, or 'theirs', which keeps later changes.";
      throw commitConflict(outcome.conflicts, hint);
    }
    const wanted = applyMerge(objects, target.treeBefore, outcome).id;
    if (wanted === base) throw nothingToRevert(target);
    pin.add(wanted);
    const { merged, conflicts } = outcome;
    return { wanted, merged, conflicts };
  });
}

/** A revert belongs to no workspace: its audit row goes into the log of the base itself. */
function recordInBase(engine: Engine, commit: ObjectId, reverts: ObjectId): void {
  if (!isAuditing(engine)) return;
  const row = engine.store.workspaces.base() ?? insertBaseRow(engine);
  appendAudit(engine, row, { operation: 'commit', path: '', metadata: { commit, reverts } });
}

function insertBaseRow({ store, clock }: Engine): WorkspaceRow {
  const now = clock.now();
  const nothing = { description: '', tags: [], agentId: '', owner: '', readOnly: true };
  const trees = { root: EMPTY_TREE, fork: EMPTY_TREE, start: EMPTY_TREE };
  const counts = { epoch: 0, operation: 0, auditCount: 0, auditHead: AUDIT_START };
  const ignored = { stock: '', ignored: 0, caches: null };
  const times = { expiresAt: null, sandbox: null, limits: {}, createdAt: now, updatedAt: now };
  const identity = { uuid: randomUUID(), name: 'base', state: 'base', parent: null } as const;
  const row = { ...identity, ...nothing, ...trees, ...counts, ...times, ...ignored };
  return { ...row, number: store.workspaces.insert(row) };
}

function nothingToRevert({ id }: CommitRow): CommitError {
  return new CommitError('NOTHING_TO_COMMIT', `Nothing of commit ${id} is left in the project.`, {
    hint: 'It may have been reverted already; see log().',
  });
}

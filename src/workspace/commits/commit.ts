/**
 * Committing a workspace: scan the base, merge, change the base, and record all of it, so that
 * either everything has happened or nothing.
 */

import { sameEntry } from '../../primitives/entry.ts';
import { AgentFSError } from '../../primitives/errors.ts';
import { contentId, type ObjectId } from '../../primitives/object-id.ts';
import type { TreePath } from '../../primitives/path.ts';
import { collectChanges } from '../../snapshot/changes.ts';
import { type DecidedConflict, describeVersions } from '../../snapshot/conflict.ts';
import { CommitError, commitConflict } from '../../snapshot/merge-errors.ts';
import { applyMerge, mergeTrees } from '../../snapshot/merge-trees.ts';
import { selectChanges } from '../../snapshot/select-changes.ts';
import { recordOperation } from '../../snapshot/undo.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { CommitRow } from '../../store/commits.ts';
import type { PendingChange } from '../../store/pending.ts';
import type { Pin } from '../../store/store.ts';
import { diffShown, sameTrees } from '../../tree/diff-trees.ts';
import { editTree } from '../../tree/pending-tree.ts';
import type { Trees } from '../../tree/trees.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { withScannedBase } from './base-lease.ts';
import type { CommitRequest } from './commit-options.ts';
import { type CommitOutcome, type CommitPreview, commitResult } from './commit-result.ts';
import { hiddenTargets, landTree } from './land-tree.ts';
import { refuseMarkers } from './refuse-markers.ts';

/** The trees of a commit. */
export interface CommitPlan {
  /** What the workspace was forked from. */
  readonly fork: ObjectId;
  /** What of the workspace is committed: all of it, or the fork with the selected changes. */
  readonly committed: ObjectId;
  /** The base as it was just scanned. */
  readonly base: ObjectId;
  /** What the base is to be. */
  readonly wanted: ObjectId;
  readonly merged: readonly TreePath[];
  readonly conflicts: readonly DecidedConflict[];
}

/** The tree of the workspace before and after a commit. */
interface Moved {
  readonly before: ObjectId;
  readonly after: ObjectId;
}

/** What a commit would change in the base. */
export async function previewCommit(
  core: WorkspaceCore,
  request: CommitRequest,
): Promise<CommitPreview> {
  return withPlan(core, request, async ({ base, wanted, merged, conflicts }) => {
    const changes = collectChanges(core.engine.objects, base, wanted, { detectRenames: true });
    return Object.assign(changes, { merged, conflicts });
  });
}

/** Commits a workspace, or a part of it, to the base. */
export async function commitWorkspace(
  core: WorkspaceCore,
  request: CommitRequest,
): Promise<CommitOutcome> {
  const { engine } = core;
  core.requireWritable(core.working.row());
  return withPlan(core, request, async (plan) => {
    if (!request.allowEmpty && sameTrees(engine.trees, plan.base, plan.wanted)) {
      throw nothingToCommit(core);
    }
    try {
      const { recorded, warnings } = await landTree(engine, {
        before: plan.base,
        wanted: plan.wanted,
        allowOutsideSymlinks: request.allowOutsideSymlinks,
        signal: request.signal,
        record: (after) => {
          const workspaceName = core.working.row().name;
          const commit = recordCommit(engine, {
            ...request,
            workspaceName,
            treeBefore: plan.base,
            treeAfter: after,
            merged: plan.merged,
            reverts: null,
          });
          return { commit, moved: moveWorkspace(core, plan, after, commit) };
        },
      });
      announceMove(core, recorded.moved);
      return { ...commitResult(engine, recorded.commit, warnings), conflicts: plan.conflicts };
    } catch (error) {
      throw asCommitError(engine, plan, error);
    }
  });
}

/** What a commit row is made from. */
export interface NewCommit
  extends Pick<
    CommitRow,
    'workspaceName' | 'message' | 'treeBefore' | 'treeAfter' | 'merged' | 'reverts'
  > {
  readonly author: { readonly name: string; readonly email: string };
}

/** Adds a commit to the log of the base; belongs in the transaction that makes it final. */
export function recordCommit(engine: Engine, record: NewCommit): Omit<CommitRow, 'number'> {
  const { workspaceName, message, author, treeBefore, treeAfter, merged, reverts } = record;
  const parent = engine.store.commits.newest()?.id ?? null;
  const createdAt = engine.clock.now();
  const people = { authorName: author.name, authorEmail: author.email };
  const trees = { treeBefore, treeAfter };
  const fields = [parent, workspaceName, message, author.name, author.email];
  const identity = JSON.stringify([...fields, treeBefore, treeAfter, reverts, merged, createdAt]);
  const id = contentId(Buffer.from(identity));
  const origin = { workspaceName, message, createdAt };
  const commit = { id, parent, ...origin, ...people, ...trees, merged, reverts };
  engine.store.commits.insert(commit);
  return commit;
}

/** Scans the base and plans a commit; the trees of the plan stay until `action` has ended. */
async function withPlan<T>(
  core: WorkspaceCore,
  request: CommitRequest,
  action: (plan: CommitPlan) => Promise<T>,
): Promise<T> {
  const { engine } = core;
  return withScannedBase(engine, request, async (scan) => {
    const pin = engine.store.pin();
    try {
      let plan = planCommit(core, request, scan.tree, pin);
      // Files of the base that are in its way though no scan lists them count as well.
      const hidden = hiddenTargets(engine, plan.base, plan.wanted);
      if (hidden.length > 0) {
        const { tree } = await engine.base.takeUp(hidden, request.signal);
        plan = planCommit(core, request, tree, pin);
      }
      return await action(plan);
    } finally {
      pin.release();
    }
  });
}

function planCommit(
  core: WorkspaceCore,
  request: CommitRequest,
  base: ObjectId,
  pin: Pin,
): CommitPlan {
  const { engine } = core;
  const { objects, store } = engine;
  return store.database.transaction(() => {
    const root = core.working.foldedRoot();
    const { fork } = core.working.row();
    const { isSelected, decisions, mergeText } = request;
    const committed =
      isSelected === undefined ? root : selectChanges(engine.trees, fork, root, isSelected);
    refuseMarkers(engine, fork, committed);
    const sides = { base: fork, ours: committed, theirs: base };
    const outcome = mergeTrees(objects, sides, { ...decisions, mergeText });
    if (outcome.kind === 'conflicted') throw commitConflict(outcome.conflicts);
    const wanted = applyMerge(objects, committed, outcome).id;
    pin.add(fork, committed, wanted);
    const { merged, conflicts } = outcome;
    return { fork, committed, base, wanted, merged, conflicts };
  });
}

/** Moves the workspace onto the new base; what was not committed stays as changes. */
function moveWorkspace(
  core: WorkspaceCore,
  plan: CommitPlan,
  after: ObjectId,
  commit: Omit<CommitRow, 'number'>,
): Moved {
  const { engine } = core;
  return core.working.change((draft) => {
    const before = draft.fold().id;
    recordOperation(draft, 'commit', commit.message.split('\n', 1)[0] ?? '', () => {
      const { root, fork } = rebased(engine, draft, plan, after);
      draft.row.fork = fork;
      draft.moveTo(root);
    });
    core.recordEvent(draft, 'commit', { commit: commit.id, message: commit.message });
    return { before, after: draft.row.root };
  });
}

/** Tells who watches what the commit has brought in from the base. */
function announceMove(core: WorkspaceCore, moved: Moved): void {
  if (moved.before === moved.after) return;
  const options = { detectRenames: false };
  core.announceChanges(collectChanges(core.engine.objects, moved.before, moved.after, options));
}

/**
 * The workspace's tree and fork after a commit. Where a change that was not committed clashes with
 * the new base, the workspace's side stays, and so does the old ancestor of that path: the next
 * commit meets the conflict instead of overriding the base in silence.
 */
function rebased(
  engine: Engine,
  draft: Draft,
  plan: CommitPlan,
  after: ObjectId,
): { readonly root: ObjectId; readonly fork: ObjectId } {
  const { trees, objects } = engine;
  const current = draft.fold().id;
  if (current === plan.committed) return { root: withTimes(trees, after, current), fork: after };
  const sides = { base: plan.committed, ours: current, theirs: after };
  const outcome = mergeTrees(objects, sides, { onConflict: 'ours', wholeFile: true });
  if (outcome.kind === 'conflicted') return { root: current, fork: plan.fork };
  const ancestors = outcome.conflicts.map(({ path }) => {
    return { path, entry: trees.lookup(plan.committed, path) };
  });
  return {
    root: withTimes(trees, applyMerge(objects, current, outcome).id, current),
    fork: editTree(trees, after, ancestors).id,
  };
}

/** A tree in which what is the same in another one has the times of that. */
function withTimes(trees: Trees, tree: ObjectId, from: ObjectId): ObjectId {
  const changes: PendingChange[] = [];
  for (const { path, before, after } of diffShown(trees, tree, from)) {
    if (after?.kind !== 'directory' && sameEntry(before, after)) {
      changes.push({ path, entry: after });
    }
  }
  return editTree(trees, tree, changes).id;
}

function nothingToCommit(core: WorkspaceCore): CommitError {
  const { name } = core.working.row();
  return new CommitError('NOTHING_TO_COMMIT', `Workspace '${name}' has nothing to commit.`, {
    hint: 'Change something, widen include, or pass allowEmpty.',
  });
}

/** Gives what stopped the change of the base the form that callers of commit expect. */
function asCommitError(engine: Engine, plan: CommitPlan, error: unknown): unknown {
  if (!(error instanceof AgentFSError) || error instanceof CommitError) return error;
  const { code, message, path, hint, details } = error;
  if (code === 'OUTSIDE_SYMLINK' || code === 'NAME_COLLISION') {
    return new CommitError(code, message, { path, hint, details, cause: error });
  }
  if (code !== 'CONFLICT') return error;
  const paths = Array.isArray(details?.['paths']) ? details['paths'] : [];
  const conflicts = paths.map((each: TreePath) =>
    describeVersions(each, 'both-modified', {
      base: engine.trees.lookup(plan.fork, each),
      ours: engine.trees.lookup(plan.committed, each),
      theirs: engine.trees.lookup(plan.base, each),
    }),
  );
  return new CommitError(code, message, { path, hint, details, conflicts, cause: error });
}

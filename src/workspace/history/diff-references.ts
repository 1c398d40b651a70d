/** The difference of two trees that are named: workspaces, snapshots, commits, the base. */

import { checkOptions } from '../../primitives/arguments.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { DiffResult } from '../../snapshot/diff-result.ts';
import { withScannedBase } from '../commits/base-lease.ts';
import { findCommit } from '../commits/commit-result.ts';
import type { Engine } from '../core/engine.ts';
import { workingTree } from '../core/workspace-core.ts';
import { checkDiffOptions, DIFF_OPTIONS, type WorkspaceDiffOptions } from './compare.ts';
import { findSnapshot } from './references.ts';

/** A tree that a reference names, and the one that it has come from. */
interface NamedTree {
  readonly tree: ObjectId;
  readonly origin: ObjectId;
}

/**
 * What `reference` has that `options.against` has not, else what the tree has come from: the fork of
 * a workspace or snapshot, the base before a commit, and of `base` the base as last scanned.
 *
 * @throws {SnapshotNotFoundError} {AmbiguousSnapshotError} {WorkspaceNotFoundError}; {AgentFSError}
 *   COMMIT_NOT_FOUND, INVALID_PATTERN.
 */
export async function diffReferences(
  engine: Engine,
  reference: string,
  options?: WorkspaceDiffOptions,
): Promise<DiffResult> {
  const { against, ...rest } = checkOptions(options, ['against', ...DIFF_OPTIONS]);
  const shown = checkDiffOptions(rest);
  const { tree, origin } = await resolve(engine, reference);
  const before = against === undefined ? origin : (await resolve(engine, against)).tree;
  return new DiffResult(engine.objects, before, tree, shown);
}

async function resolve(engine: Engine, reference: string): Promise<NamedTree> {
  if (reference === 'base') {
    const known = engine.base.tree;
    const { tree } = await withScannedBase(engine, {}, (scan) => scan);
    return { tree, origin: known ?? tree };
  }
  const workspace = engine.store.workspaces.find(reference);
  if (workspace !== undefined) {
    const { root, fork } = workingTree(engine, workspace).foldedTrees();
    return { tree: root, origin: fork };
  }
  if (isCommitId(engine, reference)) {
    const { treeBefore, treeAfter } = findCommit(engine, reference);
    return { tree: treeAfter, origin: treeBefore };
  }
  const { tree, fork } = findSnapshot(engine, reference);
  return { tree, origin: fork };
}

/** Digits may also be the name of a snapshot. */
function isCommitId({ store }: Engine, reference: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(reference) && store.snapshots.named(reference).length === 0;
}

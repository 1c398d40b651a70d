/** Names of trees: snapshots, workspaces and commits. */

import { closestOf } from '../../primitives/closest.ts';
import {
  AmbiguousSnapshotError,
  SnapshotNotFoundError,
  WorkspaceNotFoundError,
  wrongType,
} from '../../primitives/errors.ts';
import { parseName } from '../../primitives/name.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { SnapshotRow } from '../../store/snapshots.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import { findCommit } from '../commits/commit-result.ts';
import type { Engine } from '../core/engine.ts';
import { type WorkspaceCore, workingTree } from '../core/workspace-core.ts';

/**
 * The workspace called `name`.
 *
 * @throws {WorkspaceNotFoundError} WORKSPACE_NOT_FOUND; {InvalidNameError} INVALID_NAME.
 */
export function findWorkspace(engine: Engine, name: unknown): WorkspaceRow {
  const checked = parseName('workspace', name);
  const row = engine.store.workspaces.find(checked);
  if (row !== undefined) return row;
  const names = engine.store.workspaces.list().map((each) => each.name);
  throw new WorkspaceNotFoundError(checked, suggestion(checked, names));
}

/** The error for a snapshot that a workspace does not have, with the one that may be meant. */
function noSnapshot(engine: Engine, name: string, workspace: WorkspaceRow): Error {
  const names = engine.store.snapshots.list(workspace.number).map((each) => each.name);
  return new SnapshotNotFoundError(name, workspace.name, suggestion(name, names));
}

function suggestion(name: string, names: readonly string[]): { hint?: string } {
  const closest = closestOf(name, names);
  return closest === undefined ? {} : { hint: `Did you mean '${closest}'?` };
}

/**
 * The snapshot named `workspace/snapshot`, or just `snapshot` when only one workspace has one.
 *
 * @throws {SnapshotNotFoundError} SNAPSHOT_NOT_FOUND; {AmbiguousSnapshotError} SNAPSHOT_AMBIGUOUS;
 *   {WorkspaceNotFoundError} WORKSPACE_NOT_FOUND; {InvalidNameError} INVALID_NAME.
 */
export function findSnapshot(engine: Engine, reference: unknown): SnapshotRow {
  if (typeof reference !== 'string') throw wrongType('snapshot', 'a string', reference);
  const slash = reference.indexOf('/');
  const { store } = engine;
  if (slash >= 0) {
    const workspace = findWorkspace(engine, reference.slice(0, slash));
    const name = parseName('snapshot', reference.slice(slash + 1));
    const row = store.snapshots.find(workspace.number, name);
    if (row === undefined) throw noSnapshot(engine, name, workspace);
    return row;
  }
  const name = parseName('snapshot', reference);
  const rows = store.snapshots.named(name);
  const [only] = rows;
  if (only === undefined) {
    // Where a snapshot may stand, a workspace often may too, and is what was meant.
    const names = store.workspaces.list().map((each) => each.name);
    throw new SnapshotNotFoundError(name, undefined, suggestion(name, names));
  }
  if (rows.length === 1) return only;
  const owners = rows.map((row) => store.workspaces.get(row.workspace)?.name ?? '');
  throw new AmbiguousSnapshotError(name, owners);
}

/** The snapshot of this name in one workspace. @throws {SnapshotNotFoundError} {InvalidNameError} */
export function findOwnSnapshot(core: WorkspaceCore, name: unknown): SnapshotRow {
  const checked = parseName('snapshot', name);
  const row = core.engine.store.snapshots.find(core.number, checked);
  if (row !== undefined) return row;
  throw noSnapshot(core.engine, checked, core.working.row());
}

/**
 * The tree that `reference` means to a workspace: its own snapshot of that name first, then
 * `workspace/snapshot`, a workspace, a commit (by seven or more digits of its id).
 *
 * @throws {SnapshotNotFoundError} when it is none of these; others as the single look-ups.
 */
export function findTree(core: WorkspaceCore, reference: string): ObjectId {
  const { engine } = core;
  const { store } = engine;
  if (reference.includes('/')) return findSnapshot(engine, reference).tree;
  const own = store.snapshots.find(core.number, reference);
  if (own !== undefined) return own.tree;
  const workspace = store.workspaces.find(reference);
  if (workspace !== undefined) return workingTree(engine, workspace).foldedRoot();
  if (/^[0-9a-f]{7,64}$/.test(reference)) return findCommit(engine, reference).treeAfter;
  throw new SnapshotNotFoundError(parseName('snapshot', reference), core.working.row().name, {
    hint: "Name a snapshot, 'workspace/snapshot', a workspace, a commit id, or 'base'.",
  });
}

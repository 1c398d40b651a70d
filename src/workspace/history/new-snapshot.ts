/** Adds a snapshot to a workspace. */

import { randomBytes, randomUUID } from 'node:crypto';
import { SnapshotExistsError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { SnapshotRow } from '../../store/snapshots.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** What a snapshot is to be. */
export interface NewSnapshot {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** What it names; the workspace as it is when absent. */
  readonly tree?: ObjectId | undefined;
}

/** Adds a snapshot, with its audit row. @throws {SnapshotExistsError} SNAPSHOT_EXISTS */
export function insertSnapshot(
  core: WorkspaceCore,
  draft: Draft,
  { tree, ...named }: NewSnapshot,
): SnapshotRow {
  const { snapshots } = draft.store;
  const { number, fork, ignored } = draft.row;
  if (snapshots.find(number, named.name) !== undefined) {
    throw new SnapshotExistsError(named.name, draft.row.name);
  }
  const { id, files, bytes } = tree === undefined ? draft.fold() : draft.trees.summary(tree);
  core.recordEvent(draft, 'snapshot', { snapshot: named.name, tree: id });
  return snapshots.insert({
    ...named,
    workspace: number,
    uuid: randomUUID(),
    tree: id,
    fork,
    ignored,
    shared: false,
    files,
    bytes,
    parent: snapshots.newest(number),
    createdAt: draft.now,
  });
}

/** A generated name, such as `temp-5f0c9a1b`. */
export function randomName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString('hex')}`;
}

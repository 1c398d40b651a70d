/** What the public interface says about a snapshot. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { SnapshotRow } from '../../store/snapshots.ts';

/** An immutable name for the whole tree of a workspace. */
export interface Snapshot {
  readonly name: string;
  /** Random, unique in the world. */
  readonly id: string;
  /** Name of the workspace. */
  readonly workspace: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Files and links. */
  readonly fileCount: number;
  /** Sum of their sizes in bytes; stored once however many snapshots share them. */
  readonly size: number;
  /** Name of the workspace's snapshot before it. */
  readonly parent: string | null;
  readonly createdAt: Date;
  /** Id of the tree; equal trees have equal ids. */
  readonly tree: ObjectId;
}

/** The public form of a stored snapshot. */
export function snapshotInfo(row: SnapshotRow, workspace: string): Snapshot {
  const { name, uuid, description, tags, files, bytes, parent, createdAt, tree } = row;
  const sizes = { fileCount: files, size: bytes };
  const when = { parent, createdAt: new Date(createdAt), tree };
  return { name, id: uuid, workspace, description, tags, ...sizes, ...when };
}

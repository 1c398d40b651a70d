/** An entry of the audit log as callers see it. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { AuditRow } from '../store/audit-rows.ts';
import { readJson } from '../store/json-column.ts';

/** What an entry can be about. */
export type AuditOperation =
  | 'create'
  | 'read'
  | 'write'
  | 'delete'
  | 'rename'
  | 'chmod'
  | 'snapshot'
  | 'commit'
  | 'restore'
  | 'run'
  | 'merge'
  | 'sync'
  | 'workspace.create'
  | 'workspace.delete'
  | 'config';

/** All operations, in the order of their documentation. */
export const AUDIT_OPERATIONS: readonly AuditOperation[] = [
  'create',
  'read',
  'write',
  'delete',
  'rename',
  'chmod',
  'snapshot',
  'commit',
  'restore',
  'run',
  'merge',
  'sync',
  'workspace.create',
  'workspace.delete',
  'config',
];

/** What changed; a field is absent where there was nothing, or it is not known. */
export interface AuditDetails {
  /** Bytes. */
  readonly sizeBefore?: number;
  /** Bytes. */
  readonly sizeAfter?: number;
  /** As {@link checksumLabel} writes it. */
  readonly checksumBefore?: string;
  /** As {@link checksumLabel} writes it. */
  readonly checksumAfter?: string;
}

/** One recorded change. */
export interface AuditEntry {
  /** Grows from entry to entry, over all workspaces. */
  readonly id: number;
  readonly timestamp: Date;
  readonly operation: AuditOperation;
  /** `''` when it is about no path. */
  readonly path: string;
  readonly details?: AuditDetails;
  /** Stays the same when the workspace is renamed. */
  readonly workspaceId: string;
  readonly workspaceName: string;
  /** `''` for none. */
  readonly agentId: string;
  readonly sessionId: string;
  /** The run that made the change; `''` outside a run. */
  readonly commandId: string;
  /** What else the operation has recorded. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What an entry needs to know of its workspace. */
export interface AuditedWorkspace {
  readonly uuid: string;
  readonly name: string;
}

/** The entry that a row stands for. */
export function toAuditEntry(row: AuditRow, workspace: AuditedWorkspace): AuditEntry {
  const details = detailsOf(row);
  const metadata = metadataOf(row.metadata);
  return {
    id: row.number,
    timestamp: new Date(row.time),
    operation: row.operation as AuditOperation,
    path: row.path,
    ...(details === undefined ? {} : { details }),
    workspaceId: workspace.uuid,
    workspaceName: workspace.name,
    agentId: row.agentId,
    sessionId: row.sessionId,
    commandId: row.commandId,
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/**
 * An object id with the name of what it is a hash of. `sha256:` is said only of whole content, for
 * which `sha256sum` gives the same: content above 1 MiB is named by its manifest, and what has no
 * size of its own (a directory, a snapshot) by its tree.
 *
 * @param size - bytes of the content; -1 for a tree.
 */
export function checksumLabel(id: string, size: number): string {
  if (size < 0) return `agentfs-tree:${id}`;
  return size > CHUNK_THRESHOLD ? `agentfs-manifest:${id}` : `sha256:${id}`;
}

function detailsOf(row: AuditRow): AuditDetails | undefined {
  const { beforeId, afterId, beforeSize, afterSize } = row;
  if (beforeId === '' && afterId === '' && beforeSize < 0 && afterSize < 0) return undefined;
  return {
    ...(beforeSize < 0 ? {} : { sizeBefore: beforeSize }),
    ...(afterSize < 0 ? {} : { sizeAfter: afterSize }),
    ...(beforeId === '' ? {} : { checksumBefore: checksumLabel(beforeId, beforeSize) }),
    ...(afterId === '' ? {} : { checksumAfter: checksumLabel(afterId, afterSize) }),
  };
}

function metadataOf(text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  const value = readJson(text);
  return typeof value === 'object' && value !== null ? { ...value } : { value };
}

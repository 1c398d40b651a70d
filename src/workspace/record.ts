/** Turns what happened into rows of the audit log. */

import type { Entry } from '../primitives/entry.ts';
import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { AuditRecord } from '../store/audit-rows.ts';
import type { Engine } from './engine.ts';

/** What an audit row is about. */
export interface Recordable {
  readonly operation: string;
  readonly path: string;
  readonly before?: Entry | undefined;
  readonly after?: Entry | undefined;
  /** Never file content, never values of environment variables. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The audit row for a change at `time` (ms since 1970). */
export function auditRecord(
  engine: Engine,
  time: number,
  change: Recordable,
  commandId = '',
): AuditRecord {
  const { operation, path, before, after, metadata } = change;
  return {
    time,
    operation,
    path,
    beforeId: checksum(before),
    afterId: checksum(after),
    beforeSize: before?.size ?? -1,
    afterSize: after?.size ?? -1,
    agentId: engine.agentId,
    sessionId: engine.sessionId,
    commandId,
    metadata: metadata === undefined ? '' : JSON.stringify(metadata),
  };
}

/** The id of an entry and what it is the hash of. */
function checksum(entry: Entry | undefined): string {
  if (entry === undefined) return '';
  if (entry.kind === 'directory') return `agentfs-tree:${entry.id}`;
  return entry.size > CHUNK_THRESHOLD ? `agentfs-manifest:${entry.id}` : `sha256:${entry.id}`;
}

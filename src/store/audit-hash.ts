/** What the rows of the audit log say, and the hash by which each continues the one before it. */

import { hash as hashBytes } from 'node:crypto';
import { OBJECT_ID_BYTES, type ObjectId } from '../primitives/object-id.ts';

/** The hash before the first row of a chain: 32 zero bytes. */
export const AUDIT_START: ObjectId = '0'.repeat(64) as ObjectId;

/** What happened, before it is part of the chain. */
export interface AuditRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly operation: string;
  /** `''` when it is about no path. */
  readonly path: string;
  /** `''` when there was nothing. */
  readonly beforeId: string;
  /** `''` when there is nothing. */
  readonly afterId: string;
  /** Bytes; -1 when there was nothing. */
  readonly beforeSize: number;
  /** Bytes; -1 when there is nothing. */
  readonly afterSize: number;
  readonly agentId: string;
  readonly sessionId: string;
  /** `''` outside a run. */
  readonly commandId: string;
  /** JSON object, or `''`. */
  readonly metadata: string;
}

/** UTF-8 takes up to so many for each UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;
const MAX_SCRATCH = 16 * 1024;
let scratch: Buffer | undefined;

/**
 * The hash of a row: SHA-256 over the hash before it and the row as a JSON array, whose form
 * docs/FORMAT.md fixes.
 */
export function auditHash(
  previous: ObjectId,
  workspaceUuid: string,
  sequence: number,
  record: AuditRecord,
): Buffer {
  const text = JSON.stringify([
    sequence,
    record.time,
    record.operation,
    record.path,
    record.beforeId,
    record.afterId,
    record.beforeSize,
    record.afterSize,
    record.agentId,
    record.sessionId,
    record.commandId,
    record.metadata,
  ]);
  return linkHash(previous, workspaceUuid, text);
}

/** The hash of a row whose columns from the sequence on are given as JSON, as `AuditLink` has them. */
export function linkHash(previous: ObjectId, workspaceUuid: string, text: string): Buffer {
  const whole = `[${JSON.stringify(workspaceUuid)},${text.slice(1)}`;
  // In one call and one buffer: making a Hash object, or buffers to join, costs more than hashing.
  const input = scratchFor(whole.length * MAX_UNIT_BYTES);
  const start = input.write(previous, 'hex');
  const end = start + input.write(whole, start);
  return hashBytes('sha256', input.subarray(0, end), 'buffer');
}

/** A buffer with room for an id and so many bytes, good until the next call. */
function scratchFor(bytes: number): Buffer {
  const wanted = OBJECT_ID_BYTES + bytes;
  if (wanted > MAX_SCRATCH) return Buffer.allocUnsafe(wanted);
  scratch ??= Buffer.allocUnsafe(MAX_SCRATCH);
  return scratch;
}

/** The `audit` table: an append-only chain of hashed rows for each workspace. */

import { hash as hashBytes } from 'node:crypto';
import { idFromBytes, OBJECT_ID_BYTES, type ObjectId } from '../primitives/object-id.ts';
import type { Database, SqlValue, Statement } from './database.ts';
import type { WorkspaceRow } from './workspaces.ts';

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

/** A row of the chain. */
export interface AuditRow extends AuditRecord {
  readonly number: number;
  readonly workspace: number;
  /** 1, 2, 3 ... in the workspace. */
  readonly sequence: number;
  readonly hash: ObjectId;
}

/** Which rows are wanted; an absent field does not restrict. */
export interface AuditRange {
  readonly workspace?: number | undefined;
  readonly operations?: readonly string[] | undefined;
  /** Milliseconds since 1970, inclusive. */
  readonly from?: number | undefined;
  /** Milliseconds since 1970, inclusive. */
  readonly to?: number | undefined;
  readonly path?: string | undefined;
  readonly agentId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Only rows after this number; with `descending`, before it. */
  readonly after?: number | undefined;
  readonly descending?: boolean | undefined;
  readonly limit: number;
}

type Row = readonly [
  number: number,
  workspace: number,
  sequence: number,
  time: number,
  operation: string,
  path: string,
  beforeId: string,
  afterId: string,
  beforeSize: number,
  afterSize: number,
  agentId: string,
  sessionId: string,
  commandId: string,
  metadata: string,
  hash: Uint8Array,
];

const COLUMNS = `number, workspace, sequence, time, operation, path, before_id, after_id,
  before_size, after_size, agent_id, session_id, command_id, metadata, hash`;

/** UTF-8 takes up to so many for each UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;
const MAX_SCRATCH = 16 * 1024;
let scratch: Buffer | undefined;

// A parameter that is NULL does not restrict.
const RANGE = `
  (:workspace IS NULL OR workspace = :workspace)
  AND (:operations IS NULL OR operation IN (SELECT value FROM json_each(:operations)))
  AND (:from IS NULL OR time >= :from)
  AND (:to IS NULL OR time <= :to)
  AND (:path IS NULL OR path = :path)
  AND (:agentId IS NULL OR agent_id = :agentId)
  AND (:sessionId IS NULL OR session_id = :sessionId)`;
const ASCENDING = 'AND number > coalesce(:after, 0) ORDER BY number LIMIT :limit';
const DESCENDING =
  'AND number < coalesce(:after, 9007199254740991) ORDER BY number DESC LIMIT :limit';

/** Gives access to the table. */
export class AuditRows {
  readonly #insert: Statement<unknown>;
  readonly #ascending: Statement<Row>;
  readonly #descending: Statement<Row>;
  readonly #chain: Statement<Row>;
  readonly #page: Statement<Row>;
  readonly #newest: Statement<{ number: number }>;
  readonly #young: Statement<{ number: number }>;
  readonly #anchor: Statement<{ sequence: number; hash: Uint8Array }>;
  readonly #setAnchor: Statement<unknown>;
  readonly #ends: Statement<{ workspace: number; sequence: number; hash: Uint8Array }>;
  readonly #deleteBefore: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO audit (workspace, sequence, time, operation, path, before_id, after_id,
         before_size, after_size, agent_id, session_id, command_id, metadata, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    // Rows are read as tuples: a log is long.
    const select = (rest: string): Statement<Row> => {
      return database.prepare(`SELECT ${COLUMNS} FROM audit ${rest}`, 'tuple');
    };
    this.#ascending = select(`WHERE ${RANGE} ${ASCENDING}`);
    this.#descending = select(`WHERE ${RANGE} ${DESCENDING}`);
    this.#chain = select('WHERE workspace = ? ORDER BY number');
    this.#page = select('WHERE number > ? AND number <= ? ORDER BY number LIMIT ?');
    this.#newest = database.prepare('SELECT number FROM audit ORDER BY number DESC LIMIT 1');
    this.#anchor = database.prepare('SELECT sequence, hash FROM audit_anchors WHERE workspace = ?');
    this.#setAnchor = database.prepare(
      'INSERT OR REPLACE INTO audit_anchors (workspace, sequence, hash) VALUES (?, ?, ?)',
    );
    this.#young = database.prepare(
      'SELECT number FROM audit WHERE time >= ? ORDER BY number LIMIT 1',
    );
    this.#ends = database.prepare(
      `SELECT workspace, max(sequence) AS sequence, hash FROM audit
       WHERE number < ? GROUP BY workspace`,
    );
    this.#deleteBefore = database.prepare('DELETE FROM audit WHERE number < ?');
  }

  /** Appends a row to the workspace's chain and moves the chain's head in `workspace`. */
  append(workspace: WorkspaceRow, record: AuditRecord): void {
    const sequence = workspace.auditCount + 1;
    const hash = auditHash(workspace.auditHead, workspace.uuid, sequence, record);
    this.#insert.run(
      workspace.number,
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
      hash,
    );
    workspace.auditCount = sequence;
    workspace.auditHead = idFromBytes(hash);
  }

  /** The rows in a range, in the order of their numbers. */
  select(range: AuditRange): AuditRow[] {
    const operations = range.operations === undefined ? null : JSON.stringify(range.operations);
    const binding: Record<string, SqlValue> = {
      workspace: range.workspace ?? null,
      operations,
      from: range.from ?? null,
      to: range.to ?? null,
      path: range.path ?? null,
      agentId: range.agentId ?? null,
      sessionId: range.sessionId ?? null,
      after: range.after ?? null,
      limit: range.limit,
    };
    const statement = range.descending === true ? this.#descending : this.#ascending;
    return statement.all(binding).map(fromRow);
  }

  /** The whole chain of a workspace, row by row; goes through the rows of all. */
  *chain(workspace: number): IterableIterator<AuditRow> {
    for (const row of this.#chain.iterate(workspace)) yield fromRow(row);
  }

  /** Up to `limit` rows of all chains after number `after`, up to and with number `last`. */
  page(after: number, last: number, limit: number): AuditRow[] {
    return this.#page.all(after, last, limit).map(fromRow);
  }

  /** The number of the newest row; 0 when there is none. */
  newest(): number {
    return this.#newest.get()?.number ?? 0;
  }

  /** What is before the first row that is kept: the beginning, or where retention has cut. */
  anchor(workspace: number): { sequence: number; hash: ObjectId } {
    const row = this.#anchor.get(workspace);
    if (row === undefined) return { sequence: 0, hash: AUDIT_START };
    return { sequence: row.sequence, hash: idFromBytes(row.hash) };
  }

  /**
   * The number of the first row that retention keeps: the first that is not from before
   * `olderThan` (ms since 1970), since a clock that was wrong for a while must not make younger rows
   * look old; or else the newest, so that no number is given out again.
   */
  firstKept(olderThan: number): number {
    return this.#young.get(olderThan)?.number ?? this.newest();
  }

  /**
   * Removes the rows before number `kept`, moves the beginnings of their chains, and returns how
   * many they were. Belongs in a transaction.
   */
  prune(kept: number): number {
    for (const { workspace, sequence, hash } of this.#ends.all(kept)) {
      this.#setAnchor.run(workspace, sequence, hash);
    }
    return this.#deleteBefore.run(kept);
  }
}

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
    workspaceUuid,
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
  // In one call and one buffer: making a Hash object, or buffers to join, costs more than hashing.
  const input = scratchFor(text.length * MAX_UNIT_BYTES);
  const start = input.write(previous, 'hex');
  const end = start + input.write(text, start);
  return hashBytes('sha256', input.subarray(0, end), 'buffer');
}

/** A buffer with room for an id and so many bytes, good until the next call. */
function scratchFor(bytes: number): Buffer {
  const wanted = OBJECT_ID_BYTES + bytes;
  if (wanted > MAX_SCRATCH) return Buffer.allocUnsafe(wanted);
  scratch ??= Buffer.allocUnsafe(MAX_SCRATCH);
  return scratch;
}

function fromRow(row: Row): AuditRow {
  return {
    number: row[0],
    workspace: row[1],
    sequence: row[2],
    time: row[3],
    operation: row[4],
    path: row[5],
    beforeId: row[6],
    afterId: row[7],
    beforeSize: row[8],
    afterSize: row[9],
    agentId: row[10],
    sessionId: row[11],
    commandId: row[12],
    metadata: row[13],
    hash: idFromBytes(row[14]),
  };
}

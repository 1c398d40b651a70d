/** The `audit` table: an append-only chain of hashed rows for each workspace. */

import { idFromBytes, type ObjectId } from '../primitives/object-id.ts';
import { AUDIT_START, type AuditRecord, auditHash } from './audit-hash.ts';
import type { Database, SqlValue, Statement } from './database.ts';
import type { WorkspaceRow } from './workspaces.ts';

/** A row of the chain. */
export interface AuditRow extends AuditRecord {
  readonly number: number;
  readonly workspace: number;
  /** 1, 2, 3 ... in the workspace. */
  readonly sequence: number;
  readonly hash: ObjectId;
}

/** A row as a check of its chain reads it. */
export interface AuditLink {
  readonly number: number;
  readonly workspace: number;
  readonly sequence: number;
  readonly hash: ObjectId;
  /** What the hash covers beside the hash before it, but for the uuid in front: a JSON array. */
  readonly text: string;
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

// Made by SQLite: to read fifteen columns takes longer than to hash them.
const LINK_COLUMNS = `number, workspace, sequence, hash, json_array(sequence, time, operation, path,
  before_id, after_id, before_size, after_size, agent_id, session_id, command_id, metadata)`;

type LinkRow = readonly [
  number: number,
  workspace: number,
  sequence: number,
  hash: Uint8Array,
  text: string,
];

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
  readonly #chain: Statement<LinkRow>;
  readonly #page: Statement<LinkRow>;
  readonly #one: Statement<Row>;
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
    this.#one = select('WHERE number = ?');
    const link = (rest: string): Statement<LinkRow> => {
      return database.prepare(`SELECT ${LINK_COLUMNS} FROM audit ${rest}`, 'tuple');
    };
    this.#chain = link('WHERE workspace = ? ORDER BY number');
    this.#page = link('WHERE number > ? AND number <= ? ORDER BY number LIMIT ?');
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
  *chain(workspace: number): IterableIterator<AuditLink> {
    for (const row of this.#chain.iterate(workspace)) yield toLink(row);
  }

  /** The row with this number, or undefined. */
  at(number: number): AuditRow | undefined {
    const row = this.#one.get(number);
    return row === undefined ? undefined : fromRow(row);
  }

  /** Up to `limit` rows of all chains after number `after`, up to and with number `last`. */
  page(after: number, last: number, limit: number): AuditLink[] {
    return this.#page.all(after, last, limit).map(toLink);
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

function toLink([number, workspace, sequence, hash, text]: LinkRow): AuditLink {
  return { number, workspace, sequence, hash: idFromBytes(hash), text };
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

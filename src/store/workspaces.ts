/** The `workspaces` table: named, mutable trees. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { Database, Statement } from './database.ts';
import { readObject, readStrings } from './json-column.ts';

/**
 * What may be done with a workspace: everything, only reading, or nothing, as it is gone. A row of
 * state `base` is no workspace: it carries the audit log of what was done to the base itself.
 */
export type WorkspaceState = 'active' | 'frozen' | 'archived' | 'deleted' | 'base';

/** What a user can say about a workspace. */
export interface WorkspaceSettings {
  description: string;
  tags: readonly string[];
  /** `''` for nobody in particular. */
  agentId: string;
  /** `''` for nobody in particular. */
  owner: string;
  readOnly: boolean;
  /** Milliseconds since 1970; null for never. */
  expiresAt: number | null;
  /** Name of the profile that its commands must have; null for none in particular. */
  sandbox: string | null;
  /** Bounds of each command by name, unchecked. */
  limits: Readonly<Record<string, unknown>>;
}

/** A workspace as it is in a transaction: change the fields, then `save` it. */
export interface WorkspaceRow extends WorkspaceSettings {
  readonly number: number;
  readonly uuid: string;
  name: string;
  state: WorkspaceState;
  readonly parent: string | null;
  /** The tree without the pending changes. */
  root: ObjectId;
  /** The tree that it started from: the ancestor in merges. */
  fork: ObjectId;
  /** The tree when it was made: where undo ends. */
  readonly start: ObjectId;
  /** Counts the changes. */
  epoch: number;
  /** Number of the newest operation that is not undone; 0 when there is none. */
  operation: number;
  auditCount: number;
  auditHead: ObjectId;
  readonly createdAt: number;
  updatedAt: number;
}

/** A workspace before it has a number. */
export type NewWorkspace = Omit<WorkspaceRow, 'number'>;

interface Row {
  readonly number: number;
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly tags: string;
  readonly agent_id: string;
  readonly owner: string;
  readonly read_only: number;
  readonly state: WorkspaceState;
  readonly parent: string | null;
  readonly expires_at: number | null;
  readonly sandbox: string | null;
  readonly limits: string;
  readonly root: Uint8Array;
  readonly fork: Uint8Array;
  readonly start: Uint8Array;
  readonly epoch: number;
  readonly operation: number;
  readonly audit_count: number;
  readonly audit_head: Uint8Array;
  readonly created_at: number;
  readonly updated_at: number;
}

/** Gives access to the table. All but `all`, `any` and `base` see only what is a workspace now. */
export class Workspaces {
  readonly #insert: Statement<{ number: number }>;
  readonly #update: Statement<unknown>;
  readonly #advance: Statement<unknown>;
  readonly #epoch: Statement<{ epoch: number }>;
  readonly #byNumber: Statement<Row>;
  readonly #byName: Statement<Row>;
  readonly #any: Statement<Row>;
  readonly #list: Statement<Row>;
  readonly #base: Statement<Row>;
  readonly #all: Statement<Row>;
  readonly #count: Statement<{ count: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO workspaces (uuid, name, description, tags, agent_id, owner, read_only, state,
         parent, expires_at, sandbox, limits, root, fork, start, epoch, operation, audit_count, audit_head,
         created_at, updated_at)
       VALUES (:uuid, :name, :description, :tags, :agentId, :owner, :readOnly, :state,
         :parent, :expiresAt, :sandbox, :limits, :root, :fork, :start, :epoch, :operation, :auditCount, :auditHead,
         :createdAt, :updatedAt)
       RETURNING number`,
    );
    this.#update = database.prepare(
      `UPDATE workspaces SET name = :name, description = :description, tags = :tags,
         agent_id = :agentId, owner = :owner, read_only = :readOnly, state = :state,
         expires_at = :expiresAt, sandbox = :sandbox, limits = :limits, root = :root, fork = :fork, epoch = :epoch,
         operation = :operation, audit_count = :auditCount, audit_head = :auditHead,
         updated_at = :updatedAt
       WHERE number = :number`,
    );
    this.#advance = database.prepare(
      `UPDATE workspaces SET epoch = ?, audit_count = ?, audit_head = ?, updated_at = ?
       WHERE number = ?`,
    );
    // In these words: SQLite uses the index on names only when its condition is said literally.
    const isVisible = "state <> 'deleted' AND state <> 'base'";
    const visible = `SELECT * FROM workspaces WHERE ${isVisible}`;
    this.#epoch = database.prepare(
      `SELECT epoch FROM workspaces WHERE number = ? AND ${isVisible}`,
    );
    this.#byNumber = database.prepare(`${visible} AND number = ?`);
    this.#byName = database.prepare(`${visible} AND name = ?`);
    this.#any = database.prepare('SELECT * FROM workspaces WHERE number = ?');
    this.#list = database.prepare(`${visible} ORDER BY number`);
    this.#base = database.prepare("SELECT * FROM workspaces WHERE state = 'base'");
    this.#all = database.prepare('SELECT * FROM workspaces ORDER BY number');
    this.#count = database.prepare(`SELECT count(*) AS count FROM workspaces WHERE ${isVisible}`);
  }

  /** Adds a workspace and returns its number. */
  insert(workspace: NewWorkspace): number {
    const { uuid, parent, createdAt } = workspace;
    const fixed = { uuid, parent, createdAt, start: idToBytes(workspace.start) };
    return this.#insert.get({ ...toColumns(workspace), ...fixed })?.number ?? 0;
  }

  /** Writes back everything about a workspace that can change. */
  save(workspace: WorkspaceRow): void {
    this.#update.run({ ...toColumns(workspace), number: workspace.number });
  }

  /** Writes back what every change of a file touches: the epoch and the head of the audit chain. */
  advance(workspace: WorkspaceRow): void {
    const { epoch, auditCount, auditHead, updatedAt, number } = workspace;
    this.#advance.run(epoch, auditCount, idToBytes(auditHead), updatedAt, number);
  }

  /** The epoch of the workspace with this number, or undefined; cheaper than the whole row. */
  epoch(number: number): number | undefined {
    return this.#epoch.get(number)?.epoch;
  }

  /** The workspace with this number, or undefined. */
  get(number: number): WorkspaceRow | undefined {
    return maybeFromRow(this.#byNumber.get(number));
  }

  /** The workspace called `name`, or undefined. */
  find(name: string): WorkspaceRow | undefined {
    return maybeFromRow(this.#byName.get(name));
  }

  /** All workspaces, oldest first. */
  list(): WorkspaceRow[] {
    return this.#list.all().map(fromRow);
  }

  /** All workspaces, also those that were deleted. */
  all(): WorkspaceRow[] {
    return this.#all.all().map(fromRow);
  }

  /** The workspace with this number, also when it was deleted, or undefined. */
  any(number: number): WorkspaceRow | undefined {
    return maybeFromRow(this.#any.get(number));
  }

  /** The row that stands for the base, or undefined. */
  base(): WorkspaceRow | undefined {
    return maybeFromRow(this.#base.get());
  }

  /** How many workspaces there are. */
  count(): number {
    return this.#count.get()?.count ?? 0;
  }
}

function maybeFromRow(row: Row | undefined): WorkspaceRow | undefined {
  return row === undefined ? undefined : fromRow(row);
}

function fromRow(row: Row): WorkspaceRow {
  return {
    number: row.number,
    uuid: row.uuid,
    name: row.name,
    description: row.description,
    tags: readStrings(row.tags),
    agentId: row.agent_id,
    owner: row.owner,
    readOnly: row.read_only === 1,
    state: row.state,
    parent: row.parent,
    expiresAt: row.expires_at,
    sandbox: row.sandbox,
    limits: readObject(row.limits),
    root: idFromBytes(row.root),
    fork: idFromBytes(row.fork),
    start: idFromBytes(row.start),
    epoch: row.epoch,
    operation: row.operation,
    auditCount: row.audit_count,
    auditHead: idFromBytes(row.audit_head),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toColumns(workspace: NewWorkspace) {
  return {
    name: workspace.name,
    description: workspace.description,
    tags: JSON.stringify(workspace.tags),
    agentId: workspace.agentId,
    owner: workspace.owner,
    readOnly: workspace.readOnly ? 1 : 0,
    state: workspace.state,
    expiresAt: workspace.expiresAt,
    sandbox: workspace.sandbox,
    limits: JSON.stringify(workspace.limits),
    root: idToBytes(workspace.root),
    fork: idToBytes(workspace.fork),
    epoch: workspace.epoch,
    operation: workspace.operation,
    auditCount: workspace.auditCount,
    auditHead: idToBytes(workspace.auditHead),
    updatedAt: workspace.updatedAt,
  };
}

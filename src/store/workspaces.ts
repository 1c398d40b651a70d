/** The `workspaces` table: named, mutable trees. */

import { idToBytes, type ObjectId } from '../primitives/object-id.ts';
import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/**
 * What may be done with a workspace: everything, only reading, or nothing, as it is gone. A row of
 * state `base` is no workspace: it carries the audit log of what was done to the base itself.
 */
export type WorkspaceState = 'active' | 'frozen' | 'archived' | 'deleted' | 'base';

/** What a user can say about a workspace. */
export interface WorkspaceSettings {
  description: string;
  tags: readonly string[];
  /** `''` for none. */
  agentId: string;
  /** `''` for none. */
  owner: string;
  readOnly: boolean;
  /** Milliseconds since 1970; null for never. */
  expiresAt: number | null;
  /** Name of the profile that its commands must have; null for none in particular. */
  sandbox: string | null;
  /** Bounds of each command by name, unchecked. */
  limits: Readonly<Record<string, unknown>>;
  /** The package managers whose caches its commands find, separated by commas; null as configured. */
  caches: string | null;
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
  /** Name of the base's ignored content that it began with; `''` while it has none. */
  stock: string;
  /** The state of its own ignored content; 0 for that of the stock. */
  ignored: number;
  readonly createdAt: number;
  updatedAt: number;
}

/** A workspace before it has a number. */
export type NewWorkspace = Omit<WorkspaceRow, 'number'>;

const COLUMNS = new Columns<WorkspaceRow>({
  number: 'plain',
  uuid: 'plain',
  name: 'plain',
  description: 'plain',
  tags: 'strings',
  agentId: 'plain',
  owner: 'plain',
  readOnly: 'flag',
  state: 'plain',
  parent: 'plain',
  expiresAt: 'plain',
  sandbox: 'plain',
  limits: 'object',
  caches: 'plain',
  root: 'id',
  fork: 'id',
  start: 'id',
  epoch: 'plain',
  operation: 'plain',
  auditCount: 'plain',
  auditHead: 'id',
  stock: 'plain',
  ignored: 'plain',
  createdAt: 'plain',
  updatedAt: 'plain',
});

/** What the workspaces are tagged with that the daemon makes for its sessions. */
export const SERVE_TAG = 'serve';

/** Gives access to the table. All but `all`, `any` and `base` see only what is a workspace now. */
export class Workspaces {
  readonly #insert: Statement<{ number: number }>;
  readonly #update: Statement<unknown>;
  readonly #advance: Statement<unknown>;
  readonly #epoch: Statement<{ epoch: number }>;
  readonly #byNumber: Statement<Stored<WorkspaceRow>>;
  readonly #byName: Statement<Stored<WorkspaceRow>>;
  readonly #any: Statement<Stored<WorkspaceRow>>;
  readonly #list: Statement<Stored<WorkspaceRow>>;
  readonly #base: Statement<Stored<WorkspaceRow>>;
  readonly #all: Statement<Stored<WorkspaceRow>>;
  readonly #count: Statement<{ count: number }>;

  constructor(database: Database) {
    this.#insert = database.prepare(`INSERT INTO workspaces ${COLUMNS.inserted} RETURNING number`);
    this.#update = database.prepare(
      `UPDATE workspaces SET ${COLUMNS.updatedBut('number', 'uuid', 'parent', 'start', 'createdAt')}
       WHERE number = :number`,
    );
    this.#advance = database.prepare(
      `UPDATE workspaces SET epoch = ?, audit_count = ?, audit_head = ?, updated_at = ?
       WHERE number = ?`,
    );
    // In these words: SQLite uses the index on names only when its condition is said literally.
    const isVisible = "state <> 'deleted' AND state <> 'base'";
    const visible = `SELECT ${COLUMNS.selected} FROM workspaces WHERE ${isVisible}`;
    this.#epoch = database.prepare(
      `SELECT epoch FROM workspaces WHERE number = ? AND ${isVisible}`,
    );
    this.#byNumber = database.prepare(`${visible} AND number = ?`);
    this.#byName = database.prepare(`${visible} AND name = ?`);
    this.#any = database.prepare(`SELECT ${COLUMNS.selected} FROM workspaces WHERE number = ?`);
    this.#list = database.prepare(`${visible} ORDER BY number`);
    this.#base = database.prepare(
      `SELECT ${COLUMNS.selected} FROM workspaces WHERE state = 'base'`,
    );
    this.#all = database.prepare(`SELECT ${COLUMNS.selected} FROM workspaces ORDER BY number`);
    this.#count = database.prepare(
      `SELECT count(*) AS count FROM workspaces WHERE ${isVisible}
         AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = :tag) = :isServed`,
    );
  }

  /** Adds a workspace and returns its number. */
  insert(workspace: NewWorkspace): number {
    return this.#insert.get(COLUMNS.write(workspace))?.number ?? 0;
  }

  /** Writes back everything about a workspace that can change. */
  save(workspace: WorkspaceRow): void {
    this.#update.run(COLUMNS.write(workspace));
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
    return COLUMNS.find(this.#byNumber.get(number));
  }

  /** The workspace called `name`, or undefined. */
  find(name: string): WorkspaceRow | undefined {
    return COLUMNS.find(this.#byName.get(name));
  }

  /** All workspaces, oldest first. */
  list(): WorkspaceRow[] {
    return this.#list.all().map(COLUMNS.read);
  }

  /** All workspaces, also those that were deleted. */
  all(): WorkspaceRow[] {
    return this.#all.all().map(COLUMNS.read);
  }

  /** The workspace with this number, also when it was deleted, or undefined. */
  any(number: number): WorkspaceRow | undefined {
    return COLUMNS.find(this.#any.get(number));
  }

  /** The row that stands for the base, or undefined. */
  base(): WorkspaceRow | undefined {
    return COLUMNS.find(this.#base.get());
  }

  /** How many workspaces there are: of sessions of the daemon, or of everybody else. */
  count(isServed: boolean): number {
    return this.#count.get({ tag: SERVE_TAG, isServed: Number(isServed) })?.count ?? 0;
  }
}

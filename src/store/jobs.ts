/** The `jobs` table: what runs, or has run, for a principal. */

import { Columns, type Stored } from './columns.ts';
import type { Database, Statement } from './database.ts';

/** How far a job has come; the last three are its ends. */
export type JobState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** A job. Times are ms since 1970. */
export interface JobRow {
  readonly id: number;
  /** The project that the workspace belongs to. */
  readonly project: string;
  readonly workspace: string;
  readonly principal: number;
  /** What the surface calls it, such as `exec` or `turn`. */
  readonly kind: string;
  readonly name: string;
  /** JSON: a line for the shell, or a list of arguments. */
  readonly command: string;
  readonly state: JobState;
  /** 0 before it runs, and where it is not known. */
  readonly pid: number;
  readonly exitCode: number | null;
  readonly restarts: number;
  readonly restart: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly result: string;
  /** Why it failed; `''` when it did not. */
  readonly error: string;
  /** Names of snapshots; `''` for none. */
  readonly snapshotBefore: string;
  readonly snapshotAfter: string;
  /** What the surface keeps with it. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which jobs are meant; each field that is left out leaves all. */
export interface JobFilter {
  readonly project?: string;
  readonly workspace?: string;
  readonly principal?: number;
  readonly kind?: string;
  /** Only jobs that have not ended, or only those that have. */
  readonly hasEnded?: boolean;
}

const COLUMNS = new Columns<JobRow>({
  id: 'plain',
  project: 'plain',
  workspace: 'plain',
  principal: 'plain',
  kind: 'plain',
  name: 'plain',
  command: 'plain',
  state: 'plain',
  pid: 'plain',
  exitCode: 'plain',
  restarts: 'plain',
  restart: 'object',
  createdAt: 'plain',
  startedAt: 'plain',
  endedAt: 'plain',
  result: 'plain',
  error: 'plain',
  snapshotBefore: 'plain',
  snapshotAfter: 'plain',
  details: 'object',
});

/** Gives access to the table. */
export class Jobs {
  readonly #insert: Statement<unknown>;
  readonly #update: Statement<unknown>;
  readonly #get: Statement<Stored<JobRow>>;
  readonly #list: Statement<Stored<JobRow>>;
  readonly #prune: Statement<unknown>;

  constructor(database: Database) {
    const select = `SELECT ${COLUMNS.selected} FROM jobs`;
    this.#insert = database.prepare(`INSERT INTO jobs ${COLUMNS.inserted}`);
    this.#update = database.prepare(`UPDATE jobs SET ${COLUMNS.updatedBut('id')} WHERE id = :id`);
    this.#get = database.prepare(`${select} WHERE id = ?`);
    this.#list = database.prepare(
      `${select} WHERE (:project IS NULL OR project = :project)
         AND (:workspace IS NULL OR workspace = :workspace)
         AND (:principal IS NULL OR principal = :principal)
         AND (:kind IS NULL OR kind = :kind)
         AND (:hasEnded IS NULL OR (ended_at IS NOT NULL) = :hasEnded)
       ORDER BY id DESC LIMIT :limit`,
    );
    this.#prune = database.prepare(
      `DELETE FROM jobs WHERE ended_at IS NOT NULL AND id <=
         coalesce((SELECT id FROM jobs WHERE ended_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?), 0)`,
    );
  }

  /** Adds a job. */
  insert(job: JobRow): void {
    this.#insert.run(COLUMNS.write(job));
  }

  /** Writes all of a job. */
  update(job: JobRow): void {
    this.#update.run(COLUMNS.write(job));
  }

  /** The job with this number, or undefined. */
  get(id: number): JobRow | undefined {
    return COLUMNS.find(this.#get.get(id));
  }

  /** The jobs that are meant, the newest first. */
  list(filter: JobFilter, limit: number): JobRow[] {
    const { project, workspace, principal, kind, hasEnded } = filter;
    const rows = this.#list.all({
      project: project ?? null,
      workspace: workspace ?? null,
      principal: principal ?? null,
      kind: kind ?? null,
      hasEnded: hasEnded === undefined ? null : Number(hasEnded),
      limit,
    });
    return rows.map(COLUMNS.read);
  }

  /** Removes all ended jobs but the newest `keep`; says how many. */
  prune(keep: number): number {
    return this.#prune.run(keep);
  }
}

/** The `sync_conflicts` table: where a workspace and its remote disagree, and what was decided. */

import { idFromBytes, idToBytes, type ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Database, Statement } from './database.ts';
import { readObject } from './json-column.ts';

/** What was decided about a conflict: one of the sides, or other content. */
export type SyncDecision =
  | { readonly kind: 'ours' }
  | { readonly kind: 'theirs' }
  | { readonly kind: 'content'; readonly id: ObjectId; readonly size: number };

/** A disagreement as it is stored. */
export interface SyncConflictRow {
  readonly path: TreePath;
  /** What the sides have there, as the caller describes it. */
  readonly conflict: Readonly<Record<string, unknown>>;
  /** Undefined while nothing was decided. */
  readonly decision: SyncDecision | undefined;
}

interface Row {
  readonly path: string;
  readonly conflict: string;
  readonly choice: '' | 'local' | 'remote' | 'content';
  readonly content: Uint8Array | null;
  readonly size: number;
}

/** The words of the table. */
const CHOICES = { ours: 'local', theirs: 'remote', content: 'content' } as const;

/** Gives access to the table. */
export class SyncConflicts {
  readonly #insert: Statement<unknown>;
  readonly #decide: Statement<unknown>;
  readonly #list: Statement<Row>;
  readonly #contents: Statement<{ content: Uint8Array; size: number }>;
  readonly #clear: Statement<unknown>;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO sync_conflicts (workspace, path, conflict, choice, content, size)
       VALUES (:workspace, :path, :conflict, :choice, :content, :size)`,
    );
    this.#decide = database.prepare(
      `UPDATE sync_conflicts SET choice = :choice, content = :content, size = :size
       WHERE workspace = :workspace AND path = :path`,
    );
    this.#list = database.prepare('SELECT * FROM sync_conflicts WHERE workspace = ? ORDER BY path');
    this.#contents = database.prepare(
      'SELECT content, size FROM sync_conflicts WHERE content IS NOT NULL',
    );
    this.#clear = database.prepare('DELETE FROM sync_conflicts WHERE workspace = ?');
  }

  /** Makes these the conflicts of a workspace. */
  replace(workspace: number, conflicts: readonly SyncConflictRow[]): void {
    this.clear(workspace);
    for (const { path, conflict, decision } of conflicts) {
      const described = JSON.stringify(conflict);
      this.#insert.run({ workspace, path, conflict: described, ...toColumns(decision) });
    }
  }

  /** Writes a decision down; false when there is no conflict at the path. */
  decide(workspace: number, path: TreePath, decision: SyncDecision): boolean {
    return this.#decide.run({ workspace, path, ...toColumns(decision) }) === 1;
  }

  /** The conflicts of a workspace in the order of their paths. */
  list(workspace: number): SyncConflictRow[] {
    return this.#list.all(workspace).map(fromRow);
  }

  /** The contents that were decided for, of all workspaces. */
  contents(): { readonly id: ObjectId; readonly size: number }[] {
    return this.#contents.all().map(({ content, size }) => ({ id: idFromBytes(content), size }));
  }

  /** Forgets the conflicts of a workspace. */
  clear(workspace: number): void {
    this.#clear.run(workspace);
  }
}

function toColumns(decision: SyncDecision | undefined) {
  const content = decision?.kind === 'content' ? idToBytes(decision.id) : null;
  const size = decision?.kind === 'content' ? decision.size : 0;
  return { choice: decision === undefined ? '' : CHOICES[decision.kind], content, size };
}

function fromRow(row: Row): SyncConflictRow {
  return {
    path: row.path as TreePath,
    conflict: readObject(row.conflict),
    decision: decisionFrom(row),
  };
}

function decisionFrom({ choice, content, size }: Row): SyncDecision | undefined {
  if (choice === 'content' && content !== null) {
    return { kind: 'content', id: idFromBytes(content), size };
  }
  if (choice === 'local') return { kind: 'ours' };
  return choice === 'remote' ? { kind: 'theirs' } : undefined;
}

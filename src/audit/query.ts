/** Reads the audit log page by page; memory stays flat however long it is. */

import type { TreePath } from '../primitives/path.ts';
import type { AuditRow } from '../store/audit-rows.ts';
import type { Store } from '../store/store.ts';
import { type AuditEntry, toAuditEntry } from './entry.ts';
import type { AuditQuery } from './filter.ts';

const PAGE_ROWS = 500;

/** Where to look besides what the caller's filter says. */
export interface AuditScope {
  /** Number of the only workspace; absent for all, deleted ones included. */
  readonly workspace?: number | undefined;
  /** Only entries beyond the one with this id, in the query's order: to go on after a page. */
  readonly after?: number | undefined;
}

/**
 * The entries that a query asks for, one page at a time. A page that holds no entry comes out too,
 * as the empty array: the caller may let others have a turn between two pages. Entries that are
 * added meanwhile show up at the end of an ascending query.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO.
 */
export function* auditPages(
  store: Store,
  query: AuditQuery,
  scope: AuditScope = {},
): Generator<readonly AuditEntry[], void, void> {
  let { after } = scope;
  let skip = query.offset;
  let left = query.limit;
  while (left > 0) {
    const rows = store.audit.select({
      ...query,
      workspace: scope.workspace,
      after,
      limit: PAGE_ROWS,
    });
    const matching = rows.filter((row) => query.matches?.(row.path as TreePath) ?? true);
    const wanted = matching.slice(skip, skip + left);
    skip = Math.max(skip - matching.length, 0);
    left -= wanted.length;
    yield toEntries(store, wanted);
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)?.number;
  }
}

/** All entries that a query asks for, in one array. */
export function listAudit(store: Store, query: AuditQuery, scope: AuditScope = {}): AuditEntry[] {
  return [...auditPages(store, query, scope)].flat();
}

function toEntries(store: Store, rows: readonly AuditRow[]): AuditEntry[] {
  const numbers = new Set(rows.map((row) => row.workspace));
  const workspaces = new Map([...numbers].map((each) => [each, store.workspaces.any(each)]));
  return rows.map((row) => {
    // Foreign keys see to it that every row has a workspace; a damaged store may not.
    const workspace = workspaces.get(row.workspace) ?? { uuid: '', name: '' };
    return toAuditEntry(row, workspace);
  });
}

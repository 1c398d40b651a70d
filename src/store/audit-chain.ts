/** Recomputes the chains of hashes that the audit rows of workspaces form. */

import { idFromBytes, type ObjectId } from '../primitives/object-id.ts';
import { auditHash, linkHash } from './audit-hash.ts';
import type { AuditLink, AuditRows } from './audit-rows.ts';
import type { Store } from './store.ts';
import type { WorkspaceRow } from './workspaces.ts';

/** What a check of a chain has found. */
export interface AuditVerdict {
  readonly ok: boolean;
  /** Number of the first row that does not continue the chain; absent when the end is missing. */
  readonly firstBadId?: number;
  /** What is wrong, as a sentence; absent when nothing is. */
  readonly problem?: string;
  /** Rows that were checked. */
  readonly rows: number;
  /** The hash of the newest row as the workspace records it: keep it elsewhere as an anchor. */
  readonly head: ObjectId;
}

const PAGE_ROWS = 1_000;

/**
 * Checks every audit row of a workspace against the row before it, from where retention has cut to
 * the count and the head that the workspace itself records. Finds changed, removed, inserted and
 * reordered rows, also at the end.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO when the rows cannot be read.
 */
export function verifyAudit(store: Store, workspace: WorkspaceRow): AuditVerdict {
  return store.database.snapshot(() => {
    const check = chainCheck(store, workspace);
    for (const row of store.audit.chain(workspace.number)) if (!check.add(row)) break;
    return check.verdict();
  });
}

/**
 * Checks the chains of several workspaces in one pass over the rows; a page of them a step. Gives a
 * verdict for each workspace, in their order.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO when the rows cannot be read.
 */
export function* verifyAudits(
  store: Store,
  workspaces: readonly WorkspaceRow[],
): Generator<void, AuditVerdict[]> {
  const { last, checks } = store.database.snapshot(() => ({
    last: store.audit.newest(),
    checks: new Map(workspaces.map((each) => [each.number, chainCheck(store, each)])),
  }));
  for (let after = 0; after < last; yield) {
    const page = store.audit.page(after, last, PAGE_ROWS);
    for (const row of page) checks.get(row.workspace)?.add(row);
    after = page.at(-1)?.number ?? last;
  }
  return workspaces.map((workspace) => {
    const verdict = checks.get(workspace.number)?.verdict();
    // What seems broken may have been cut by retention meanwhile: all of it is one moment here.
    return verdict?.ok === true ? verdict : verifyAudit(store, workspace);
  });
}

function chainCheck({ audit, workspaces }: Store, workspace: WorkspaceRow): ChainCheck {
  return new ChainCheck(audit, workspaces.any(workspace.number) ?? workspace);
}

/** Follows one chain, row by row. */
class ChainCheck {
  readonly #audit: AuditRows;
  readonly #workspace: WorkspaceRow;
  #sequence: number;
  #hash: ObjectId;
  #rows = 0;
  #broken: { readonly firstBadId: number; readonly problem: string } | undefined;

  /** @param workspace - as it is now: the caller's row may be older than the rows to be read. */
  constructor(audit: AuditRows, workspace: WorkspaceRow) {
    const anchor = audit.anchor(workspace.number);
    this.#audit = audit;
    this.#workspace = workspace;
    this.#sequence = anchor.sequence;
    this.#hash = anchor.hash;
  }

  /** Takes the next row; false once the chain is broken, from where on nothing can be said. */
  add(row: AuditLink): boolean {
    if (this.#broken !== undefined) return false;
    const expected = this.#sequence + 1;
    if (row.sequence !== expected) {
      return this.#break(row, `Row ${row.sequence} follows on row ${this.#sequence}.`);
    }
    if (!this.#continues(row)) {
      return this.#break(row, `Row ${expected} does not have the hash that its columns give.`);
    }
    this.#hash = row.hash;
    this.#sequence = expected;
    this.#rows += 1;
    return true;
  }

  /** Whether its columns, and what is before it, give its hash. */
  #continues({ number, sequence, hash, text }: AuditLink): boolean {
    const { uuid } = this.#workspace;
    if (idFromBytes(linkHash(this.#hash, uuid, text)) === hash) return true;
    // The text is SQLite's; what counts is ours.
    const row = this.#audit.at(number);
    return row !== undefined && idFromBytes(auditHash(this.#hash, uuid, sequence, row)) === hash;
  }

  /** What can be said once all rows were taken. */
  verdict(): AuditVerdict {
    const { auditCount, auditHead: head } = this.#workspace;
    const rows = this.#rows;
    if (this.#broken !== undefined) return { ok: false, ...this.#broken, rows, head };
    if (this.#sequence !== auditCount) {
      const problem = `The rows end at ${this.#sequence}; the workspace counts ${auditCount}.`;
      return { ok: false, problem, rows, head };
    }
    if (this.#hash === head) return { ok: true, rows, head };
    const problem = 'The newest row is not the one that the workspace names.';
    return { ok: false, problem, rows, head };
  }

  #break({ number }: AuditLink, problem: string): false {
    this.#broken = { firstBadId: number, problem };
    return false;
  }
}

/**
 * Proves a whole store: the database file, every object against its id, every reference from the
 * workspaces, snapshots and commits down, and the chains of the audit log.
 */

import { randomInt } from 'node:crypto';
import { wrongType, wrongValue } from '../primitives/errors.ts';
import { verifyAudits } from '../store/audit-chain.ts';
import type { Store } from '../store/store.ts';
import { type CheckedObjects, checkObjects, foundById, WHOLE_SHARE } from './check-objects.ts';
import { checkTrees } from './check-trees.ts';
import { type Damage, Findings } from './findings.ts';
import { locateDamage } from './locate-damage.ts';

/** What verification is told. */
export interface VerifyOptions {
  /**
   * Whether the contents of files are read: all of them (`true`, the default), none (`false`), or
   * a random sample of this fraction, from 0 to 1. Trees are always read.
   */
  readonly readData?: boolean | number | undefined;
}

/** What verification has found. */
export interface VerifyReport extends CheckedObjects {
  readonly ok: boolean;
  /** What is wrong, with the places that need it; up to 1,000 findings. */
  readonly damage: readonly Damage[];
  /** All findings, also those that are not in `damage`. */
  readonly damageCount: number;
  /** Rows of the audit log that were checked. */
  readonly auditRows: number;
}

const MAX_ROWS = 100;

/**
 * Verifies a store. It may be in use: what other processes add or collect meanwhile is no finding.
 * A generator: each step is short, but for SQLite's own check of the file, which is one step.
 *
 * @throws {TypeError} INVALID_ARGUMENT, {RangeError} INVALID_ARGUMENT for a wrong `readData`.
 */
export function* verifyStore(
  store: Store,
  options: VerifyOptions = {},
): Generator<void, VerifyReport, void> {
  const share = shareOf(options.readData);
  const findings = new Findings();
  checkDatabase(store, findings);
  // SQLite has looked every object up by its id, unless it has met something else.
  const isIndexed = findings.count === 0;
  yield;
  const seed = randomInt(WHOLE_SHARE);
  const { contents, ...checked } = yield* checkObjects(store, findings, share, seed);
  const found = isIndexed ? contents : yield* foundById(store, findings, contents);
  yield* checkTrees(store, findings, found);
  const auditRows = yield* checkAudit(store, findings);
  checkNumbers(store, findings);
  if (findings.hasObjects) store.database.snapshot(() => locateDamage(store, findings));
  const { damage, count } = findings.finish();
  return { ok: count === 0, damage, damageCount: count, ...checked, auditRows };
}

function shareOf(readData: unknown): number {
  if (readData === undefined || readData === true) return WHOLE_SHARE;
  if (readData === false) return 0;
  if (typeof readData !== 'number') throw wrongType('readData', 'a boolean or a number', readData);
  if (!(readData >= 0 && readData <= 1)) {
    throw wrongValue('readData', 'a fraction from 0 to 1', readData);
  }
  return Math.ceil(readData * WHOLE_SHARE);
}

/** What SQLite itself can say about its file. */
function checkDatabase(store: Store, findings: Findings): void {
  const { database } = store;
  const check = database.prepare<{ integrity_check: string }>(
    `PRAGMA integrity_check(${MAX_ROWS})`,
  );
  for (const { integrity_check: problem } of findings.attempt(() => check.all()) ?? []) {
    if (problem !== 'ok') {
      findings.add('STORE_CORRUPT', `SQLite finds the file damaged: ${problem}.`);
    }
  }
  const foreignKeys = database.prepare<{ table: string; rowid: number | null; parent: string }>(
    'PRAGMA foreign_key_check',
  );
  for (const row of (findings.attempt(() => foreignKeys.all()) ?? []).slice(0, MAX_ROWS)) {
    const where = `row ${row.rowid ?? '?'} of ${row.table}`;
    findings.add('STORE_CORRUPT', `What ${where} refers to is missing from ${row.parent}.`);
  }
}

function* checkAudit(store: Store, findings: Findings): Generator<void, number> {
  let rows = 0;
  try {
    const workspaces = store.workspaces.all();
    const verdicts = yield* verifyAudits(store, workspaces);
    for (const [i, verdict] of verdicts.entries()) {
      rows += verdict.rows;
      if (verdict.ok) continue;
      const whose = `The audit log of workspace '${workspaces[i]?.name ?? ''}' is broken`;
      findings.add('STORE_CORRUPT', `${whose}: ${verdict.problem ?? ''}`);
    }
  } catch (error) {
    findings.record(error);
  }
  return rows;
}

/** Rows that name other rows without a foreign key. */
function checkNumbers(store: Store, findings: Findings): void {
  findings.attempt(() =>
    store.database.snapshot(() => {
      for (const { name, operation } of store.workspaces.list()) {
        if (operation === 0 || store.operations.get(operation) !== undefined) continue;
        findings.add('STORE_CORRUPT', `Workspace '${name}' is at a step that is missing.`);
      }
    }),
  );
}

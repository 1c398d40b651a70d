/** Looks at a store for what is left over or wrong, and says what to do about it. */

import { StorageError } from '../primitives/errors.ts';
import { NEWEST_SCHEMA } from '../store/migrate.ts';
import type { Store } from '../store/store.ts';
import { holderLiveness } from './retention.ts';
import { fileUsage } from './storage-usage.ts';

/** Something that an examination has noticed. */
export interface Finding {
  /** Stable, for programs. */
  readonly code:
    | 'STORE_NOT_ADOPTED'
    | 'JOURNAL_LEFT'
    | 'LEASE_OF_DEAD_PROCESS'
    | 'LEASE_OF_UNKNOWN_PROCESS'
    | 'PINS_OF_DEAD_PROCESS'
    | 'PINS_OF_UNKNOWN_PROCESS'
    | 'STORE_DAMAGED'
    | 'WAL_LARGE'
    | 'FREE_PAGES'
    | 'SCHEMA_MISMATCH'
    | 'WORK_DIRECTORY_LEFT'
    | 'RUN_UNFINISHED'
    | 'OVERLAY_UNAVAILABLE';
  readonly severity: 'info' | 'warning' | 'error';
  readonly message: string;
  /** What to do, as an imperative sentence. */
  readonly hint: string;
}

const LARGE_WAL_BYTES = 64 * 1024 * 1024;
const MANY_FREE_BYTES = 64 * 1024 * 1024;
const MAX_QUICK_CHECK = 10;

/**
 * Examines a store without changing it. Quick apart from SQLite's own check, which reads the file;
 * it does not look at every object: that is what verification does.
 */
export function examineStore(store: Store): Finding[] {
  const examinations = [adoption, journals, leases, pins, quickCheck, files, schema];
  return examinations.flatMap((examine) => {
    try {
      return examine(store);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return [damaged(error.message)];
    }
  });
}

function adoption({ signatures }: Store): Finding[] {
  if (signatures.isOwnStore) return [];
  return [
    {
      code: 'STORE_NOT_ADOPTED',
      severity: 'info',
      message: 'This store was not made or adopted by you: what could do harm is switched off.',
      hint: 'Review it with agentfs adopt --dry-run; agentfs adopt takes it over.',
    },
  ];
}

function journals(store: Store): Finding[] {
  const committing = store.leases.get('base');
  if (committing !== undefined && holderLiveness(committing.holder) === 'alive') return [];
  return store.journals.list().map(({ number, state, isOwn }) => ({
    code: 'JOURNAL_LEFT',
    severity: 'warning',
    message: `Commit journal ${number} (${state}) was left by a process that ended early.`,
    hint: isOwn
      ? 'Close and reopen agentfs on this project: it finishes or takes back the commit.'
      : 'Look at it with agentfs adopt --dry-run; agentfs adopt finishes or takes it back.',
  }));
}

function leases(store: Store): Finding[] {
  const findings: Finding[] = [];
  for (const { name, holder } of store.leases.list()) {
    const liveness = holderLiveness(holder);
    if (liveness === 'alive') continue;
    const isDead = liveness === 'dead';
    findings.push({
      code: isDead ? 'LEASE_OF_DEAD_PROCESS' : 'LEASE_OF_UNKNOWN_PROCESS',
      severity: 'info',
      message: `Lease '${name}' is held by ${isDead ? 'a process that is gone' : 'a process that cannot be seen from here'}.`,
      hint: isDead
        ? 'Run gc, or leave it: the next process that needs the lease takes it over.'
        : 'Check whether agentfs runs in another container on this project.',
    });
  }
  return findings;
}

function pins(store: Store): Finding[] {
  const holders = store.pins.holders().map(holderLiveness);
  const dead = holders.filter((liveness) => liveness === 'dead').length;
  const unknown = holders.filter((liveness) => liveness === 'unknown').length;
  const findings: Finding[] = [];
  if (dead > 0) {
    findings.push({
      code: 'PINS_OF_DEAD_PROCESS',
      severity: 'info',
      message: `Processes that are gone still pin objects (${dead} of them).`,
      hint: 'Run gc.',
    });
  }
  if (unknown > 0) {
    findings.push({
      code: 'PINS_OF_UNKNOWN_PROCESS',
      severity: 'info',
      message: `Processes that cannot be seen from here pin objects (${unknown} of them).`,
      hint: 'Check whether agentfs runs in another container on this project.',
    });
  }
  return findings;
}

function quickCheck({ database }: Store): Finding[] {
  const check = database.prepare<{ quick_check: string }>(`PRAGMA quick_check(${MAX_QUICK_CHECK})`);
  const rows = check.all().filter((row) => row.quick_check !== 'ok');
  return rows.map((row) => damaged(`SQLite finds the file damaged: ${row.quick_check}.`));
}

function files(store: Store): Finding[] {
  const { walBytes, freeBytes } = fileUsage(store);
  const findings: Finding[] = [];
  if (walBytes > LARGE_WAL_BYTES) {
    findings.push({
      code: 'WAL_LARGE',
      severity: 'warning',
      message: `The store's log has grown to ${megabytes(walBytes)} MB.`,
      hint: 'Close processes that keep reading the store, then run storage compact.',
    });
  }
  if (freeBytes > MANY_FREE_BYTES) {
    findings.push({
      code: 'FREE_PAGES',
      severity: 'info',
      message: `${megabytes(freeBytes)} MB of the store's file are free.`,
      hint: 'Run storage compact to give them back to the disk.',
    });
  }
  return findings;
}

function schema({ database }: Store): Finding[] {
  const version = Number(database.pragma('user_version'));
  if (version === NEWEST_SCHEMA) return [];
  return [
    {
      code: 'SCHEMA_MISMATCH',
      severity: 'error',
      message: `The store has schema ${version}; this agentfs works with ${NEWEST_SCHEMA}.`,
      hint: version > NEWEST_SCHEMA ? 'Update agentfs.' : 'Close and reopen the store.',
    },
  ];
}

function damaged(message: string): Finding {
  return {
    code: 'STORE_DAMAGED',
    severity: 'error',
    message,
    hint: 'Run verify to see what is hit, then restore the store from a backup.',
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024);
}

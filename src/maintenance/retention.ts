/** Removes the rows that have had their time, so that the objects they name become garbage. */

import {
  bootOf,
  decodeProcessToken,
  isAlive,
  type Liveness,
  ownBoot,
} from '../primitives/process-token.ts';
import type { Store } from '../store/store.ts';

/** How long rows are kept. */
export interface Retention {
  /** The present, in ms since 1970. */
  readonly now: number;
  /** Undoable steps kept of each workspace; default 1,000. */
  readonly operations?: number | undefined;
  /** Days for which undoable steps are kept; default 90. */
  readonly operationDays?: number | undefined;
  /** Days for which audit rows are kept; default for ever. */
  readonly auditDays?: number | undefined;
}

/** How many rows were removed. */
export interface ReleasedRows {
  readonly operations: number;
  readonly audit: number;
  /** Claims of processes that are gone. */
  readonly pins: number;
  /** Leases of processes that are gone. */
  readonly leases: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const AUDIT_ROWS_AT_ONCE = 2_000;

/** The numbers of the operations that are due to be removed. */
export function expiredOperations(store: Store, retention: Retention): Set<number> {
  const { now, operations = 1000, operationDays = 90 } = retention;
  const olderThan = now - operationDays * DAY_MS;
  const expired = store.workspaces
    .list()
    .flatMap(({ number, operation }) =>
      store.operations.expired(number, operation, operations, olderThan),
    );
  return new Set(expired);
}

/** Removes what is due; one transaction a step. */
export function* releaseRows(store: Store, retention: Retention): Generator<void, ReleasedRows> {
  const rows = { operations: 0, audit: 0, pins: 0, leases: 0 };
  store.database.transaction(() => {
    rows.pins = releasePins(store);
    rows.leases = releaseLeases(store);
    const expired = expiredOperations(store, retention);
    for (const number of expired) store.operations.delete(number);
    rows.operations = expired.size;
  });
  yield;
  if (retention.auditDays !== undefined) {
    const kept = store.audit.firstKept(retention.now - retention.auditDays * DAY_MS);
    for (let removed = 1; removed > 0; ) {
      removed = store.database.transaction(() => pruneAudit(store, kept));
      rows.audit += removed;
      yield;
    }
  }
  return rows;
}

/** Removes some of the oldest audit rows before number `kept`; 0 when there are none. */
function pruneAudit(store: Store, kept: number): number {
  const page = store.audit.page(0, kept - 1, AUDIT_ROWS_AT_ONCE);
  const last = page.at(-1);
  return last === undefined ? 0 : store.audit.prune(last.number + 1);
}

function releasePins(store: Store): number {
  const dead = store.pins.holders().filter((holder) => holderLiveness(holder) === 'dead');
  for (const holder of dead) store.pins.release(holder);
  return dead.length;
}

function releaseLeases(store: Store): number {
  const dead = store.leases.list().filter(({ holder }) => holderLiveness(holder) === 'dead');
  for (const { name, grantId } of dead) store.leases.release(name, grantId);
  return dead.length;
}

/**
 * Whether a holder's process lives. A holder is a process token, followed by `#` and a part of its
 * own in the case of pins.
 *
 * A process from before the last boot is dead: the log of a store is shared through memory, so all
 * its users run on one machine.
 */
export function holderLiveness(holder: string): Liveness {
  const end = holder.indexOf('#');
  const token = decodeProcessToken(end < 0 ? holder : holder.slice(0, end));
  if (token === undefined) return 'unknown';
  const liveness = isAlive(token);
  if (liveness !== 'unknown') return liveness;
  const boot = bootOf(token.namespace);
  const ours = ownBoot();
  return boot !== '' && ours !== '' && boot !== ours ? 'dead' : 'unknown';
}

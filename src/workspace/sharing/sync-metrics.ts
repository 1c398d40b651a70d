/** Counts what the syncs of a workspace have cost and brought. */

/** The syncs of a workspace so far. */
export interface SyncMetrics {
  /** Pushes and pulls. */
  readonly operations: number;
  /** Those that failed. */
  readonly failures: number;
  /** Objects that were transferred. */
  readonly objects: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** What a sync has taken on average, in ms. */
  readonly meanLatencyMs: number;
  /** Contradictions that a strategy or the user has decided. */
  readonly conflictsResolved: number;
}

/** A sync that is to be counted. */
export interface CountedSync {
  readonly objects: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly conflicts: readonly unknown[];
}

type Counters = Readonly<Record<string, unknown>>;

/** The counters after one more sync. */
export function countSync(counters: Counters, sync: CountedSync, failure: string): Counters {
  return {
    operations: count(counters, 'operations') + 1,
    failures: count(counters, 'failures') + (failure === '' ? 0 : 1),
    objects: count(counters, 'objects') + sync.objects,
    bytes: count(counters, 'bytes') + sync.bytes,
    totalMs: count(counters, 'totalMs') + sync.durationMs,
    conflicts: count(counters, 'conflicts') + sync.conflicts.length,
  };
}

/** The counters after the user has decided conflicts. */
export function countDecisions(
  counters: Counters,
  decided: { readonly conflicts: number },
): Counters {
  return { ...counters, conflicts: count(counters, 'conflicts') + decided.conflicts };
}

/** What the counters say. */
export function readMetrics(counters: Counters): SyncMetrics {
  const operations = count(counters, 'operations');
  return {
    operations,
    failures: count(counters, 'failures'),
    objects: count(counters, 'objects'),
    bytes: count(counters, 'bytes'),
    meanLatencyMs: operations === 0 ? 0 : count(counters, 'totalMs') / operations,
    conflictsResolved: count(counters, 'conflicts'),
  };
}

function count(counters: Counters, name: string): number {
  const value = counters[name];
  return typeof value === 'number' ? value : 0;
}

/** `workspace.audit`: what has happened in a workspace, and proof that the record is unchanged. */

import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditEntry } from '../../audit/entry.ts';
import { type AuditFormat, exportAudit } from '../../audit/export.ts';
import {
  type AuditFilter,
  FILTER_OPTIONS,
  isWanted,
  parseAuditFilter,
} from '../../audit/filter.ts';
import { type AuditScope, auditPages, listAudit } from '../../audit/query.ts';
import { runInSlices } from '../../disk/time-slices.ts';
import { checkBoolean, checkOptions, checkSignal } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { type AuditVerdict, verifyAudits } from '../../store/audit-chain.ts';
import { AUDIT_START } from '../../store/audit-hash.ts';
import type { Store } from '../../store/store.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import type { Engine } from '../core/engine.ts';
import { remoteAudit } from '../sharing/remote-history.ts';

const FOLLOW_MS = 200;

/** Which entries are listed. */
export interface AuditLogsOptions extends AuditFilter {
  /**
   * Also those of other replicas that have come with syncs, all by time; default false. Their
   * `workspaceId` is that of the workspace there, their `id` the place in its chain.
   */
  readonly replicas?: boolean | undefined;
}

/** How the log is exported. */
export interface AuditExportOptions extends AuditFilter {
  /** `json` (one array, default), `jsonl` (an entry a line) or `csv` with a header. */
  readonly format?: AuditFormat | undefined;
}

/** How the log is streamed. */
export interface AuditStreamOptions extends AuditFilter {
  /** Waits for further entries instead of ending; default false. */
  readonly follow?: boolean | undefined;
  /** Ends a stream that follows. */
  readonly signal?: AbortSignal | undefined;
}

/** The audit log of one workspace, or of all. */
export class AuditLog {
  readonly #engine: () => Engine;
  readonly #workspace: number | undefined;

  /** @internal */
  constructor(engine: () => Engine, workspace?: number) {
    this.#engine = engine;
    this.#workspace = workspace;
  }

  /**
   * The entries that match, in the order in which they were written.
   *
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; {AgentFSError} INVALID_PATTERN.
   * @example for (const e of await workspace.audit.logs({ operation: 'write' })) console.log(e.path);
   */
  async logs(options?: AuditLogsOptions): Promise<AuditEntry[]> {
    const { replicas, ...filter } = checkOptions(options, ['replicas', ...FILTER_OPTIONS]);
    const query = parseAuditFilter(filter);
    const { store } = this.#engine();
    if (checkBoolean('replicas', replicas) !== true) return listAudit(store, query, this.#scope);
    const { offset, limit, descending } = query;
    const whole = { ...query, offset: 0, limit: Number.MAX_SAFE_INTEGER };
    const others = this.#workspaces(store).flatMap((row) => remoteAudit(store, row));
    const all = listAudit(store, whole, this.#scope).concat(
      others.filter((entry) => isWanted(query, entry)),
    );
    const direction = descending ? -1 : 1;
    all.sort((a, b) => direction * (a.timestamp.getTime() - b.timestamp.getTime() || a.id - b.id));
    return all.slice(offset, offset + limit);
  }

  /**
   * Writes the entries that match to a file on the host, which is there as a whole or not at all,
   * and readable by its owner only.
   *
   * @returns the number of entries.
   */
  async export(file: string, options?: AuditExportOptions): Promise<number> {
    if (typeof file !== 'string') throw wrongType('file', 'a string', file);
    const { format, ...filter } = checkOptions(options, ['format', ...FILTER_OPTIONS]);
    const query = parseAuditFilter(filter);
    const { store } = this.#engine();
    return runInSlices(exportAudit(store, resolve(file), format ?? 'json', query, this.#scope));
  }

  /** The entries that match, a page at a time; with `follow`, also those that are still to come. */
  async *stream(options?: AuditStreamOptions): AsyncGenerator<AuditEntry> {
    const names = ['follow', 'signal', ...FILTER_OPTIONS] as const;
    const { follow, signal: given, ...filter } = checkOptions(options, names);
    const signal = checkSignal(given);
    const follows = checkBoolean('follow', follow) ?? false;
    let query = parseAuditFilter(filter);
    if (follows && query.descending) throw wrongValue('order', "'asc' with follow", 'desc');
    const { store } = this.#engine();
    for (let after: number | undefined; ; ) {
      let found = 0;
      for (const page of auditPages(store, query, { ...this.#scope, after })) {
        for (const entry of page) {
          yield entry;
          after = entry.id;
          found += 1;
        }
      }
      // What was left out and given once does not count again.
      if (found > 0) query = { ...query, offset: 0, limit: query.limit - found };
      if (!follows || query.limit === 0 || signal?.aborted === true) return;
      // An abort ends the wait; whether it came is looked at above.
      await delay(FOLLOW_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Checks the chain of hashes: a changed, removed, added or reordered entry is found. */
  async verify(): Promise<AuditVerdict> {
    const { store } = this.#engine();
    const verdicts = await runInSlices(verifyAudits(store, this.#workspaces(store)));
    const rows = verdicts.reduce((sum, verdict) => sum + verdict.rows, 0);
    const decisive = verdicts.find(({ ok }) => !ok) ?? verdicts.at(-1);
    return decisive === undefined ? { ok: true, rows, head: AUDIT_START } : { ...decisive, rows };
  }

  #workspaces(store: Store): WorkspaceRow[] {
    const all = store.workspaces.all();
    return all.filter(({ number }) => number === (this.#workspace ?? number));
  }

  get #scope(): AuditScope {
    return this.#workspace === undefined ? {} : { workspace: this.#workspace };
  }
}

/**
 * The syncs of one workspace in this process: one at a time, with the secrets that they need, and
 * with everything that is told and counted about them.
 */

import { throwIfAborted } from '../../disk/time-slices.ts';
import { errorCode } from '../../primitives/errors.ts';
import { collectChanges, type FileChange } from '../../snapshot/changes.ts';
import type { Conflict, DecidedConflict } from '../../snapshot/conflict.ts';
import type { Decisions } from '../../snapshot/merge-outcome.ts';
import { closedStore } from '../../store/driver-error.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import { connectRemote } from '../../sync/connect.ts';
import { openConflicts } from '../../sync/decide-merge.ts';
import type { Integration } from '../../sync/integrate.ts';
import { finishMerge } from '../../sync/pull.ts';
import type { Remote } from '../../sync/remote.ts';
import { requireFile } from '../../sync/remote-url.ts';
import type { Sync, SyncContext, Traffic } from '../../sync/sync-context.ts';
import { remoteRow, updateRemote } from '../../sync/sync-context.ts';
import { SyncConflictError } from '../../sync/sync-errors.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { countDecisions, countSync } from './sync-metrics.ts';
import { effectiveSettings } from './sync-options.ts';
import { SyncSecrets } from './sync-secrets.ts';

/** Which way a sync goes. */
export type SyncDirection = 'push' | 'pull';

/** What came of a sync. */
export interface SyncResult {
  readonly direction: SyncDirection;
  /** Version of the remote's head that the workspace is based on now. */
  readonly version: number;
  /** Whether there was nothing to do. */
  readonly upToDate: boolean;
  /** What changed in the workspace. */
  readonly changes: readonly FileChange[];
  /** Paths that both sides had changed, merged line by line. */
  readonly merged: readonly string[];
  /** Contradictions, as they were decided; undo brings back what was overruled here. */
  readonly conflicts: readonly DecidedConflict[];
  /** Objects that were transferred. */
  readonly objects: number;
  /** Bytes of them, as they were transferred when pushing, and as they are when pulling. */
  readonly bytes: number;
  readonly durationMs: number;
}

/** What comes of the syncs of a workspace. */
export type SyncEvent =
  | { readonly kind: 'sync'; readonly result: SyncResult }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] };

/** Hears of syncs and may veto them. */
export interface SyncListener {
  /** Rejects to veto. */
  readonly before: (direction: SyncDirection) => Promise<void>;
  readonly tell: (event: SyncEvent) => void;
}

/** What a sync is to do, and what comes of it. */
export interface SyncWork {
  readonly direction: SyncDirection;
  readonly signal?: AbortSignal | undefined;
  /** What is said about contradictions; else the settings hold. */
  readonly decisions?: Decisions;
  readonly run: (sync: Sync) => Promise<{
    readonly hasMoved: boolean;
    readonly integration: Integration | undefined;
  }>;
}

/** How long another process may take with a sync of the same workspace, in ms. */
const WAIT_MS = 60_000;

/** Synchronises one workspace. */
export class SyncRunner {
  readonly secrets: SyncSecrets;
  readonly #core: WorkspaceCore;
  readonly #listener: SyncListener;
  readonly #ending = new AbortController();
  #running = 0;

  constructor(core: WorkspaceCore, listener: SyncListener) {
    this.#core = core;
    this.#listener = listener;
    this.secrets = new SyncSecrets(core.engine);
  }

  /** Whether a sync is under way in this process. */
  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** Ends all syncs. What somebody waits for is not waited for here: the next sync goes on with it. */
  end(): void {
    this.#ending.abort();
  }

  /** What a sync needs to know of the workspace. */
  get context(): SyncContext {
    const { engine, number, uuid, working } = this.#core;
    const { store, objects, clock, announcer } = engine;
    return {
      ...{ store, objects, working, clock, workspace: number, replica: uuid },
      requireWritable: (row) => this.#core.requireWritable(row),
      record: (draft, metadata) => this.#core.recordEvent(draft, 'sync', metadata),
      progress: (direction, done, total) =>
        announcer.emit('progress', {
          ...{ operation: `sync.${direction}`, done, total, unit: 'objects' },
        }),
    };
  }

  /**
   * Runs a sync, waiting for those before it.
   *
   * @throws {SyncError} {HookError}; {WorkspaceBusyError} when another process syncs for a minute;
   *   {AgentFSError} NOT_TRUSTED when the remote came along with the project.
   */
  async run(work: SyncWork): Promise<SyncResult> {
    const { engine, uuid } = this.#core;
    this.#ownRow();
    await this.#listener.before(work.direction);
    const options = { waitMs: WAIT_MS, signal: work.signal };
    return engine.leases.hold(`sync:${uuid}`, options, () => this.#runNow(work));
  }

  /**
   * Works on the remote without a lease, for what only reads there.
   *
   * @throws {SyncError}; {AgentFSError} ABORTED through the signal, CLOSED, NOT_TRUSTED.
   */
  async withRemote<T>(
    signal: AbortSignal | undefined,
    action: (sync: Sync) => Promise<T>,
  ): Promise<T> {
    const row = this.#ownRow();
    const call = { signal: this.#signalFor(signal) };
    const settings = effectiveSettings(this.#core.engine, row.settings);
    let remote: Remote | undefined;
    try {
      remote = await connectRemote(this.secrets.accessTo(row, settings), call);
      const traffic = { objects: 0, bytes: 0 };
      return await action({ ...this.context, remote, settings, decisions: {}, call, traffic });
    } catch (error) {
      throwIfAborted(signal);
      throw call.signal.aborted ? closedStore(error) : error;
    } finally {
      remote?.close();
    }
  }

  /** Makes the merge whose conflicts have all been decided, and says how many have not. */
  finishMerge(): { readonly remaining: number } {
    const row = remoteRow(this.context);
    const settings = effectiveSettings(this.#core.engine, row.settings);
    const integration = finishMerge({ ...this.context, settings, decisions: {} });
    if (integration !== undefined && integration.open.length === 0) {
      this.#core.announceChanges(this.#changesOf(integration));
      const counted = { conflicts: integration.conflicts.length };
      updateRemote(this.context, ({ metrics }) => ({ metrics: countDecisions(metrics, counted) }));
    }
    return { remaining: openConflicts(this.context).length };
  }

  /** No other leads to a secret or an address. */
  #ownRow(): RemoteRow {
    const row = remoteRow(this.context);
    this.#core.engine.trust.requireRemote(this.#core.uuid, row);
    return row;
  }

  async #runNow(work: SyncWork): Promise<SyncResult> {
    const started = performance.now();
    let traffic: Traffic = { objects: 0, bytes: 0 };
    this.#running += 1;
    try {
      if (work.direction === 'pull') requireFile(remoteRow(this.context).url);
      const { hasMoved, integration } = await this.withRemote(work.signal, async (sync) => {
        traffic = sync.traffic;
        return work.run({ ...sync, decisions: work.decisions ?? {} });
      });
      const { merged = [], conflicts = [] } = integration ?? {};
      const changes = integration === undefined ? [] : this.#changesOf(integration);
      const result: SyncResult = {
        direction: work.direction,
        version: remoteRow(this.context).version,
        upToDate: !hasMoved && integration === undefined,
        ...{ changes, merged, conflicts, ...traffic },
        durationMs: performance.now() - started,
      };
      this.#note(result, '');
      this.#core.announceChanges(changes);
      this.#listener.tell({ kind: 'sync', result });
      return result;
    } catch (error) {
      const failed = { ...traffic, durationMs: performance.now() - started, conflicts: [] };
      const code = errorCode(error) ?? 'UNKNOWN';
      // The one who ended it knows, and it says nothing about the remote.
      if (code !== 'ABORTED' && code !== 'CLOSED') this.#note(failed, code);
      if (error instanceof SyncConflictError) {
        this.#listener.tell({ kind: 'conflict', conflicts: error.conflicts });
      }
      throw error;
    } finally {
      this.#running -= 1;
    }
  }

  #changesOf({ before, after }: Integration): FileChange[] {
    return collectChanges(this.#core.engine.objects, before, after, { detectRenames: true });
  }

  /** Counts a sync; the error that a caller gets must not be hidden by one in here. */
  #note(counted: Parameters<typeof countSync>[1], failure: string): void {
    const { store, logger } = this.#core.engine;
    try {
      if (store.remotes.find(this.#core.number) === undefined) return;
      updateRemote(this.context, ({ metrics }) => {
        return { failure, metrics: countSync(metrics, counted, failure) };
      });
    } catch (error) {
      logger.warn('A sync was not counted.', { error });
    }
  }

  #signalFor(signal: AbortSignal | undefined): AbortSignal {
    const { closing } = this.#core.engine;
    const signals = [closing, this.#ending.signal, ...(signal === undefined ? [] : [signal])];
    return AbortSignal.any(signals);
  }
}

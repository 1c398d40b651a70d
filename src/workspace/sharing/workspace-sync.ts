/** `workspace.sync`: sharing a workspace with its replicas through a database. */

import type { AuditEntry } from '../../audit/entry.ts';
import { checkBoolean, checkOptions, toBytes } from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { parseName } from '../../primitives/name.ts';
import { parsePath } from '../../primitives/path.ts';
import type { Conflict } from '../../snapshot/conflict.ts';
import {
  CONFLICT_CHOICES,
  CONFLICT_OPTIONS,
  type ConflictOptions,
  checkDecisions,
  type SideName,
  sideNamed,
} from '../../snapshot/conflict-side.ts';
import { noConflictAt } from '../../snapshot/merge-outcome.ts';
import { prepareContent } from '../../store/contents.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import type { SyncDecision } from '../../store/sync-conflicts.ts';
import { decisionFor, openConflicts } from '../../sync/decide-merge.ts';
import { pull } from '../../sync/pull.ts';
import { push } from '../../sync/push.ts';
import { remoteRow } from '../../sync/sync-context.ts';
import { type RemoteVerdict, verifyRemote } from '../../sync/verify-remote.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { type RemoteCommit, remoteAudit, remoteCommits } from './remote-history.ts';
import type { ScheduledSync } from './scheduled-sync.ts';
import { configureSync, disableSync, enableSync, resetSync } from './sync-enable.ts';
import { readMetrics, type SyncMetrics } from './sync-metrics.ts';
import type { SyncConfig, SyncEnableOptions } from './sync-options.ts';
import type { SyncResult, SyncRunner } from './sync-runner.ts';
import { type SyncStatus, syncStatus } from './sync-status.ts';

/** How a push is made; what is said about conflicts is for what others have pushed meanwhile. */
export interface PushOptions extends ConflictOptions {
  /**
   * Makes the workspace the remote's head, whatever was pushed by others, and asks about each object,
   * so that a remote which has lost some has all of them again; default false.
   */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What is pulled, and how. In conflicts `ours` is the workspace's side, `theirs` the remote's. */
export interface PullOptions extends ConflictOptions {
  /** Takes the remote's side, whatever was changed here; default false. */
  readonly force?: boolean | undefined;
  /** Goes to what was pushed last at or before this time: a date, a text for one, or ms since 1970. */
  readonly at?: Date | string | number | undefined;
  /** Goes to the snapshot of this name. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PUSH_OPTIONS: readonly (keyof PushOptions)[] = [...CONFLICT_OPTIONS, 'force', 'signal'];
const PULL_OPTIONS: readonly (keyof PullOptions)[] = [
  ...CONFLICT_OPTIONS,
  ...(['force', 'at', 'version', 'signal'] as const),
];

/** What a conflict is decided to: one of the sides, or other content for the file. */
export type SyncChoice = SideName | { readonly content: string | Uint8Array };

/** A path on which the workspace and the remote disagree. */
export interface SyncConflict extends Conflict {
  /** Decides it; as {@link WorkspaceSync.resolve}. */
  resolve(choice: SyncChoice): Promise<SyncResolution>;
}

/** How far deciding has come. */
export interface SyncResolution {
  /** Conflicts that are not decided yet; with the last one, the merge is made. */
  readonly remaining: number;
}

/**
 * Shares a workspace through a libSQL database. What is sent is immutable and named by its hash, so
 * a sync costs what has changed; what both sides changed is merged as commits are, and what comes in
 * is checked before it is believed.
 *
 * @example
 * await workspace.sync.enable({ tursoDb: 'libsql://db.example.io', token: 'env:TURSO_TOKEN' });
 * await workspace.sync.push();
 */
export class WorkspaceSync {
  readonly #core: WorkspaceCore;
  readonly #schedule: ScheduledSync;
  readonly #runner: SyncRunner;

  /** @internal */
  constructor(core: WorkspaceCore, schedule: ScheduledSync) {
    this.#core = core;
    this.#schedule = schedule;
    this.#runner = schedule.runner;
  }

  /**
   * Gives the workspace a remote. Nothing is sent or asked for before the first push or pull. A token
   * that is given as such is kept in memory only.
   *
   * @throws {SyncError} REMOTE_URL; {TypeError} {RangeError} INVALID_ARGUMENT.
   */
  async enable(options?: SyncEnableOptions): Promise<void> {
    enableSync(this.#core, this.#runner, options);
    this.#schedule.resume();
  }

  /** Changes how the workspace synchronises. @throws {SyncError} SYNC_DISABLED */
  async config(config: SyncConfig): Promise<void> {
    configureSync(this.#core, this.#runner, config);
    this.#schedule.resume();
  }

  /**
   * Sends the workspace to the remote, its snapshots, commits and audit rows with it; what others
   * have pushed meanwhile is taken over first. Nothing that was pushed is ever lost: each head is
   * kept as a revision. Survives a power cut once it resolves.
   *
   * @throws {SyncConflictError} SYNC_CONFLICT: both sides are as they were, see `conflicts()`.
   * @throws {SyncError} SYNC_DISABLED, UNRELATED, HEAD_MOVED, REMOTE_...; {HookError};
   *   {AgentFSError} ABORTED.
   */
  async push(options?: PushOptions): Promise<SyncResult> {
    const { force, signal, ...given } = checkOptions(options, PUSH_OPTIONS);
    const isForced = checkBoolean('force', force) ?? false;
    return this.#runner.run({
      direction: 'push',
      signal,
      decisions: checkDecisions(given, CONFLICT_CHOICES),
      run: async (sync) => {
        const { hasMoved, pulled } = await push(sync, { force: isForced });
        return { hasMoved, integration: pulled };
      },
    });
  }

  /**
   * Takes over what others have pushed, merged with what was changed here; `undo` takes it back.
   *
   * @throws {SyncConflictError} SYNC_CONFLICT: both sides are as they were, see `conflicts()`.
   * @throws {SyncError} SYNC_DISABLED, UNRELATED, WORKSPACE_DIRTY, REMOTE_...; {ReadOnlyError};
   *   {HookError}; {AgentFSError} ABORTED.
   */
  async pull(options?: PullOptions): Promise<SyncResult> {
    const { force, at, version, signal, ...given } = checkOptions(options, PULL_OPTIONS);
    const decisions = checkDecisions(given, CONFLICT_CHOICES);
    const request = {
      force: checkBoolean('force', force) ?? false,
      at: checkTime(at),
      version: version === undefined ? undefined : parseName('snapshot', version),
    };
    if (request.at !== undefined && request.version !== undefined) {
      throw wrongType('version', 'absent when at is given', version);
    }
    return this.#runner.run({
      direction: 'pull',
      signal,
      decisions,
      run: async (sync) => ({ hasMoved: false, integration: await pull(sync, request) }),
    });
  }

  /** How far workspace and remote have come, as far as this store knows. */
  async status(): Promise<SyncStatus> {
    return syncStatus(this.#core, this.#runner.isRunning);
  }

  /** The conflicts that wait for decisions, by path. */
  async conflicts(): Promise<SyncConflict[]> {
    return openConflicts(this.#runner.context).map((conflict) => ({
      ...conflict,
      resolve: (choice) => this.resolve(conflict.path, choice),
    }));
  }

  /**
   * Decides a conflict. When the last one is decided the merge is made; push sends it. A side is
   * taken for the lines that contradict each other, or with `wholeFile` for all of the file.
   *
   * @throws {SyncError} SYNC_DISABLED; {AgentFSError} ENOENT when there is no conflict at the path.
   * @throws {TypeError} {RangeError} INVALID_ARGUMENT; {ReadOnlyError}.
   */
  async resolve(
    conflict: Conflict | string,
    choice: SyncChoice,
    options?: { readonly wholeFile?: boolean | undefined },
  ): Promise<SyncResolution> {
    const path = parsePath(typeof conflict === 'string' ? conflict : conflict.path, 'conflict');
    const { engine, number, working } = this.#core;
    const wholeFile =
      checkBoolean('wholeFile', checkOptions(options, ['wholeFile']).wholeFile) ?? false;
    const side = sideNamed(choice);
    const prepared = side === undefined ? prepareContent(contentOf(choice)) : undefined;
    working.change((draft) => {
      this.#core.requireWritable(draft.row);
      this.#row();
      if (prepared !== undefined) engine.store.contents.put(prepared);
      const found = openConflicts(this.#runner.context).find((each) => each.path === path);
      if (found === undefined) throw noConflictAt(path);
      const decision: SyncDecision =
        prepared === undefined
          ? decisionFor(found, side ?? 'ours', wholeFile)
          : { kind: 'content', id: prepared.id, size: prepared.size };
      engine.store.syncConflicts.decide(number, path, decision);
    });
    return this.#runner.finishMerge();
  }

  /** Fetches everything that the head of the remote leads to and checks it, keeping nothing. */
  async verify(options?: { readonly signal?: AbortSignal | undefined }): Promise<RemoteVerdict> {
    return this.#runner.withRemote(checkOptions(options, ['signal']).signal, verifyRemote);
  }

  /**
   * Forgets how far workspace and remote had come, conflicts included, but neither the remote nor
   * anything in the workspace: the next pull compares the two again.
   */
  async reset(): Promise<void> {
    resetSync(this.#core, this.#runner);
  }

  /** What the syncs so far have cost and brought. */
  async metrics(): Promise<SyncMetrics> {
    return readMetrics(this.#row().metrics);
  }

  /** The commits that other replicas have made from this workspace, in the order of their coming. */
  async log(): Promise<RemoteCommit[]> {
    return remoteCommits(this.#core);
  }

  /**
   * The audit entries of other replicas, in the order of their coming: `workspaceId` is that of the
   * workspace in the store of the replica, `id` the place in its chain, which was checked.
   */
  async audit(): Promise<AuditEntry[]> {
    const { engine, working } = this.#core;
    return remoteAudit(engine.store, working.row());
  }

  /** Takes the remote away from the workspace; on the remote everything stays. */
  async disable(): Promise<void> {
    await this.#schedule.stop();
    disableSync(this.#core, this.#runner);
  }

  #row(): RemoteRow {
    return remoteRow(this.#runner.context);
  }
}

function checkTime(at: unknown): number | undefined {
  if (at === undefined) return undefined;
  const isTime = at instanceof Date || typeof at === 'string' || typeof at === 'number';
  if (!isTime) throw wrongType('at', 'a date', at);
  const time = new Date(at).getTime();
  if (Number.isNaN(time)) throw wrongValue('at', 'a date', at);
  return time;
}

function contentOf(choice: unknown): Uint8Array {
  if (typeof choice === 'object' && choice !== null && 'content' in choice) {
    return toBytes(choice.content, undefined);
  }
  throw wrongValue('choice', "'ours', 'theirs' or { content }", choice);
}

/** The files that the commands of a session share, from one capture to the next. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { IsolationRequest } from '../../runner/isolation.ts';
import type { ProcessResult } from '../../runner/process/process.ts';
import type { Capture, PreparedRun, RunWarning } from '../../runner/strategy.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import { countedChanges } from '../../snapshot/counted-changes.ts';
import { noticeOf } from '../core/workspace-core.ts';
import type { RunRequest } from './run-options.ts';
import {
  type OnStart,
  type RunPlace,
  resolveWorkdir,
  runProcess,
  showTree,
} from './run-process.ts';
import { recordCommand, type StoredRun, storeCheckpoint } from './store-run.ts';
import { finishRuns, leaveRun } from './unfinished-run.ts';

/** A tree while it is shown. */
interface Shown {
  readonly prepared: PreparedRun;
  readonly tree: ObjectId;
  /** Keeps the tree in the store. */
  readonly pin: { release(): void };
  /** The commands that were started. */
  readonly commands: RunRequest[];
  /** Whether all their processes are dead. */
  quiescent: boolean;
}

/** What the commands since the last checkpoint have changed in the workspace. */
export interface SessionCheckpoint {
  /** Sorted by path. */
  readonly changes: readonly FileChange[];
  /** Whether they were dropped, since the workspace cannot be changed. */
  readonly discarded: boolean;
  /** The step in `history()`; null when nothing has changed. */
  readonly operationId: number | null;
  /** The commands, in the order in which they ended. */
  readonly commandIds: readonly string[];
  /** Paths that could not be captured. */
  readonly warnings: readonly RunWarning[];
}

/** How the files of a session are shown and captured. */
export interface SessionFilesOptions {
  readonly request: IsolationRequest;
  readonly audit: boolean;
}

const NOTHING: SessionCheckpoint = {
  changes: [],
  discarded: false,
  operationId: null,
  commandIds: [],
  warnings: [],
};

/** Shows the workspace as files when they are needed. For whoever holds its run lease. */
export class SessionFiles {
  readonly place: RunPlace;
  readonly #options: SessionFilesOptions;
  #shown: Shown | undefined;

  constructor(place: RunPlace, options: SessionFilesOptions) {
    this.place = place;
    this.#options = options;
  }

  /**
   * Shows the workspace as it is now, unless files are shown already.
   *
   * @throws {AgentFSError} ABORTED, SANDBOX_UNAVAILABLE; {StorageError}.
   */
  async show(signal: AbortSignal | undefined): Promise<Shown> {
    if (this.#shown !== undefined) return this.#shown;
    const { core, host } = this.place;
    await finishRuns(core, host.strategies);
    const tree = core.working.foldedRoot();
    const pin = core.engine.store.pin(tree);
    try {
      const prepared = await showTree(this.place, tree, this.#options.request, signal);
      this.#shown = { prepared, tree, pin, commands: [], quiescent: true };
      return this.#shown;
    } catch (error) {
      pin.release();
      throw error;
    }
  }

  /** Runs a command and records that it ran. */
  async run(
    request: RunRequest,
    onStart: OnStart | undefined,
  ): Promise<{ ended: ProcessResult; warnings: readonly RunWarning[] }> {
    const { core, strategy } = this.place;
    const shown = await this.show(request.process.signal);
    // Only the tree can tell where links lead. The commands may have changed what is there since:
    // the files themselves are looked at when the process is started.
    const { path: workdir } = resolveWorkdir(core, shown.tree, request.workdir);
    const ended = await runProcess(this.place, shown.prepared, workdir, request, (process) => {
      shown.commands.push(request);
      onStart?.(process);
    });
    if (ended.survivors.length > 0) shown.quiescent = false;
    if (this.#options.audit) recordCommand(core, request, ended, strategy.name);
    return { ended, warnings: shown.prepared.warnings };
  }

  /** Takes the files into the workspace; the next command finds it shown anew. */
  async capture(): Promise<SessionCheckpoint> {
    const shown = this.#shown;
    if (shown === undefined) return NOTHING;
    this.#shown = undefined;
    try {
      return await this.#take(shown);
    } finally {
      shown.pin.release();
    }
  }

  /** Drops what has become of the files. */
  discard(): SessionCheckpoint {
    this.#shown?.prepared.discard();
    this.#shown?.pin.release();
    this.#shown = undefined;
    return NOTHING;
  }

  async #take(shown: Shown): Promise<SessionCheckpoint> {
    const { core } = this.place;
    const { left, effects, warnings, ...stored } = await this.#store(shown);
    core.announce(effects.map(noticeOf));
    const changes = countedChanges(core.engine.objects, shown.tree, left);
    const commandIds = shown.commands.map(({ commandId }) => commandId);
    return { changes, ...stored, commandIds, warnings };
  }

  /** Stores what the commands have left, or leaves it for later. */
  async #store({
    prepared,
    tree,
    commands,
    quiescent,
  }: Shown): Promise<StoredRun & Pick<Capture, 'warnings'>> {
    const { audit } = this.#options;
    try {
      const capture = await prepared.capture(quiescent);
      const ended = { tree, capture, commands, audit };
      return { ...storeCheckpoint(this.place.core, ended), warnings: capture.warnings };
    } catch (error) {
      await leaveRun(prepared, { commands, audit });
      throw error;
    }
  }
}

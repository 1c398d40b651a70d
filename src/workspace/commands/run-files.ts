/** A workspace shown as files: commands run in them, and what they leave is stored. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { IsolationRequest } from '../../runner/isolation.ts';
import type { IgnoredChanges, PreparedRun, RunTarget, RunWarning } from '../../runner/strategy.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import { countedChanges } from '../../snapshot/counted-changes.ts';
import { liveNotesOf } from '../files/live-files.ts';
import { findOwnSnapshot } from '../history/references.ts';
import { hasGuests, livePlaces } from './guests.ts';
import { LivePlace } from './live-place.ts';
import type { RunRequest } from './run-options.ts';
import {
  type EndedCommand,
  type OnStart,
  type RunPlace,
  runProcess,
  showTree,
} from './run-process.ts';
import { type EndedCommands, type StoredCommands, storeCommands } from './store-commands.ts';
import { type Disagreements, NOTHING_TAKEN, type TakenIn, warnOfConflicts } from './take-in.ts';
import { finishRuns, leaveRun } from './unfinished-run.ts';

/** What is shown, and how. */
export interface RunFilesOptions {
  readonly isolation: IsolationRequest;
  readonly audit: boolean;
  /** Shown in place of the workspace. */
  readonly snapshot?: string | undefined;
  /** How many commands are expected to read and print through pipes. */
  readonly piped: RunTarget['piped'];
}

/** A tree while it is shown. */
interface Shown extends Pick<EndedCommands, 'commands'> {
  readonly prepared: PreparedRun;
  readonly live: LivePlace;
  /** The commands that were started. */
  readonly commands: { command: RunRequest['command']; commandId: string }[];
  /** Whether all their processes are dead. */
  quiescent: boolean;
}

/** What the commands since the last checkpoint have changed in the workspace. */
export interface SessionCheckpoint extends Disagreements {
  /** Sorted by path. */
  readonly changes: readonly FileChange[];
  /** Whether they were dropped, since the workspace cannot be changed. */
  readonly discarded: boolean;
  /** The step in `history()`; null when nothing has changed. */
  readonly operationId: number | null;
  /** The commands, in the order in which they ended. */
  readonly commandIds: readonly string[];
  /** Paths that could not be captured, and conflicts. */
  readonly warnings: readonly RunWarning[];
  /** What they did to ignored content; null for nothing, or where the strategy does not know. */
  readonly ignored: IgnoredChanges | null;
}

/** A checkpoint, and what its user need not know. */
export interface CapturedFiles extends SessionCheckpoint, TakenIn {
  /** How many files the commands found. */
  readonly filesBefore: number;
}

/** Of commands that have not been captured. */
export const NOTHING_CAPTURED: CapturedFiles = {
  ...NOTHING_TAKEN,
  changes: [],
  discarded: false,
  filesBefore: 0,
  commandIds: [],
  warnings: [],
  ignored: null,
};

/** Shows a workspace when a command needs it. Call only while holding the workspace's run lease. */
export class RunFiles {
  readonly place: RunPlace;
  readonly #options: RunFilesOptions;
  #shown: Shown | undefined;

  constructor(place: RunPlace, options: RunFilesOptions) {
    this.place = place;
    this.#options = options;
  }

  /**
   * Shows the workspace as it is now, unless files are shown already.
   *
   * @throws {AgentFSError} ABORTED, SANDBOX_UNAVAILABLE; {StorageError}; {SnapshotNotFoundError}.
   */
  async show(signal: AbortSignal | undefined): Promise<Shown> {
    if (this.#shown !== undefined) return this.#shown;
    const { core, strategies } = this.place;
    await finishRuns(core, strategies());
    const tree = this.#tree();
    // Until the changes are told from it, also when the workspace itself moves on meanwhile.
    const pin = core.engine.store.pin(tree);
    try {
      const prepared = await showTree(this.place, { tree, ...this.#options, signal });
      const live = new LivePlace(core, prepared, pin);
      // A snapshot stays what it is, and is no place for others.
      if (this.#options.snapshot !== undefined) await live.stop();
      else this.#announce(prepared, live);
      this.#shown = { prepared, live, commands: [], quiescent: true };
      return this.#shown;
    } catch (error) {
      pin.release();
      throw error;
    }
  }

  /** Runs a command and waits until everything that it started is dead. */
  async run(request: RunRequest, onStart: OnStart | undefined): Promise<EndedCommand> {
    const { signal, commandId } = request.process;
    const shown = await this.show(signal);
    // What the library has written before the call is there.
    await shown.live.settled();
    const { ended, warnings } = await runProcess(this.place, shown.prepared, request, (process) => {
      shown.commands.push({ command: request.command, commandId });
      onStart?.(process);
    });
    if (ended.survivors.length > 0) shown.quiescent = false;
    return { ended, warnings: [...shown.prepared.warnings, ...warnings] };
  }

  /**
   * Takes the files into the workspace; the next command is shown the workspace again.
   *
   * @throws {StorageError} when they cannot be stored: the workspace is as it was. A strategy that
   *   can keeps them, to be stored later.
   */
  async capture(last?: Pick<EndedCommands, 'run' | 'isUnwanted'>): Promise<CapturedFiles> {
    const shown = this.#shown;
    if (shown === undefined) return NOTHING_CAPTURED;
    this.#shown = undefined;
    const { prepared, live, commands } = shown;
    const { trees, store } = this.place.core.engine;
    try {
      await this.#close(shown);
      const { tree } = prepared;
      const ended = { tree, commands, audit: this.#options.audit, ...last };
      const { left, ...stored } = await this.#store(shown, ended);
      return {
        ...stored,
        changes: countedChanges({ trees, contents: store.contents }, tree, left),
        filesBefore: trees.summary(tree).files,
        commandIds: commands.map(({ commandId }) => commandId),
      };
    } finally {
      live.release();
    }
  }

  /** Drops what has become of the files, if any are shown. */
  async discard(): Promise<SessionCheckpoint> {
    const shown = this.#shown;
    this.#shown = undefined;
    if (shown === undefined) return NOTHING_CAPTURED;
    try {
      await this.#close(shown);
      shown.prepared.discard();
    } finally {
      shown.live.release();
    }
    return NOTHING_CAPTURED;
  }

  #announce({ address }: PreparedRun, live: LivePlace): void {
    const { core, strategy, isolation } = this.place;
    livePlaces.set(core, live);
    liveNotesOf(core).write({ strategy: strategy.name, isolation, address });
  }

  /** Lets nothing more come in, from the workspace or from guests. */
  async #close({ live, prepared }: Shown): Promise<void> {
    const { core } = this.place;
    liveNotesOf(core).remove();
    // Who looks for the note after this does not join; who has found it holds a lease.
    if (hasGuests(core)) await prepared.evict?.();
    await live.stop();
  }

  #tree(): ObjectId {
    const { snapshot } = this.#options;
    const { core } = this.place;
    return snapshot === undefined
      ? core.working.foldedRoot()
      : findOwnSnapshot(core, snapshot).tree;
  }

  /** Stores what the commands have left, or leaves it for later. */
  async #store(
    { prepared, quiescent }: Shown,
    ended: Omit<EndedCommands, 'capture'>,
  ): Promise<StoredCommands & Pick<SessionCheckpoint, 'warnings' | 'ignored'>> {
    try {
      const capture = await prepared.capture(quiescent);
      const stored = storeCommands(this.place.core, { ...ended, capture });
      const warnings = [...capture.warnings, ...warnOfConflicts(stored)];
      return { ...stored, warnings, ignored: withoutState(capture.ignored) };
    } catch (error) {
      if (ended.isUnwanted === true) prepared.discard();
      else await leaveRun(prepared, ended);
      throw error;
    }
  }
}

/** What callers are told. */
export function withoutState(
  ignored: (IgnoredChanges & { readonly state: number | undefined }) | undefined,
): IgnoredChanges | null {
  if (ignored === undefined) return null;
  const { state: _, ...changes } = ignored;
  return changes;
}

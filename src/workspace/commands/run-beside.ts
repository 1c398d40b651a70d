/** Runs a command beside one that is running already, in the same files and with the same limits. */

import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { throwIfAborted } from '../../disk/time-slices.ts';
import { AgentFSError, WorkspaceBusyError } from '../../primitives/errors.ts';
import type { LiveNote } from '../../runner/layers/live-note.ts';
import type { JoinedRun, RunStrategy } from '../../runner/strategy.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { liveNotesOf } from '../files/live-files.ts';
import { guestLease, settleLive } from './guests.ts';
import { NOTHING_CAPTURED } from './run-files.ts';
import type { RunRequest } from './run-options.ts';
import { type OnStart, type RunHost, runProcess } from './run-process.ts';
import { type RunResult, resultOf } from './run-result.ts';
import { describeRun, recordCommand } from './store-commands.ts';

const LOOK_MS = 25;

/**
 * Runs a command in the place of the one that is running. What it changes is taken into the
 * workspace with the changes of that one; when that one ends, so does this.
 *
 * @throws {AgentFSError} NOTHING_RUNNING; COMMAND_NOT_STARTED, ABORTED; {WorkspaceBusyError} when the
 *   place cannot be joined; {HookError}; {PermissionDeniedError}.
 * @throws {FileSystemError} ENOENT, ENOTDIR for a wrong `workdir`.
 */
export async function runBeside(
  host: RunHost,
  request: RunRequest,
  onStart: OnStart = () => undefined,
): Promise<RunResult<Buffer>> {
  const { core } = host;
  const { commandId, signal } = request.process;
  core.requireOwner(core.working.row());
  // Tells the other command that it has a guest, and has close() wait for that.
  const lease = { waitMs: 0, signal };
  return core.engine.leases.hold(guestLease(core, commandId), lease, async () => {
    const { note, joined } = await join(host, request);
    try {
      await host.beforeRun(request.command);
      await settleLive(core);
      const { root, env } = joined;
      const launch = joined.launch.bind(joined);
      const shown = { root, env, launch, tree: core.working.foldedRoot() };
      const place = { ...host, isolation: note.isolation, strategy: strategyOf(host, note) };
      const { ended, warnings } = await runProcess(place, shown, request, onStart);
      if (request.audit) {
        recordCommand(core, describeRun(request, ended, note.strategy), commandId);
      }
      return resultOf(place, request, ended, { ...NOTHING_CAPTURED, warnings });
    } finally {
      joined.close();
    }
  });
}

interface Joined {
  readonly note: LiveNote;
  readonly joined: JoinedRun;
}

/** Joins the command that is running, once its files are there. */
async function join(host: RunHost, { waitMs, beside, process }: RunRequest): Promise<Joined> {
  const { core } = host;
  const { startMs = 0 } = beside ?? {};
  const begun = performance.now();
  for (;;) {
    throwIfAborted(process.signal);
    const found = tryJoin(host);
    if (found !== undefined) return found;
    const isRunning = core.engine.leases.isHeld(core.runLease);
    if (performance.now() - begun >= (isRunning ? waitMs : startMs)) {
      throw isRunning ? cannotJoin() : nothingRunning(core);
    }
    await delay(LOOK_MS);
  }
}

function tryJoin(host: RunHost): Joined | undefined {
  const { core } = host;
  const notes = liveNotesOf(core);
  const note = notes.read();
  const joined = note && strategyOf(host, note).join(core.workPlace, note.address);
  if (note === undefined || joined === undefined) return undefined;
  // Still said now that we hold a lease and its files: it will not end without us.
  if (isDeepStrictEqual(notes.read(), note)) return { note, joined };
  joined.close();
  return undefined;
}

function strategyOf({ strategies }: RunHost, { strategy: name }: LiveNote): RunStrategy {
  const strategy = strategies().find((each) => each.name === name);
  if (strategy === undefined) throw cannotJoin();
  return strategy;
}

function nothingRunning(core: WorkspaceCore): AgentFSError {
  const { name } = core.working.row();
  return new AgentFSError('NOTHING_RUNNING', `No command is running in workspace '${name}'.`, {
    hint: 'Run the command by itself, with run().',
  });
}

function cannotJoin(): WorkspaceBusyError {
  return new WorkspaceBusyError('The command that is running cannot be joined.', {
    hint: "It may run in a snapshot, or be another user's. Wait for it with run(command, { wait: true }).",
  });
}

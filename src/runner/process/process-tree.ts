/**
 * Ends everything that a command has started: its process group, and on Linux the daemons that left
 * the group, which are found by the command's id in their environment.
 *
 * A process that wipes its environment as well escapes; only a pid namespace holds that one.
 */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { COMMAND_ID_VARIABLE, WORKDIR_VARIABLE } from './environment.ts';

/** A command that ran for less can be searched among the newest pids alone. */
const SHORT_RUN_MS = 1000;

/** Rounds of the search: with the growing pauses between them a little over four seconds. */
const MAX_ROUNDS = 30;

const CHUNK_BYTES = 64 * 1024;

/** The command whose processes are to be ended. */
export interface CommandProcesses {
  /** The pid of the process that was started first. */
  readonly first: number;
  /** The process group; undefined when it has not been told yet. */
  readonly group: number | undefined;
  readonly commandId: string;
  /** How long ago that was, in milliseconds; the search for daemons is cheaper below 1,000. */
  readonly durationMs: number;
}

/** Sends a signal to all processes of a command that carry its id, in whatever group they are. */
export function signalCommand(command: CommandProcesses, signal: NodeJS.Signals): boolean {
  return findCommandProcesses(command)
    .map((pid) => trySignal(pid, signal))
    .includes(true);
}

/** Sends a signal to a process group; false when it is empty, or none of it may be signalled. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return trySignal(-group, signal);
}

/**
 * Kills all processes of a command with SIGKILL, and searches again until none is left, since a
 * process may start another one before the signal reaches it.
 *
 * @returns the pids that were still there after four seconds, such as those in an
 *   uninterruptible sleep; normally none.
 */
export async function killCommandProcesses(command: CommandProcesses): Promise<number[]> {
  let left: number[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (command.group !== undefined) signalGroup(command.group, 'SIGKILL');
    left = findCommandProcesses(command);
    if (left.length === 0) break;
    for (const pid of left) trySignal(pid, 'SIGKILL');
    await delay(round * 10);
  }
  return left;
}

/**
 * Kills what an unfinished run has left of its processes in a directory. When its host was killed,
 * the watchdog does that too, but nothing waits for it.
 *
 * @param workdir - the root of their workspace, which only these commands were told.
 */
export async function killLeftovers(workdir: string): Promise<void> {
  const mark = markOf(WORKDIR_VARIABLE, workdir);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const left = findMarked(listProcesses(), mark);
    if (left.length === 0) return;
    for (const pid of left) trySignal(pid, 'SIGKILL');
    await delay(round * 10);
  }
}

/**
 * The pids of the processes, zombies aside, that carry the command's id in their environment; none
 * where there is no `/proc`.
 *
 * Reads one file per process, 15 us each, so that of a short command only the processes are looked
 * at whose pids were given out since: pids are given out in ascending order until they wrap around.
 */
function findCommandProcesses(command: CommandProcesses): number[] {
  let pids = listProcesses();
  if (command.durationMs < SHORT_RUN_MS && newestPid() >= command.first) {
    pids = pids.filter((pid) => pid >= command.first);
  }
  return findMarked(pids, markOf(COMMAND_ID_VARIABLE, command.commandId));
}

function markOf(variable: string, value: string): Buffer {
  return Buffer.from(`\0${variable}=${value}\0`);
}

function findMarked(pids: readonly number[], mark: Buffer): number[] {
  return pids.filter((pid) => pid !== process.pid && readEnvironment(pid).includes(mark));
}

function listProcesses(): number[] {
  try {
    // A /proc of another pid namespace would give the numbers of other processes.
    if (readlinkSync('/proc/self') !== String(process.pid)) return [];
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    // Not Linux, or no /proc: only the process group can be ended.
    return [];
  }
}

/** The pid that was given out last; -1 when that is not known. */
function newestPid(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'latin1').split(' ')[4] ?? -1);
  } catch {
    return -1;
  }
}

/** The environment of a process with a NUL before and after each variable; empty when it is hidden. */
function readEnvironment(pid: number): Buffer {
  let file: number;
  try {
    file = openSync(`/proc/${pid}/environ`, 'r');
  } catch {
    // Gone, or another user's process.
    return Buffer.alloc(0);
  }
  try {
    return readToEnd(file);
  } catch {
    // ESRCH: it ended between the two calls.
    return Buffer.alloc(0);
  } finally {
    closeSync(file);
  }
}

/** readFileSync takes three times as long here, because /proc gives a size of zero. */
function readToEnd(file: number): Buffer {
  const chunks: Buffer[] = [Buffer.alloc(1)];
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const length = readSync(file, chunk);
    if (length === 0) return chunks.length === 1 ? Buffer.alloc(0) : Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
  }
}

function trySignal(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    // ESRCH or EPERM: nothing that may be signalled.
    return false;
  }
}

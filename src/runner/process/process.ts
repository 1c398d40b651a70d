/**
 * Runs one command: starts it in a process group of its own, feeds and reads it, and ends everything
 * that it started, on time. Knows nothing of workspaces; the strategies build on it.
 */

import type { ChildProcess } from 'node:child_process';
import { AgentFSError } from '../../primitives/errors.ts';
import { wrapInvocation } from './command.ts';
import { type CommandInput, feedInput } from './input.ts';
import { LauncherReport, type ProcessEnd } from './launcher-report.ts';
import type { StreamName } from './output.ts';
import { OutputReader, type WantedLines } from './output-reader.ts';
import type { ProcessSpec } from './process-spec.ts';
import {
  type CommandProcesses,
  killCommandProcesses,
  signalCommand,
  signalGroup,
} from './process-tree.ts';
import { endOnTerminal, restoreTerminal, terminalFailure } from './pseudo-terminal.ts';
import { type StartedCommand, startCommand } from './start-command.ts';
import { ignoreKeyboardSignals } from './terminal.ts';
import { releaseWatch, watchOver } from './watchdog.ts';

const DEFAULT_MAX_BUFFER_BYTES = 64 * 1024 * 1024;
const DEFAULT_GRACE_MS = 5000;

/** How a command has ended. */
export interface ProcessResult {
  /** The exit status, 0 to 255; null when a signal ended the command. */
  readonly exitCode: number | null;
  /** The signal that ended the command, such as `'SIGTERM'`. */
  readonly signal: NodeJS.Signals | null;
  /** Whether the command was ended because its time was up, or it printed nothing for too long. */
  readonly timedOut: boolean;
  /** Whether the command was ended through its `AbortSignal`. */
  readonly aborted: boolean;
  /** The first `maxBufferBytes` bytes; empty when the output was not captured. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Whether a stream was longer than that. Lines that were read in time are complete all the same. */
  readonly truncated: boolean;
  /** From the start of the command to the end of its first process, in milliseconds. */
  readonly durationMs: number;
  /** Processes that SIGKILL did not end within four seconds, as in a stuck file system; else none. */
  readonly survivors: readonly number[];
}

/** A command that has been started. */
export interface RunningProcess {
  /** The first process, which leads the process group. */
  readonly pid: number;
  /**
   * Resolves when the first process has ended and everything else that the command started is dead.
   *
   * @throws {AgentFSError} ABORTED when the stream that was given as input failed.
   */
  readonly result: Promise<ProcessResult>;
  /**
   * The lines of the output, with their terminators, from the beginning; for one reader, once, and
   * only with `output: 'stream'` (otherwise there are none). Lines of the two streams are never
   * mixed up with each other; their order is the order in which the host received them.
   *
   * A slow reader slows the command down. Leaving the loop early kills the command.
   */
  lines(wanted?: Partial<WantedLines>): AsyncGenerator<string, void, void>;
  /** The output so far, as far as it is kept. */
  output(): Record<StreamName, Buffer>;
  /** Sends a signal, SIGTERM unless given, to the process group; false when the command is over. */
  kill(signal?: NodeJS.Signals): boolean;
}

/**
 * Starts a command in a session and process group of its own. With `output: 'terminal'` it has a
 * terminal of its own, too, which the host's is connected to; outside Linux it shares those of the
 * host, which takes no notice of Ctrl-C until the command is over.
 *
 * The command ends by itself, by its timeout, through its signal or {@link RunningProcess.kill}, or
 * with the host process, however that ends. Timeout and abort send `killSignal` to the group and
 * SIGKILL `graceMs` later. When the first process has ended, all others are killed.
 *
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE when this host has nothing to make a terminal with;
 *   COMMAND_NOT_STARTED when the program or the directory is missing or may not be
 *   used; ABORTED when the signal was aborted before the start.
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const { invocation: command, launcher } = spec;
  if (spec.signal?.aborted === true) {
    throw new AgentFSError('ABORTED', 'The command was aborted before it was started.', {
      cause: spec.signal.reason,
    });
  }
  const invocation = launcher === undefined ? command : wrapInvocation(launcher, command);
  watchOver(spec.commandId);
  // Before there is a command that a key could be meant for.
  const heedKeyboard = spec.output === 'terminal' ? ignoreKeyboardSignals() : undefined;
  try {
    const started = await startCommand(invocation, spec);
    const process = new CommandProcess(started, spec, heedKeyboard);
    if (launcher === undefined || (await process.begin())) return process;
    if (!started.hasWaited || process.isStopped) return process;
    // An earlier command has killed what waited for this one.
    await process.result;
    return await startProcess({ ...spec, waiting: undefined });
  } catch (error) {
    heedKeyboard?.();
    releaseWatch(spec.commandId);
    throw error;
  }
}

/** Owns the processes of one command. */
class CommandProcess implements RunningProcess {
  readonly pid: number;
  readonly result: Promise<ProcessResult>;
  readonly #child: ChildProcess;
  readonly #spec: ProcessSpec;
  readonly #startedAt: number = performance.now();
  readonly #since: number;
  readonly #reader: OutputReader;
  readonly #report: LauncherReport;
  /** Whether the first process is what holds the terminal, in the group of the host. */
  readonly #hasTerminal: boolean;
  #ended = false;
  #stoppedBy: 'timeout' | 'abort' | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param onEnd - called when everything that the command started is dead. */
  constructor(started: StartedCommand, spec: ProcessSpec, onEnd?: () => void) {
    const { child, copies, input, since } = started;
    const limitBytes = spec.maxBufferBytes ?? DEFAULT_MAX_BUFFER_BYTES;
    const isStreamed = spec.output === 'stream';
    this.pid = child.pid;
    this.#child = child;
    this.#spec = spec;
    this.#since = since;
    this.#hasTerminal = spec.output === 'terminal';
    const onOutput = (): void => void this.#idleTimer?.refresh();
    this.#reader = new OutputReader(child, { limitBytes, isStreamed, copies, onOutput });
    this.#report = new LauncherReport(child, (group) => watchOver(String(group)));
    if (!this.#hasTerminal) watchOver(String(child.pid));
    this.result = this.#run(input).finally(onEnd);
    // A caller that only reads the lines must not cause an unhandled rejection.
    this.result.catch(() => undefined);
  }

  /**
   * Waits until the launcher has begun the command; false when it has failed to.
   *
   * @throws {AgentFSError} COMMAND_NOT_STARTED, and what else {@link LauncherReport.problem} says.
   */
  async begin(): Promise<boolean> {
    await this.#report.begun;
    const problem = this.#report.problem(this.#spec.invocation.file, this.#spec);
    if (problem === undefined) return this.#report.hasBegun;
    await this.result;
    throw problem;
  }

  /** Whether its time was up, or its caller wanted it to end. */
  get isStopped(): boolean {
    return this.#stoppedBy !== undefined;
  }

  lines({
    streams = 'both',
    partial = false,
  }: Partial<WantedLines> = {}): AsyncGenerator<string, void, void> {
    return this.#reader.lines({ streams, partial }, () => this.kill('SIGKILL'));
  }

  output(): Record<StreamName, Buffer> {
    return this.#reader.bytes;
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    // Once the first process has been waited for, its number can belong to another.
    if (this.#ended) return false;
    if (!this.#hasTerminal) return signalGroup(this.pid, signal);
    // What holds the terminal has to live, to give it back.
    if (signal === 'SIGKILL') this.#child.kill('SIGCONT');
    const isAlone = process.platform !== 'linux' && this.#child.kill(signal);
    return signalCommand(this.#processes(), signal) || isAlone;
  }

  async #run(input: CommandInput | undefined): Promise<ProcessResult> {
    const disarm = this.#arm();
    const feeding = feedInput(this.#child.stdin, input, () => this.kill('SIGKILL'));
    const end = await exitOf(this.#child);
    this.#ended = true;
    const durationMs = performance.now() - this.#startedAt;
    disarm();
    const processes = this.#processes();
    const survivors = await killCommandProcesses(processes);
    releaseWatch(String(processes.group));
    releaseWatch(this.#spec.commandId);
    await this.#reader.finish();
    await this.#report.finish();
    const { exitCode, signal } = this.#endOf(end);
    const failure = await feeding;
    if (failure !== undefined) throw failure;
    return { ...this.#outcome(), exitCode, signal, durationMs, survivors };
  }

  /** The end of the command, given that of the first process. */
  #endOf(end: ProcessEnd): ProcessEnd {
    // What it may say tells why the command was not started.
    this.#reader.addError(this.#report.message);
    if (!this.#hasTerminal) return this.#report.endOf(end);
    if (end.signal !== null) restoreTerminal();
    const told = endOnTerminal(end);
    const isStarted = this.#report.group !== undefined || process.platform !== 'linux';
    // A key may have been quicker than the command.
    if (isStarted || told.signal !== null) return this.#report.endOf(told);
    throw terminalFailure(this.#reader.bytes.stderr.toString());
  }

  #processes(): CommandProcesses {
    const durationMs = performance.now() - this.#since;
    const group = this.#hasTerminal ? this.#report.group : this.pid;
    return { first: this.pid, group, commandId: this.#spec.commandId, durationMs };
  }

  #outcome(): Omit<ProcessResult, 'exitCode' | 'signal' | 'durationMs' | 'survivors'> {
    return {
      timedOut: this.#stoppedBy === 'timeout',
      aborted: this.#stoppedBy === 'abort',
      ...this.#reader.bytes,
      truncated: this.#reader.isTruncated,
    };
  }

  /** Sets timeout and abort up; the returned function takes them down. */
  #arm(): () => void {
    const { timeoutMs = 0, idleMs, signal } = this.#spec;
    if (idleMs !== undefined && !this.#hasTerminal) {
      this.#idleTimer = setTimeout(() => this.#stop('timeout'), idleMs);
    }
    const timer =
      timeoutMs === 0 ? undefined : setTimeout(() => this.#stop('timeout'), Math.ceil(timeoutMs));
    const onAbort = (): void => this.#stop('abort');
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      clearTimeout(timer);
      clearTimeout(this.#idleTimer);
      clearTimeout(this.#killTimer);
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #stop(reason: 'timeout' | 'abort'): void {
    if (this.#ended || this.#stoppedBy !== undefined) return;
    this.#stoppedBy = reason;
    this.kill(this.#spec.killSignal ?? 'SIGTERM');
    const graceMs = this.#spec.graceMs ?? DEFAULT_GRACE_MS;
    this.#killTimer = setTimeout(() => this.kill('SIGKILL'), graceMs);
  }
}

function exitOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

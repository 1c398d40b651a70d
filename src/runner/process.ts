/**
 * Runs one command: starts it in a process group of its own, feeds and reads it, and ends everything
 * that it started, on time. Knows nothing of workspaces; the strategies build on it.
 */

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { AgentFSError } from '../primitives/errors.ts';
import { resolveCommand, wrapInvocation } from './command.ts';
import { feedInput } from './input.ts';
import { LauncherReport, type ProcessEnd } from './launcher-report.ts';
import { LineSplitter } from './lines.ts';
import { OutputCollector, OutputQueue, type StreamName } from './output.ts';
import { checkProcessSpec, type ProcessSpec } from './process-spec.ts';
import {
  type CommandProcesses,
  killCommandProcesses,
  signalCommand,
  signalGroup,
} from './process-tree.ts';
import { spawnCommand } from './spawn.ts';
import { ignoreKeyboardSignals } from './terminal.ts';
import { releaseWatch, watchOver } from './watchdog.ts';

const DEFAULT_MAX_BUFFER_BYTES = 64 * 1024 * 1024;
const DEFAULT_GRACE_MS = 5000;

/** How long after the end of a command a stream that somebody holds open may go on, in quiet. */
const QUIET_MS = 50;
const DRAIN_LIMIT_MS = 1000;

/** How a command has ended. */
export interface ProcessResult {
  /** The exit status, 0 to 255; null when a signal ended the command. */
  readonly exitCode: number | null;
  /** The signal that ended the command, such as `'SIGTERM'`. */
  readonly signal: NodeJS.Signals | null;
  /** Whether the command was ended because its time was up. */
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
  lines(streams?: StreamName | 'both'): AsyncGenerator<string, void, void>;
  /** The output so far, as far as it is kept. */
  output(): Record<StreamName, Buffer>;
  /** Sends a signal, SIGTERM unless given, to the process group; false when the command is over. */
  kill(signal?: NodeJS.Signals): boolean;
}

/**
 * Starts a command in a session and process group of its own; or, with the terminal, in those of the
 * host, which then takes no notice of Ctrl-C until the command is over.
 *
 * The command ends by itself, by its timeout, through its signal or {@link RunningProcess.kill}, or
 * with the host process, however that ends. Timeout and abort send `killSignal` to the group and
 * SIGKILL `graceMs` later. When the first process has ended, all others are killed.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT for a wrong specification.
 * @throws {AgentFSError} NOT_A_TERMINAL; COMMAND_NOT_STARTED when the program or the directory is missing or may not
 *   be used; ABORTED when the signal was aborted before the start.
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  const command = resolveCommand(spec.command, spec.shell);
  checkProcessSpec(spec);
  if (spec.signal?.aborted === true) {
    throw new AgentFSError('ABORTED', 'The command was aborted before it was started.', {
      cause: spec.signal.reason,
    });
  }
  const invocation = spec.launcher === undefined ? command : wrapInvocation(spec.launcher, command);
  watchOver(spec.commandId);
  // Before there is a command that a key could be meant for.
  const heedKeyboard = spec.output === 'terminal' ? ignoreKeyboardSignals() : undefined;
  try {
    const child = await spawnCommand(invocation, spec);
    const launcher = new LauncherReport(child);
    const process = new CommandProcess({ child, pid: child.pid, spec, launcher }, heedKeyboard);
    await launcher.begun;
    const failure = launcher.failure(command.file, spec.workdir ?? '');
    if (failure === undefined) return process;
    await process.result;
    throw failure;
  } catch (error) {
    heedKeyboard?.();
    releaseWatch(spec.commandId);
    throw error;
  }
}

/** A child process, and what it is to do. */
interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly spec: ProcessSpec;
  readonly launcher: LauncherReport;
}

/** Owns the process group of one command. */
class CommandProcess implements RunningProcess {
  readonly pid: number;
  readonly result: Promise<ProcessResult>;
  readonly #child: ChildProcess;
  readonly #spec: ProcessSpec;
  readonly #launcher: LauncherReport;
  readonly #startedAt: number = performance.now();
  readonly #collectors: Record<StreamName, OutputCollector>;
  readonly #queue: OutputQueue | undefined;
  #ended = false;
  #stoppedBy: 'timeout' | 'abort' | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  /** @param onEnd - called when everything that the command started is dead. */
  constructor({ child, pid, spec, launcher }: Started, onEnd?: () => void) {
    const limit = spec.maxBufferBytes ?? DEFAULT_MAX_BUFFER_BYTES;
    this.pid = pid;
    this.#child = child;
    this.#spec = spec;
    this.#launcher = launcher;
    this.#collectors = { stdout: new OutputCollector(limit), stderr: new OutputCollector(limit) };
    this.#queue = spec.output === 'stream' ? new OutputQueue(2 * limit) : undefined;
    watchOver(String(pid));
    this.result = this.#run().finally(onEnd);
    // Whoever only reads the lines must not be hit by an unhandled rejection.
    this.result.catch(() => undefined);
  }

  async *lines(streams: StreamName | 'both' = 'both'): AsyncGenerator<string, void, void> {
    const queue = this.#queue;
    if (queue === undefined) return;
    const splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
    try {
      for (let chunks = await queue.take(); chunks !== undefined; chunks = await queue.take()) {
        for (const { stream, bytes } of chunks) {
          if (streams === 'both' || streams === stream) yield* splitters[stream].push(bytes);
        }
      }
      yield* splitters.stdout.end();
      yield* splitters.stderr.end();
    } finally {
      queue.abandon();
      this.kill('SIGKILL');
    }
  }

  output(): Record<StreamName, Buffer> {
    const { stdout, stderr } = this.#collectors;
    return { stdout: stdout.bytes(), stderr: stderr.bytes() };
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    // Once the first process has been waited for, its number can belong to somebody else.
    if (this.#ended) return false;
    if (this.#spec.output !== 'terminal') return signalGroup(this.pid, signal);
    return signalCommand(this.#processes(), signal);
  }

  async #run(): Promise<ProcessResult> {
    const disarm = this.#arm();
    const reading = Promise.all([this.#read('stdout'), this.#read('stderr')]);
    const feeding = feedInput(this.#child.stdin, this.#spec.input, () => this.kill('SIGKILL'));
    const end = await exitOf(this.#child);
    this.#ended = true;
    const durationMs = performance.now() - this.#startedAt;
    disarm();
    const survivors = await killCommandProcesses(this.#processes());
    releaseWatch(String(this.pid));
    releaseWatch(this.#spec.commandId);
    this.#queue?.release();
    await this.#finishReading(reading);
    await this.#launcher.ended;
    const { exitCode, signal } = this.#launcher.endOf(end);
    // What else it may say tells why the command was not started.
    if (signal === end.signal) this.#collectors.stderr.add(Buffer.from(this.#launcher.messages));
    const failure = await feeding;
    if (failure !== undefined) throw failure;
    return { ...this.#outcome(), exitCode, signal, durationMs, survivors };
  }

  #processes(): CommandProcesses {
    const durationMs = performance.now() - this.#startedAt;
    return { group: this.pid, commandId: this.#spec.commandId, durationMs };
  }

  #outcome(): Omit<ProcessResult, 'exitCode' | 'signal' | 'durationMs' | 'survivors'> {
    const { stdout, stderr } = this.#collectors;
    return {
      timedOut: this.#stoppedBy === 'timeout',
      aborted: this.#stoppedBy === 'abort',
      stdout: stdout.bytes(),
      stderr: stderr.bytes(),
      truncated: stdout.droppedBytes + stderr.droppedBytes > 0,
    };
  }

  /** Sets timeout and abort up; the returned function takes them down. */
  #arm(): () => void {
    const { timeoutMs = 0, signal } = this.#spec;
    const timer =
      timeoutMs === 0 ? undefined : setTimeout(() => this.#stop('timeout'), Math.ceil(timeoutMs));
    const onAbort = (): void => this.#stop('abort');
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return () => {
      clearTimeout(timer);
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

  async #read(stream: StreamName): Promise<void> {
    const source: Readable | null = this.#child[stream];
    if (source === null) return;
    try {
      for await (const bytes of source) {
        this.#collectors[stream].add(bytes);
        await this.#queue?.push({ stream, bytes });
      }
    } catch {
      // Only #finishReading destroys a stream, and a pipe has no errors of its own.
    }
  }

  /**
   * Reads what is left. The end of the streams follows at once, unless a process that could not be
   * found holds them open: then they are closed when nothing more comes, or too much.
   */
  async #finishReading(reading: Promise<unknown>): Promise<void> {
    const { stdout, stderr } = this.#child;
    const finished = reading.then(() => true);
    const bytesRead = (): number =>
      this.#collectors.stdout.totalBytes + this.#collectors.stderr.totalBytes;
    const deadline = performance.now() + DRAIN_LIMIT_MS;
    for (let before = -1; before !== bytesRead() && performance.now() < deadline; ) {
      before = bytesRead();
      if (await Promise.race([finished, delay(QUIET_MS, false)])) break;
    }
    stdout?.destroy();
    stderr?.destroy();
    await reading;
    this.#queue?.end();
  }
}

function exitOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

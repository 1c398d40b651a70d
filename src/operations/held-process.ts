/** A process that goes on after the call that started it, with its output so far and an input. */

import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import {
  AgentFSError,
  type Command,
  type RunResult,
  type RunStream,
  type RunStreamOptions,
  type Workspace,
} from '../index.ts';
import { type ErrorReport, reportOf } from './error-report.ts';
import type { Held } from './holdings.ts';
import { type LoggedText, OutputLog } from './output-log.ts';

/** How long a process that is stopped may take to end by itself. */
const GRACE_MS = 1000;

/** How a process is started. */
export type HeldProcessOptions = Omit<RunStreamOptions, 'input' | 'maxBuffer' | 'partialLines'>;

/** A command that its client has started and not waited for. */
export class HeldProcess implements Held {
  /** Its name when the process was started. */
  readonly workspace: string;
  readonly command: Command;
  readonly startedAt: Date = new Date();
  /** The first process; rejects when the command could not be started. */
  readonly pid: Promise<number>;
  readonly #workspaceId: string;
  readonly #running: RunStream;
  readonly #input = new PassThrough();
  readonly #log = new OutputLog();
  readonly #over: Promise<void>;
  /** Fires when there is something to tell. */
  readonly #news = new EventTarget();
  #result: RunResult | undefined;
  #failure: ErrorReport | undefined;

  constructor(workspace: Workspace, command: Command, options: HeldProcessOptions) {
    this.workspace = workspace.name;
    this.#workspaceId = workspace.id;
    this.command = command;
    // The log keeps what there is to tell of the output.
    const own = { input: this.#input, maxBuffer: 0, partialLines: true };
    this.#running = workspace.runStream(command, { ...options, ...own });
    this.pid = this.#running.pid;
    this.#over = this.#follow();
  }

  get isOver(): boolean {
    return this.#result !== undefined || this.#failure !== undefined;
  }

  get occupied(): string | undefined {
    return this.isOver ? undefined : this.#workspaceId;
  }

  /** How it has ended; undefined while it is running, and when its changes could not be stored. */
  get result(): RunResult | undefined {
    return this.#result;
  }

  /** Why its changes could not be stored. */
  get failure(): ErrorReport | undefined {
    return this.#failure;
  }

  /**
   * What it has printed after `cursor`; when that is nothing, waits for some, or for its end.
   *
   * @param limit - in UTF-16 units.
   */
  async output(cursor: number, { limit, waitMs, signal }: OutputOptions): Promise<LoggedText> {
    if (!this.isOver && this.#log.end <= cursor && waitMs > 0) {
      const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      await once(this.#news, 'news', { signal: until }).catch(() => undefined);
    }
    return this.#log.read(cursor, limit);
  }

  /**
   * Gives it something to read; resolves when it has taken most of it.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT when it does not read any more; ABORTED.
   */
  async write(bytes: Buffer, isEnd: boolean, signal: AbortSignal): Promise<void> {
    if (this.#input.writableEnded || this.#input.destroyed || this.isOver) {
      throw new AgentFSError('INVALID_ARGUMENT', 'The process does not read its input any more.', {
        hint: 'Read its output, which may say why, and start it again.',
      });
    }
    const hasRoom = this.#input.write(bytes);
    if (isEnd) this.#input.end();
    if (hasRoom) return;
    const taken = once(this.#input, 'drain', { signal });
    await Promise.race([taken, this.#over]).catch((cause: unknown) => {
      throw new AgentFSError('ABORTED', 'The process has not taken all of it yet.', { cause });
    });
  }

  /** Sends a signal, and SIGKILL when that has not ended it in time; resolves when it is over. */
  async stop(signal: NodeJS.Signals, graceMs: number = GRACE_MS): Promise<void> {
    if (this.isOver) return;
    this.#running.kill(signal);
    const timer = setTimeout(() => this.#running.kill('SIGKILL'), graceMs);
    await this.#over;
    clearTimeout(timer);
  }

  end(): Promise<void> {
    return this.stop('SIGTERM');
  }

  async #follow(): Promise<void> {
    try {
      for await (const text of this.#running) {
        this.#log.add(text);
        this.#news.dispatchEvent(new Event('news'));
      }
      this.#result = await this.#running.result;
    } catch (error) {
      this.#failure = reportOf(error);
    }
    this.#input.destroy();
    this.#news.dispatchEvent(new Event('news'));
  }
}

/** How much output is read, and how long may be waited for it. */
export interface OutputOptions {
  readonly limit: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** A command that was sent off: it may be waiting, running or over, and can be stopped at any time. */

import type { RunningProcess } from '../../runner/process/process.ts';
import { type Executor, follow } from './executor.ts';
import type { RunRequest } from './run-options.ts';
import type { RunResult } from './run-result.ts';

/** What a stream and a background run know of their command. */
export class SentCommand {
  /** Rejects as `run` does. */
  readonly result: Promise<RunResult>;
  /** Resolves when the process exists; rejects as {@link result} when it never will. */
  readonly started: Promise<RunningProcess>;
  /** The first process of it; rejects as {@link started}. */
  readonly pid: Promise<number>;
  readonly #stop: AbortController = new AbortController();
  #process: RunningProcess | undefined;

  constructor(executor: Executor, request: RunRequest) {
    let onStart: ((process: RunningProcess) => void) | undefined;
    this.result = follow(executor, stoppable(request, this.#stop.signal), (process) => {
      this.#process = process;
      onStart?.(process);
    });
    this.started = new Promise((resolve, reject) => {
      onStart = resolve;
      this.result.catch(reject);
    });
    // A caller who waits for one of the two must not be hit by the other.
    this.started.catch(() => undefined);
    this.pid = this.started.then(({ pid }) => pid);
    this.pid.catch(() => undefined);
  }

  /** Undefined as long as the command waits for its turn. */
  get process(): RunningProcess | undefined {
    return this.#process;
  }

  /** Sends a signal; a command that has not started never will, and rejects with ABORTED. */
  kill(signal?: NodeJS.Signals): void {
    if (this.#process === undefined) this.stop();
    else this.#process.kill(signal);
  }

  /** Ends the command as its own signal does: SIGKILL follows for one that takes its time. */
  stop(): void {
    this.#stop.abort();
  }
}

/** The same command, which another signal ends too. */
export function stoppable(request: RunRequest, by: AbortSignal): RunRequest {
  const given = request.process.signal;
  const signal = given === undefined ? by : AbortSignal.any([by, given]);
  return { ...request, process: { ...request.process, signal } };
}

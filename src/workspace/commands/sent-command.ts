/** A command that was sent off: it may be waiting, running or over, and can be stopped at any time. */

import type { RunningProcess } from '../../runner/process/process.ts';
import type { RunRequest } from './run-options.ts';
import type { FollowCommand } from './run-process.ts';
import type { RunResult } from './run-result.ts';

/** What a stream and a background run know of their command. */
export class SentCommand {
  /** Rejects as `run` does. */
  readonly result: Promise<RunResult>;
  /** Resolves when the process exists; rejects as {@link result} when it never will. */
  readonly started: Promise<RunningProcess>;
  readonly #stop: AbortController = new AbortController();
  #process: RunningProcess | undefined;

  constructor(follow: FollowCommand, request: RunRequest) {
    let onStart: ((process: RunningProcess) => void) | undefined;
    const signal = anyOf(this.#stop.signal, request.process.signal);
    const stoppable = { ...request, process: { ...request.process, signal } };
    this.result = follow(stoppable, (process) => {
      this.#process = process;
      onStart?.(process);
    });
    this.started = new Promise((resolve, reject) => {
      onStart = resolve;
      this.result.catch(reject);
    });
    // Whoever only waits for the result must not be hit by this one, and the other way round.
    this.started.catch(() => undefined);
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

/** A signal that is aborted as soon as one of two is. */
export function anyOf(own: AbortSignal, given: AbortSignal | undefined): AbortSignal {
  return given === undefined ? own : AbortSignal.any([own, given]);
}

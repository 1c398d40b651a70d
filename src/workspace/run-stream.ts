/** A command whose output is read line by line while it runs. */

import type { Command } from '../runner/command.ts';
import type { StreamName } from '../runner/output.ts';
import type { RunningProcess } from '../runner/process.ts';
import { checkChoice, checkOptions } from './file-arguments.ts';
import { followCommand, type RunHost } from './run-command.ts';
import { parseRun, type RunOptions } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import type { WorkspaceCore } from './workspace-core.ts';

/** How a command is run and read. */
export interface RunStreamOptions
  extends Omit<RunOptions, 'capture' | 'captureOutput' | 'encoding'> {
  /** Whose lines are read; default `both`, in the order in which they arrive. */
  readonly streams?: StreamName | 'both' | undefined;
}

const STREAMS = ['stdout', 'stderr', 'both'] as const;

/**
 * A running command; not a promise, so that awaiting it is harmless.
 *
 * Iterating gives the lines with their terminators, once. The loop ends when the command has ended
 * and its changes are stored; leaving it early kills the command. It throws what {@link result}
 * rejects with.
 */
export class RunStream implements AsyncIterable<string> {
  /** Resolves when the changes of the command are stored; rejects as `run` does. */
  readonly result: Promise<RunResult>;
  readonly #streams: StreamName | 'both';
  readonly #stop: AbortController = new AbortController();
  readonly #started: Promise<RunningProcess>;
  #process: RunningProcess | undefined;
  #onStart: ((process: RunningProcess) => void) | undefined;

  /**
   * Starts the command.
   *
   * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
   */
  constructor(core: WorkspaceCore, host: RunHost, command: Command, given?: RunStreamOptions) {
    const { streams, ...options } = checkOptions(given);
    this.#streams = checkChoice('streams', streams, STREAMS) ?? 'both';
    const checked = parseRun(command, options, core.engine.config);
    const signals = [this.#stop.signal, checked.process.signal].filter(
      (each) => each !== undefined,
    );
    const request = {
      ...checked,
      process: { ...checked.process, signal: AbortSignal.any(signals) },
    };
    this.result = followCommand(core, host, request, (process) => {
      this.#process = process;
      this.#onStart?.(process);
    });
    this.#started = new Promise((resolve, reject) => {
      this.#onStart = resolve;
      this.result.catch(reject);
    });
    // Whoever only waits for the result must not be hit by this one, and the other way round.
    this.#started.catch(() => undefined);
  }

  /**
   * Sends a signal, SIGTERM unless given, to the process group. A command that has not started yet
   * never will, and the result rejects with ABORTED; one that is over is left alone.
   */
  kill(signal?: NodeJS.Signals): void {
    if (this.#process === undefined) this.#stop.abort();
    else this.#process.kill(signal);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    try {
      const process = await this.#started;
      yield* process.lines(this.#streams);
    } finally {
      // Leaving the lines has killed the command. When the loop is over, everything is stored.
      await this.result.catch(() => undefined);
    }
    await this.result;
  }
}

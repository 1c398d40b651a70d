/** A command whose output is read line by line while it runs. */

import { checkChoice, checkOptions } from '../../primitives/arguments.ts';
import { wrongValue } from '../../primitives/errors.ts';
import type { Command } from '../../runner/process/command.ts';
import type { StreamName } from '../../runner/process/output.ts';
import type { Executor } from './executor.ts';
import type { RunOptions } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { SentCommand } from './sent-command.ts';

/** How a command is run and read. */
export interface RunStreamOptions
  extends Omit<RunOptions, 'capture' | 'captureOutput' | 'encoding' | 'tty'> {
  /** Whose lines are read; default `both`, in the order in which they arrive. */
  readonly streams?: StreamName | 'both' | undefined;
}

const STREAMS = ['stdout', 'stderr', 'both'] as const;

/**
 * Starts a command whose lines are read.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 */
export function streamCommand(
  executor: Executor,
  command: Command,
  given?: RunStreamOptions,
): RunStream {
  const { streams, ...options } = checkOptions(given);
  const wanted = checkChoice('streams', streams, STREAMS) ?? 'both';
  const request = executor.parse(command, options);
  const { process } = request;
  if (process.output === 'terminal') throw wrongValue('tty', 'left out in runStream', true);
  const streamed = { ...request, process: { ...process, output: 'stream' } } as const;
  return new RunStream(new SentCommand(executor, streamed), wanted);
}

/**
 * A running command; not a promise, so that awaiting it is harmless.
 *
 * Iterating gives the lines with their terminators, once. The loop ends when the command has ended
 * and its changes are stored; leaving it early kills the command. It throws what {@link result}
 * rejects with. A slow reader slows the command down, so that memory stays flat.
 */
export class RunStream implements AsyncIterable<string> {
  /** Resolves when the changes of the command are stored; rejects as `run` does. */
  readonly result: Promise<RunResult>;
  readonly #sent: SentCommand;
  readonly #streams: StreamName | 'both';

  /** @internal */
  constructor(sent: SentCommand, streams: StreamName | 'both') {
    this.result = sent.result;
    this.#sent = sent;
    this.#streams = streams;
  }

  /**
   * Sends a signal, SIGTERM unless given, to the process group. A command that has not started yet
   * never will, and the result rejects with ABORTED; one that is over is left alone.
   */
  kill(signal?: NodeJS.Signals): void {
    this.#sent.kill(signal);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, void> {
    try {
      const process = await this.#sent.started;
      yield* process.lines(this.#streams);
    } finally {
      // Leaving the lines has killed the command. When the loop is over, everything is stored.
      await this.result.catch(() => undefined);
    }
    await this.result;
  }
}

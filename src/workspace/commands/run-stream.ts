/** A command whose output is read line by line while it runs. */

import { checkBoolean, checkChoice, checkOptions } from '../../primitives/arguments.ts';
import { wrongValue } from '../../primitives/errors.ts';
import type { Command } from '../../runner/process/command.ts';
import type { StreamName } from '../../runner/process/output.ts';
import type { WantedLines } from '../../runner/process/output-reader.ts';
import type { Executor } from './executor.ts';
import { RUN_OPTIONS, type RunOptions } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { SentCommand } from './sent-command.ts';

/** How a command is run and read. */
export interface RunStreamOptions
  extends Omit<RunOptions, 'capture' | 'captureOutput' | 'encoding' | 'tty'> {
  /** Whose lines are read; default `both`, in the order in which they arrive. */
  readonly streams?: StreamName | 'both' | undefined;
  /** Gives a line that has no end yet in pieces as they come, such as a prompt; default false. */
  readonly partialLines?: boolean | undefined;
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
  const names = ['streams', 'partialLines', ...RUN_OPTIONS] as const;
  const { streams, partialLines, ...options } = checkOptions<RunOptions & RunStreamOptions>(
    given,
    names,
  );
  const wanted = {
    streams: checkChoice('streams', streams, STREAMS) ?? 'both',
    partial: checkBoolean('partialLines', partialLines) ?? false,
  };
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
  /** As that of a background run: rejects as {@link result} when the command never starts. */
  readonly pid: Promise<number>;
  readonly #sent: SentCommand;
  readonly #wanted: WantedLines;

  /** @internal */
  constructor(sent: SentCommand, wanted: WantedLines) {
    this.result = sent.result;
    this.pid = sent.pid;
    this.#sent = sent;
    this.#wanted = wanted;
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
      yield* process.lines(this.#wanted);
    } finally {
      // Leaving the lines has killed the command. When the loop is over, everything is stored.
      await this.result.catch(() => undefined);
    }
    await this.result;
  }
}

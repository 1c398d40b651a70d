/** A command that runs while its caller does something else. */

import { StringDecoder } from 'node:string_decoder';
import { errorCode, wrongValue } from '../../primitives/errors.ts';
import type { Command } from '../../runner/process/command.ts';
import type { Executor } from './executor.ts';
import { CommandError } from './run-errors.ts';
import type { RunOptions } from './run-options.ts';
import type { RunResult } from './run-result.ts';
import { SentCommand } from './sent-command.ts';

/** How a command is run in the background: as by `run`, without the terminal. */
export type StartOptions = Omit<RunOptions, 'encoding' | 'tty'>;

/** What a command has printed so far. */
export interface OutputSoFar {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts a command that its caller does not wait for.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the option.
 */
export function startInBackground(
  executor: Executor,
  command: Command,
  options?: StartOptions,
): BackgroundRun {
  const request = executor.parse(command, options);
  if (request.process.output === 'terminal') throw wrongValue('tty', 'left out in start', true);
  return new BackgroundRun(new SentCommand(executor, request));
}

/**
 * A command in the background; not a promise, so that awaiting it is harmless. It ends by itself, by
 * {@link kill}, at the end of an `await using` block, or with this process, and like any run keeps
 * other commands of its workspace waiting until then.
 */
export class BackgroundRun implements AsyncDisposable {
  /**
   * The first process of the command, which leads its process group, as this process sees it.
   * Rejects as {@link wait} when the command never starts.
   */
  readonly pid: Promise<number>;
  readonly #sent: SentCommand;
  #isAwaited = false;

  /** @internal */
  constructor(sent: SentCommand) {
    this.#sent = sent;
    this.pid = sent.pid;
  }

  /**
   * What the command has printed so far, up to `maxBuffer` bytes of each; a character that has come
   * in part is left out. Copies all of it: to follow the output, use `runStream`.
   */
  output(): OutputSoFar {
    const output = this.#sent.process?.output();
    return { stdout: wholeCharacters(output?.stdout), stderr: wholeCharacters(output?.stderr) };
  }

  /** Resolves when the command is over and its changes are stored; rejects as `run` does. */
  wait(): Promise<RunResult> {
    this.#isAwaited = true;
    return this.#sent.result;
  }

  /**
   * Sends a signal, SIGTERM unless given, to the process group. A command that has not started yet
   * never will, and {@link wait} rejects with ABORTED; one that is over is left alone.
   */
  kill(signal?: NodeJS.Signals): void {
    this.#sent.kill(signal);
  }

  /**
   * Ends the command, with SIGKILL when it has not ended after 5 seconds, and waits until its changes
   * are stored. Throws when that fails and {@link wait} was never called.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#sent.stop();
    try {
      await this.#sent.result;
    } catch (error) {
      const isEnd = error instanceof CommandError || errorCode(error) === 'ABORTED';
      if (!this.#isAwaited && !isEnd) throw error;
    }
  }
}

function wholeCharacters(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : new StringDecoder('utf8').write(bytes);
}

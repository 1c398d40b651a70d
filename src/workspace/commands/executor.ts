/** What runs commands, a workspace or a session, and how their results are handed out. */

import type { Command } from '../../runner/process/command.ts';
import { CommandError, CommandTimeoutError } from './run-errors.ts';
import type { RunOptions, RunRequest } from './run-options.ts';
import type { OnStart, RunHost } from './run-process.ts';
import { type AnyRunResult, decoded, type RunResult } from './run-result.ts';

/** Runs commands. */
export interface Executor {
  readonly host: Pick<RunHost, 'afterRun'>;
  /** Checks a command and its options. @throws {TypeError} {RangeError} INVALID_ARGUMENT */
  parse(command: Command, options: RunOptions | undefined): RunRequest;
  execute(request: RunRequest, onStart?: OnStart): Promise<RunResult<Buffer>>;
}

/**
 * Runs a command to its end.
 *
 * @throws {CommandError} COMMAND_FAILED, {CommandTimeoutError} COMMAND_TIMEOUT with `check`.
 */
export async function runToEnd(
  executor: Executor,
  command: Command,
  options: RunOptions | undefined,
): Promise<AnyRunResult> {
  const request = executor.parse(command, options);
  const result = await executor.execute(request);
  return report(executor, request, request.encoding === 'buffer' ? result : decoded(result));
}

/** Runs a request, whose caller wants to know of its process; throws as {@link runToEnd}. */
export async function follow(
  executor: Executor,
  request: RunRequest,
  onStart: OnStart,
): Promise<RunResult> {
  return report(executor, request, decoded(await executor.execute(request, onStart)));
}

function report<Result extends AnyRunResult>(
  { host }: Executor,
  { check }: RunRequest,
  result: Result,
): Result {
  host.afterRun(result);
  if (check && result.timedOut) throw new CommandTimeoutError(result);
  if (check && result.failed) throw new CommandError(result);
  return result;
}

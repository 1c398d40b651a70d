/** The errors of a run with `check`: the command ran, and its result comes along. */

import type { ErrorCode } from '../../primitives/error-code.ts';
import { AgentFSError } from '../../primitives/errors.ts';
import type { Command } from '../../runner/process/command.ts';
import type { AnyRunResult } from './run-result.ts';

const MAX_SHOWN_LENGTH = 200;

/** A command did not exit with status 0; code `COMMAND_FAILED`. */
export class CommandError extends AgentFSError {
  /** Everything about the run; its changes are kept unless `result.discarded`. */
  readonly result: AnyRunResult;

  constructor(result: AnyRunResult, code: ErrorCode = 'COMMAND_FAILED') {
    super(code, `The command ${describeCommand(result.command)} ${describeEnd(result)}.`, {
      hint: 'See result.stderr; undo() takes back what the command changed.',
      details: { exitCode: result.exitCode, signal: result.signal, commandId: result.commandId },
    });
    this.result = result;
  }
}

/** A command ran into its timeout; code `COMMAND_TIMEOUT`. */
export class CommandTimeoutError extends CommandError {
  constructor(result: AnyRunResult) {
    super(result, 'COMMAND_TIMEOUT');
  }
}

/** A command as one short line for people. */
export function describeCommand(command: Command): string {
  const line = typeof command === 'string' ? command : command.join(' ');
  const shown = line.length > MAX_SHOWN_LENGTH ? `${line.slice(0, MAX_SHOWN_LENGTH)}…` : line;
  return JSON.stringify(shown.toWellFormed());
}

function describeEnd({ timedOut, aborted, signal, exitCode, durationMs }: AnyRunResult): string {
  if (timedOut) return `was ended by its timeout after ${Math.round(durationMs)} ms`;
  if (aborted) return 'was ended through its AbortSignal';
  return signal === null ? `exited with status ${exitCode}` : `was ended by ${signal}`;
}

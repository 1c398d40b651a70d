/** Starts the first process of a command, and says why that was not possible. */

import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { type Descriptors, startProgram } from '../primitives/start-program.ts';
import type { Invocation } from './command.ts';
import { COMMAND_ID_VARIABLE } from './environment.ts';
import type { ProcessSpec } from './process-spec.ts';

/** A child process that exists. */
export type StartedChild = ChildProcess & { readonly pid: number };

/**
 * Starts a program in a session and process group of its own, unless it is to have the terminal.
 *
 * @throws {AgentFSError} COMMAND_NOT_STARTED when the program or the directory is missing or may not
 *   be used, or the system refuses another process.
 */
export async function spawnCommand(
  invocation: Invocation,
  spec: ProcessSpec,
): Promise<StartedChild> {
  let child: ChildProcess;
  try {
    child = startProgram(invocation.file, invocation.args, {
      cwd: spec.cwd,
      env: { ...spec.env, [COMMAND_ID_VARIABLE]: spec.commandId },
      detached: spec.output !== 'terminal',
      stdio: stdioOf(spec),
    });
  } catch (error) {
    if (error instanceof AgentFSError) throw error;
    throw await startFailure(error, invocation.file, spec.cwd);
  }
  if (isStarted(child)) return child;
  const failure = await new Promise<unknown>((resolve) => child.once('error', resolve));
  throw await startFailure(failure, invocation.file, spec.cwd);
}

function stdioOf(spec: ProcessSpec): Descriptors {
  const isInherited = spec.output === 'inherit' || spec.output === 'terminal';
  const output = isInherited ? 'inherit' : 'pipe';
  const unfed = isInherited ? 'inherit' : 'ignore';
  const report = spec.launcher === undefined ? [] : (['pipe'] as const);
  return [spec.input === undefined ? unfed : 'pipe', output, output, ...report];
}

function isStarted(child: ChildProcess): child is StartedChild {
  return child.pid !== undefined;
}

/** The error for a program that is missing or may not be executed, given the system's code. */
export function programFailure(code: 'ENOENT' | 'EACCES', file: string): AgentFSError {
  return notStarted(programProblem(code, file), file, code, undefined);
}

async function startFailure(cause: unknown, file: string, cwd: string): Promise<AgentFSError> {
  const code = errorCode(cause);
  return notStarted((await directoryProblem(cwd)) ?? programProblem(code, file), file, code, cause);
}

function notStarted(
  { reason, hint }: Problem,
  file: string,
  code: string | undefined,
  cause: unknown,
): AgentFSError {
  return new AgentFSError('COMMAND_NOT_STARTED', `The command could not be started: ${reason}.`, {
    hint,
    cause,
    details: { program: file, reason: code ?? 'unknown' },
  });
}

interface Problem {
  readonly reason: string;
  readonly hint: string;
}

/** The system reports a missing directory and a missing program with the same code. */
async function directoryProblem(cwd: string): Promise<Problem | undefined> {
  const hint = 'Create the directory first, or choose another workdir.';
  try {
    if ((await stat(cwd)).isDirectory()) return undefined;
    return { reason: `'${cwd}' is not a directory`, hint };
  } catch (error) {
    const code = errorCode(error) ?? 'unknown';
    return { reason: `the directory '${cwd}' cannot be entered (${code})`, hint };
  }
}

function programProblem(code: string | undefined, file: string): Problem {
  switch (code) {
    case 'ENOENT':
      return {
        reason: `the program '${file}', or the interpreter in its first line, was not found`,
        hint: 'Check the name and PATH; a line for the shell is one string, or --shell on the command line.',
      };
    case 'EACCES':
      return {
        reason: `'${file}' is not executable, or the directory may not be entered`,
        hint: 'Set the execute bit with chmod(), and check the permissions of the directory.',
      };
    case 'E2BIG':
      return {
        reason: 'its arguments and environment are too long for the system',
        hint: 'Pass the data through input, or through a file in the workspace.',
      };
    default:
      return {
        reason: `the system refused to start '${file}' (${code ?? 'unknown'})`,
        hint: 'Look up the code; EAGAIN, EMFILE and ENOMEM mean that a limit of the host is reached.',
      };
  }
}

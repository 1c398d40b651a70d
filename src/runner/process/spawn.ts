/** Starts the first process of a command, and says why that was not possible. */

import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { AgentFSError, errorCode } from '../../primitives/errors.ts';
import { type StartedChild, startProgram } from '../../primitives/start-program.ts';
import type { Invocation } from './command.ts';
import type { CommandStreams } from './command-streams.ts';

/** What to start, and with which streams. */
export interface SpawnRequest {
  readonly invocation: Invocation;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly streams: CommandStreams;
  /** Whether the program leads a session and process group of its own. */
  readonly isLeader: boolean;
}

/**
 * Starts a program.
 *
 * @throws {AgentFSError} COMMAND_NOT_STARTED when the program or the directory is missing or may not
 *   be used, or the system refuses another process.
 */
export async function spawnCommand(request: SpawnRequest): Promise<StartedChild> {
  const { cwd, env, streams, isLeader } = request;
  const { file, args } = request.invocation;
  let child: ChildProcess;
  try {
    child = startProgram(file, args, { cwd, env, detached: isLeader, stdio: streams.stdio });
  } catch (error) {
    if (error instanceof AgentFSError) throw error;
    throw await startFailure(error, file, cwd);
  }
  if (isStarted(child)) return child;
  const failure = await new Promise<unknown>((resolve) => child.once('error', resolve));
  throw await startFailure(failure, file, cwd);
}

function isStarted(child: ChildProcess): child is StartedChild {
  return child.pid !== undefined;
}

/**
 * The error for a program that is missing or may not be executed, given the system's code.
 *
 * @param onHost - where the host has it, if the command did not see that.
 */
export function programFailure(
  code: 'ENOENT' | 'EACCES',
  file: string,
  onHost?: string,
): AgentFSError {
  const problem = programProblem(code, file);
  const hidden = {
    reason: `a command in a sandbox does not see '${onHost}'`,
    hint: 'Move the program into the workspace, or out of /tmp, /var/tmp and /run, which are hidden.',
  };
  return notStarted(onHost === undefined ? problem : hidden, file, code, undefined);
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
        hint: 'Check its name and PATH. Pipes, && and the like need a shell.',
      };
    case 'EACCES':
      return {
        reason: `'${file}' is not executable, or the directory may not be entered`,
        hint: 'Make it executable, and check the permissions of the directory.',
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

/** Starts the first process of a command with the streams that it is to have. */

import type { Readable } from 'node:stream';
import { type Invocation, wrapInvocation } from './command.ts';
import { inheritedStreams, pipedStreams } from './command-streams.ts';
import { COMMAND_ID_VARIABLE } from './environment.ts';
import { requireProgram } from './find-program.ts';
import type { CommandInput } from './input.ts';
import type { HostCopy } from './output-reader.ts';
import type { ProcessSpec } from './process-spec.ts';
import { onOwnTerminal } from './pseudo-terminal.ts';
import { type SpawnRequest, type StartedChild, spawnCommand } from './spawn.ts';

/** A command that has begun, and what there is to do for its streams. */
export interface StartedCommand {
  readonly child: StartedChild;
  /** What to feed it. */
  readonly input: CommandInput | undefined;
  readonly copies: readonly HostCopy[];
}

/**
 * Starts a command: with pipes or the streams of the host in a session and process group of its own,
 * or on a terminal of its own.
 *
 * @param invocation - the command with its launcher, if it has one.
 * @throws {AgentFSError} COMMAND_NOT_STARTED; SANDBOX_UNAVAILABLE when a terminal cannot be had.
 */
export async function startCommand(
  invocation: Invocation,
  spec: ProcessSpec,
): Promise<StartedCommand> {
  const request = requestFor(invocation, spec);
  const { input, copied } = request.streams;
  const child = await spawnCommand(request);
  const copies = copied.map(({ pipe, to }) => ({ from: child.stdio[pipe] as Readable, to }));
  return { child, input, copies };
}

function requestFor(invocation: Invocation, spec: ProcessSpec): SpawnRequest {
  const { cwd, output } = spec;
  const env = { ...spec.env, [COMMAND_ID_VARIABLE]: spec.commandId };
  const isPiped = output === 'collect' || output === 'stream';
  const isLeader = output !== 'terminal';
  if (isPiped) return { invocation, cwd, env, streams: pipedStreams(spec), isLeader };
  if (!isLeader) requireHere(invocation, spec);
  if (!isLeader && process.platform === 'linux') {
    return { ...onOwnTerminal(invocation, spec), cwd, isLeader };
  }
  const streams = inheritedStreams(spec);
  if (streams.redirections === '') return { invocation, cwd, env, streams, isLeader };
  requireHere(invocation, spec);
  const shell = { file: '/bin/sh', args: ['-c', `exec "$@" ${streams.redirections}`, 'sh'] };
  return { invocation: wrapInvocation(shell, invocation), cwd, env, streams, isLeader };
}

/** A launcher has looked for the program; a shell would only print that it found nothing. */
function requireHere({ file }: Invocation, { cwd, env, launcher }: ProcessSpec): void {
  if (launcher !== undefined) return;
  const path = file.includes('/') && !file.startsWith('/') ? `${cwd}/${file}` : file;
  requireProgram(path, env['PATH']);
}

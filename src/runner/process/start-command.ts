/** Starts the first process of a command with the streams that it is to have. */

import type { Readable } from 'node:stream';
import type { StartedChild } from '../../primitives/start-program.ts';
import { type Invocation, wrapInvocation } from './command.ts';
import { inheritedStreams, pipedStreams } from './command-streams.ts';
import { COMMAND_ID_VARIABLE } from './environment.ts';
import { requireProgram } from './find-program.ts';
import type { CommandInput } from './input.ts';
import type { HostCopy } from './output-reader.ts';
import type { ProcessSpec } from './process-spec.ts';
import { onOwnTerminal } from './pseudo-terminal.ts';
import { type SpawnRequest, spawnCommand } from './spawn.ts';

/** A command that has begun, and what there is to do for its streams. */
export interface StartedCommand {
  readonly child: StartedChild;
  /** What to feed it. */
  readonly input: CommandInput | undefined;
  readonly copies: readonly HostCopy[];
  /** When its first process was started, by the monotonic clock. */
  readonly since: number;
  /** Whether that has waited for the command. */
  readonly hasWaited: boolean;
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
  const waiting = beginWaiting(spec);
  if (waiting !== undefined) return waiting;
  const since = performance.now();
  const request = requestFor(invocation, spec);
  const { input, copied } = request.streams;
  const child = await spawnCommand(request);
  const copies = copied.map(({ pipe, to }) => ({ from: child.stdio[pipe] as Readable, to }));
  return { child, input, copies, since, hasWaited: false };
}

/** Leaves the command to a launcher that waits for it, where there is one that can start it. */
function beginWaiting(spec: ProcessSpec): StartedCommand | undefined {
  if (spec.waiting === undefined) return undefined;
  const { launcher, ...start } = spec.waiting;
  const { invocation, input } = spec;
  const late = { ...start, invocation, env: variablesOf(spec), hasInput: input !== undefined };
  // What is read from a stream cannot be read again, should the launcher turn out to be gone.
  const isFit = isPiped(spec) && (input === undefined || isWhole(input));
  const child = isFit ? launcher.begin(late) : undefined;
  if (child !== undefined) {
    return { child, input, copies: [], since: launcher.startedAt, hasWaited: true };
  }
  void launcher.end();
  return undefined;
}

function variablesOf({ env, commandId }: ProcessSpec): Readonly<Record<string, string>> {
  return { ...env, [COMMAND_ID_VARIABLE]: commandId };
}

function isWhole(input: CommandInput): boolean {
  return typeof input === 'string' || input instanceof Uint8Array;
}

function isPiped({ output }: ProcessSpec): boolean {
  return output === 'collect' || output === 'stream';
}

function requestFor(invocation: Invocation, spec: ProcessSpec): SpawnRequest {
  const { cwd, output } = spec;
  const env = variablesOf(spec);
  const isLeader = output !== 'terminal';
  if (isPiped(spec)) return { invocation, cwd, env, streams: pipedStreams(spec), isLeader };
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

/** Runs one hook script and says how it failed. */

import type { ConfigName } from '../config/values.ts';
import type { Logger } from '../primitives/logger.ts';
import { type Environment, newCommandId } from '../runner/process/environment.ts';
import { type ProcessResult, startProcess } from '../runner/process/process.ts';

/** The configuration keys of scripts. */
export type HookKey = Extract<ConfigName, `hooks.${'pre' | 'post'}_${string}`>;

/** How hook scripts run. */
export interface HookScriptOptions {
  /** The environment that the scripts get, with their own variables on top. */
  readonly env: Environment;
  /** Receives what the scripts print on either stream, line by line, with the line ends. */
  readonly output: (line: string) => void;
  /** Hears of failed scripts that no operation waited for. */
  readonly logger?: Logger | undefined;
  /** Ends the scripts that are running. */
  readonly signal?: AbortSignal | undefined;
}

/** A script and where it runs. */
export interface HookScript {
  readonly key: HookKey;
  /** The text for the shell. */
  readonly script: string;
  readonly base: string;
  /** Milliseconds after which it is ended, which counts as a failure. */
  readonly timeoutMs: number;
}

/** What a script is told about the operation. */
export interface Occasion {
  /** Name of the workspace. */
  readonly name: string;
  /** Directory of the workspace; `''` before it is created. */
  readonly directory: string;
  /** Variables of this kind of operation. */
  readonly env: Environment;
}

/** The system refuses a variable above 128 KiB, and a script that needs all of it can ask agentfs. */
const MAX_VALUE_LENGTH = 32 * 1024;

/** Output is passed on, not kept: this much may wait for the reader. */
const MAX_BUFFER_BYTES = 64 * 1024;

/**
 * Runs a script to its end.
 *
 * @throws {Error} when it fails; {AgentFSError} COMMAND_NOT_STARTED, ABORTED.
 */
export async function runHookScript(
  { key, script, base, timeoutMs }: HookScript,
  occasion: Occasion,
  { env, output, signal }: HookScriptOptions,
): Promise<void> {
  const name = key.slice('hooks.'.length);
  const running = await startProcess({
    invocation: {
      file: '/bin/sh',
      args: ['-c', script, name, occasion.name, occasion.directory],
    },
    cwd: base,
    env: definedOnly({
      ...env,
      ...occasion.env,
      AGENTFS_HOOK: name,
      AGENTFS_WORKSPACE: occasion.name,
      AGENTFS_BASE: base,
    }),
    commandId: newCommandId(),
    output: 'stream',
    maxBufferBytes: MAX_BUFFER_BYTES,
    timeoutMs,
    signal,
  });
  for await (const line of running.lines()) output(line);
  const problem = problemOf(await running.result, timeoutMs);
  if (problem !== undefined) throw new Error(`${key} ${problem}.`);
}

function problemOf(result: ProcessResult, timeoutMs: number): string | undefined {
  if (result.timedOut) return `took longer than ${timeoutMs / 1000} seconds`;
  if (result.aborted) return 'was interrupted';
  if (result.signal !== null) return `was ended by ${result.signal}`;
  return result.exitCode === 0 ? undefined : `exited with status ${result.exitCode}`;
}

function definedOnly(env: Environment): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    // A message may hold NUL, which no variable can.
    if (value !== undefined)
      variables[name] = value.replaceAll('\0', '').slice(0, MAX_VALUE_LENGTH);
  }
  return variables;
}

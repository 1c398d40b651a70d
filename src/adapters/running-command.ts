/** A command that runs on, with its output while it comes and an input that can be written to. */

import { PassThrough } from 'node:stream';
import type { RunOptions, RunStream, Workspace } from '../index.ts';
import { outcomeOf } from './run-in-workspace.ts';

/** How long a command that is stopped may take to end by itself. */
const GRACE_MS = 1000;

/** A command that was started. */
export interface RunningCommand {
  /** Line by line, while it comes. */
  readonly stdout: AsyncIterable<string>;
  /** As a whole, when the command has ended. */
  readonly stderr: AsyncIterable<string>;
  /** What the command reads, unless it was started without. */
  readonly stdin: PassThrough;
  /** Resolves when its changes are stored. */
  wait(): Promise<{ readonly exitCode: number }>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a line of shell. Other commands of the workspace wait until it has ended. */
export function startCommand(
  workspace: Workspace,
  command: string,
  { hasInput, ...options }: Omit<RunOptions, 'encoding' | 'tty'> & { readonly hasInput: boolean },
): RunningCommand {
  const stdin = new PassThrough();
  if (!hasInput) stdin.end();
  const running = workspace.runStream(command, { ...options, input: stdin, streams: 'stdout' });
  running.result.catch(() => undefined);
  let hasEnded = false;
  const ended = running.result.finally(() => {
    hasEnded = true;
  });
  ended.catch(() => undefined);
  return {
    stdin,
    stdout: running,
    stderr: stderrOf(running),
    wait: async () => ({ exitCode: outcomeOf(await running.result).exitCode }),
    kill: async (signal) => {
      if (hasEnded) return;
      running.kill(signal);
      const timer = setTimeout(() => running.kill('SIGKILL'), GRACE_MS);
      await ended.catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

async function* stderrOf(running: RunStream): AsyncGenerator<string> {
  const { stderr } = await running.result;
  if (stderr !== '') yield stderr;
}

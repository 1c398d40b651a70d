/** Runs a command for a framework that knows text and an exit status only. */

import { constants } from 'node:os';
import type { RunOptions, RunResult, Workspace } from '../index.ts';

/** How a command ended. */
export interface CommandOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 and the number of the signal when one has ended it, as shells have it. */
  readonly exitCode: number;
}

/** Runs a line of shell, and says how it ended. @throws as `workspace.run` */
export async function runInWorkspace(
  workspace: Workspace,
  command: string,
  options: RunOptions & { readonly encoding?: undefined } = {},
): Promise<CommandOutcome> {
  return outcomeOf(await workspace.run(command, options));
}

/** What a shell would say of the end of a command. */
export function outcomeOf({ stdout, stderr, exitCode, signal }: RunResult): CommandOutcome {
  return { stdout, stderr, exitCode: exitCode ?? 128 + (signal ? constants.signals[signal] : 0) };
}

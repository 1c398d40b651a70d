/** What a run hands back. */

import type { ChosenStrategy } from '../../runner/choose-strategy.ts';
import type { Isolation } from '../../runner/isolation.ts';
import type { Command } from '../../runner/process/command.ts';
import type { ProcessResult } from '../../runner/process/process.ts';
import type { IgnoredChanges, RunWarning, StrategyName } from '../../runner/strategy.ts';
import type { FileChange } from '../../snapshot/changes.ts';
import type { RunRequest } from './run-options.ts';
import type { Disagreements } from './take-in.ts';

/** How a command ended and what it changed. */
export interface RunResult<Output extends string | Buffer = string> extends Disagreements {
  readonly command: Command;
  /** The exit status, 0 to 255; null when a signal ended the command. */
  readonly exitCode: number | null;
  /** The signal that ended the command, such as `SIGTERM`; null when it exited by itself. */
  readonly signal: NodeJS.Signals | null;
  /** Whether the exit status is not 0, for whatever reason. */
  readonly failed: boolean;
  /** Whether the command was ended because its time was up, or it printed nothing for too long. */
  readonly timedOut: boolean;
  /** Whether the command was ended through its `AbortSignal`. */
  readonly aborted: boolean;
  /** From the start of the command to the end of its first process, in milliseconds. */
  readonly durationMs: number;
  /** Empty when the output was not captured. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether an output was longer than `maxBuffer` and cut there. */
  readonly truncated: boolean;
  /** What the command changed in the tree that it saw, by path; lines are counted up to a bound. */
  readonly changes: readonly FileChange[];
  /** Whether those changes were dropped and the workspace is as it was. */
  readonly discarded: boolean;
  /** The step in `history()`; null when the run changed nothing, or its changes were dropped. */
  readonly operationId: number | null;
  /** Names the run in the audit log, and its processes. */
  readonly commandId: string;
  readonly strategy: StrategyName;
  /** What was in force while the command ran. */
  readonly isolation: Isolation;
  /** What the command did to ignored content; null for nothing, or where that is not known. */
  readonly ignored: IgnoredChanges | null;
  /** Paths that could not be captured or shown, conflicts, and processes that did not die. */
  readonly warnings: readonly RunWarning[];
}

/** Any result, whatever its output was collected as. */
export type AnyRunResult = RunResult<string> | RunResult<Buffer>;

/** The result of a command, given what has become of its changes. */
export function resultOf(
  { strategy, isolation }: ChosenStrategy,
  { command, process }: RunRequest,
  { survivors, ...outcome }: ProcessResult,
  taken: Pick<
    RunResult,
    'changes' | 'discarded' | 'operationId' | 'ignored' | 'warnings' | keyof Disagreements
  >,
): RunResult<Buffer> {
  return {
    command,
    commandId: process.commandId,
    ...outcome,
    failed: outcome.exitCode !== 0,
    changes: taken.changes,
    discarded: taken.discarded,
    operationId: taken.operationId,
    conflicts: taken.conflicts,
    conflictSnapshot: taken.conflictSnapshot,
    ignored: taken.ignored,
    strategy: strategy.name,
    isolation,
    warnings: [...taken.warnings, ...survivors.map(survivorWarning)],
  };
}

/** The same result with its output as text. */
export function decoded(result: RunResult<Buffer>): RunResult {
  return { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
}

function survivorWarning(pid: number): RunWarning {
  const message = `Process ${pid} of the command could not be killed; it may still change files.`;
  return { path: '', kind: 'survivor', message };
}

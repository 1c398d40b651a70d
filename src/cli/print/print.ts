/** Answers that several commands give: of a step in the history, a merge, a commit, a sync. */

import type { CommitResult, FileChange, MergeResult, SyncResult, UndoResult } from '../../index.ts';
import type { Call } from '../call.ts';
import type { Answer } from './answer.ts';
import { changeLines } from './change-lines.ts';
import { count, humanSize } from './human.ts';
import { commitJson } from './json-shapes.ts';

/** What undo or redo has done; `done` is the verb in the past tense. */
export function stepAnswer(call: Call, done: string, { operation, changes }: UndoResult): Answer {
  return {
    json: { operation, changes },
    lines: changeLines(changes, call.output.style),
    // A command in quotes is clear without them, after the colon.
    says: `${done}: ${operation.summary.replace(/^"([^"\\]*)"$/, '$1')}`,
  };
}

/** What a merge or rebase has changed in a workspace; `done` gets `3 changes` in place of `%`. */
export function mergeAnswer(
  call: Call,
  workspace: string,
  { changes, merged, conflicts, operationId }: MergeResult,
  done: string,
): Answer {
  return {
    json: { workspace, changes, merged, conflicts, operationId },
    lines: changeLines(changes, call.output.style),
    says: [done.replace('%', count(changes.length, 'change')), ...mergedLines(merged, conflicts)],
  };
}

/** A commit into the project. */
export function commitAnswer(commit: CommitResult, done: string): Answer {
  return {
    json: commitJson(commit),
    warnings: commit.warnings,
    lines: [commit.id],
    says: [done, ...mergedLines(commit.merged, [])],
  };
}

/** What would change, of a command that was told to change nothing. */
export function dryRunAnswer(
  { output }: Call,
  changes: readonly FileChange[],
  json: object,
  done: string,
): Answer {
  return {
    json: { ...json, dryRun: true, changes },
    lines: changeLines(changes, output.style),
    says: `Would ${done} ${count(changes.length, 'change')}.`,
  };
}

/** What a push or pull has done. */
export function syncAnswer(call: Call, workspace: string, result: SyncResult): Answer {
  const { direction, version, upToDate, objects, bytes, merged, conflicts, changes } = result;
  const done = direction === 'push' ? 'Pushed' : 'Pulled';
  const traffic = `${count(objects, 'object')}, ${humanSize(bytes)}`;
  const headline = upToDate
    ? `${workspace} is up to date at revision ${version}.`
    : `${done} ${workspace}: revision ${version}, ${traffic}.`;
  return {
    json: { workspace, ...result },
    lines: changeLines(changes, call.output.style),
    says: [headline, ...mergedLines(merged, conflicts)],
  };
}

function mergedLines(
  merged: readonly string[],
  conflicts: readonly { readonly path: string }[],
): string[] {
  return [
    ...merged.map((path) => `Merged line by line: ${path}`),
    ...conflicts.map(({ path }) => `Changed on both sides, took one: ${path}`),
  ];
}

/** Answers that several commands give: of a step in the history, a merge, a commit, a sync. */

import type {
  CommitOutcome,
  DecidedConflict,
  FileChange,
  IgnoredPart,
  MergeResult,
  Operation,
  SyncResult,
  UndoResult,
} from '../../index.ts';
import type { Call } from '../call.ts';
import type { Answer } from './answer.ts';
import { changeLines } from './change-lines.ts';
import { count, humanSize } from './human.ts';
import { commitJson } from './json-shapes.ts';

/** What undo or redo has done; `done` is the verb in the past tense. */
export function stepAnswer(
  call: Call,
  done: string,
  { operation, changes, ignored }: UndoResult,
): Answer {
  return {
    json: { operation, changes, ignored },
    lines: changeLines(changes, call.output.style),
    says: [
      `${done}: ${shownSummary(operation)}`,
      ...(ignored === null ? [] : [ignoredLine(ignored)]),
    ],
  };
}

/** What an operation did, for people: a command without the quotes that it is recorded in. */
export function shownSummary({ summary }: Pick<Operation, 'summary'>): string {
  if (!/^".*"$/.test(summary)) return summary;
  try {
    return String(JSON.parse(summary));
  } catch {
    return summary;
  }
}

/** What a step back or forth means for ignored content. */
function ignoredLine({ paths, restored }: IgnoredPart): string {
  const [first = '', ...others] = paths;
  const named =
    others.length === 0 ? first : `${first} and ${count(others.length, 'more ignored path')}`;
  return restored
    ? `Ignored content too: ${named}.`
    : `Ignored content stays as it is: ${named}. Its earlier state is no longer kept.`;
}

/** What a merge or rebase has changed in a workspace; `done` gets `3 changes` in place of `%`. */
export function mergeAnswer(
  call: Call,
  { workspace, dryRun }: { readonly workspace: string; readonly dryRun: true | undefined },
  { changes, merged, conflicts, operationId }: MergeResult,
  done: string,
): Answer {
  if (dryRun) {
    const json = { workspace, merged, conflicts };
    return dryRunAnswer(call, changes, json, 'bring in', mergedLines({ merged, conflicts }));
  }
  return {
    json: { workspace, changes, merged, conflicts, operationId },
    lines: changeLines(changes, call.output.style),
    says: [
      done.replace('%', count(changes.length, 'change')),
      ...mergedLines({ merged, conflicts }, `agentfs undo -w ${workspace}`),
    ],
  };
}

/**
 * A commit into the project.
 *
 * @param undo - what brings back the workspace's side, where it was overruled.
 */
export function commitAnswer(commit: CommitOutcome, done: string, undo?: string): Answer {
  const losesOurs = commit.conflicts.some(({ took }) => took === 'theirs');
  const back = losesOurs && undo !== undefined ? undo : `agentfs revert ${commit.id.slice(0, 12)}`;
  return {
    json: { ...commitJson(commit), conflicts: commit.conflicts },
    warnings: commit.warnings,
    lines: [commit.id],
    says: [done, ...mergedLines(commit, back)],
  };
}

/** What would change, of a command that was told to change nothing. */
export function dryRunAnswer(
  { output }: Call,
  changes: readonly FileChange[],
  json: object,
  done: string,
  more: readonly string[] = [],
): Answer {
  return {
    json: { ...json, dryRun: true, changes },
    lines: changeLines(changes, output.style),
    says: [`Would ${done} ${count(changes.length, 'change')}.`, ...more],
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
    says: [headline, ...mergedLines({ merged, conflicts }, `agentfs undo -w ${workspace}`)],
  };
}

/**
 * What was merged, and what was overruled.
 *
 * @param undo - what brings back what was overruled, if anything was.
 */
export function mergedLines(
  { merged, conflicts }: Pick<MergeResult, 'merged' | 'conflicts'>,
  undo?: string,
): string[] {
  const isOverruled = conflicts.some(({ took }) => took !== 'markers');
  const isMarked = conflicts.some(({ took }) => took === 'markers');
  return [
    ...merged.map((path) => `Merged line by line: ${path}`),
    ...conflicts.map(decisionLine),
    ...(isMarked ? ['Edit what stands between <<<<<<< and >>>>>>> before you commit.'] : []),
    ...(isOverruled && undo !== undefined ? [`What was overruled comes back with ${undo}.`] : []),
  ];
}

function decisionLine({ path, took, hunks }: DecidedConflict): string {
  const where = hunks === undefined ? '' : ` in ${count(hunks, 'place')}`;
  if (took === 'markers') return `Marked both sides${where}: ${path}`;
  if (took === 'content') return `Took your content: ${path}`;
  const other = took === 'ours' ? 'theirs' : 'ours';
  return `Took ${took}, overruling ${other}${where || ', the whole file'}: ${path}`;
}

/** The rows that the stat index needs once a change is in the base, so that no scan has to follow. */

import type { Stats } from 'node:fs';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import type { IndexUpdate } from '../disk/scan-result.ts';
import { contentRow, directoryRow, type IndexEntry } from '../disk/stat-index.ts';
import type { Clock } from '../primitives/clock.ts';
import type { TreePath } from '../primitives/path.ts';
import { EMPTY_TREE } from '../tree/trees.ts';
import type { ChangeJournal, ChangeStep, Side } from './change-step.ts';
import { look, matches } from './disk-entry.ts';
import type { ChangePlan } from './plan-change.ts';
import type { StagedFiles } from './stage-files.ts';

/**
 * The rows for every path of the change. A directory that had to stay has none: the next scan finds
 * it again. A path that somebody has changed since it was placed gets a row that proves nothing, so
 * that the next scan reads it and sees the edit.
 */
export function appliedRows(
  base: SafeDirectory,
  clock: Clock,
  { steps }: ChangeJournal,
  { adopted }: ChangePlan,
  staged: StagedFiles,
): IndexUpdate[] {
  const rows = steps.map((step) => ({ path: step.path, entry: rowOf(base, clock, step, staged) }));
  for (const { path, after } of adopted) {
    if (after !== undefined) rows.push({ path, entry: suspectRow(after, look(base, path)) });
  }
  return rows;
}

function rowOf(
  base: SafeDirectory,
  clock: Clock,
  step: ChangeStep,
  staged: StagedFiles,
): IndexEntry | undefined {
  const { path, after } = step;
  if (after === undefined) return undefined;
  switch (after.kind) {
    case 'directory':
      return suspectRow(after, look(base, path));
    case 'symlink':
      return linkRow(base, clock, path, after);
    case 'file':
      return fileRow(base, clock, step, after, staged);
  }
}

function linkRow(base: SafeDirectory, clock: Clock, path: TreePath, after: Side): IndexEntry {
  const observedMs = clock.now();
  const stats = look(base, path);
  if (stats === undefined || !matches(base, path, after)) return suspectRow(after, stats);
  return contentRow('symlink', stats, after.id, observedMs);
}

function fileRow(
  base: SafeDirectory,
  clock: Clock,
  step: ChangeStep,
  after: Side,
  staged: StagedFiles,
): IndexEntry {
  const observedMs = clock.now();
  const stats = look(base, step.path);
  const complete = staged.get(step);
  // Linking it into place has moved the ctime, but only a write moves the others.
  const isOurs =
    stats !== undefined &&
    stats.ino === complete?.ino &&
    stats.mtimeMs === complete.mtimeMs &&
    stats.size === complete.size &&
    stats.mode === complete.mode;
  return isOurs ? contentRow('file', stats, after.id, observedMs) : suspectRow(after, stats);
}

/** A row that says what should be there and makes every scan look. */
function suspectRow({ kind, mode, size, id }: Side, stats: Stats | undefined): IndexEntry {
  const mtimeMs = stats?.mtimeMs ?? 0;
  if (kind === 'directory') return directoryRow(mode, mtimeMs, EMPTY_TREE);
  return { kind, mode, size, mtimeMs, ctimeMs: 0, inode: 0, racy: true, id };
}

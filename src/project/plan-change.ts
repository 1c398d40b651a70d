/** Turns the difference of two trees into the steps that make the base follow it. */

import type { SafeDirectory } from '../disk/safe-directory.ts';
import { kindOf } from '../disk/stat-index.ts';
import type { Entry } from '../primitives/entry.ts';
import { InvalidPathError } from '../primitives/errors.ts';
import { baseName, nameProblem, parentPath, type TreePath } from '../primitives/path.ts';
import type { TreeDifference } from '../tree/diff-trees.ts';
import { EMPTY_TREE } from '../tree/trees.ts';
import type { ChangeStep, Side } from './change-step.ts';
import { look, matches } from './disk-entry.ts';
import { twinOf } from './name-collision.ts';

const SPECIAL_BITS = 0o7000;

/** What is to be done, and what the disk has already. */
export interface ChangePlan {
  /** Parents before children. */
  readonly steps: readonly ChangeStep[];
  /** Differences that were there before, because an ignored path is not in the base tree. */
  readonly adopted: readonly TreeDifference[];
}

/** A difference with what only the disk knows about its path. */
interface Planned extends TreeDifference {
  readonly specialBits: number;
  readonly inPlace: boolean;
}

/**
 * Plans a change. Looks at the disk for what no tree has: ignored directories and equal files that
 * are there already, hard links, set-id bits.
 *
 * @param differences - parents before children, as `diffTrees` yields them.
 * @throws {InvalidPathError} INVALID_PATH for a name that no tree may hold.
 */
export function planChange(base: SafeDirectory, differences: Iterable<TreeDifference>): ChangePlan {
  const planned: Planned[] = [];
  const adopted: TreeDifference[] = [];
  for (const difference of differences) {
    assertAllowed(difference);
    if (isThereAlready(base, difference)) adopted.push(difference);
    else planned.push(inspect(base, difference));
  }
  const passing = new Set(planned.filter(isPassingDirectory).map(({ path }) => path));
  const steps = planned.map(({ path, before, after, specialBits, inPlace }, number) => ({
    number,
    path,
    anchor: anchorOf(path, passing),
    before: sideOf(before, specialBits),
    after: sideOf(after, 0),
    inPlace,
  }));
  return { steps, adopted };
}

function assertAllowed({ path }: TreeDifference): void {
  const problem = nameProblem(baseName(path));
  if (problem === undefined) return;
  throw new InvalidPathError(`The path ${JSON.stringify(path)} ${problem}.`, { path });
}

function isThereAlready(base: SafeDirectory, { path, before, after }: TreeDifference): boolean {
  if (before !== undefined || after === undefined || !matches(base, path, after)) return false;
  return twinOf(base, path) === undefined;
}

function inspect(base: SafeDirectory, difference: TreeDifference): Planned {
  const { path, before, after } = difference;
  const stats = before === undefined ? undefined : look(base, path);
  if (stats === undefined || before === undefined || kindOf(stats) !== before.kind) {
    return { ...difference, specialBits: 0, inPlace: false };
  }
  // The mode of a file with several names is also that of the others, which are not ours to change.
  const sameFile = before.kind === 'file' && before.id === after?.id && stats.nlink === 1;
  const inPlace = after?.kind === before.kind && (before.kind === 'directory' || sameFile);
  return { ...difference, specialBits: stats.mode & SPECIAL_BITS, inPlace };
}

/** Whether the directory is only there before, or only after: nothing can wait inside. */
function isPassingDirectory({ before, after }: TreeDifference): boolean {
  return (before?.kind === 'directory') !== (after?.kind === 'directory');
}

function anchorOf(path: TreePath, passing: ReadonlySet<TreePath>): TreePath {
  let anchor = parentPath(path);
  while (passing.has(anchor)) anchor = parentPath(anchor);
  return anchor;
}

function sideOf(entry: Entry | undefined, specialBits: number): Side | undefined {
  if (entry === undefined) return undefined;
  const { kind, size, id } = entry;
  const mode = entry.mode | specialBits;
  // What is in a directory is a matter of other steps.
  return kind === 'directory' ? { kind, mode, size: 0, id: EMPTY_TREE } : { kind, mode, size, id };
}

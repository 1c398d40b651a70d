/**
 * Names that differ in case or in Unicode normalisation only, on file systems that take them for
 * one. Whether a directory is of that kind is tried out, and only when it matters.
 */

import { closeSync } from 'node:fs';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { AgentFSError } from '../primitives/errors.ts';
import { baseName, joinPath, parentPath, STAGE_PREFIX, type TreePath } from '../primitives/path.ts';
import type { ChangeJournal, ChangeStep } from './change-step.ts';
import { look } from './disk-entry.ts';
import { listed } from './outside-links.ts';

/** Which names a directory takes for one. */
interface NameEquality {
  readonly byCase: boolean;
  readonly byNormalisation: boolean;
}

/**
 * Refuses new names that the base would take for one.
 *
 * @throws {AgentFSError} NAME_COLLISION with `details.paths`, before the first visible change.
 */
export function refuseCollisions(base: SafeDirectory, journal: ChangeJournal): void {
  for (const group of groupsThatMayCollide(journal.steps)) {
    const [first] = group;
    if (first === undefined) continue;
    const equality = probe(base, journal, first.anchor);
    const distinct = new Set(group.map(({ path }) => comparable(path, equality)));
    if (distinct.size < group.length) throw nameCollision(group.map(({ path }) => path));
  }
}

/** The path of the entry that is found at `path` though its name is another; undefined if none. */
export function twinOf(base: SafeDirectory, path: TreePath): TreePath | undefined {
  const parent = parentPath(path);
  const names = base.list(parent);
  const name = baseName(path);
  if (names.includes(name)) return undefined;
  const equality = { byCase: true, byNormalisation: true };
  const twin = names.find((other) => comparable(other, equality) === comparable(name, equality));
  return twin === undefined ? undefined : joinPath(parent, twin);
}

/** The error for names that the base takes for one. */
export function nameCollision(paths: readonly TreePath[]): AgentFSError {
  return new AgentFSError(
    'NAME_COLLISION',
    `The project takes these names for one and the same: ${listed(paths)}.`,
    {
      path: paths[0],
      hint: 'Rename all but one of them in the workspace.',
      details: { paths },
    },
  );
}

function groupsThatMayCollide(steps: readonly ChangeStep[]): ChangeStep[][] {
  const groups = new Map<string, ChangeStep[]>();
  for (const step of steps) {
    if (step.before !== undefined || step.after === undefined) continue;
    const key = comparable(step.path, { byCase: true, byNormalisation: true });
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function comparable(name: string, equality: NameEquality): string {
  const cased = equality.byCase ? name.toUpperCase().toLowerCase() : name;
  return equality.byNormalisation ? cased.normalize('NFC') : cased;
}

/** Makes a file under a staged name and looks for it under others. */
function probe(base: SafeDirectory, journal: ChangeJournal, directory: TreePath): NameEquality {
  const name = `${STAGE_PREFIX}${journal.number}-probe-\u00e9`;
  const path = joinPath(directory, name);
  closeSync(base.createExclusive(path, 0o600));
  try {
    return {
      byCase: look(base, joinPath(directory, name.toUpperCase())) !== undefined,
      byNormalisation: look(base, joinPath(directory, name.normalize('NFD'))) !== undefined,
    };
  } finally {
    base.unlink(path);
  }
}

/** Removes what a probe left when its process died in it. */
export function removeProbes(base: SafeDirectory, journal: ChangeJournal): void {
  for (const group of groupsThatMayCollide(journal.steps)) {
    for (const { anchor } of group) {
      const path = joinPath(anchor, `${STAGE_PREFIX}${journal.number}-probe-\u00e9`);
      if (look(base, path) !== undefined) base.unlink(path);
    }
  }
}

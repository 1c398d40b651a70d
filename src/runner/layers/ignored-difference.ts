/** How ignored content in a directory differs from what a workspace has. */

import { closeSync, readSync, type Stats } from 'node:fs';
import { isWithinAny } from '../../disk/path-set.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { kindOf } from '../../disk/stat-index.ts';
import type { Steps } from '../../disk/time-slices.ts';
import type { EntryKind } from '../../primitives/entry.ts';
import { PIECE_BYTES } from '../../primitives/limits.ts';
import {
  baseName,
  isWithin,
  joinPath,
  parentPath,
  pathParts,
  ROOT,
  type TreePath,
} from '../../primitives/path.ts';
import type { FoundIgnored, IgnoredView } from './ignored-view.ts';
import type { KeptChange } from './overlay-notes.ts';
import { isGitLock } from './stock-links.ts';

/** What is compared. */
export interface DifferenceSource {
  /** What the workspace has. */
  readonly view: IgnoredView;
  /** The directory that has what is wanted. */
  readonly from: SafeDirectory;
  /** What of that is ignored; none is below another. */
  readonly items: readonly TreePath[];
  /** Where to look. `.git` is looked at only where one of these names it. */
  readonly paths: readonly TreePath[];
  /** What the workspace versions at a path. */
  readonly kindOf: (path: TreePath) => EntryKind | undefined;
}

/**
 * The changes that make of a workspace's ignored content what the directory has; none is below another,
 * but for modes. The content of files decides: package managers give times that say nothing.
 */
export function* differences(source: DifferenceSource): Steps<KeptChange[]> {
  const walk = new Walk(source);
  yield* walk.steps();
  return walk.changes;
}

/** A path, and what the workspace has there. */
interface Visit {
  readonly path: TreePath;
  readonly there: FoundIgnored | undefined;
}

class Walk {
  readonly changes: KeptChange[] = [];
  readonly #source: DifferenceSource;
  readonly #items: ReadonlySet<TreePath>;
  /** The directories that lead to them. */
  readonly #above: ReadonlySet<TreePath>;
  readonly #pending: Visit[];

  constructor(source: DifferenceSource) {
    this.#source = source;
    this.#items = new Set(source.items);
    this.#above = new Set(source.items.flatMap(directoriesAbove));
    this.#pending = [{ path: ROOT, there: source.view.find(ROOT) }];
  }

  *steps(): Steps<void> {
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (this.#isOfInterest(next.path)) yield* this.#visit(next);
      yield 0;
    }
  }

  #isOfInterest(path: TreePath): boolean {
    const { paths } = this.#source;
    const isOnTheWay = paths.some((each) => isWithin(path, each) || isWithin(each, path));
    if (!isOnTheWay || path === ROOT) return isOnTheWay;
    if (baseName(path) === '.git' && !paths.some((each) => each !== ROOT && isWithin(path, each)))
      return false;
    return (this.#source.kindOf(path) ?? 'directory') === 'directory';
  }

  *#visit(visit: Visit): Steps<void> {
    const { path } = visit;
    const { from, items, paths } = this.#source;
    const isItem = isWithinAny(path, this.#items);
    const isInside = paths.some((each) => isWithin(path, each));
    if (isInside && (isItem || !this.#leadsOn(path))) yield* this.#compare(visit, isItem);
    else this.#enter(visit, isItem ? namesIn(from, path) : namesOn(items, path));
  }

  /** Whether a path is only a way to what is ignored. */
  #leadsOn(path: TreePath): boolean {
    return path === ROOT || this.#above.has(path) || this.#source.kindOf(path) !== undefined;
  }

  *#compare({ path, there }: Visit, isItem: boolean): Steps<void> {
    const { from } = this.#source;
    const wanted = isItem ? look(from, path) : undefined;
    if (wanted === undefined) {
      const isKnown = there !== undefined && kindOf(there.stats) !== undefined;
      if (isKnown) this.changes.push({ path, change: 'gone' });
    } else if (there?.stats.isDirectory() === true && wanted.isDirectory()) {
      const names = namesIn(from, path);
      // Shut off: what is not known stays.
      if (names === undefined) return;
      if (there.stats.mode !== wanted.mode) this.changes.push({ path, change: 'mode' });
      this.#enter({ path, there }, names);
    } else if (!(there && (yield* isSame(there, { stats: wanted, root: from }, path)))) {
      this.changes.push({ path, change: 'moved' });
    }
  }

  #enter({ path: directory, there }: Visit, wanted: Iterable<string> | undefined): void {
    const { view } = this.#source;
    const names = new Set([...(view.names(directory, there) ?? []), ...(wanted ?? [])]);
    for (const name of names) {
      const path = joinPath(directory, name);
      this.#pending.push({ path, there: view.findIn(there, path) });
    }
  }
}

/** What is of use at a path; what a stock leaves out is not there. */
function look(from: SafeDirectory, path: TreePath): Stats | undefined {
  const stats = isGitLock(path) ? undefined : from.find(path);
  return stats === undefined || kindOf(stats) === undefined ? undefined : stats;
}

/** A file or link that is to be compared, and where it is. */
interface Placed {
  readonly stats: Stats;
  readonly root: SafeDirectory;
}

function* isSame({ stats, layers }: FoundIgnored, other: Placed, path: TreePath): Steps<boolean> {
  const [root] = layers;
  if (stats.dev === other.stats.dev && stats.ino === other.stats.ino) return true;
  if (root === undefined || kindOf(stats) !== kindOf(other.stats)) return false;
  if (stats.isSymbolicLink()) return root.readlink(path).equals(other.root.readlink(path));
  const isAlike = stats.size === other.stats.size && stats.mode === other.stats.mode;
  const isAsOld = Math.trunc(stats.mtimeMs) === Math.trunc(other.stats.mtimeMs);
  return isAlike && isAsOld && (yield* hasSameBytes(root, other.root, path));
}

function* hasSameBytes(one: SafeDirectory, other: SafeDirectory, path: TreePath): Steps<boolean> {
  const left = one.openRead(path);
  try {
    const right = other.openRead(path);
    try {
      const [a, b] = [Buffer.allocUnsafe(PIECE_BYTES), Buffer.allocUnsafe(PIECE_BYTES)];
      for (;;) {
        const count = readSync(left, a, 0, PIECE_BYTES, null);
        const isSamePiece = readSync(right, b, 0, PIECE_BYTES, null) === count;
        if (!isSamePiece || !a.subarray(0, count).equals(b.subarray(0, count))) return false;
        if (count === 0) return true;
        yield 0;
      }
    } finally {
      closeSync(right);
    }
  } finally {
    closeSync(left);
  }
}

function namesIn(root: SafeDirectory, path: TreePath): readonly string[] | undefined {
  try {
    return root.find(path)?.isDirectory() === true ? root.list(path) : [];
  } catch {
    // The directory is alive: it may be gone or shut off by now.
    return undefined;
  }
}

/** The names in a directory that lead to items. */
function namesOn(items: readonly TreePath[], directory: TreePath): string[] {
  const depth = pathParts(directory).length;
  return items
    .filter((item) => item !== directory && isWithin(item, directory))
    .map((item) => pathParts(item)[depth] ?? '');
}

function directoriesAbove(path: TreePath): TreePath[] {
  const above: TreePath[] = [];
  for (let each = parentPath(path); each !== ROOT; each = parentPath(each)) above.push(each);
  return above;
}

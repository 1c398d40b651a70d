/**
 * The layer of a workspace's own ignored content, over the stock, and the steps that led to it. Each
 * step keeps what it has replaced, and what replaced it when it is taken back, so that the layer can
 * go to any state whose steps are kept: by renames, at a cost that follows the change. All of it can
 * be repeated after a crash at any point.
 */

import type { Stats } from 'node:fs';
import { removeTree } from '../../disk/remove-tree.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { joinPath, parentPath, pathParts, ROOT, type TreePath } from '../../primitives/path.ts';
import { transientName } from '../../primitives/transient-name.ts';
import { measure } from './measure.ts';
import { moveOut } from './move-out.ts';
import type { CapturedIgnored, IgnoredStep, KeptChange, StepDirectory } from './overlay-notes.ts';
import { isWhiteout, type Whiteouts } from './whiteouts.ts';

/** Where the steps of a workspace are, in the directory of its layers. */
const STEPS = 'steps' as TreePath;

/** What a layer is changed with. */
export interface KeptLayerContext {
  /** The directory with all layers. */
  readonly layers: SafeDirectory;
  readonly kept: SafeDirectory;
  readonly stock: SafeDirectory | undefined;
  readonly whiteouts: Whiteouts;
}

/** One opening of the layer. */
export class KeptLayer {
  readonly #context: KeptLayerContext;

  constructor(context: KeptLayerContext) {
    this.#context = context;
  }

  /** Takes changes over from the upper layer that they were made in. */
  *take(step: IgnoredStep, changes: readonly KeptChange[], upper: SafeDirectory): Steps<void> {
    const { whiteouts, kept, stock } = this.#context;
    using forth = this.#side(step, 'forth');
    for (const { path, change } of changes) {
      if (change === 'gone') {
        const before = kept.find(path);
        const isDone = before !== undefined && isWhiteout(before);
        // Where there is nothing below it, a whiteout would be seen.
        if (isDone || stock?.find(path) === undefined || forth.find(path) !== undefined) continue;
        yield* makeDirectories(forth, parentPath(path));
        whiteouts.place(forth, path);
      } else if (change === 'moved') {
        if (upper.find(path) !== undefined) {
          yield* makeDirectories(forth, parentPath(path));
          moveOut(upper, path, forth);
        }
        yield* this.#hide(forth, path);
      }
      yield 0;
    }
    yield* this.forward(step);
  }

  /** Makes a step, or makes it again. */
  *forward(step: IgnoredStep): Steps<void> {
    const { kept } = this.#context;
    // Filled before they may be shut.
    for (const { path } of step.directories) yield* makeDirectories(kept, path);
    yield* this.#exchange(step, 'forth', 'back');
    setModes(kept, step.directories, ({ mode }) => mode);
  }

  /** Takes a step back. */
  *backward(step: IgnoredStep): Steps<void> {
    const { kept } = this.#context;
    yield* this.#exchange(step, 'back', 'forth');
    for (const { path, before } of [...step.directories].reverse()) {
      const isOwn = before === null && kept.find(path)?.isDirectory() === true;
      if (isOwn && kept.list(path).length === 0) kept.rmdir(path);
    }
    setModes(kept, step.directories, ({ before }) => before);
  }

  /** The step that changes in an upper layer amount to. */
  stepOf(before: number, captured: CapturedIgnored, upper: SafeDirectory): IgnoredStep {
    const { state, changes, refreshed } = captured;
    const { stock } = this.#context;
    const isRemoved = ({ path, change }: KeptChange): boolean =>
      change === 'gone' && stock?.find(path) === undefined;
    const replaced = changes.filter((each) => each.change !== 'mode' && !isRemoved(each));
    return {
      before,
      after: state,
      paths: replaced.map(({ path }) => path),
      removed: changes.filter(isRemoved).map(({ path }) => path),
      directories: this.#directoriesOf(changes, upper),
      refreshed,
      bytes: 0,
    };
  }

  /** The directories that a step makes on the way to its changes, or changes the mode of. */
  #directoriesOf(changes: readonly KeptChange[], upper: SafeDirectory): StepDirectory[] {
    const { kept } = this.#context;
    const paths = new Set<TreePath>();
    for (const { path, change } of changes) {
      for (const above of directoriesAbove(path)) paths.add(above);
      if (change === 'mode') paths.add(path);
    }
    return [...paths].sort().flatMap((path) => {
      const stats = upper.find(path);
      if (stats?.isDirectory() !== true) return [];
      const there = kept.find(path);
      const before = there?.isDirectory() === true ? there.mode & 0o777 : null;
      const mode = stats.mode & 0o777;
      return mode === before ? [] : [{ path, mode, before }];
    });
  }

  /** Forgets a step; the layer cannot go back over it any more. */
  *forget(step: IgnoredStep): Steps<void> {
    yield* removeBelow(this.#context.layers, placeOfStep(step));
  }

  /** The bytes that a step takes up besides the layer. */
  *sizeOf(step: IgnoredStep): Steps<number> {
    using all = this.#side(step, undefined);
    return (yield* measure(all, ROOT)).bytes;
  }

  /**
   * Hides what the stock has below a path of `side`, and `side` has not. No directory of the layer
   * that the stock has too stays opaque: whiteouts in it or below, now or later, would be seen.
   */
  *#hide(side: SafeDirectory, path: TreePath): Steps<void> {
    const { stock, whiteouts } = this.#context;
    if (stock === undefined) return;
    const both: [directory: TreePath, stats: Stats, names: readonly string[]][] = [];
    const pending = [path];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const stats = side.find(next);
      if (stats?.isDirectory() !== true || stock.find(next)?.isDirectory() !== true) continue;
      const names = stock.list(next);
      both.push([next, stats, names]);
      for (const name of names) pending.push(joinPath(next, name));
      yield 0;
    }
    // Deepest first: each exchange changes the time of the directory above.
    for (const [directory, stats, names] of both.reverse()) {
      const own = allNames(side, directory);
      // What cannot be moved by name stays as the kernel has made it, which mostly is opaque.
      if (own === undefined) continue;
      yield* makePlain(side, directory, own);
      const present = new Set(own);
      for (const name of names) {
        if (!present.has(name)) whiteouts.place(side, joinPath(directory, name));
      }
      side.chmod(directory, stats.mode & 0o777);
      side.utimes(directory, stats.mtimeMs);
    }
  }

  #side(step: IgnoredStep, side: 'back' | 'forth' | undefined): SafeDirectory {
    const { layers } = this.#context;
    const place = side === undefined ? placeOfStep(step) : joinPath(placeOfStep(step), side);
    layers.makePath(place, OWNER_ALL);
    return layers.enter(place);
  }

  /**
   * Replaces what the layer has at the paths of a step. What is still at `from` has not been moved
   * yet; where a step leads to nothing at all, nothing is there.
   */
  *#exchange(step: IgnoredStep, from: 'back' | 'forth', to: 'back' | 'forth'): Steps<void> {
    const { kept } = this.#context;
    using source = this.#side(step, from);
    using target = this.#side(step, to);
    for (const path of step.removed) {
      const [there, away] = from === 'forth' ? [kept, target] : [source, kept];
      if (there.find(path) !== undefined && away.find(path) === undefined) {
        yield* makeDirectories(away, parentPath(path));
        moveOut(there, path, away);
      }
      yield 0;
    }
    for (const path of step.paths) {
      const isNew = from === 'forth';
      const isMoved = isNew ? source.find(path) === undefined : target.find(path) !== undefined;
      if (!isMoved && kept.find(path) !== undefined && target.find(path) === undefined) {
        yield* makeDirectories(target, parentPath(path));
        moveOut(kept, path, target);
      }
      if (source.find(path) !== undefined) {
        yield* makeDirectories(kept, parentPath(path));
        moveOut(source, path, kept);
      }
      yield 0;
    }
  }
}

/** Where a step is, in the directory of the layers. */
export function placeOfStep({ after }: IgnoredStep): TreePath {
  return joinPath(STEPS, String(after));
}

/** Removes what lies at a path; below a file or a link nothing does. */
function* removeBelow(root: SafeDirectory, path: TreePath): Steps<void> {
  if (root.find(path) !== undefined) yield* removeTree(root, path);
}

/**
 * Replaces a directory that the kernel may have marked as opaque by a plain one with the same
 * entries: the mark can neither be read nor be taken away by plain means.
 */
function* makePlain(
  root: SafeDirectory,
  directory: TreePath,
  names: readonly string[],
): Steps<void> {
  const plain = joinPath(parentPath(directory), transientName());
  root.mkdir(plain, OWNER_ALL);
  for (const name of names) {
    moveOut(root, joinPath(directory, name), root, joinPath(plain, name));
    yield 0;
  }
  yield* removeTree(root, directory);
  root.rename(plain, directory);
}

/** The names in a directory; undefined if it is shut, or has one that is not UTF-8. */
function allNames(root: SafeDirectory, directory: TreePath): readonly string[] | undefined {
  try {
    const { names, undecodable } = root.names(directory);
    return undecodable.length > 0 ? undefined : names;
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
}

/**
 * Makes a directory and those above it. What an earlier command has left on the way, a link above
 * all, gives way: the command that is over saw a directory there.
 */
function* makeDirectories(root: SafeDirectory, path: TreePath): Steps<void> {
  let above = ROOT;
  for (const name of pathParts(path)) {
    above = joinPath(above, name);
    if (root.lstat(above)?.isDirectory() === true) continue;
    yield* removeTree(root, above);
    root.mkdir(above, OWNER_ALL);
  }
}

function* directoriesAbove(path: TreePath): Generator<TreePath> {
  let above = ROOT;
  for (const name of pathParts(parentPath(path))) {
    above = joinPath(above, name);
    yield above;
  }
}

/** Deepest first: without its own permissions a directory shuts off what is below. */
function setModes(
  root: SafeDirectory,
  directories: readonly StepDirectory[],
  modeOf: (directory: StepDirectory) => number | null,
): void {
  for (const directory of [...directories].reverse()) {
    const mode = modeOf(directory);
    if (mode !== null && root.find(directory.path)?.isDirectory() === true) {
      root.chmod(directory.path, mode);
    }
  }
}

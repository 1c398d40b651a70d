/**
 * The difference layer of a workspace: over a checkout it shows another tree. It holds the files
 * that differ, whiteouts for what is not there, and never an opaque directory: these are marked in
 * a way that cannot be written by plain means, and a whiteout for each name does the same.
 */

import { removeTree } from '../../disk/remove-tree.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { type Entry, looksSame, OWNER_ALL } from '../../primitives/entry.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import {
  isWithin,
  joinPath,
  parentPath,
  pathParts,
  ROOT,
  type TreePath,
} from '../../primitives/path.ts';
import { diffShown, type TreeDifference } from '../../tree/diff-trees.ts';
import { EMPTY_TREE, type Trees } from '../../tree/trees.ts';
import { shownEntry } from './execute-bits.ts';
import { type ContentReader, createEntry } from './layer-files.ts';
import { moveOut } from './move-out.ts';
import type { Whiteouts } from './whiteouts.ts';

const STAGED = '.agentfs-stage-layer' as TreePath;

/** What a layer is changed with. */
export interface DifferenceContext {
  readonly root: SafeDirectory;
  readonly trees: Trees;
  /** The tree of the checkout underneath. */
  readonly checkout: ObjectId;
  /** False takes the execute bits of files away. */
  readonly allowBinaries: boolean;
  readonly read: ContentReader;
  readonly whiteouts: Whiteouts;
  /** An upper layer that is not needed any more: files that it has are moved instead of written. */
  readonly source: SafeDirectory | undefined;
}

/** One change of a layer; used once. */
export class DifferenceLayer {
  readonly #context: DifferenceContext;
  /** Modes that directories get at the end, so that one without write permission can be filled. */
  readonly #modes = new Map<TreePath, number>();
  readonly #ready = new Set<TreePath>([ROOT]);
  #target: ObjectId = EMPTY_TREE;

  constructor(context: DifferenceContext) {
    this.#context = context;
  }

  /** Makes an empty layer show a tree. */
  *fill(tree: ObjectId): Steps<void> {
    yield* this.#change(tree, () => this.#fill(ROOT, this.#context.checkout, tree));
  }

  /** Brings a layer that shows one tree to another. */
  *update(from: ObjectId, to: ObjectId): Steps<void> {
    yield* this.#change(to, () => this.#update(from, to));
  }

  *#change(target: ObjectId, steps: () => Steps<void>): Steps<void> {
    this.#target = target;
    try {
      yield* steps();
    } finally {
      this.#setModes();
    }
  }

  *#update(from: ObjectId, to: ObjectId): Steps<void> {
    let rebuilt: TreePath | undefined;
    for (const { path, before, after } of diffShown(this.#context.trees, from, to)) {
      if (rebuilt !== undefined && isWithin(path, rebuilt)) continue;
      if (isDirectory(before) !== isDirectory(after)) {
        yield* this.#rebuild(path, after);
        rebuilt = path;
      } else {
        const underneath = this.#context.trees.lookup(this.#context.checkout, path);
        yield* this.#place({ path, before: underneath, after });
      }
      yield 0;
    }
  }

  /** Starts over at a path that became a directory, or stopped being one. */
  *#rebuild(path: TreePath, after: Entry | undefined): Steps<void> {
    const { trees, checkout } = this.#context;
    const underneath = trees.lookup(checkout, path);
    yield* this.#remove(path);
    if (!looksSame(underneath, after)) yield* this.#place({ path, before: underneath, after });
    if (after?.kind !== 'directory') return;
    yield* this.#fill(path, isDirectory(underneath) ? underneath.id : EMPTY_TREE, after.id);
  }

  /** Puts in what makes one directory of the checkout show another. */
  *#fill(directory: TreePath, from: ObjectId, to: ObjectId): Steps<void> {
    let hidden: TreePath | undefined;
    for (const difference of diffShown(this.#context.trees, from, to)) {
      const path = (
        directory === ROOT ? difference.path : `${directory}/${difference.path}`
      ) as TreePath;
      if (hidden !== undefined && isWithin(path, hidden)) continue;
      yield* this.#place({ ...difference, path });
      if (isDirectory(difference.before) && !isDirectory(difference.after)) hidden = path;
      yield 0;
    }
  }

  /** Puts in what one path needs; `before` is what the checkout has there. */
  *#place({ path, before, after }: TreeDifference): Steps<void> {
    if (isDirectory(after)) {
      this.#placeDirectory(path, before, after);
      return;
    }
    yield* this.#remove(path);
    if (looksSame(before, after)) return;
    this.#makeParents(path);
    if (after === undefined) this.#context.whiteouts.place(this.#context.root, path);
    else yield* this.#placeContent(path, after);
  }

  #placeDirectory(path: TreePath, before: Entry | undefined, after: Entry): void {
    const { root } = this.#context;
    if (root.lstat(path)?.isDirectory() !== true) {
      if (isDirectory(before) && before.mode === after.mode) return;
      this.#makeParents(path);
      root.mkdir(path, OWNER_ALL);
    }
    this.#modes.set(path, after.mode);
  }

  *#placeContent(path: TreePath, entry: Entry): Steps<void> {
    const { root, read, allowBinaries } = this.#context;
    const shown = shownEntry(entry, allowBinaries);
    if (shown.kind === 'file' && this.#take(path)) {
      root.chmod(STAGED, shown.mode);
      root.utimes(STAGED, shown.mtime);
    } else {
      yield* createEntry(root.address(STAGED), shown, read);
    }
    root.rename(STAGED, path);
  }

  /** Moves a file to the stage, if there is one; its times and mode are not those of the entry. */
  #take(path: TreePath): boolean {
    const { root, source } = this.#context;
    if (source?.find(path)?.isFile() !== true) return false;
    moveOut(source, path, root, STAGED);
    return true;
  }

  *#remove(path: TreePath): Steps<void> {
    if (!this.#openUp(parentPath(path))) return;
    yield* removeTree(this.#context.root, path);
    for (const each of this.#modes.keys()) if (isWithin(each, path)) this.#modes.delete(each);
    for (const each of this.#ready) if (isWithin(each, path)) this.#ready.delete(each);
  }

  /** Makes the directories above a path, as the tree has them. */
  #makeParents(path: TreePath): void {
    const { root, trees } = this.#context;
    let above = ROOT;
    for (const name of pathParts(parentPath(path))) {
      above = joinPath(above, name);
      if (this.#ready.has(above)) continue;
      if (root.lstat(above) === undefined) {
        root.mkdir(above, OWNER_ALL);
        this.#modes.set(above, trees.lookup(this.#target, above)?.mode ?? 0o755);
      }
      this.#openUp(above);
    }
  }

  /** Lets its owner change a directory of the layer; false when there is none. */
  #openUp(directory: TreePath): boolean {
    if (this.#ready.has(directory)) return true;
    if (!this.#openUp(parentPath(directory))) return false;
    const stats = this.#context.root.lstat(directory);
    if (stats?.isDirectory() !== true) return false;
    this.#ready.add(directory);
    if ((stats.mode & OWNER_ALL) === OWNER_ALL) return true;
    if (!this.#modes.has(directory)) this.#modes.set(directory, stats.mode & 0o777);
    this.#context.root.chmod(directory, OWNER_ALL);
    return true;
  }

  /** Deepest first: without its own permissions a directory shuts off what is below. */
  #setModes(): void {
    const { root } = this.#context;
    const deepestFirst = [...this.#modes].sort(([left], [right]) => (left < right ? 1 : -1));
    for (const [path, mode] of deepestFirst) {
      if (root.lstat(path)?.isDirectory() === true) root.chmod(path, mode);
    }
  }
}

function isDirectory<Found extends Entry>(entry: Found | undefined): entry is Found {
  return entry?.kind === 'directory';
}

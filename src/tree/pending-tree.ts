/**
 * A mutable tree: an immutable one, and over it the changes that are not folded into tree nodes
 * yet. Lookups see the changes; `fold` turns them into nodes along the changed paths only.
 */

import type { Entry } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames, joinPath, pathParts, ROOT, type TreePath } from '../primitives/path.ts';
import type { PendingChange } from '../store/pending.ts';
import { type EntryChange, editDirectory } from './edit-directory.ts';
import { joinByName } from './join.ts';
import type { TreeSummary } from './node.ts';
import { EMPTY_TREE, type Trees } from './trees.ts';

/** A directory of the changes. `entry` is present when the path itself was changed. */
interface ChangeNode {
  entry: Entry | undefined;
  deleted: boolean;
  /** Changes below it. Most are files, of which there may be a million: a map for each is too much. */
  children: Map<string, ChangeNode> | undefined;
}

/** An immutable tree and the changes over it. Not shared between processes. */
export class PendingTree {
  readonly #trees: Trees;
  readonly #root: ObjectId;
  readonly #changes: ChangeNode = emptyNode();
  #size = 0;

  /** @param root - the tree underneath. */
  constructor(trees: Trees, root: ObjectId, changes: Iterable<PendingChange> = []) {
    this.#trees = trees;
    this.#root = root;
    for (const { path, entry } of changes) this.set(path, entry);
  }

  /** The tree underneath. */
  get root(): ObjectId {
    return this.#root;
  }

  /** Number of changes, roughly: those that later ones have hidden may count. */
  get size(): number {
    return this.#size;
  }

  /**
   * Puts `entry` at `path`, hiding whatever was there and below it; deletes when it is undefined.
   * The parent must be a directory.
   *
   * @returns whether that hid earlier changes below the path.
   */
  set(path: TreePath, entry: Entry | undefined): boolean {
    let node = this.#changes;
    for (const name of pathParts(path)) {
      node.children ??= new Map();
      let child = node.children.get(name);
      if (child === undefined) {
        child = emptyNode();
        node.children.set(name, child);
      }
      node = child;
    }
    node.entry = entry;
    node.deleted = entry === undefined;
    const hides = node.children !== undefined;
    node.children = undefined;
    this.#size += 1;
    return hides;
  }

  /**
   * Makes sure that a directory with this mode is at `path`: one that is there keeps its entries.
   * Changes below it come after this.
   */
  setDirectory(path: TreePath, mode: number, mtime: number): void {
    const before = this.get(path);
    const kept = before?.kind === 'directory' ? before : emptyDirectory(mode, mtime);
    this.set(path, { ...kept, mode });
  }

  /**
   * What is at `path`. For a directory with changes below it, everything but `id`, `size` and
   * `files` is right. The root is a directory that always exists.
   */
  get(path: TreePath): Entry | undefined {
    let entry: Entry | undefined = rootEntry(this.#root);
    let node: ChangeNode | undefined = this.#changes;
    for (const name of pathParts(path)) {
      if (entry?.kind !== 'directory') return undefined;
      const child: ChangeNode | undefined = node?.children?.get(name);
      entry = child?.entry ?? (child?.deleted ? undefined : this.#trees.entry(entry.id, name));
      node = child;
    }
    return entry;
  }

  /** The entries of the directory at `path`, in order; none when there is no directory. */
  *list(path: TreePath): IterableIterator<readonly [name: string, entry: Entry]> {
    const directory = this.get(path);
    if (directory?.kind !== 'directory') return;
    const children = [...(this.#nodeAt(path)?.children ?? [])];
    const changed = children.sort(([a], [b]) => compareNames(a, b));
    for (const [name, entry, node] of joinByName(this.#trees.entries(directory.id), changed)) {
      const visible = node?.entry ?? (node?.deleted ? undefined : entry);
      if (visible !== undefined) yield [name, visible];
    }
  }

  /** Everything below `path`, parents before children, each directory in order. */
  *walk(path: TreePath = ROOT): IterableIterator<readonly [path: TreePath, entry: Entry]> {
    const stack = [this.#below(path)];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.next();
      if (next.done) {
        stack.pop();
        continue;
      }
      yield next.value;
      if (next.value[1].kind === 'directory') stack.push(this.#below(next.value[0]));
    }
  }

  /** The tree that the changes lead to, its new nodes stored; belongs in a transaction. */
  fold(): TreeSummary {
    return this.#foldNode(this.#root, this.#changes);
  }

  /** The directory at `path` as a tree of its own, its new nodes stored. */
  foldAt(path: TreePath): TreeSummary | undefined {
    const directory = this.get(path);
    if (directory?.kind !== 'directory') return undefined;
    return this.#foldNode(directory.id, this.#nodeAt(path) ?? emptyNode());
  }

  *#below(path: TreePath): IterableIterator<readonly [path: TreePath, entry: Entry]> {
    for (const [name, entry] of this.list(path)) yield [joinPath(path, name), entry];
  }

  #foldNode(directory: ObjectId, node: ChangeNode): TreeSummary {
    const changes: EntryChange[] = [];
    for (const [name, child] of node.children ?? []) {
      const entry = child.entry ?? (child.deleted ? undefined : this.#trees.entry(directory, name));
      if (entry?.kind !== 'directory' || child.children === undefined) {
        changes.push([name, entry]);
        continue;
      }
      const folded = this.#foldNode(entry.id, child);
      changes.push([name, { ...entry, id: folded.id, size: folded.bytes, files: folded.files }]);
    }
    changes.sort(([a], [b]) => compareNames(a, b));
    return editDirectory(this.#trees, directory, changes);
  }

  #nodeAt(path: TreePath): ChangeNode | undefined {
    let node: ChangeNode | undefined = this.#changes;
    for (const name of pathParts(path)) node = node?.children?.get(name);
    return node;
  }
}

/**
 * The tree that differs from `root` by `changes`, its new nodes stored; belongs in a transaction.
 * A later change hides an earlier one at the same path or below it.
 */
export function editTree(
  trees: Trees,
  root: ObjectId,
  changes: Iterable<PendingChange>,
): TreeSummary {
  return new PendingTree(trees, root, changes).fold();
}

/** The root of a tree as an entry; it has no name, mode or time of its own. */
function rootEntry(id: ObjectId): Entry {
  return { kind: 'directory', mode: 0o755, mtime: 0, size: 0, files: 0, id };
}

/** A directory entry without anything in it yet. */
export function emptyDirectory(mode: number, mtime: number): Entry {
  return { kind: 'directory', mode, mtime, size: 0, files: 0, id: EMPTY_TREE };
}

function emptyNode(): ChangeNode {
  return { entry: undefined, deleted: false, children: undefined };
}

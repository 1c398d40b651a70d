/** Trees in a store in memory, written and read back as plain records of what is at which path. */

import { type Entry, sameEntry } from '../../src/primitives/entry.ts';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { parentPath, parsePath, ROOT, type TreePath } from '../../src/primitives/path.ts';
import { type Contents, prepareContent } from '../../src/store/contents.ts';
import { Store } from '../../src/store/store.ts';
import { editTree, emptyDirectory, PendingTree } from '../../src/tree/pending-tree.ts';
import { EMPTY_TREE, Trees } from '../../src/tree/trees.ts';
import { TEST_SIGNER } from './signer.ts';

/** What is at a path: a file by its text alone, or something in more detail; null for nothing. */
export type Thing =
  | string
  | { readonly text: string | Uint8Array; readonly mode?: number; readonly mtime?: number }
  | { readonly link: string; readonly mtime?: number }
  | { readonly directory: number; readonly mtime?: number }
  | null;

/** What is at which path. Parents are made where there are none. */
export type Things = Readonly<Record<string, Thing>>;

/** An empty directory. */
export const EMPTY: Thing = { directory: 0o755 };

/** An executable file. */
export function executable(text: string): Thing {
  return { text, mode: 0o755 };
}

/** A store in memory with what reads and writes trees in it. */
export class TreeFixture {
  readonly store: Store;
  readonly trees: Trees;
  readonly contents: Contents;

  constructor() {
    this.store = new Store(':memory:', {
      cacheBytes: 4 * 1024 * 1024,
      process: 'test',
      signer: TEST_SIGNER,
    });
    this.trees = new Trees(this.store.objects, 16 * 1024 * 1024);
    this.contents = this.store.contents;
    this.trees.put({ kind: 'leaf', entries: new Map() });
  }

  /** A tree that holds these things. */
  tree(things: Things): ObjectId {
    return this.edit(EMPTY_TREE, things);
  }

  /** A tree with these things in the place of what was there. */
  edit(root: ObjectId, things: Things): ObjectId {
    const pending = new PendingTree(this.trees, root);
    for (const [name, thing] of Object.entries(things)) {
      const path = parsePath(name);
      if (thing !== null) makeParents(pending, parentPath(path));
      // Below a file, or where nothing is, there is nothing to delete.
      if (thing !== null || pending.get(path) !== undefined) pending.set(path, this.entry(thing));
    }
    return pending.fold().id;
  }

  /** The entry of a thing, its content stored. */
  entry(thing: Thing): Entry | undefined {
    if (thing === null) return undefined;
    if (typeof thing === 'string') return this.#leaf('file', thing, 0o644, 0);
    const mtime = thing.mtime ?? 0;
    if ('directory' in thing) return emptyDirectory(thing.directory, mtime);
    if ('link' in thing) return this.#leaf('symlink', thing.link, 0o777, mtime);
    return this.#leaf('file', thing.text, thing.mode ?? 0o644, mtime);
  }

  /**
   * What a tree holds, as text: `text`, `755 text`, `-> target`, `directory 755`. Directories are
   * there only when they are empty or have an unusual mode.
   */
  show(root: ObjectId): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const [path, entry] of new PendingTree(this.trees, root).walk()) {
      const usual = entry.mode === 0o755 && entry.id !== EMPTY_TREE;
      if (entry.kind !== 'directory' || !usual) shown[path] = this.#showEntry(entry);
    }
    return shown;
  }

  /** Files and links by path, with their content. */
  files(root: ObjectId): Map<TreePath, { readonly entry: Entry; readonly content: Buffer }> {
    const files = new Map<TreePath, { entry: Entry; content: Buffer }>();
    for (const [path, entry] of new PendingTree(this.trees, root).walk()) {
      if (entry.kind === 'directory') continue;
      files.set(path, { entry, content: this.contents.read(entry) });
    }
    return files;
  }

  /** Whether two trees are the same but for mtimes. */
  same(left: ObjectId, right: ObjectId): boolean {
    const all = [left, right].map((root) => [...new PendingTree(this.trees, root).walk()]);
    const [a = [], b = []] = all.map((list) =>
      list.filter(([, entry]) => entry.kind !== 'directory'),
    );
    const matches = a.every(
      ([path, entry], i) => path === b[i]?.[0] && sameEntry(entry, b[i]?.[1]),
    );
    return matches && a.length === b.length && this.#directories(left) === this.#directories(right);
  }

  close(): void {
    this.store.close();
  }

  #directories(root: ObjectId): string {
    const all = [...new PendingTree(this.trees, root).walk()];
    const directories = all.filter(([, entry]) => entry.kind === 'directory');
    return directories.map(([path, entry]) => `${path} ${entry.mode}`).join('\n');
  }

  #leaf(
    kind: 'file' | 'symlink',
    content: string | Uint8Array,
    mode: number,
    mtime: number,
  ): Entry {
    const prepared = prepareContent(Buffer.from(content));
    this.contents.put(prepared);
    return { kind, mode, mtime, size: prepared.size, files: 1, id: prepared.id };
  }

  #showEntry(entry: Entry): string {
    const mode = entry.mode.toString(8).padStart(3, '0');
    if (entry.kind === 'directory') return `directory ${mode}`;
    const content = this.contents.read(entry).toString();
    if (entry.kind === 'symlink') return `-> ${content}`;
    return entry.mode === 0o644 ? content : `${mode} ${content}`;
  }
}

function makeParents(pending: PendingTree, path: TreePath): void {
  if (path === ROOT || pending.get(path)?.kind === 'directory') return;
  makeParents(pending, parentPath(path));
  pending.set(path, emptyDirectory(0o755, 0));
}

/** Applies what a difference says to a tree. */
export function replay(
  fixture: TreeFixture,
  root: ObjectId,
  changes: Iterable<{ readonly path: TreePath; readonly after: Entry | undefined }>,
): ObjectId {
  const edits = Array.from(changes, ({ path, after }) => ({ path, entry: after }));
  return editTree(fixture.trees, root, edits).id;
}

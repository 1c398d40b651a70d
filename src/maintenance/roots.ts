/**
 * Everything in a store that keeps objects alive. A table that names objects has to be listed here:
 * what no root leads to is garbage.
 */

import type { EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import { BASE_DIRECTORY } from '../store/stat-rows.ts';
import type { Store } from '../store/store.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';

/** Who refers to an object, in words for people. */
export interface RootOwner {
  readonly kind: 'workspace' | 'snapshot' | 'commit' | 'operation' | 'directory' | 'remote';
  /** A workspace's name, `workspace/snapshot`, a commit's id, or an operation's number. */
  readonly name: string;
}

/** A thing to descend from: a whole tree, a part of one, or content. */
export interface Target {
  readonly kind: EntryKind;
  readonly id: ObjectId;
  /** Bytes of a file or link: above the threshold its id names a manifest. */
  readonly size: number;
}

/** A reference from outside the trees. */
export interface Root {
  readonly owner: RootOwner;
  /** Where the target is in the owner's tree. */
  readonly path: TreePath;
  readonly target: Target;
}

/** Says of an operation's number that it is about to be removed. */
export type IsReleased = (operation: number) => boolean;

const COMMITS_A_PAGE = 500;
const CONTENTS_A_PAGE = 1_000;

/**
 * The trees and pending changes that users can get at. Deleted workspaces have none.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO.
 */
export function* userRoots(store: Store, isReleased?: IsReleased): Generator<Root> {
  for (const section of rootSections(store, isReleased)) yield* section;
}

/**
 * The same as {@link userRoots} in sections, so that one that cannot be read does not keep the
 * others from being looked at.
 *
 * @throws {StorageError} STORE_CORRUPT, STORE_IO when not even the workspaces can be listed.
 */
export function rootSections(store: Store, isReleased: IsReleased = () => false): Iterable<Root>[] {
  const workspaces = store.workspaces.list();
  const names = new Map(workspaces.map(({ number, name }) => [number, name]));
  return [
    ...workspaces.map((workspace) => workspaceRoots(store, workspace)),
    snapshotRoots(store, names),
    commitRoots(store),
    operationRoots(store, names, isReleased),
    directoryRoots(store, [[BASE_DIRECTORY, 'base'], ...names]),
    remoteRoots(store, names),
  ];
}

/** The tree of a workspace as it is now, with its pending changes. */
export function* currentRoots(store: Store, workspace: WorkspaceRow): Generator<Root> {
  const owner: RootOwner = { kind: 'workspace', name: workspace.name };
  yield* treeRoots(owner, workspace.root);
  const changes = store.pending.load(workspace.number);
  // What a later change of the same path has replaced is needed no more.
  for (const [path, entry] of new Map(changes.map((each) => [each.path, each.entry]))) {
    if (entry !== undefined) yield { owner, path, target: entry };
  }
}

/** The numbers of the real directories that may have an index. */
export function indexedDirectories(store: Store): number[] {
  return [BASE_DIRECTORY, ...store.workspaces.list().map(({ number }) => number)];
}

/**
 * The content that the index of a real directory names, and that scans will not read again; a page
 * at a time.
 */
export function* indexedContents(store: Store, directory: number): Generator<readonly Target[]> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = store.stats.contents(directory, after, CONTENTS_A_PAGE);
    yield page.map(({ id, size }) => ({ kind: 'file', id, size }));
    after = page.at(-1)?.path;
  }
}

/** Objects that are spoken for without a place in a tree: in journals, and pinned. */
export function* heldObjects(store: Store): Generator<ObjectId> {
  for (const journal of store.journals.list()) {
    // Whatever a step may be, an object's name in it has this form.
    for (const [id] of journal.steps.matchAll(/[0-9a-f]{64}/g)) yield id as ObjectId;
  }
  for (const number of store.pins.numbers()) {
    const object = store.objects.storedAt(number);
    if (object !== undefined) yield object.id;
  }
}

function* workspaceRoots(store: Store, workspace: WorkspaceRow): Generator<Root> {
  yield* currentRoots(store, workspace);
  yield* treeRoots({ kind: 'workspace', name: workspace.name }, workspace.fork, workspace.start);
}

function* directoryRoots(
  store: Store,
  directories: Iterable<readonly [number: number, name: string]>,
): Generator<Root> {
  for (const [number, name] of directories) {
    const directory = store.stats.anyDirectory(number);
    if (directory !== undefined) yield* treeRoots({ kind: 'directory', name }, directory.tree);
  }
}

function* snapshotRoots(store: Store, workspaces: ReadonlyMap<number, string>): Generator<Root> {
  for (const { workspace, name, tree, fork } of store.snapshots.all()) {
    const of = workspaces.get(workspace);
    if (of !== undefined) yield* treeRoots({ kind: 'snapshot', name: `${of}/${name}` }, tree, fork);
  }
}

function* operationRoots(
  store: Store,
  workspaces: ReadonlyMap<number, string>,
  isReleased: IsReleased,
): Generator<Root> {
  for (const step of store.operations.all()) {
    if (!workspaces.has(step.workspace) || isReleased(step.number)) continue;
    const owner: RootOwner = { kind: 'operation', name: String(step.number) };
    yield* treeRoots(owner, step.rootBefore, step.rootAfter, step.forkBefore, step.forkAfter);
  }
}

function* commitRoots(store: Store): Generator<Root> {
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const commits = store.commits.before(before, COMMITS_A_PAGE);
    for (const commit of commits) {
      yield* treeRoots({ kind: 'commit', name: commit.id }, commit.treeBefore, commit.treeAfter);
    }
    const oldest = commits.at(-1);
    if (oldest === undefined) return;
    before = oldest.number;
  }
}

/** What both sides have, what waits for decisions, and what was decided. */
function* remoteRoots(store: Store, workspaces: ReadonlyMap<number, string>): Generator<Root> {
  for (const { workspace, tree, ours, theirs } of store.remotes.all()) {
    const name = workspaces.get(workspace);
    if (name === undefined) continue;
    const trees = [tree, ours?.tree, theirs?.tree].filter((id) => typeof id === 'string');
    yield* treeRoots({ kind: 'remote', name }, ...trees);
  }
  for (const content of store.syncConflicts.contents()) {
    const owner: RootOwner = { kind: 'remote', name: 'decisions' };
    yield { owner, path: ROOT, target: { kind: 'file', ...content } };
  }
}

function* treeRoots(owner: RootOwner, ...trees: readonly ObjectId[]): Generator<Root> {
  for (const id of new Set(trees)) {
    yield { owner, path: ROOT, target: { kind: 'directory', id, size: 0 } };
  }
}

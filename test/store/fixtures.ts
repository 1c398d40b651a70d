/** Stores in temporary directories, with workspaces and trees in them. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Entry } from '../../src/primitives/entry.ts';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { encodeProcessToken, processToken } from '../../src/primitives/process-token.ts';
import { AUDIT_START, type AuditRecord } from '../../src/store/audit-hash.ts';
import { prepareContent } from '../../src/store/contents.ts';
import type { PendingChange } from '../../src/store/pending.ts';
import { Store } from '../../src/store/store.ts';
import type { WorkspaceRow } from '../../src/store/workspaces.ts';
import { editTree } from '../../src/tree/pending-tree.ts';
import { EMPTY_TREE, Trees } from '../../src/tree/trees.ts';
import { TEST_SIGNER } from '../support/signer.ts';

/** Files by path; undefined deletes. */
export type Files = Readonly<Record<string, string | Uint8Array | undefined>>;

/** A directory that is gone when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a store that is closed when the test ends. */
export function openTestStore(path = ':memory:'): Store {
  const process = encodeProcessToken(processToken());
  const store = new Store(path, { cacheBytes: 16 * 1024 * 1024, process, signer: TEST_SIGNER });
  onTestFinished(() => store.close());
  return store;
}

/** Stores the files over a tree, as ordinary writes would, and names the result. */
export function putFiles(store: Store, files: Files, root: ObjectId = EMPTY_TREE): ObjectId {
  const trees = new Trees(store.objects, 1024 * 1024);
  return store.database.transaction(() => {
    trees.put({ kind: 'leaf', entries: new Map() });
    const changes = Object.entries(files).flatMap(([name, content]): PendingChange[] => {
      const path = parsePath(name);
      if (content === undefined) return [{ path, entry: undefined }];
      return [...parents(trees, root, name), { path, entry: putFile(store, content) }];
    });
    return editTree(trees, root, changes).id;
  });
}

/** Stores content and gives the entry of a file that has it. */
export function putFile(store: Store, content: string | Uint8Array): Entry {
  const prepared = prepareContent(Buffer.from(content));
  store.contents.put(prepared);
  const { id, size } = prepared;
  return { kind: 'file', mode: 0o644, mtime: 1_700_000_000_000, size, files: 1, id };
}

const made = new WeakMap<Trees, Set<string>>();

function parents(trees: Trees, root: ObjectId, name: string): PendingChange[] {
  const seen = made.get(trees) ?? new Set<string>();
  made.set(trees, seen);
  const parts = name.split('/').slice(0, -1);
  const paths = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  return paths.flatMap((each) => {
    const path = parsePath(each);
    if (seen.has(each) || trees.lookup(root, path) !== undefined) return [];
    seen.add(each);
    const entry: Entry = {
      kind: 'directory',
      mode: 0o755,
      mtime: 1_700_000_000_000,
      size: 0,
      files: 0,
      id: EMPTY_TREE,
    };
    return [{ path, entry }];
  });
}

/** Adds a workspace that shows a tree. */
export function addWorkspace(
  store: Store,
  name: string,
  tree: ObjectId,
  changes: Partial<WorkspaceRow> = {},
): WorkspaceRow {
  const number = store.workspaces.insert({
    uuid: `uuid-of-${name}`,
    name,
    description: '',
    tags: [],
    agentId: '',
    owner: '',
    readOnly: false,
    state: 'active',
    parent: null,
    expiresAt: null,
    sandbox: null,
    caches: null,
    limits: {},
    root: tree,
    fork: tree,
    start: tree,
    epoch: 0,
    operation: 0,
    auditCount: 0,
    auditHead: AUDIT_START,
    stock: '',
    ignored: 0,
    createdAt: 0,
    updatedAt: 0,
    ...changes,
  });
  const row = store.workspaces.all().find((each) => each.number === number);
  if (row === undefined) throw new Error('The workspace was not added.');
  return row;
}

/** Adds a snapshot of a tree to a workspace and returns its number. */
export function addSnapshot(store: Store, workspace: number, name: string, tree: ObjectId): number {
  const uuid = `snapshot-${workspace}-${name}`;
  const row = { uuid, workspace, name, tree, fork: tree, createdAt: 0 };
  const rest = {
    fork: tree,
    description: '',
    tags: [],
    files: 0,
    bytes: 0,
    parent: null,
    ignored: 0,
    shared: false,
  };
  return store.snapshots.insert({ ...row, ...rest }).number;
}

/** Appends an audit row, changed from a plain one. */
export function addAudit(
  store: Store,
  workspace: WorkspaceRow,
  changes: Partial<AuditRecord> = {},
): void {
  store.database.transaction(() => {
    store.audit.append(workspace, {
      time: 1_000,
      operation: 'write',
      path: 'a.txt',
      beforeId: '',
      afterId: '',
      beforeSize: -1,
      afterSize: -1,
      agentId: '',
      sessionId: '',
      commandId: '',
      metadata: '',
      ...changes,
    });
    store.workspaces.save(workspace);
  });
}

/** The number of objects in a store. */
export function countObjects(store: Store): number {
  return store.objects.totals().reduce((sum, { count }) => sum + count, 0);
}

/** Runs stepwise work to its end. */
export function runToEnd<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

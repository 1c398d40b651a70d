/** Flips bytes of a store, one at a time, and reads it. */

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';
import { verifyStore } from '../../../src/maintenance/verify.ts';
import { AgentFSError } from '../../../src/primitives/errors.ts';
import { parsePath, ROOT } from '../../../src/primitives/path.ts';
import { Store } from '../../../src/store/store.ts';
import { PendingTree } from '../../../src/tree/pending-tree.ts';
import { Trees } from '../../../src/tree/trees.ts';
import { TEST_SIGNER } from '../../support/signer.ts';
import {
  addAudit,
  addSnapshot,
  addWorkspace,
  openTestStore,
  putFile,
  putFiles,
  runToEnd,
  temporaryDirectory,
} from '../fixtures.ts';

const FILES: Readonly<Record<string, string>> = {
  'a.txt': 'the first file',
  'src/b.ts': 'export const b = 1;\n'.repeat(300),
  'src/deep/c.ts': 'c',
  'empty.txt': '',
};
const PENDING = 'what was written last';

/** A closed store with two states of a few files, and one change that is pending. */
function smallStore(): string {
  const path = join(temporaryDirectory(), 'agentfs.db');
  const store = openTestStore(path);
  const tree = putFiles(store, FILES);
  const workspace = addWorkspace(store, 'w', tree);
  addSnapshot(store, workspace.number, 's', tree);
  addAudit(store, workspace);
  const change = { path: parsePath('pending.txt'), entry: putFile(store, PENDING) };
  store.pending.put(workspace.number, 1, change);
  store.close();
  return path;
}

/** Everything that the store gives for the workspace; undefined with a typed error. */
function readAll(path: string): Record<string, string> | undefined {
  let store: Store | undefined;
  try {
    store = new Store(path, { cacheBytes: 1024 * 1024, process: '1//', signer: TEST_SIGNER });
    const workspace = store.workspaces.find('w');
    // A row of a workspace has no checksum of its own: damage may make it unfindable.
    if (workspace === undefined) return undefined;
    const changes = store.pending.load(workspace.number);
    const tree = new PendingTree(new Trees(store.objects, 0), workspace.root, changes);
    const files: Record<string, string> = {};
    for (const [name, entry] of tree.walk(ROOT)) {
      if (entry.kind === 'file') files[name] = store.contents.read(entry).toString();
    }
    return files;
  } catch (error) {
    if (error instanceof AgentFSError) return undefined;
    throw error;
  } finally {
    store?.close();
  }
}

/**
 * Flips `count` bytes of a store, each on its own: it is read right or refused with a typed error,
 * and verifies without a crash. Returns how often it was refused.
 */
export function flipBytes(count: number): number {
  const intact = smallStore();
  const bytes = readFileSync(intact);
  const path = join(temporaryDirectory(), 'agentfs.db');
  const known = new Map([...Object.entries(FILES), ['pending.txt', PENDING]]);
  let refused = 0;
  const flips = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(flips, ([position, mask]) => {
      copyFileSync(intact, path);
      const flipped = Buffer.from(bytes);
      flipped[position] = (flipped[position] ?? 0) ^ mask;
      writeFileSync(path, flipped);
      const files = readAll(path);
      if (files === undefined) refused += 1;
      for (const [name, text] of Object.entries(files ?? {})) {
        expect([name, text]).toEqual([name, known.get(name)]);
      }
      verifyAnyway(path);
    }),
    { numRuns: count },
  );
  return refused;
}

/** Verifies a store that may not even open. */
function verifyAnyway(path: string): void {
  let store: Store | undefined;
  try {
    store = new Store(path, { cacheBytes: 1024, process: '1//', signer: TEST_SIGNER });
    const report = runToEnd(verifyStore(store));
    expect(report.ok).toBe(report.damageCount === 0);
  } catch (error) {
    if (!(error instanceof AgentFSError)) throw error;
  } finally {
    store?.close();
  }
}

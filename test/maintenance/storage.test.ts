import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { analyzeStorage } from '../../src/maintenance/analyze.ts';
import { compactStore } from '../../src/maintenance/compact.ts';
import { examineStore } from '../../src/maintenance/doctor.ts';
import { storageUsage } from '../../src/maintenance/storage-usage.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { encodeProcessToken, processToken } from '../../src/primitives/process-token.ts';
import type { Store } from '../../src/store/store.ts';
import {
  addSnapshot,
  addWorkspace,
  openTestStore,
  putFile,
  putFiles,
  runToEnd,
  temporaryDirectory,
} from '../store/fixtures.ts';

function fileStore(): Store {
  return openTestStore(`${temporaryDirectory()}/agentfs.db`);
}

describe('storage usage', () => {
  it('counts objects by kind, and what gc would remove', () => {
    const store = fileStore();
    addWorkspace(store, 'w', putFiles(store, { 'a.txt': 'one', 'b.txt': 'two' }));
    putFiles(store, { 'lost.txt': 'lost' });
    const usage = runToEnd(storageUsage(store, { now: 0 }));
    expect(usage).toMatchObject({ workspaces: 1, snapshots: 0, reclaimable: { objects: 3 } });
    expect(usage.objects).toMatchObject([
      { kind: 'content', count: 3, size: 10, stored: 10 },
      { kind: 'node', count: 3 },
    ]);
    expect(usage.databaseBytes + usage.walBytes).toBeGreaterThan(4096);
  });
});

describe('storage analysis', () => {
  it('names the largest files and directories once, and says what sharing saves', () => {
    const store = fileStore();
    const large = Buffer.alloc(2 * 1024 * 1024, 1);
    const tree = putFiles(store, {
      large,
      'dir/a': 'x'.repeat(100),
      'dir/b': 'y',
      'dir/copy': 'y',
    });
    const { number } = addWorkspace(store, 'w', tree);
    addSnapshot(store, number, 's', tree);
    const analysis = runToEnd(analyzeStorage(store, 2));
    expect(analysis.largestFiles.map(({ path, size }) => [path, size])).toEqual([
      ['large', large.length],
      ['dir/a', 100],
    ]);
    expect(analysis.largestDirectories).toMatchObject([{ path: 'dir', size: 102, files: 3 }]);
    expect(analysis.logicalBytes).toBe(2 * (large.length + 102));
    // All chunks of the large file are the same.
    expect(analysis.contentBytes).toBe(16 * 1024 + 101);
    expect(analysis.dedupRatio).toBeCloseTo(analysis.logicalBytes / analysis.contentBytes);
    expect(analysis.compressionRatio).toBe(1);
  });
});

describe('compaction', () => {
  it('gives the room of what was removed back to the disk', () => {
    const store = fileStore();
    addWorkspace(store, 'w', putFiles(store, { 'a.txt': 'one' }));
    putFiles(store, { lost: randomBytes(900_000) });
    const { bytesBefore, bytesAfter, collected } = runToEnd(compactStore(store, { now: 0 }));
    expect(collected.objects).toBe(3);
    expect(bytesBefore - bytesAfter).toBeGreaterThan(900_000);
    expect(runToEnd(verifyStore(store))).toMatchObject({ ok: true });
  });

  it('compresses what only a history shows, and reads it back', () => {
    const store = fileStore();
    const text = 'the same line again and again\n'.repeat(1000);
    const noise = randomBytes(1000);
    const old = putFiles(store, { 'old.txt': text, noise });
    const now = putFiles(store, { 'now.txt': `${text}.` });
    const { number } = addWorkspace(store, 'w', now);
    addSnapshot(store, number, 's', old);
    const result = runToEnd(compactStore(store, { now: 0, compressionLevel: 9 }));
    expect(result.compressedObjects).toBe(1);
    expect(result.compressedBytes).toBeGreaterThan(text.length * 0.9);
    expect(store.objects.read(contentId(Buffer.from(text)), 'content').toString()).toBe(text);
    expect(runToEnd(verifyStore(store))).toMatchObject({ ok: true });
    const again = runToEnd(compactStore(store, { now: 0, compressionLevel: 9 }));
    expect(again.compressedObjects).toBe(0);
  });
});

describe('examination', () => {
  it('finds nothing in a store that is in order', () => {
    expect(examineStore(fileStore())).toEqual([]);
  });

  it('finds what processes that are gone have left behind, and says what to do', () => {
    const store = fileStore();
    const own = processToken();
    const dead = encodeProcessToken({ ...own, startTime: '1' });
    const rebooted = encodeProcessToken({ ...own, namespace: '1@another-boot' });
    const elsewhere = encodeProcessToken({ ...own, namespace: `1@${own.namespace.split('@')[1]}` });
    const { id } = putFile(store, 'pinned');
    store.pins.add(`${rebooted}#1`, id);
    store.pins.add(`${elsewhere}#1`, id);
    store.leases.grant('base', dead, 'grant');
    store.leases.grant('run:x', store.process, 'grant');
    store.journals.begin(0);
    const findings = examineStore(store);
    expect(findings.map(({ code }) => code)).toEqual([
      'JOURNAL_LEFT',
      'LEASE_OF_DEAD_PROCESS',
      'PINS_OF_DEAD_PROCESS',
      'PINS_OF_UNKNOWN_PROCESS',
    ]);
    expect(findings.every(({ hint }) => hint.endsWith('.'))).toBe(true);
  });

  it('leaves the journal of a commit that is under way alone', () => {
    const store = fileStore();
    store.leases.grant('base', store.process, 'grant');
    store.journals.begin(0);
    expect(examineStore(store)).toEqual([]);
  });
});

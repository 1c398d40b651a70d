import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/maintenance/collect.ts';
import { verifyStore } from '../../src/maintenance/verify.ts';
import type { ObjectId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { encodeProcessToken, processToken } from '../../src/primitives/process-token.ts';
import { BASE_DIRECTORY } from '../../src/store/stat-rows.ts';
import type { Store } from '../../src/store/store.ts';
import { EMPTY_TREE, Trees } from '../../src/tree/trees.ts';
import {
  addAudit,
  addSnapshot,
  addWorkspace,
  countObjects,
  openTestStore,
  putFile,
  putFiles,
  runToEnd,
  temporaryDirectory,
} from '../store/fixtures.ts';

const DAY = 24 * 60 * 60 * 1000;

function collect(store: Store, now = 0) {
  return runToEnd(collectGarbage(store, { now }));
}

function isSound(store: Store): boolean {
  return runToEnd(verifyStore(store)).ok;
}

/** Takes a file with this text, which is its name too, into the index of the base, as a scan does. */
function indexFile(store: Store, text: string, scannedAt: number): ObjectId {
  return store.database.transaction(() => {
    const { kind, mode, size, id } = putFile(store, text);
    const times = { mtimeMs: 1, ctimeMs: 1, inode: 1, racy: false };
    store.stats.put(BASE_DIRECTORY, text, { kind, mode, size, id, ...times });
    store.stats.setDirectory(BASE_DIRECTORY, { tree: EMPTY_TREE, dirty: false, scannedAt });
    return id;
  });
}

/** A holder's token of a process that has ended. */
function deadHolder(): string {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return encodeProcessToken({ ...processToken(), pid, startTime: '1' });
}

describe('garbage collection', () => {
  it('keeps every state that has a name, and removes all else', () => {
    const store = openTestStore();
    const first = putFiles(store, { 'a.txt': 'one', 'dir/b.txt': 'two' });
    const second = putFiles(store, { 'a.txt': 'three' }, first);
    putFiles(store, { 'lost.txt': 'nobody wants this' });
    const { number } = addWorkspace(store, 'w', second);
    const snapshot = addSnapshot(store, number, 's', first);
    const lost = collect(store);
    expect(lost.objects).toBe(3);
    expect(isSound(store)).toBe(true);
    store.snapshots.delete(snapshot);
    expect(collect(store).objects).toBe(2);
    expect(isSound(store)).toBe(true);
    expect(collect(store).objects).toBe(0);
  });

  it('keeps what is written while it lists, in whichever part it would be removed', () => {
    const store = openTestStore();
    const lost = Array.from({ length: 9000 }, (_, index) => [`lost-${index}`, `${index}`] as const);
    putFiles(store, Object.fromEntries(lost));
    const workspace = addWorkspace(store, 'w', EMPTY_TREE);
    const collection = collectGarbage(store, { now: 0 });
    let root = EMPTY_TREE;
    let written = 0;
    // As long as it marks and lists: nothing changes any more while it removes.
    for (let step = 0; step < 9; step++) {
      expect(collection.next().done).toBe(false);
      root = putFiles(store, { [`new-${written}`]: `new ${written}` }, root);
      written += 1;
      store.workspaces.save({ ...workspace, root });
    }
    expect(runToEnd(collection).objects).toBeGreaterThan(9000);
    expect([...new Trees(store.objects, 0).entries(root)]).toHaveLength(written);
    expect(isSound(store)).toBe(true);
  });

  it('says in a dry run what it would remove, and removes nothing', () => {
    const store = openTestStore();
    addWorkspace(store, 'w', putFiles(store, { 'a.txt': 'one' }));
    putFiles(store, { 'lost.txt': 'nobody wants this' });
    const before = countObjects(store);
    const dry = runToEnd(collectGarbage(store, { now: 0, dryRun: true }));
    expect(countObjects(store)).toBe(before);
    const wet = collect(store);
    expect({ objects: dry.objects, bytes: dry.bytes }).toEqual({
      objects: wet.objects,
      bytes: wet.bytes,
    });
    expect(wet.objects).toBe(3);
  });

  it('keeps the chunks of large files, as long as the file is there', () => {
    const store = openTestStore();
    const large = Buffer.alloc(3 * 1024 * 1024, 'abcdefghijk');
    const tree = putFiles(store, { large });
    const workspace = addWorkspace(store, 'w', tree);
    collect(store);
    const entry = new Trees(store.objects, 0).entry(tree, 'large');
    expect(entry && store.contents.read(entry).equals(large)).toBe(true);
    store.workspaces.save({ ...workspace, state: 'deleted' });
    collect(store);
    expect(countObjects(store)).toBe(0);
  });

  it('keeps what pending changes, operations, journals and live processes name', () => {
    const store = openTestStore();
    const empty = putFiles(store, {});
    const { number } = addWorkspace(store, 'w', empty);
    const pending = putFile(store, 'pending');
    store.pending.put(number, 1, { path: parsePath('p'), entry: pending });
    const before = putFiles(store, { 'undone.txt': 'undone' });
    const step = { workspace: number, kind: 'run', summary: '', createdAt: 0 } as const;
    const roots = { rootBefore: before, rootAfter: empty, forkBefore: empty, forkAfter: empty };
    const ignored = { ignoredBefore: 0, ignoredAfter: 0, ignoredPaths: [] };
    store.operations.insert({ ...step, ...roots, ...ignored });
    const journaled = putFile(store, 'journaled');
    store.journals.setSteps(store.journals.begin(0), JSON.stringify([{ id: journaled.id }]));
    const writer = store.contentWriter();
    const pinned = writer.add(Buffer.from('pinned'));
    writer.flush();
    collect(store);
    for (const id of [pending.id, before, journaled.id, pinned]) {
      expect(store.objects.has(id)).toBe(true);
    }
    writer.abandon();
    collect(store);
    expect(store.objects.has(pinned)).toBe(false);
  });

  it('drops the pins and leases of processes that are gone, and no others', () => {
    const store = openTestStore();
    const { id } = putFile(store, 'pinned');
    const dead = deadHolder();
    store.pins.add(`${dead}#1`, id);
    store.leases.grant('base', dead, 'g1');
    store.leases.grant('run:x', store.process, 'g2');
    const { rows } = collect(store);
    expect(rows).toMatchObject({ pins: 1, leases: 1 });
    expect(store.objects.has(id)).toBe(false);
    expect(store.leases.list().map(({ name }) => name)).toEqual(['run:x']);
  });

  it('forgets what deleted workspaces had, but not their audit log', () => {
    const store = openTestStore();
    const workspace = addWorkspace(store, 'w', putFiles(store, { 'a.txt': 'one' }));
    addAudit(store, workspace);
    addSnapshot(store, workspace.number, 's', workspace.root);
    store.snapshots.deleteAll(workspace.number);
    store.workspaces.save({ ...workspace, state: 'deleted' });
    collect(store);
    expect(countObjects(store)).toBe(0);
    expect(store.audit.select({ limit: 10 })).toHaveLength(1);
    expect(isSound(store)).toBe(true);
  });

  it('removes old operations by number and age, never the current one or what can be redone', () => {
    const store = openTestStore();
    const tree = putFiles(store, {});
    const workspace = addWorkspace(store, 'w', tree);
    // The clock was ten years back for the third step.
    const times = [0, 1 * DAY, -3650 * DAY, 95 * DAY, 96 * DAY, 97 * DAY];
    const numbers = times.map((createdAt) =>
      store.operations.insert({
        workspace: workspace.number,
        kind: 'edit',
        summary: '',
        rootBefore: tree,
        rootAfter: tree,
        forkBefore: tree,
        forkAfter: tree,
        ignoredBefore: 0,
        ignoredAfter: 0,
        ignoredPaths: [],
        createdAt,
      }),
    );
    store.workspaces.save({ ...workspace, operation: numbers[3] ?? 0 });
    const kept = () => store.operations.all().map(({ number }) => numbers.indexOf(number));
    collect(store, 90.5 * DAY);
    expect(kept()).toEqual([1, 2, 3, 4, 5]);
    runToEnd(collectGarbage(store, { now: 90.5 * DAY, operations: 4 }));
    expect(kept()).toEqual([2, 3, 4, 5]);
    runToEnd(collectGarbage(store, { now: 1000 * DAY, operations: 1 }));
    expect(kept()).toEqual([3, 4, 5]);
  });

  it('sees what another process refers to between two of its steps', () => {
    const path = `${temporaryDirectory()}/agentfs.db`;
    const store = openTestStore(path);
    const other = openTestStore(path);
    const tree = putFiles(store, { 'a.txt': 'one', 'dir/b.txt': 'two' });
    const steps = collectGarbage(store, { now: 0 });
    let isAdded = false;
    for (let step = steps.next(); step.done !== true; step = steps.next()) {
      // The objects were without a reference when marking began; they are there still.
      if (!isAdded) addWorkspace(other, 'w', tree);
      isAdded = true;
    }
    expect(isSound(store)).toBe(true);
    expect(new Trees(store.objects, 0).summary(tree).files).toBe(2);
  });

  it('keeps what the index of a real directory names, whenever it comes to name it', () => {
    for (let at = 0; at < 12; at++) {
      const store = openTestStore();
      const known = indexFile(store, 'known', 1);
      const found = putFile(store, 'found').id;
      const lost = putFile(store, 'lost').id;
      let isNamed = false;
      const steps = collectGarbage(store, { now: 0 });
      for (let step = 0; steps.next().done !== true; step++) {
        if (step !== at || !store.objects.has(found)) continue;
        isNamed = true;
        indexFile(store, 'found', 2);
      }
      expect(store.objects.has(known)).toBe(true);
      expect(store.objects.has(lost)).toBe(false);
      expect(store.objects.has(found)).toBe(isNamed);
    }
  });

  it('removes nothing when a tree cannot be read, and says which', () => {
    const store = openTestStore();
    const tree = putFiles(store, { 'dir/a.txt': 'one' });
    addWorkspace(store, 'w', tree);
    const directory = new Trees(store.objects, 0).entry(tree, 'dir');
    store.objects.delete((directory && store.objects.numberOf(directory.id)) ?? 0);
    const before = countObjects(store);
    expect(() => collect(store)).toThrow(expect.objectContaining({ code: 'OBJECT_MISSING' }));
    expect(countObjects(store)).toBe(before);
  });

  it('never removes what is reachable, whatever happens between its steps', () => {
    const actions = fc.array(
      fc.record({ at: fc.nat(12), file: fc.nat(5), text: fc.nat(3), snapshot: fc.boolean() }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(actions, (list) => {
        const store = openTestStore();
        const workspace = addWorkspace(store, 'w', putFiles(store, { 'd/start': 'start' }));
        const expected = new Map<string, string>([['d/start', 'start']]);
        const steps = collectGarbage(store, { now: 0 });
        for (let i = 0, done = false; !done; i++) {
          done = steps.next().done === true;
          for (const { file, text, snapshot } of list.filter(({ at }) => at === i)) {
            expected.set(`d/f${file}`, `text ${text}`);
            const change = { [`d/f${file}`]: `text ${text}` };
            workspace.root = putFiles(store, change, workspace.root);
            store.workspaces.save(workspace);
            const { number } = workspace;
            const name = `s${store.snapshots.all().length}`;
            if (snapshot) addSnapshot(store, number, name, workspace.root);
          }
        }
        expect(runToEnd(verifyStore(store)).damage).toEqual([]);
        expect(putFiles(store, Object.fromEntries(expected))).toBe(workspace.root);
      }),
      { numRuns: 60 },
    );
  });
});

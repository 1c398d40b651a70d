import { describe, expect, it } from 'vitest';
import { type VerifyOptions, verifyStore } from '../../src/maintenance/verify.ts';
import { contentId, idToBytes, type ObjectId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import type { Store } from '../../src/store/store.ts';
import { encodeNode, type TreeNode } from '../../src/tree/node.ts';
import { Trees } from '../../src/tree/trees.ts';
import {
  addAudit,
  addSnapshot,
  addWorkspace,
  openTestStore,
  putFile,
  putFiles,
  runToEnd,
} from '../store/fixtures.ts';

function verify(store: Store, options?: VerifyOptions) {
  return runToEnd(verifyStore(store, options));
}

function overwrite(store: Store, id: ObjectId, bytes: Uint8Array): void {
  const statement = store.database.prepare('UPDATE objects SET data = ? WHERE id = ?');
  statement.run(bytes, idToBytes(id));
}

function remove(store: Store, id: ObjectId): void {
  store.objects.delete(store.objects.numberOf(id) ?? 0);
}

/** A workspace whose tree is one node as given, whatever it says. */
function addNode(store: Store, node: TreeNode): ObjectId {
  const id = new Trees(store.objects, 0).put(node);
  addWorkspace(store, 'w', id);
  return id;
}

describe('verification', () => {
  it('finds nothing wrong with a sound store, and counts what it has read', () => {
    const store = openTestStore();
    const names = Array.from({ length: 600 }, (_, i) => [`many/${i}`, `text ${i}`]);
    const large = Buffer.alloc(1024 * 1024 + 1, 'x');
    const tree = putFiles(store, { ...Object.fromEntries(names), large });
    addAudit(store, addWorkspace(store, 'w', tree));
    const report = verify(store);
    expect(report).toMatchObject({ ok: true, damage: [], damageCount: 0, auditRows: 1 });
    const totals = store.objects.totals();
    expect(report.objects).toBe(totals.reduce((sum, { count }) => sum + count, 0));
    expect(report.bytes).toBe(totals.reduce((sum, { size }) => sum + size, 0));
  });

  it('names a damaged object and every place that needs it', () => {
    const store = openTestStore();
    const tree = putFiles(store, { 'src/a.txt': 'one', 'copy/of/a.txt': 'one', 'b.txt': 'two' });
    const { number } = addWorkspace(store, 'w', tree);
    addSnapshot(store, number, 's', tree);
    const id = contentId(Buffer.from('one'));
    overwrite(store, id, Buffer.from('0ne'));
    const { ok, damage } = verify(store);
    expect(ok).toBe(false);
    expect(damage).toHaveLength(1);
    expect(damage[0]).toMatchObject({ code: 'OBJECT_CORRUPT', id });
    expect(damage[0]?.hits).toEqual([
      { owner: { kind: 'workspace', name: 'w' }, path: 'copy/of/a.txt' },
      { owner: { kind: 'workspace', name: 'w' }, path: 'src/a.txt' },
      { owner: { kind: 'snapshot', name: 'w/s' }, path: 'copy/of/a.txt' },
      { owner: { kind: 'snapshot', name: 'w/s' }, path: 'src/a.txt' },
    ]);
  });

  it('names missing files, directories, chunks and pending contents', () => {
    const store = openTestStore();
    const large = Buffer.alloc(1024 * 1024 + 1, 'x');
    const tree = putFiles(store, { 'dir/a.txt': 'one', 'b.txt': 'two', large });
    const workspace = addWorkspace(store, 'w', tree);
    const pending = putFile(store, 'pending');
    store.pending.put(workspace.number, 1, { path: parsePath('p'), entry: pending });
    const directory = new Trees(store.objects, 0).entry(tree, 'dir')?.id ?? tree;
    const chunk = contentId(Buffer.from('x'));
    const gone = [directory, contentId(Buffer.from('two')), chunk, pending.id];
    for (const id of gone) remove(store, id);
    const { damage } = verify(store, { readData: false });
    const found = damage.map(({ code, id, hits }) => [code, id, hits.map(({ path }) => path)]);
    expect(new Set(found)).toEqual(
      new Set([
        ['OBJECT_MISSING', directory, ['dir']],
        ['OBJECT_MISSING', gone[1], ['b.txt']],
        ['OBJECT_MISSING', chunk, ['large']],
        ['OBJECT_MISSING', pending.id, ['p']],
      ]),
    );
  });

  it('reads no contents, or a part of them, when it is told so', () => {
    const store = openTestStore();
    const files = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`f${i}`, `text ${i}`]),
    );
    addWorkspace(store, 'w', putFiles(store, files));
    const nodes = store.objects.totals().find(({ kind }) => kind === 'node')?.count ?? 0;
    expect(verify(store, { readData: false }).objects).toBe(nodes);
    const sampled = verify(store, { readData: 0.25 }).objects - nodes;
    expect(sampled).toBeGreaterThan(400);
    expect(sampled).toBeLessThan(600);
    expect(() => verify(store, { readData: 2 })).toThrow(RangeError);
  });

  it('rejects nodes whose numbers are not those of what is in them', () => {
    const store = openTestStore();
    const inner = putFiles(store, { 'a.txt': 'one' });
    const entry = {
      kind: 'directory',
      mode: 0o755,
      mtime: 0,
      size: 3,
      files: 2,
      id: inner,
    } as const;
    const id = addNode(store, { kind: 'leaf', entries: new Map([['dir', entry]]) });
    expect(verify(store).damage).toMatchObject([{ code: 'OBJECT_CORRUPT', id }]);
  });

  it('rejects files whose size is not that of their content', () => {
    const store = openTestStore();
    const entry = { ...putFile(store, 'four'), size: 5 };
    const id = addNode(store, { kind: 'leaf', entries: new Map([['a', entry]]) });
    expect(verify(store).damage).toMatchObject([{ code: 'OBJECT_CORRUPT', id }]);
  });

  it('rejects directories that are split where they should not be', () => {
    const store = openTestStore();
    const trees = new Trees(store.objects, 0);
    const pieces = ['a', 'b'].map((last) => {
      const entries = new Map([[last, putFile(store, last)]]);
      return { ...trees.summary(trees.put({ kind: 'leaf', entries })), last };
    });
    const id = addNode(store, { kind: 'index', level: 1, pieces });
    expect(verify(store).damage.map((found) => found.id)).toContain(id);
  });

  it('rejects nodes whose encoding is not canonical', () => {
    const store = openTestStore();
    const entries = new Map([
      ['b', putFile(store, 'b')],
      ['a', putFile(store, 'a')],
    ]);
    const id = addNode(store, { kind: 'leaf', entries });
    expect(encodeNode({ kind: 'leaf', entries }).length).toBeGreaterThan(0);
    expect(verify(store).damage).toMatchObject([{ code: 'OBJECT_CORRUPT', id }]);
  });

  it('finds a broken audit log, a damaged pending row and a missing step', () => {
    const store = openTestStore();
    const tree = putFiles(store, {});
    const workspace = addWorkspace(store, 'w', tree, { operation: 7 });
    addAudit(store, workspace);
    store.workspaces.save({ ...workspace, auditCount: 2 });
    store.pending.put(workspace.number, 1, { path: parsePath('p'), entry: undefined });
    store.database.exec("UPDATE pending SET path = 'q'");
    const messages = verify(store).damage.map(({ message }) => message);
    expect(messages).toHaveLength(3);
    expect(messages.join('\n')).toMatch(/pending[\s\S]*audit log[\s\S]*step/);
  });

  it('does not report what is collected while it looks', () => {
    const store = openTestStore();
    const workspace = addWorkspace(store, 'w', putFiles(store, { 'a.txt': 'one' }));
    const steps = verifyStore(store);
    steps.next();
    const old = workspace.root;
    const tree = putFiles(store, {});
    store.database.exec('DELETE FROM workspaces');
    remove(store, old);
    addWorkspace(store, 'v', tree);
    expect(runToEnd(steps)).toMatchObject({ ok: true });
  });
});

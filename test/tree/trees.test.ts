import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Entry } from '../../src/primitives/entry.ts';
import { contentId, type ObjectId } from '../../src/primitives/object-id.ts';
import { compareNames, isWithin, parsePath, type TreePath } from '../../src/primitives/path.ts';
import { Database } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { Objects } from '../../src/store/objects.ts';
import type { PendingChange } from '../../src/store/pending.ts';
import { isBoundary } from '../../src/tree/boundary.ts';
import { diffTrees } from '../../src/tree/diff-trees.ts';
import { editDirectory } from '../../src/tree/edit-directory.ts';
import { decodeNode, encodeNode } from '../../src/tree/node.ts';
import { editTree, emptyDirectory, PendingTree } from '../../src/tree/pending-tree.ts';
import { EMPTY_TREE, Trees } from '../../src/tree/trees.ts';

let trees: Trees;
let objects: Objects;

beforeEach(() => {
  const database = Database.open(':memory:');
  migrate(database);
  objects = new Objects(database);
  trees = new Trees(objects, 16 * 1024 * 1024);
  trees.put({ kind: 'leaf', entries: new Map() });
});

function file(text: string): Entry {
  const id = contentId(Buffer.from(text));
  return { kind: 'file', mode: 0o644, mtime: 1000, size: text.length, files: 1, id };
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `file-${i}.ts`).sort(compareNames);
}

describe('directories of any size', () => {
  it('have an id that does not depend on the order in which they were filled', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 900 }),
        fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 1200 }), { maxLength: 40 }),
        (count, added, removed) => {
          const start = names(count);
          const first = editDirectory(
            trees,
            EMPTY_TREE,
            start.map((name) => [name, file(name)]),
          );
          const changes = new Map<string, Entry | undefined>();
          for (const i of added) changes.set(`file-${i}.ts`, file(`changed ${i}`));
          for (const i of removed) changes.set(`file-${i}.ts`, undefined);
          const sorted = [...changes].sort(([a], [b]) => compareNames(a, b));
          const edited = editDirectory(trees, first.id, sorted);
          const model = new Map(start.map((name) => [name, file(name)] as const));
          for (const [name, entry] of sorted) {
            if (entry === undefined) model.delete(name);
            else model.set(name, entry);
          }
          const expected = [...model].sort(([a], [b]) => compareNames(a, b));
          const fresh = new Trees(objects, 1);
          expect([...fresh.entries(edited.id)]).toEqual(expected);
          expect(editDirectory(fresh, EMPTY_TREE, expected)).toEqual(edited);
          expect(edited.entries).toBe(expected.length);
          expect(edited.files).toBe(expected.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('stores only a few nodes for one change among 100,000 entries', () => {
    const all = names(100_000);
    const large = editDirectory(
      trees,
      EMPTY_TREE,
      all.map((name) => [name, file(name)]),
    );
    const before = objects.totals()[0]?.count ?? 0;
    const changed = editDirectory(trees, large.id, [['file-5000.ts', file('other')]]);
    const after = objects.totals()[0]?.count ?? 0;
    expect(after - before).toBeLessThanOrEqual(3);
    expect([...diffTrees(trees, large.id, changed.id)].map((change) => change.path)).toEqual([
      'file-5000.ts',
    ]);
    expect(trees.entry(changed.id, 'file-99999.ts')).toEqual(file('file-99999.ts'));
    expect(trees.entry(changed.id, 'no-such')).toBeUndefined();
  });

  it('are compared without reading the pieces that both have', () => {
    const all = names(100_000);
    const before = editDirectory(
      trees,
      EMPTY_TREE,
      all.map((name) => [name, file(name)]),
    ).id;
    const after = editDirectory(trees, before, [['file-77.ts', undefined]]).id;
    const leaves = (id: ObjectId): ObjectId[] => {
      const node = trees.node(id);
      return node.kind === 'leaf' ? [id] : [...trees.leaves(node)].map((piece) => piece.id);
    };
    const changed = new Set(leaves(after));
    const common = leaves(before).filter((id) => changed.has(id));
    expect(common.length).toBeGreaterThan(300);
    for (const id of common) objects.delete(objects.numberOf(id) ?? 0);
    const unread = new Trees(objects, 1024);
    const found = [...diffTrees(unread, before, after)];
    expect(found.map(({ path, after: left }) => [path, left])).toEqual([['file-77.ts', undefined]]);
    expect(() => [...unread.entries(before)]).toThrow(/lacks/);
  });

  it('have all their leaves equally deep, also where a part is alone on its level', () => {
    const all = Array.from({ length: 300_000 }, (_, i) => `n${i}`);
    const ends = all.filter((name) => isBoundary(name, 0) && !isBoundary(name, 1)).slice(0, 300);
    const outer = Array.from({ length: 300_000 }, (_, i) => `z${i}`).filter(
      (name) => isBoundary(name, 0) && isBoundary(name, 1),
    );
    const chosen = [...ends, ...outer.slice(0, 2)].sort(compareNames);
    const { id } = editDirectory(
      trees,
      EMPTY_TREE,
      chosen.map((name) => [name, file(name)]),
    );
    const top = trees.node(id);
    const inner = top.kind === 'index' ? top.pieces.map((piece) => trees.node(piece.id)) : [];
    expect(inner).toMatchObject([{ level: 1 }, { level: 1, pieces: [{ entries: 1 }] }]);
    expect([...trees.entries(id)].map(([name]) => name)).toEqual(chosen);
  });

  it('puts names in the order of their UTF-8 bytes', () => {
    const odd = ['\u{1f600}', '\uffee', 'a', 'Z', 'ä'].sort(compareNames);
    const tree = editDirectory(
      trees,
      EMPTY_TREE,
      odd.map((name) => [name, file(name)]),
    );
    const listed = [...trees.entries(tree.id)].map(([name]) => name);
    expect(listed).toEqual([...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });
});

describe('a tree with pending changes', () => {
  it('sees changes before and after they are folded', () => {
    const pending = new PendingTree(trees, EMPTY_TREE);
    pending.set(parsePath('src'), emptyDirectory(0o755, 5));
    pending.set(parsePath('src/a.ts'), file('a'));
    pending.set(parsePath('src/b.ts'), file('b'));
    expect(pending.get(parsePath('src/a.ts'))).toEqual(file('a'));
    const folded = pending.fold();
    expect(folded.files).toBe(2);
    expect(trees.lookup(folded.id, parsePath('src/b.ts'))).toEqual(file('b'));
    const later = new PendingTree(trees, folded.id);
    later.set(parsePath('src'), undefined);
    expect(later.get(parsePath('src/a.ts'))).toBeUndefined();
    later.set(parsePath('src'), emptyDirectory(0o755, 6));
    later.set(parsePath('src/c.ts'), file('c'));
    expect([...later.walk()].map(([each]) => each)).toEqual(['src', 'src/c.ts']);
    expect(later.fold().files).toBe(1);
  });

  it('agrees with a plain map of paths under random changes', () => {
    const segment = fc.constantFrom('a', 'b', 'c', 'a.b', 'ab', 'é');
    const anyPath = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((parts) => parsePath(parts.join('/')));
    const step = fc.record({ path: anyPath, text: fc.option(fc.string({ maxLength: 3 })) });
    const foldEvery = fc.integer({ min: 1, max: 10 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), foldEvery, (steps, every) => {
        const model = new Map<TreePath, string>();
        let pending = new PendingTree(trees, EMPTY_TREE);
        let sinceFold: PendingChange[] = [];
        for (const [i, { path: target, text }] of steps.entries()) {
          if (!changeModel(model, target, text)) continue;
          for (const change of changesFor(pending, target, text)) {
            pending.set(change.path, change.entry);
            sinceFold.push(change);
          }
          if (i % every !== 0) continue;
          const root = pending.root;
          pending = new PendingTree(trees, pending.fold().id);
          expect(editTree(trees, root, sinceFold).id).toBe(pending.root);
          sinceFold = [];
        }
        const files = [...pending.walk()].filter(([, entry]) => entry.kind === 'file');
        expect(new Map(files.map(([key, entry]) => [key, entry.id]))).toEqual(
          new Map([...model].map(([key, text]) => [key, file(text).id])),
        );
      }),
    );
  });
});

/** Writes or deletes in the model; false when the path leads through a file. */
function changeModel(model: Map<TreePath, string>, path: TreePath, text: string | null): boolean {
  if (parentsOf(path).some((parent) => model.has(parent))) return false;
  for (const key of [...model.keys()]) if (isWithin(key, path)) model.delete(key);
  if (text !== null) model.set(path, text);
  return true;
}

function changesFor(pending: PendingTree, path: TreePath, text: string | null): PendingChange[] {
  const missing = parentsOf(path).filter((parent) => pending.get(parent) === undefined);
  const made = missing.map((parent) => ({ path: parent, entry: emptyDirectory(0o755, 0) }));
  return [...made, { path, entry: text === null ? undefined : file(text) }];
}

/** The directories above a path, from the root down. */
function parentsOf(path: TreePath): TreePath[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parsePath(parts.slice(0, i + 1).join('/')));
}

describe('the encoding of a node', () => {
  it('is read back as it was written', () => {
    const node = {
      kind: 'leaf',
      entries: new Map<string, Entry>([
        ['a', { ...file('x'), mtime: -5 }],
        ['b', { ...file('x'), kind: 'directory', files: 7, size: 2 ** 40 }],
        ['ü', { ...file('x'), kind: 'symlink', mode: 0o777 }],
      ]),
    } as const;
    expect(decodeNode(encodeNode(node))).toEqual(node);
  });

  it('is refused when a byte is cut off, added, or names are out of order', () => {
    const bytes = encodeNode({
      kind: 'leaf',
      entries: new Map([
        ['a', file('x')],
        ['b', file('y')],
      ]),
    });
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeNode(bytes.subarray(0, end))).toThrow(RangeError);
    }
    expect(() => decodeNode(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(/left over/);
    const swapped = {
      kind: 'leaf',
      entries: new Map([
        ['b', file('x')],
        ['a', file('y')],
      ]),
    } as const;
    expect(() => decodeNode(encodeNode(swapped))).toThrow(/out of order/);
    for (const name of ['..', '.git', 'a/b', '', '.agentfs']) {
      const hostile = { kind: 'leaf', entries: new Map([[name, file('x')]]) } as const;
      expect(() => decodeNode(encodeNode(hostile))).toThrow(RangeError);
    }
  });
});

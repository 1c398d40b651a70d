/** Bringing a directory from one tree to another, whatever commands left behind in it. */

import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ApplyOptions,
  applyToDirectory,
  type PathChange,
} from '../../src/disk/materialise.ts';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import type { IndexUpdate } from '../../src/disk/scan-result.ts';
import type { Entry } from '../../src/primitives/entry.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { asOrdinaryUser } from './support/ordinary-user.ts';
import { EMPTY_TREE, ScannedDirectory, summary } from './support/scanned-directory.ts';
import { startSwapping } from './support/swapper.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { listTree, treeDigest } from './support/tree-digest.ts';

const MTIME = 1_600_000_000_000;
const contents = new Map<string, Buffer>();

function file(text: string, mode = 0o644): Entry {
  const content = Buffer.from(text);
  const id = contentId(content);
  contents.set(id, content);
  return { kind: 'file', mode, mtime: MTIME, size: content.length, files: 1, id };
}

function link(target: string): Entry {
  return { ...file(target, 0o777), kind: 'symlink' };
}

function folder(mode = 0o755): Entry {
  return { kind: 'directory', mode, mtime: MTIME, size: 0, files: 0, id: EMPTY_TREE };
}

type Shape = Readonly<Record<string, Entry>>;

function changesBetween(before: Shape, after: Shape): PathChange[] {
  const paths = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...paths].map((path) => ({
    path: parsePath(path),
    before: before[path],
    after: after[path],
  }));
}

async function apply(
  root: string,
  before: Shape,
  after: Shape,
  options: Partial<ApplyOptions> = {},
): Promise<IndexUpdate[]> {
  const directory = SafeDirectory.open(root);
  try {
    return await applyToDirectory({
      root: directory,
      changes: changesBetween(before, after),
      readContent: (entry) => [contents.get(entry.id) ?? Buffer.alloc(0)],
      emptyTree: EMPTY_TREE,
      ...options,
    });
  } finally {
    directory.close();
  }
}

describe('applying changes to a directory', () => {
  it('writes files, directories and links with their modes and times', async () => {
    const root = temporaryDirectory();
    await apply(
      root,
      {},
      {
        d: folder(0o750),
        'd/script': file('#!', 0o755),
        'd/e': folder(0o500),
        'd/e/deep': file('x', 0o400),
        link: link('d/script'),
      },
    );
    expect(listTree(root)).toEqual([
      'd/ 750',
      'd/e/ 500',
      'd/e/deep 400 "x"',
      'd/script 755 "#!"',
      'link -> d/script',
    ]);
    expect(lstatSync(join(root, 'd/script')).mtimeMs).toBe(MTIME);
    expect(lstatSync(join(root, 'link')).mtimeMs).toBe(MTIME);
  });

  it('hands back rows that a scan agrees with', async () => {
    const root = temporaryDirectory();
    const shape = { d: folder(), 'd/f': file('1'), l: link('d') };
    const updates = await apply(root, {}, shape, { clock: { now: () => Date.now() + 1e6 } });
    const directory = new ScannedDirectory(root);
    for (const { path, entry } of updates)
      if (entry !== undefined) directory.index.set(path, entry);
    const result = await directory.scan();
    expect(result).toMatchObject({ changes: [], index: [], stored: 0, files: 2 });
  });

  it('marks rows racy that were written just before', async () => {
    const root = temporaryDirectory();
    const updates = await apply(root, {}, { f: file('1') });
    expect(updates).toMatchObject([{ path: 'f', entry: { racy: true } }]);
  });

  it('leads from any tree to any other', async () => {
    const entry = fc.constantFrom(file('a'), file('b', 0o755), link('x'), folder(), folder(0o555));
    const shapes = fc.dictionary(
      fc.constantFrom('a', 'b', 'a/a', 'a/b', 'a/b/c', 'b/a', 'b/a/d'),
      entry,
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(shapes.map(closed), shapes.map(closed), async (before, after) => {
        const [moved, fresh] = [temporaryDirectory(), temporaryDirectory()];
        await apply(moved, {}, before);
        const updates = await apply(moved, before, after);
        await apply(fresh, {}, after);
        expect(listTree(moved)).toEqual(listTree(fresh));
        const gone = updates.filter((update) => update.entry === undefined).map(({ path }) => path);
        expect(gone.every((path) => !(path in after))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('removes what a command left where something has to be', async () => {
    const root = temporaryDirectory({ 'f/untracked/deep': 'x', g: 'file', 'd/sub/left': 'x' });
    const outside = temporaryDirectory({ kept: 'kept' });
    symlinkSync(outside, join(root, 'f/out'));
    symlinkSync(outside, join(root, 'l'));
    execFileSync('mkfifo', [join(root, 'p')]);
    const after = { f: file('1'), g: folder(), l: folder(), 'l/x': file('2'), p: file('3') };
    await apply(root, { d: folder(), 'd/sub': folder() }, after);
    expect(listTree(root)).toEqual(['f 644 "1"', 'g/ 755', 'l/ 755', 'l/x 644 "2"', 'p 644 "3"']);
    expect(listTree(outside)).toEqual(['kept 644 "kept"']);
  });

  it('is content when what it has to remove is gone already', async () => {
    const root = temporaryDirectory({ d: 'a file now' });
    await apply(root, { d: folder(), 'd/e': folder(), 'd/e/f': file('1'), gone: file('2') }, {});
    expect(listTree(root)).toEqual([]);
  });

  it('never writes through a hard link', async () => {
    const root = temporaryDirectory();
    const outside = temporaryDirectory({ shared: 'shared' });
    linkSync(join(outside, 'shared'), join(root, 'f'));
    await apply(root, { f: file('shared') }, { f: file('ours', 0o600) });
    expect(listTree(outside)).toEqual(['shared 644 "shared"']);
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('ours');
  });

  it('changes what is in read-only directories and leaves them read-only', async () => {
    const root = temporaryDirectory({ 'd/e/f': 'old', 'd/e/gone': '' });
    chmodSync(join(root, 'd/e'), 0o500);
    chmodSync(join(root, 'd'), 0o000);
    await asOrdinaryUser(root, () =>
      apply(
        root,
        { 'd/e/f': file('old'), 'd/e/gone': file('') },
        { 'd/e/f': file('new'), 'd/e/more': folder(0) },
      ),
    );
    expect(listTree(root)).toEqual(['d/ 0', 'd/e/ 500', 'd/e/f 644 "new"', 'd/e/more/ 0']);
  });

  it('leaves no staged file behind when the content cannot be read', async () => {
    const root = temporaryDirectory({ f: 'old' });
    const readContent = (): never => {
      throw new Error('damaged');
    };
    const applied = apply(root, { f: file('old') }, { f: file('new') }, { readContent });
    await expect(applied).rejects.toThrow('damaged');
    expect(listTree(root)).toEqual(['f 644 "old"']);
  });

  it('stops when its signal fires, and a scan then finds where it is', async () => {
    const root = temporaryDirectory();
    const stop = new AbortController();
    function* readContent(): Generator<Uint8Array> {
      stop.abort();
      for (;;) yield Buffer.from('endless');
    }
    const applied = apply(
      root,
      {},
      { a: folder(), b: file('1') },
      { signal: stop.signal, readContent },
    );
    await expect(applied).rejects.toMatchObject({ code: 'ABORTED' });
    expect(summary(await new ScannedDirectory(root).scan())).toEqual(['+ a']);
  });

  it('reports how far it is, and at the end everything', async () => {
    const seen: unknown[] = [];
    const onProgress = (counts: unknown): void => {
      seen.push(counts);
    };
    await apply(temporaryDirectory(), {}, { a: file('12'), b: link('345') }, { onProgress });
    expect(seen.at(-1)).toEqual({ files: 2, bytes: 5 });
  });

  it('writes nothing outside while a directory is swapped for a link', async () => {
    const outside = temporaryDirectory({ 'sub/f0': 'untouched' });
    const root = temporaryDirectory({ 'd/sub/': '' });
    symlinkSync(outside, join(root, 'link'));
    const before = treeDigest(outside);
    const after = Object.fromEntries(
      Array.from({ length: 300 }, (_, number) => [`d/sub/f${number}`, file(`${number}`)]),
    );
    const swapper = await startSwapping(join(root, 'd'), join(root, 'link'));
    for (let round = 0; round < 10; round++) {
      // The link may be in the place of the directory: a typed refusal, or done.
      await apply(root, {}, after).catch((error: unknown) => {
        expect(error).toHaveProperty('code');
      });
    }
    await swapper.stop();
    expect(treeDigest(outside)).toBe(before);
    writeFileSync(join(root, 'alive'), '');
  });
});

/** Drops entries whose parents are not directories, and adds no others. */
function closed(shape: Shape): Shape {
  const kept: Record<string, Entry> = {};
  for (const path of Object.keys(shape).sort()) {
    const slash = path.lastIndexOf('/');
    const entry = shape[path];
    if (entry === undefined) continue;
    if (slash < 0 || kept[path.slice(0, slash)]?.kind === 'directory') kept[path] = entry;
  }
  return kept;
}

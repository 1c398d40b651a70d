import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/primitives/entry.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { detectRenames, type Rename, type RenameCandidate } from '../../src/snapshot/renames.ts';

type Contents = Record<string, string | Uint8Array>;

const stored = new Map<string, Uint8Array>();

function candidates(contents: Contents, kind: Entry['kind'] = 'file'): RenameCandidate[] {
  return Object.entries(contents).map(([path, content]) => {
    const bytes = Buffer.from(content);
    const id = contentId(bytes);
    stored.set(id, bytes);
    const entry = { kind, mode: 0o644, mtime: 0, size: bytes.length, files: 1, id };
    return { path: parsePath(path), entry };
  });
}

function read(entry: Entry): Uint8Array | undefined {
  return stored.get(entry.id);
}

function detect(removed: Contents, added: Contents): Rename[] {
  return detectRenames(candidates(removed), candidates(added), read);
}

/** `from > to percent` for each. */
function show(renames: readonly Rename[]): string[] {
  return renames.map(({ from, to, similarity }) => `${from} > ${to} ${similarity}`);
}

function lines(count: number, prefix = 'line'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index + 100}\n`);
}

describe('detectRenames', () => {
  it('pairs equal content, each path once, in the order of the new paths', () => {
    expect(show(detect({ b: '1', a: '2', c: '1' }, { z: '1', y: '2', x: '3' }))).toEqual([
      'a > y 100',
      'b > z 100',
    ]);
  });

  it('prefers the same base name, then the closest path', () => {
    expect(show(detect({ 'a/one': 'x', 'a/two': 'x' }, { 'b/two': 'x', 'b/one': 'x' }))).toEqual([
      'a/one > b/one 100',
      'a/two > b/two 100',
    ]);
    expect(show(detect({ 'p/q/x': 's', 'r/x': 's', 'p/y': 's' }, { 'p/z/x': 's' }))).toEqual([
      'p/q/x > p/z/x 100',
    ]);
    expect(show(detect({ 'far/1': 's', 'src/lib/2': 's' }, { 'src/lib/3': 's' }))).toEqual([
      'src/lib/2 > src/lib/3 100',
    ]);
  });

  it('pairs text of which more than half is left, by how much', () => {
    const text = lines(100);
    const renames = detect(
      { old: text.join(''), other: lines(100, 'else').join('') },
      { new: text.with(50, 'new\n').with(60, 'new\n').join(''), half: text.slice(0, 50).join('') },
    );
    expect(show(renames)).toEqual(['old > new 98']);
    expect(detect({ old: text.join('') }, { half: text.slice(0, 50).join('') })).toEqual([]);
    expect(show(detect({ old: text.join('') }, { more: text.slice(0, 52).join('') }))).toEqual([
      'old > more 52',
    ]);
  });

  it('takes the most similar pair first, and equal content before similar', () => {
    const text = lines(10);
    const near = text.with(0, 'a\n').join('');
    const far = text.with(0, 'a\n').with(1, 'b\n').join('');
    const [first, second] = detect({ same: text.join(''), near }, { target: text.join(''), far });
    expect(first).toMatchObject({ from: 'near', to: 'far' });
    expect(second).toEqual({ from: 'same', to: 'target', similarity: 100 });
    expect(show(detect({ far, near }, { text: text.join('') }))).toEqual(['near > text 90']);
  });

  it('keeps 100 for equal content', () => {
    expect(show(detect({ a: 'x\ny\n' }, { b: 'y\nx\n' }))).toEqual(['a > b 99']);
  });

  it('never renames empty files and directories, nor compares links and binary content', () => {
    expect(detect({ a: '' }, { b: '' })).toEqual([]);
    const folder = candidates({ a: 'x' }, 'directory');
    expect(detectRenames(folder, candidates({ b: 'x' }, 'directory'), read)).toEqual([]);
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index % 10);
    expect(detect({ a: bytes }, { b: bytes.with(3, 200) })).toEqual([]);
    expect(show(detect({ a: bytes }, { b: bytes }))).toEqual(['a > b 100']);
    const links = candidates({ a: 'to/x\ny\nz' }, 'symlink');
    expect(detectRenames(links, candidates({ b: 'to/x\ny\nw' }, 'symlink'), read)).toEqual([]);
    expect(show(detectRenames(links, candidates({ b: 'to/x\ny\nz' }, 'symlink'), read))).toEqual([
      'a > b 100',
    ]);
    expect(detectRenames(links, candidates({ b: 'to/x\ny\nz' }), read)).toEqual([]);
  });

  it('leaves out what cannot be read and does not read what cannot be similar', () => {
    const removed = candidates({ a: 'x\ny\nz\n', same: 'same' });
    const added = candidates({ b: 'x\ny\nw\n', 'd/same': 'same' });
    expect(show(detectRenames(removed, added, () => undefined))).toEqual(['same > d/same 100']);
    const large = candidates({ large: `${'x\n'.repeat(600_000)}` });
    const refuse = (): never => {
      throw new Error('read');
    };
    expect(detectRenames(large, candidates({ also: `${'x\n'.repeat(600_001)}` }), refuse)).toEqual(
      [],
    );
    expect(detectRenames(removed, [], refuse)).toEqual([]);
  });

  it('follows a moved directory of 5,000 files, some of them edited, and of equal files', () => {
    const text = (index: number) => lines(20, `file ${index}`);
    const removed: Contents = {};
    const added: Contents = {};
    for (let i = 0; i < 5000; i++) {
      removed[`old/${i}.txt`] = text(i).join('');
      added[`new/${i}.txt`] = (i % 10 === 0 ? text(i).with(3, 'edited\n') : text(i)).join('');
      removed[`old/copies/${i}`] = 'the same everywhere\n';
      added[`new/copies/${i}`] = 'the same everywhere\n';
    }
    const renames = detect(removed, added);
    expect(renames).toHaveLength(10_000);
    for (const { from, to } of renames) expect(to).toBe(from.replace('old', 'new'));
  });

  it('still pairs files of one base name when there are too many to compare all', () => {
    const removed: Contents = {};
    const added: Contents = {};
    for (let i = 0; i < 1100; i++) {
      removed[`old/${i}.a`] = lines(5, `a ${i}`).join('');
      added[`new/${i}.b`] = lines(5, `b ${i}`).join('');
    }
    removed['old/name'] = lines(10).join('');
    added['new/name'] = lines(10).with(0, 'x\n').join('');
    expect(show(detect(removed, added))).toEqual(['old/name > new/name 90']);
  });

  it('gives the same answer for any order of its input, and uses each path once', () => {
    const content = fc.constantFrom('', 'a\n', 'a\nb\nc\n', 'a\nb\nd\n', 'a\nb\nc\nd\n', 'x\n');
    const path = fc.constantFrom('a', 'b', 'c/a', 'c/b', 'd/a', 'd/e/a');
    const side = fc.dictionary(path, content, { maxKeys: 6 });
    fc.assert(
      fc.property(side, side, (removed, added) => {
        const renames = detect(removed, added);
        const [sources, targets] = [candidates(removed), candidates(added)];
        expect(detectRenames(sources.toReversed(), targets.toReversed(), read)).toEqual(renames);
        expect(new Set(renames.map(({ from }) => from)).size).toBe(renames.length);
        expect(new Set(renames.map(({ to }) => to)).size).toBe(renames.length);
        for (const { from, to, similarity } of renames) {
          expect(similarity === 100).toBe(removed[from] === added[to]);
          expect(similarity).toBeGreaterThan(50);
        }
      }),
      { numRuns: 500 },
    );
  });
});

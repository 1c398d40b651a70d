import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HunkChoice, mergeText } from '../../src/snapshot/text-merge.ts';

const LABELS = { base: 'the base', ours: 'our side', theirs: 'their side' };

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'text-merge-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function merge(
  base: string,
  ours: string,
  theirs: string,
  choice?: HunkChoice,
): string | undefined {
  const merged = mergeText(Buffer.from(base), Buffer.from(ours), Buffer.from(theirs), choice);
  return merged === undefined ? undefined : Buffer.from(merged.bytes).toString();
}

function mark(base: string, ours: string, theirs: string): string | undefined {
  return merge(base, ours, theirs, LABELS);
}

/** What `git merge-file` makes of it, with `--diff3` or for a side. */
function mergeWithGit(
  base: string,
  ours: string,
  theirs: string,
  way = '--diff3',
): { readonly clean: boolean; readonly text: string } {
  const paths = Object.entries({ ours, base, theirs }).map(([name, text]) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  });
  const labels = [LABELS.ours, LABELS.base, LABELS.theirs].flatMap((label) => ['-L', label]);
  const result = spawnSync('git', ['merge-file', '-p', way, ...labels, ...paths]);
  return { clean: result.status === 0, text: result.stdout.toString() };
}

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly add: readonly string[];
}

function edit(lines: readonly string[], edits: readonly Edit[]): string {
  const result = [...lines];
  for (const { at, remove, add } of edits) result.splice(at, remove, ...add);
  return result.join('');
}

/** A few edits of a text of `length` lines; the fewer words, the more often lines repeat. */
function editsOf(words: fc.Arbitrary<string>, length: number): fc.Arbitrary<Edit[]> {
  const added = fc.array(words, { maxLength: 2 });
  const single = fc.record({ at: fc.nat(length), remove: fc.nat(2), add: added });
  return fc.array(single, { maxLength: 4 });
}

const DISTINCT = Array.from({ length: 24 }, (_, index) => `line ${index}\n`);

describe('mergeText', () => {
  it('takes the changes of both sides when an unchanged line lies between them', () => {
    expect(merge('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n')).toBe('A\nb\nC\n');
    expect(merge('a\nb\nc\n', 'b\nc\n', 'a\nb\nc\nd\n')).toBe('b\nc\nd\n');
  });

  it('takes a change that both sides made once, beside changes of either', () => {
    expect(merge('a\nb\nc\nd\ne\n', 'X\nb\nC\nd\ne\n', 'X\nb\nc\nd\nE\n')).toBe('X\nb\nC\nd\nE\n');
    expect(merge('a\n', 'b\n', 'b\n')).toBe('b\n');
  });

  it('gives up when both sides change a line, neighbouring lines, or insert at one place', () => {
    expect(merge('a\nb\n', 'x\nb\n', 'y\nb\n')).toBeUndefined();
    expect(merge('a\nb\n', 'x\nb\n', 'a\ny\n')).toBeUndefined();
    expect(merge('a\n', 'a\nx\n', 'a\ny\n')).toBeUndefined();
    expect(merge('', 'x\n', 'y\n')).toBeUndefined();
    expect(merge('a\nb\nc\n', 'c\n', 'a\nB\nc\n')).toBeUndefined();
  });

  it('keeps carriage returns and a missing last newline', () => {
    expect(merge('a\r\nb\r\nc', 'A\r\nb\r\nc', 'a\r\nb\r\nc\n')).toBe('A\r\nb\r\nc\n');
    expect(merge('a\nb\nc\n', 'a\r\nb\nc\n', 'a\nb\nc')).toBe('a\r\nb\nc');
  });

  it('never merges binary content, but takes the only side that changed', () => {
    const [base, ours, theirs] = [
      [0, 10, 1, 10, 2],
      [9, 10, 1, 10, 2],
      [0, 10, 1, 10, 9],
    ].map((bytes) => Uint8Array.from(bytes));
    if (base === undefined || ours === undefined || theirs === undefined) throw new Error('unset');
    expect(mergeText(base, ours, theirs)).toBeUndefined();
    expect(mergeText(base, base, theirs)?.bytes).toEqual(theirs);
    expect(mergeText(base, ours, base)?.bytes).toEqual(ours);
    expect(mergeText(base, ours, Uint8Array.from(ours))?.bytes).toEqual(ours);
    const latin1 = Uint8Array.of(0xe9, 10);
    expect(mergeText(Buffer.from('a\n'), latin1, Buffer.from('b\n'))).toBeUndefined();
  });

  it('gives up above its bounds and not before', () => {
    const base = Buffer.from('a\nb\nc\n');
    const ours = Buffer.from('A\nb\nc\n');
    const theirs = Buffer.from('a\nb\nC\nd\n');
    expect(mergeText(base, ours, theirs, 'fail', { maxLines: 4, maxBytes: 8 })).toBeDefined();
    expect(mergeText(base, ours, theirs, 'fail', { maxLines: 3 })).toBeUndefined();
    expect(mergeText(base, ours, theirs, 'fail', { maxBytes: 7 })).toBeUndefined();
  });

  it('merges 50,000 lines of which most repeat', () => {
    const lines = Array.from({ length: 50_000 }, (_, i) => (i % 3 === 0 ? '\n' : `${i % 4999}\n`));
    const ours = lines.with(100, 'ours\n').join('');
    const theirs = lines.with(40_000, 'theirs\n').join('');
    const both = lines.with(100, 'ours\n').with(40_000, 'theirs\n').join('');
    expect(merge(lines.join(''), ours, theirs)).toBe(both);
  });

  it('is the same with the sides exchanged, and gives back what only one side changed', () => {
    const edits = editsOf(fc.constantFrom('a\n', 'b\n', '\n'), 12);
    const base = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n'), { maxLength: 12 });
    fc.assert(
      fc.property(base, edits, edits, (lines, ourEdits, theirEdits) => {
        const [text, ours, theirs] = [
          lines.join(''),
          edit(lines, ourEdits),
          edit(lines, theirEdits),
        ];
        expect(merge(text, ours, theirs)).toBe(merge(text, theirs, ours));
        expect(merge(text, ours, text)).toBe(ours);
        expect(merge(text, text, theirs)).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with git merge-file on whether lines merge, and on the text with markers or a side', () => {
    const words = fc.nat(99).map((number) => `new ${number}\n`);
    const edits = editsOf(words, DISTINCT.length);
    const ending = fc.constantFrom('', '', 'end');
    fc.assert(
      fc.property(edits, edits, ending, ending, ending, (ourEdits, theirEdits, ...endings) => {
        const base = DISTINCT.join('') + endings[0];
        const ours = edit(DISTINCT, ourEdits) + endings[1];
        const theirs = edit(DISTINCT, theirEdits) + endings[2];
        const git = mergeWithGit(base, ours, theirs);
        expect(merge(base, ours, theirs)).toBe(git.clean ? git.text : undefined);
        expect(mark(base, ours, theirs)).toBe(git.text);
        for (const side of git.clean ? [] : (['ours', 'theirs'] as const)) {
          const decided = mergeWithGit(base, ours, theirs, `--${side}`).text;
          expect(merge(base, ours, theirs, side)).toBe(decided);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('mergeText with a choice', () => {
  it('takes the lines of the side in conflict, merges all else, and counts the places', () => {
    const [base, ours, theirs] = ['a\nb\nc\nd\ne\n', 'A\nb\nc\nd\nX\n', 'a\nb\nC\nd\nY\n'];
    expect(merge(base, ours, theirs, 'ours')).toBe('A\nb\nC\nd\nX\n');
    expect(merge(base, ours, theirs, 'theirs')).toBe('A\nb\nC\nd\nY\n');
    const [before, here, there] = [base, ours, theirs].map((text) => Buffer.from(text));
    if (!before || !here || !there) throw new Error('unset');
    expect(mergeText(before, here, there, 'ours')?.hunks).toBe(1);
    expect(mergeText(before, here, before, 'ours')?.hunks).toBe(0);
  });

  it('marks a conflict with all three versions', () => {
    expect(mark('a\nb\nc\n', 'a\nx\nc\n', 'a\ny')).toBe(
      'a\n<<<<<<< our side\nx\nc\n||||||| the base\nb\nc\n=======\ny\n>>>>>>> their side\n',
    );
  });

  it('ends its markers as the text does', () => {
    expect(mark('a\r\n', 'x\r\n', 'y')).toBe(
      '<<<<<<< our side\r\nx\r\n||||||| the base\r\na\r\n=======\r\ny\r\n>>>>>>> their side\r\n',
    );
  });

  it('writes no markers without a conflict, and nothing for binary content', () => {
    expect(mark('a\nb\nc\n', 'A\nb\nc\n', 'a\nb\nC\n')).toBe('A\nb\nC\n');
    expect(mark('a\0', 'b\0', 'c\0')).toBeUndefined();
  });
});

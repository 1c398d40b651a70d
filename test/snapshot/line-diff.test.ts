import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines, type LineEdit, splitLines } from '../../src/snapshot/line-diff.ts';

/** The text that the edits of the given kinds spell. */
function side(edits: readonly LineEdit[] | undefined, ...kinds: LineEdit['kind'][]): string {
  expect(edits).toBeDefined();
  return (edits ?? [])
    .filter((edit) => kinds.includes(edit.kind))
    .flatMap((edit) => edit.lines)
    .join('');
}

function expectRebuilds(before: string, after: string): LineEdit[] {
  const edits = diffLines(before, after);
  expect(side(edits, 'equal', 'delete')).toBe(before);
  expect(side(edits, 'equal', 'insert')).toBe(after);
  return edits ?? [];
}

function changedLines(edits: readonly LineEdit[]): number {
  return edits.reduce((sum, edit) => sum + (edit.kind === 'equal' ? 0 : edit.lines.length), 0);
}

/** The length of the longest common subsequence by the textbook table. */
function commonLength(before: readonly string[], after: readonly string[]): number {
  let row = new Array<number>(after.length + 1).fill(0);
  for (const line of before) {
    const next = [0];
    after.forEach((other, column) => {
      const best = Math.max(next[column] ?? 0, row[column + 1] ?? 0);
      next.push(line === other ? (row[column] ?? 0) + 1 : best);
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}

function numbered(count: number, prefix = 'line'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}\n`);
}

/** A fixed permutation: steps through the list by a number that shares no factor with it. */
function shuffled(lines: readonly string[], step: number): string[] {
  return lines.map((_, index) => lines[(index * step) % lines.length] ?? '');
}

const line = fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'a\r\n', 'é\n', '\u{1f600}\n');
const text = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', '', 'a', 'end', '\r'))
  .map(([lines, last]) => lines.join('') + last);

describe('splitLines', () => {
  it('keeps terminators, so that joining gives the text back', () => {
    expect(splitLines('')).toEqual([]);
    expect(splitLines('a\r\n\nb')).toEqual(['a\r\n', '\n', 'b']);
    fc.assert(
      fc.property(fc.string(), (any) => {
        expect(splitLines(any).join('')).toBe(any);
      }),
    );
  });
});

describe('diffLines', () => {
  it('gives one equal edit for equal texts and none for empty ones', () => {
    expect(diffLines('a\nb\n', 'a\nb\n')).toEqual([{ kind: 'equal', lines: ['a\n', 'b\n'] }]);
    expect(diffLines('', '')).toEqual([]);
  });

  it('deletes before it inserts', () => {
    expect(diffLines('a\nb\nc\n', 'a\nx\ny\nc\n')).toEqual([
      { kind: 'equal', lines: ['a\n'] },
      { kind: 'delete', lines: ['b\n'] },
      { kind: 'insert', lines: ['x\n', 'y\n'] },
      { kind: 'equal', lines: ['c\n'] },
    ]);
  });

  it('sees a missing last newline and a carriage return as part of the line', () => {
    expect(diffLines('a', 'a\n')).toEqual([
      { kind: 'delete', lines: ['a'] },
      { kind: 'insert', lines: ['a\n'] },
    ]);
    expect(diffLines('a\r\nb\n', 'a\nb\n')?.[0]).toEqual({ kind: 'delete', lines: ['a\r\n'] });
  });

  it('puts a repeated line where a reader expects it: at the end of the repetition', () => {
    const edits = diffLines('f {\n}\n\ng {\n}\n', 'f {\n}\n\nh {\n}\n\ng {\n}\n');
    expect(edits).toEqual([
      { kind: 'equal', lines: ['f {\n', '}\n', '\n'] },
      { kind: 'insert', lines: ['h {\n', '}\n', '\n'] },
      { kind: 'equal', lines: ['g {\n', '}\n'] },
    ]);
    expect(diffLines('a\n', 'a\na\n')?.at(-1)).toEqual({ kind: 'insert', lines: ['a\n'] });
  });

  it('rebuilds both texts from the edits, neighbours being of different kinds', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const edits = expectRebuilds(before, after);
        edits.forEach((edit, index) => {
          expect(edit.lines.length).toBeGreaterThan(0);
          expect(edit.kind).not.toBe(edits[index + 1]?.kind);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it('stays within twice the shortest diff, and mostly is the shortest', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [left, right] = [splitLines(before), splitLines(after)];
        const shortest = left.length + right.length - 2 * commonLength(left, right);
        const actual = changedLines(expectRebuilds(before, after));
        expect(actual).toBeGreaterThanOrEqual(shortest);
        // fast-diff takes a common half of the text at once, which costs a few lines at times.
        expect(actual).toBeLessThanOrEqual(2 * shortest);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds 100 edits in 20,000 lines exactly', () => {
    const before = numbered(20_000);
    const after = before.map((old, index) => (index % 200 === 7 ? `new ${index}\n` : old));
    expect(changedLines(expectRebuilds(before.join(''), after.join('')))).toBe(200);
  });

  it('finds edits among 20,000 lines of which none is unique', () => {
    const before = Array.from({ length: 20_000 }, (_, i) => `${((i * i * 7) % 10_007) % 90}\n`);
    const after = before.toSpliced(4000, 3).toSpliced(15_000, 0, 'x\n', 'y\n');
    expect(changedLines(expectRebuilds(before.join(''), after.join('')))).toBe(5);
  });

  it('answers for 20,000 lines that are unrelated, shuffled or hopelessly repetitive', () => {
    const lines = numbered(20_000);
    const hostile: [string[], string[]][] = [
      [lines, numbered(20_000, 'other')],
      [lines, shuffled(lines, 7919)],
      [lines, lines.toReversed()],
      [lines.map((_, i) => `${i % 2}\n`), lines.map((_, i) => `${i % 3}\n`)],
      [lines.map((_, i) => `${i % 7}\n`), lines.map((_, i) => `${(i * 3) % 7}\n`)],
    ];
    for (const [before, after] of hostile) expectRebuilds(before.join(''), after.join(''));
  });

  it('gives up above 1 MiB of UTF-8 or 20,000 lines on either side, and not before', () => {
    const mebibyte = 'é'.repeat(512 * 1024);
    expect(diffLines(mebibyte, 'a')).toBeDefined();
    expect(diffLines(`${mebibyte}a`, 'a')).toBeUndefined();
    expect(diffLines('a', `${mebibyte}a`)).toBeUndefined();
    expect(diffLines('\n'.repeat(20_000), 'a')).toBeDefined();
    expect(diffLines('\n'.repeat(20_001), 'a')).toBeUndefined();
    expect(diffLines('a', '\n'.repeat(20_001))).toBeUndefined();
  });
});

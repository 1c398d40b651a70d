import { describe, expect, it } from 'vitest';
import { parsePath } from '../../src/primitives/path.ts';
import { type DiffStatEntry, formatDiffStat } from '../../src/snapshot/diff-stat.ts';

function entry(path: string, linesAdded: number, linesRemoved: number): DiffStatEntry {
  return { path: parsePath(path), linesAdded, linesRemoved, binary: false };
}

describe('formatDiffStat', () => {
  it('lines up a bar for each path and ends with the totals', () => {
    const stat = formatDiffStat([
      entry('src/a.ts', 3, 1),
      { ...entry('b', 0, 12), from: parsePath('old') },
      { ...entry('logo.png', 0, 0), binary: true },
      { ...entry('huge.sql', 0, 0), tooLarge: true },
    ]);
    expect(stat).toBe(
      [
        ' src/a.ts |   4 +++-',
        ' old => b |  12 ------------',
        ' logo.png | Bin',
        ' huge.sql | Big',
        ' 4 files changed, 3 insertions(+), 13 deletions(-)',
        '',
      ].join('\n'),
    );
  });

  it('scales long bars and keeps a mark for every side that has changes', () => {
    const [large = '', small = '', totals] = formatDiffStat([
      entry('a', 5000, 5000),
      entry('b', 1, 0),
    ]).split('\n');
    expect(large).toMatch(/^ a \| 10000 \+{20}-{20}$/);
    expect(small).toMatch(/^ b \| {5}1 \+$/);
    expect(totals).toBe(' 2 files changed, 5001 insertions(+), 5000 deletions(-)');
  });

  it('counts in the singular and leaves out what is zero, unless all is', () => {
    expect(formatDiffStat([entry('a', 1, 0)])).toMatch(/\n 1 file changed, 1 insertion\(\+\)\n$/);
    expect(formatDiffStat([entry('a', 0, 1)])).toMatch(/\n 1 file changed, 1 deletion\(-\)\n$/);
    expect(formatDiffStat([entry('a', 0, 0)])).toMatch(/ 0 insertions\(\+\), 0 deletions\(-\)\n$/);
    expect(formatDiffStat([])).toBe('');
  });
});

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseBytes, parseSpan } from '../../src/cli/options/quantities.ts';
import { Output } from '../../src/cli/output.ts';
import { colorDiff } from '../../src/cli/print/color-diff.ts';
import { drawTree } from '../../src/cli/print/draw-tree.ts';
import { humanAge, humanSize } from '../../src/cli/print/human.ts';
import { type Column, printList } from '../../src/cli/print/list.ts';

interface Row {
  readonly name: string;
  readonly size: number;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'name', value: ({ name }) => name },
  {
    name: 'fileSize',
    value: ({ size }) => size,
    shown: ({ size }) => humanSize(size),
    align: 'right',
  },
  { name: 'note', value: ({ note }) => note },
];

/** A terminal of so many columns, or a pipe. */
function outputOf(columns: number | undefined): { output: Output; text: () => string } {
  const stream = Object.assign(new PassThrough(), { columns, isTTY: columns !== undefined });
  const output = new Output(stream as never, stream as never, { NO_COLOR: '1' });
  return { output, text: () => stream.read()?.toString() ?? '' };
}

async function table(rows: readonly Row[], columns?: number): Promise<string> {
  const { output, text } = outputOf(columns);
  output.configure({ quiet: false });
  await printList(output, 'table', { columns: COLUMNS, rows, toJson: (row) => row });
  return text();
}

describe('a table', () => {
  const rows = [
    { name: 'short', size: 5, note: 'a note' },
    { name: '日本語', size: 123_456, note: 'wide\nand \x1b[31mred\ttext'.repeat(3) },
  ];

  it('is aligned by the columns that characters take up, a line a row, harmless', async () => {
    const [head, first, second] = (await table(rows)).split('\n');
    expect(head).toBe('NAME    FILE SIZE  NOTE');
    expect(first).toBe('short         5 B  a note');
    expect(second).toMatch(/^日本語 {5}121 KB {2}wide\\nand \\x1b\[31mred\\ttextwide/);
  });

  it('fits a terminal of 40 columns, and a pipe whatever there is', async () => {
    const lines = (await table(rows, 40)).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toBe('short         5 B  a note');
    expect(lines[2]).toMatch(/^日本語 {5}121 KB {2}wide.*…$/);
    expect(lines.every((line) => line.length <= 40)).toBe(true);
    expect((await table(rows)).length).toBeGreaterThan(100);
    expect(await table([])).toBe('');
  });

  // No clock here: a text that is measured again and again would keep this file from ever ending.
  it('has room for texts of 200,000 characters', async () => {
    for (const sign of ['\u{1f1e6}', '#\ufe0f\u20e3', 'x']) {
      const note = sign.repeat(200_000 / sign.length);
      const lines = (await table([{ name: 'a', size: 1, note }], 40)).trimEnd().split('\n');
      expect(lines[1]).toMatch(/…$/);
    }
  });
});

describe('colours', () => {
  it('are for the stream that is a terminal, not for the one that is none', () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true }) as never;
    const pipe = new PassThrough() as never;
    const both = (output: Output): boolean[] => [
      output.style.isColorSupported,
      output.errorStyle.isColorSupported,
    ];
    const piped = new Output(pipe, terminal, {});
    expect(both(piped)).toEqual([false, true]);
    const saved = new Output(terminal, pipe, {});
    expect(both(saved)).toEqual([true, false]);
    saved.configure({ quiet: false }, false);
    expect(both(saved)).toEqual([false, false]);
    saved.configure({ quiet: false, color: true }, false);
    expect(both(saved)).toEqual([true, true]);
    expect(both(new Output(terminal, terminal, { TERM: 'dumb' }))).toEqual([false, false]);
  });
});

describe('words for people', () => {
  it('are sizes, ages and spans', () => {
    expect([0, 999, 1000, 10_240, 5_000_000, 2 ** 40].map(humanSize)).toEqual([
      '0 B',
      '999 B',
      '1.0 KB',
      '10 KB',
      '4.8 MB',
      '1.0 TB',
    ]);
    const ages = [0, 59, 60, 7200, 86_400 * 3, 86_400 * 400].map((seconds) =>
      humanAge(new Date(1e12 - seconds * 1000), 1e12),
    );
    expect(ages).toEqual([
      'just now',
      'just now',
      '1 minute ago',
      '2 hours ago',
      '3 days ago',
      '1 year ago',
    ]);
    expect(
      ['30', '30s', '1.5h', '2d', '1w', '10ms'].map((text) => parseSpan(text, '--x', 'days')),
    ).toEqual([30 * 86_400_000, 30_000, 5_400_000, 172_800_000, 604_800_000, 10]);
    for (const wrong of ['', '-1', '1y', 's', '1 2', '1e3']) {
      expect(() => parseSpan(wrong, '--x', 's'), wrong).toThrow(/--x takes a span of time/);
    }
    expect(['7', '1k', '512MB', '2 GiB'].map((text) => parseBytes(text, '--x'))).toEqual([
      7,
      1024,
      512 * 1024 ** 2,
      2 * 1024 ** 3,
    ]);
    expect(() => parseBytes('much', '--x')).toThrow(/--x takes a size/);
  });
});

describe('drawings', () => {
  it('show what hangs on what', () => {
    const leaves = ['a', 'dir', 'dir/b', 'dir/sub', 'dir/sub/c', 'z'].map((path) => ({
      path,
      isLeaf: !/^(dir|dir\/sub)$/.test(path),
    }));
    expect(drawTree(leaves)).toEqual([
      '├── a',
      '├── dir/',
      '│   ├── b',
      '│   └── sub/',
      '│       └── c',
      '└── z',
    ]);
  });
});

describe('a patch in colours', () => {
  const { output } = outputOf(undefined);
  output.configure({ quiet: false, color: true });
  const { style } = output;
  const patch = (...lines: string[]): string =>
    ['diff --git a/x b/x', '@@ -1 +1 @@', ...lines, ''].join('\n');

  it('says the same as without them', () => {
    const text = patch(
      ' same',
      '-old words here',
      '+new words here',
      '+more',
      '--- not a header',
      '\\ No newline',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is removed here.
    expect(colorDiff(text, style).replace(/\x1b\[\d+m/g, '')).toBe(text);
  });

  it('marks words only in lines that are changes of each other', () => {
    const { inverse, red, green } = style;
    expect(colorDiff(patch('-let total = 1;', '+let sum = 1;'), style)).toContain(
      `${red(`-let ${inverse('total')} = 1;`)}\n${green(`+let ${inverse('sum')} = 1;`)}\n`,
    );
    expect(colorDiff(patch('-alpha beta', '+gamma delta'), style)).not.toContain('\x1b[7m');
    expect(colorDiff(patch('-one', '+one', '+two'), style)).not.toContain('\x1b[7m');
  });
});

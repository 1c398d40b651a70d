import { describe, expect, it } from 'vitest';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

const FILES = {
  'README.md': '# Foo\nfoo bar\n',
  'src/a.ts': 'const foo = 1;\nconst bar = foo;\n',
  'src/b.ts': 'FOO\r\n',
  'src/c.bin': new Uint8Array([0x66, 0x6f, 0x6f, 0]),
};

describe('file.search', () => {
  it('finds files by their names', async () => {
    const { afs } = await setUp(FILES);
    const call = operationsOf(afs);
    const found = await call('file.search', { workspace: 'w', include: ['*.ts'] });
    expect(found).toEqual({ matches: [{ path: 'src/a.ts' }, { path: 'src/b.ts' }] });
    const below = { workspace: 'w', path: 'src', exclude: ['*.ts'] };
    expect(await call('file.search', below)).toEqual({ matches: [{ path: 'src/c.bin' }] });
  });

  it('finds lines by a text or a regular expression, not in what is no text', async () => {
    const { afs } = await setUp(FILES);
    const call = operationsOf(afs);
    expect(await call('file.search', { workspace: 'w', text: 'foo' })).toEqual({
      matches: [
        { path: 'README.md', line: 2, text: 'foo bar' },
        { path: 'src/a.ts', line: 1, text: 'const foo = 1;' },
        { path: 'src/a.ts', line: 2, text: 'const bar = foo;' },
      ],
    });
    const anyCase = { workspace: 'w', text: 'FOO', ignoreCase: true, include: ['src'] };
    expect(await call('file.search', anyCase)).toMatchObject({ matches: { length: 3 } });
    const both = { workspace: 'w', regex: '^const \\w+ =', text: 'foo;' };
    expect(await call('file.search', both)).toEqual({
      matches: [{ path: 'src/a.ts', line: 2, text: 'const bar = foo;' }],
    });
  });

  it('gives the same by pages of any size', async () => {
    const { afs } = await setUp(FILES);
    const call = operationsOf(afs);
    const search = { workspace: 'w', regex: 'o', ignoreCase: true };
    const { matches: all } = await call('file.search', search);
    for (const limit of [1, 2, 3, 4]) {
      const found: unknown[] = [];
      for (let cursor: unknown; ; ) {
        const page = await call('file.search', {
          ...search,
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        found.push(...(page['matches'] as unknown[]));
        cursor = page['nextCursor'];
        if (cursor === undefined) break;
      }
      expect(found).toEqual(all);
    }
  });

  it('refuses expressions that are none, or would never end', async () => {
    const { afs } = await setUp({ 'a.txt': `${'a'.repeat(50)}!\n` });
    const call = operationsOf(afs);
    for (const [regex, message] of [
      ['(', 'regex is wrong'],
      ['(a+)+$', 'regex takes too long'],
      ['a'.repeat(1001), 'regex is longer'],
    ] as const) {
      expect(await failureOf(call('file.search', { workspace: 'w', regex }))).toMatchObject({
        code: 'INVALID_PATTERN',
        message: expect.stringContaining(message),
      });
    }
    const glob = { workspace: 'w', include: ['..'] };
    expect(await failureOf(call('file.search', glob))).toMatchObject({ code: 'INVALID_PATTERN' });
    const signal = AbortSignal.abort();
    const stopped = operationsOf(afs, { signal })('file.search', { workspace: 'w' });
    expect(await failureOf(stopped)).toMatchObject({ code: 'ABORTED' });
  });
});

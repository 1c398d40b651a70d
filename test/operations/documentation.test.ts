import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/operations/table.ts';
import { bundledProgram } from '../support/compiled.ts';

describe('docs/OPERATIONS.md', () => {
  it('is what the program says of itself', async () => {
    const script = ['scripts/operations.mjs', '--check', await bundledProgram()];
    await promisify(execFile)(process.execPath, script);
  });

  it('has an example that is right', () => {
    const text = readFileSync('docs/OPERATIONS.md', 'utf8');
    const [, length, body = ''] = /Content-Length: (\d+)\\r\\n\n\\r\\n\n(.*)\n/.exec(text) ?? [];
    expect(Number(length)).toBe(Buffer.byteLength(body));
    expect(OPERATIONS.map(({ name }) => name)).toContain(JSON.parse(body).method);
  });
});

describe('the table', () => {
  it('names each operation once, by a noun and a verb, and says in a sentence what it is for', () => {
    const names = OPERATIONS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, title, summary } of OPERATIONS) {
      expect(name).toMatch(/^[a-z]+\.[a-z][A-Za-z]*$/);
      expect(title).not.toBe('');
      expect(summary, name).toMatch(/^[A-Z][^.]{10,110}\.$/);
    }
  });
});

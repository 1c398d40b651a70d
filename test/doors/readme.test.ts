/**
 * What the README and the examples have users of frameworks type, in a fresh directory, with the
 * package as npm packs it; what comes from the registry is what npm chooses for this Node.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printedBy, type Step, tours } from '../support/readme-tours.ts';
import { PRINTED } from './printed.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
/** npm may have to compile the driver of SQLite. */
const LONG = 600_000;

const directory = mkdtempSync(join(tmpdir(), 'agentfs-fresh-'));
const fresh = join(directory, 'fresh');
const at = { cwd: fresh, env: { ...process.env, HOME: directory } };

beforeAll(async () => {
  mkdirSync(fresh);
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', directory];
  await promisify(execFile)('npm', args, { cwd: PROJECT });
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Where it says `/path/to`, users have the tarball. */
function typed(line: string): Step {
  return { typed: line.replaceAll('/path/to', directory), printed: '' };
}

it('the README', { timeout: LONG }, async () => {
  const [, steps = []] = tours().find(([section]) => section === 'For frameworks') ?? [];
  expect(steps.length).toBeGreaterThan(1);
  const printed = await printedBy(
    steps.map((each) => typed(each.typed)),
    at,
  );
  expect(printed.slice(0, -1)).toEqual(steps.map((each) => each.printed));
});

describe('the example', () => {
  it.each(Object.entries(PRINTED))('%s', { timeout: LONG }, async (name, expected) => {
    const file = join('node_modules', 'agentfs', 'examples', `${name}.mjs`);
    const [first = ''] = readFileSync(join(fresh, file), 'utf8').split('\n');
    const install = /npm install .*$/.exec(first)?.[0];
    if (install === undefined) expect.unreachable(`It says nothing of npm: ${first}`);
    const steps = [typed(`${install} --silent`), typed(`node ${file}`)];
    expect((await printedBy(steps, at)).slice(0, -1)).toEqual(['', expected]);
  });
});

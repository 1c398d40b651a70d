/** Shows that output costs bounded memory, in a process of its own whose peak can be read. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compiledModule } from '../support/compiled.ts';

const MEBIBYTE = 1024 * 1024;
let directory: string;
let processModule: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'agentfs-memory-'));
  processModule = await compiledModule('runner/process/process.ts');
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function runScript(script: string): Promise<unknown> {
  const source = `
    import { readFileSync } from 'node:fs';
    import { startProcess } from ${JSON.stringify(processModule)};
    const base = { cwd: ${JSON.stringify(directory)}, env: process.env, commandId: crypto.randomUUID() };
    const line = (script) => ({ file: '/bin/sh', args: ['-c', script] });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const idle = process.resourceUsage().maxRSS;
    ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--input-type=module', '-e', source],
  ]);
  return JSON.parse(stdout);
}

it('reads 200 MB line by line with a slow reader in flat memory', async () => {
  const report = await runScript(`
    const child = await startProcess({ ...base, output: 'stream', maxBufferBytes: 1000,
      invocation: line('yes "$(head -c 9999 /dev/zero | tr "\\\\0" x)" | head -c 200000000') });
    let bytes = 0;
    for await (const line of child.lines()) { bytes += line.length; for (let i = 0; i < 10; i++) await turn(); }
    const { truncated, stdout } = await child.result;
    const grown = (process.resourceUsage().maxRSS - idle) * 1024;
    console.log(JSON.stringify({ bytes, truncated, kept: stdout.length, grown }));`);
  expect(report).toMatchObject({ bytes: 200_000_000, truncated: true, kept: 1000 });
  expect(report).toHaveProperty(
    'grown',
    expect.toSatisfy((grown: number) => grown < 80 * MEBIBYTE),
  );
});

it('reads 200 MB that nobody wants in flat memory', async () => {
  const report = await runScript(`
    const child = await startProcess({ ...base, output: 'collect', maxBufferBytes: 1000,
      invocation: line('head -c 200000000 /dev/zero; exit 3') });
    const { exitCode, truncated } = await child.result;
    const grown = (process.resourceUsage().maxRSS - idle) * 1024;
    console.log(JSON.stringify({ exitCode, truncated, grown }));`);
  expect(report).toMatchObject({ exitCode: 3, truncated: true });
  expect(report).toHaveProperty(
    'grown',
    expect.toSatisfy((grown: number) => grown < 80 * MEBIBYTE),
  );
});

it('holds the command back: it is never far ahead of the reader', async () => {
  // The command says in a file how many lines of 1,000 bytes it has written.
  const report = await runScript(
    `
    const writer = \`
      const { openSync, writeSync } = require('node:fs');
      const progress = openSync('progress', 'w');
      for (let i = 1; i <= 8000; i++) {
        writeSync(1, String(i).padStart(999) + '\\\\n');
        writeSync(progress, String(i).padStart(8), 0);
      }\`;
    const child = await startProcess({ ...base, output: 'stream',
      invocation: { file: process.execPath, args: ['-e', writer] } });
    let lines = 0, ahead = 0;
    for await (const line of child.lines()) {
      lines += 1;
      ahead = Math.max(ahead, Number(readFileSync('progress', 'latin1')) - Number(line));
      await turn();
    }
    console.log(JSON.stringify({ lines, ahead }));`.replace(
      "'progress', 'latin1'",
      `${JSON.stringify(join(directory, 'progress'))}, 'latin1'`,
    ),
  );
  expect(report).toMatchObject({ lines: 8000 });
  // 256 KiB in the queue, as much taken from it, and what socket and stream buffer.
  expect(report).toHaveProperty(
    'ahead',
    expect.toSatisfy((ahead: number) => ahead < 2000),
  );
});

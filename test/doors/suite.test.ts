/** The tests of a well-known package, in a workspace whose packages were installed anew. */

import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { TestProject } from '../support/test-project.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** A framework that comes with its tests, and whose tests need a good part of what npm has. */
const SOURCE = `${HERE}node_modules/fastify`;

const TEST =
  'node --test --test-reporter=tap test/internals/*.test.js test/hooks*.test.js' +
  ' test/listen*.test.js test/reply-*.test.js test/stream*.test.js';

/** What these tests need; the rest of what its developers use is large. */
const NEEDED: readonly string[] = [
  ...['ajv', 'ajv-errors', 'ajv-formats', 'ajv-i18n', 'ajv-merge-patch', 'fast-json-body'],
  ...['fastify-plugin', 'fluent-json-schema', 'h2url', 'http-errors', 'joi', 'JSONStream'],
  ...['node-forge', 'proxyquire', 'split2', 'typebox', 'undici', 'vary', 'yup'],
];

const INSTALL = '--ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error';

await describeOverlay('standard', 'in an overlay', () => {
  it('the tests of fastify pass after npm ci, and after undo', { timeout: 1_200_000 }, async () => {
    const packed = JSON.parse(readFileSync(`${SOURCE}/package.json`, 'utf8'));
    const project = new TestProject();
    cpSync(SOURCE, project.dir, { recursive: true });
    rmSync(project.path('node_modules'), { recursive: true, force: true });
    const devDependencies = Object.fromEntries(
      NEEDED.map((name) => [name, packed.devDependencies[name]]),
    );
    project.write(
      'package.json',
      JSON.stringify({ ...packed, scripts: { test: TEST }, devDependencies }),
    );
    project.write('.gitignore', 'node_modules/\n');
    const plain = (command: string): string => {
      const done = spawnSync('sh', ['-c', command], { cwd: project.dir, maxBuffer: 2 ** 28 });
      expect(done.status, `${done.stdout}`.slice(-2000) + done.stderr).toBe(0);
      return counted(`${done.stdout}`);
    };
    plain(`npm install ${INSTALL}`);
    const result = plain('npm test');
    expect(result).toMatch(/^# tests \d{3,}\n# pass \d{3,}/);

    const workspace = await project.open().workspace.create('w');
    expect(await tests(workspace)).toBe(result);
    const before = (await workspace.history()).length;
    await workspace.run(`rm -rf node_modules && npm ci ${INSTALL}`, { check: true });
    expect(await tests(workspace)).toBe(result);
    await workspace.run('rm -rf node_modules lib', { check: true });
    while ((await workspace.history()).filter(({ undone }) => !undone).length > before) {
      await workspace.undo();
    }
    expect(await tests(workspace)).toBe(result);
  });
});

async function tests(workspace: Workspace): Promise<string> {
  const { stdout, exitCode, stderr } = await workspace.run('npm test', { maxBuffer: 2 ** 28 });
  expect(exitCode, stdout.slice(-2000) + stderr).toBe(0);
  return counted(stdout);
}

/** What a runner says at its end: how many tests there were, and how many have passed. */
function counted(output: string): string {
  return output
    .split('\n')
    .filter((line) => /^# (tests|pass) /.test(line))
    .map((line) => line.replace(/ +/g, ' '))
    .join('\n');
}

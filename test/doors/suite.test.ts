/** The test suites of well-known packages, in a workspace whose packages were installed anew. */

import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { TestProject } from '../support/test-project.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));

const SUITES = [
  {
    name: 'qs',
    test: "tape 'test/**/*.js'",
    needs: [
      ...['es-value-fixtures', 'for-each', 'has-bigints', 'has-override-mistake'],
      ...['has-property-descriptors', 'has-proto', 'has-symbols', 'iconv-lite', 'mock-property'],
      ...['object-inspect', 'qs-iconv', 'safer-buffer', 'tape'],
    ],
  },
  {
    name: 'fastify',
    test:
      'node --test --test-reporter=tap test/internals/*.test.js test/hooks*.test.js' +
      ' test/listen*.test.js test/reply-*.test.js test/stream*.test.js',
    needs: [
      ...['ajv', 'ajv-errors', 'ajv-formats', 'ajv-i18n', 'ajv-merge-patch', 'fast-json-body'],
      ...['fastify-plugin', 'fluent-json-schema', 'h2url', 'http-errors', 'joi', 'JSONStream'],
      ...['node-forge', 'proxyquire', 'split2', 'typebox', 'undici', 'vary', 'yup'],
    ],
  },
] as const;

const INSTALL = '--ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error';

await describeOverlay('standard', 'in an overlay', () => {
  it.each(SUITES)(
    'the tests of $name pass after npm ci, and after undo',
    { timeout: 900_000 },
    async ({ name, test, needs }) => {
      const source = `${HERE}node_modules/${name}`;
      const packed = JSON.parse(readFileSync(`${source}/package.json`, 'utf8'));
      const project = new TestProject();
      cpSync(source, project.dir, {
        recursive: true,
        filter: (path) => !path.endsWith('node_modules') || !path.startsWith(`${source}/`),
      });
      const devDependencies = Object.fromEntries(
        needs.map((each) => [each, packed.devDependencies[each]]),
      );
      project.write(
        'package.json',
        JSON.stringify({ ...packed, scripts: { test }, devDependencies }),
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
    },
  );
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

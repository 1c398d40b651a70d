/** The tests of the Python client, with the Python that is here and nothing besides it. */

import { execFile, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledProgram } from '../support/compiled.ts';

const TESTS = join('clients', 'python', 'tests');
const OLDEST = 'import sys; sys.exit(sys.version_info < (3, 8))';

/** Take longer, or need other packages: `npm run test:doors` runs them. */
const OF_DOORS = ['test_client', 'test_daemon', 'test_examples', 'test_held', 'test_plugin'];

const hasPython = spawnSync('python3', ['-c', OLDEST]).status === 0;
const modules = readdirSync(TESTS)
  .filter((name) => /^test_\w+\.py$/.test(name))
  .map((name) => name.replace('.py', ''))
  .filter((name) => !OF_DOORS.includes(name));

// Without a Python of 3.8 or newer there is nothing to test here.
describe.skipIf(!hasPython)('the Python client', () => {
  let program = '';

  beforeAll(async () => {
    program = await bundledProgram();
  });

  it.concurrent.each(modules)('does what %s expects', { timeout: 240_000 }, async (module) => {
    const env = { ...process.env, AGENTFS_BIN: program, AGENTFS_NODE: process.execPath };
    const args = ['-W', 'error::ResourceWarning', '-m', 'unittest', module];
    const { stderr } = await promisify(execFile)('python3', args, { cwd: TESTS, env });
    expect(stderr).toMatch(/^OK/m);
  });
});

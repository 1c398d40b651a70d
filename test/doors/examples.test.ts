/** Every example runs as it stands, on the package as it is published and the real packages. */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRINTED } from './printed.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = join(PROJECT, 'test', 'doors');
const COPIES = join(HERE, 'node_modules', '.examples');

const PACKAGE = join(HERE, 'node_modules', 'agentfs');

beforeAll(async () => {
  await clean();
  await mkdir(PACKAGE);
  // Not a link to the project as a whole, which would lead back to here.
  await cp(join(PROJECT, 'package.json'), join(PACKAGE, 'package.json'));
  await symlink(join(PROJECT, 'dist'), join(PACKAGE, 'dist'));
  await cp(join(PROJECT, 'examples'), COPIES, { recursive: true });
});

afterAll(clean);

async function clean(): Promise<void> {
  for (const each of [COPIES, PACKAGE]) await rm(each, { recursive: true, force: true });
}

describe('the example', () => {
  it.each(Object.entries(PRINTED))('%s runs', async (name, printed) => {
    const base = await mkdtemp(join(tmpdir(), 'agentfs-example-'));
    try {
      await writeFile(join(base, 'README.md'), '# a project\n');
      const file = join(COPIES, `${name}.mjs`);
      const { stdout } = await promisify(execFile)(process.execPath, [file, base]);
      expect(stdout).toBe(printed);
      expect((await readdir(base)).sort()).toEqual(['.agentfs', 'README.md']);
    } finally {
      await rm(base, { recursive: true });
    }
  });

  it('is there for each of these', async () => {
    const files = (await readdir(join(PROJECT, 'examples'))).filter((each) =>
      each.endsWith('.mjs'),
    );
    expect(files.sort()).toEqual(
      Object.keys(PRINTED)
        .sort()
        .map((name) => `${name}.mjs`),
    );
  });
});

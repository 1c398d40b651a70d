/** The product for programs of other users, who may look neither at the sources nor at the dependencies. */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { bundledProgram } from './compiled.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const UNNEEDED = /better-sqlite3\/(deps|src|build\/Release\/obj)/;

let installed: Promise<string> | undefined;
afterAll(async () => {
  if (installed !== undefined) await rm(await installed, { recursive: true });
});

/**
 * The directory of the product, `dist` with its dependencies, where everybody can read it, as the
 * tests may run where only root can look. Gone when the tests of the file are over.
 */
export async function productForAll(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const modules = mkdtempSync(join(tmpdir(), 'agentfs-modules-'));
  const bundle = dirname(dirname(await bundledProgram()));
  cpSync(bundle, join(modules, 'dist'), { recursive: true });
  cpSync(join(bundle, '..', 'package.json'), join(modules, 'package.json'));
  const filter = (path: string): boolean => !UNNEEDED.test(path);
  for (const path of dependencies()) {
    cpSync(join(PROJECT, path), join(modules, path), { recursive: true, filter });
  }
  spawnSync('chmod', ['-R', 'a+rX', modules]);
  return modules;
}

/** The packages that the product needs, as npm has installed them. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, 'node_modules/.package-lock.json'), 'utf8'));
  const packages: Readonly<Record<string, { readonly dev?: boolean }>> = lock.packages;
  const isNeeded = (path: string): boolean => packages[path]?.dev !== true;
  return Object.keys(packages).filter((path) => isNeeded(path) && existsSync(join(PROJECT, path)));
}

/** The product for programs of other users, who may look neither at the sources nor at the dependencies. */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { bundledProgram } from './compiled.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const UNNEEDED = /better-sqlite3\/(deps|src|build\/Release\/obj)/;
const NEEDED = /\.(c?js|mjs|json|node)$/;

/**
 * The directory of the product, `dist` with its dependencies, where everybody can read it, as the
 * tests may run where only root can look. There as long as the tests run, for all files of them.
 */
export async function productForAll(): Promise<string> {
  const shared = inject('shared');
  const product = join(shared, 'product');
  if (existsSync(product)) return product;
  const bundle = dirname(dirname(await bundledProgram()));
  const building = mkdtempSync(join(shared, 'building-'));
  cpSync(bundle, join(building, 'dist'), { recursive: true });
  cpSync(join(bundle, '..', 'package.json'), join(building, 'package.json'));
  for (const path of dependencies()) {
    cpSync(join(PROJECT, path), join(building, path), { recursive: true, filter: isNeeded });
  }
  spawnSync('chmod', ['-R', 'a+rX', building]);
  try {
    renameSync(building, product);
  } catch {
    // Another file of tests was first, with the same.
    rmSync(building, { recursive: true });
  }
  return product;
}

/** The packages that the product needs, as npm has installed them. */
function dependencies(): string[] {
  const lock = JSON.parse(readFileSync(join(PROJECT, 'node_modules/.package-lock.json'), 'utf8'));
  const packages: Readonly<Record<string, { readonly dev?: boolean }>> = lock.packages;
  const isProduct = (path: string): boolean => packages[path]?.dev !== true;
  return Object.keys(packages).filter((path) => isProduct(path) && existsSync(join(PROJECT, path)));
}

/** Whether programs load it, or it may hold what they load. */
function isNeeded(path: string): boolean {
  return !UNNEEDED.test(path) && (NEEDED.test(path) || statSync(path).isDirectory());
}

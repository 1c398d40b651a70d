/** Runs code without the power of root, so that permissions mean something. */

import { spawnSync } from 'node:child_process';

const NOBODY = 65534;

/** Runs `action` as an ordinary user who owns `root`; as the user we are, unless that is root. */
export async function asOrdinaryUser<T>(root: string, action: () => T | Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await action();
  spawnSync('chown', ['-hR', String(NOBODY), root]);
  process.seteuid?.(NOBODY);
  try {
    return await action();
  } finally {
    process.seteuid?.(0);
  }
}

/** Tells by stats alone whether a directory is still what it was when it was filled. */

import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import type { Steps } from '../../disk/time-slices.ts';

/** What the stats of a directory amount to. */
export interface Fingerprint {
  /** Hexadecimal; covers every name, mode, size, time and inode below the directory. */
  readonly digest: string;
  /** Files and links. */
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

/**
 * Takes the fingerprint of a directory, in steps. Times of directories do not count, since those of
 * the directory above change with its name.
 *
 * @throws the system's own errors.
 */
export function* takeFingerprint(root: string): Steps<Fingerprint> {
  const hash = createHash('sha256');
  const stack = [''];
  let files = 0;
  let bytes = 0;
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    for (const name of readdirSync(`${root}${directory}`).sort()) {
      const path = `${directory}/${name}`;
      const stats = lstatSync(`${root}${path}`);
      if (stats.isDirectory()) {
        update(hash, [path, stats.mode]);
        stack.push(path);
      } else {
        update(hash, [path, stats.mode, stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino]);
        files++;
        bytes += stats.size;
        if (files % 32 === 0) yield 0;
      }
    }
    yield 0;
  }
  return { digest: hash.digest('hex'), files, bytes };
}

function update(hash: Hash, fields: readonly (string | number)[]): void {
  hash.update(`${fields.join('\0')}\0`);
}

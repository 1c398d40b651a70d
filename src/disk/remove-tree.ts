/**
 * Removes whole directories: names that are only bytes, modes of 000 and any depth included, and
 * never anything behind a symbolic link.
 */

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import type { TreePath } from '../primitives/path.ts';
import { procPath } from './directory-handles.ts';
import { diskError } from './disk-error.ts';
import { chmodEntry } from './entry-mode.ts';
import { SafeDirectory } from './safe-directory.ts';
import { runInSlices, type SliceOptions, type Steps } from './time-slices.ts';

const OPEN_DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const OWNER_ALL = 0o700;

/** A directory that is being emptied. */
interface Level {
  readonly name: Buffer;
  readonly inode: number;
  readonly device: number;
  /** Directories in it that are still to be removed. */
  readonly pending: Buffer[];
}

/**
 * Removes a file, link or directory by its absolute path; does nothing when there is none.
 *
 * @throws {AgentFSError} ABORTED.
 * @throws {FileSystemError} EACCES when an entry belongs to somebody else.
 */
export async function removePath(path: string, options: SliceOptions = {}): Promise<void> {
  const parent = SafeDirectory.open(dirname(path));
  try {
    await runInSlices(removeTree(parent, basename(path) as TreePath), options);
  } finally {
    parent.close();
  }
}

/** Removes what lies at a path of a directory, in steps; does nothing when nothing does. */
export function* removeTree(root: SafeDirectory, path: TreePath): Steps<void> {
  const stats = root.lstat(path);
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    root.unlink(path);
    return;
  }
  root.forget(path);
  if (!root.raceFree) {
    rmSync(root.address(path), { recursive: true, force: true });
    return;
  }
  try {
    yield* emptyDirectory(openAccessible(Buffer.from(root.address(path))));
  } catch (error) {
    throw diskError(error, path, 'remove');
  }
  root.rmdir(path);
}

/**
 * Works with one open directory at a time, so that depth costs no descriptors: down by name, up by
 * `..`, which has to lead to where the way down began.
 */
function* emptyDirectory(top: number): Steps<void> {
  let descriptor = top;
  try {
    const levels = [enter(descriptor, Buffer.alloc(0))];
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const next = level.pending.pop();
      if (next !== undefined) {
        descriptor = moveTo(descriptor, openAccessible(addressOf(descriptor, next)));
        levels.push(enter(descriptor, next));
      } else {
        levels.pop();
        const above = levels.at(-1);
        if (above === undefined) return;
        descriptor = moveTo(descriptor, openAbove(descriptor, above));
        rmdirSync(addressOf(descriptor, level.name));
      }
      yield 0;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Removes what is not a directory, and notes what is. */
function enter(descriptor: number, name: Buffer): Level {
  const stats = fstatSync(descriptor);
  if ((stats.mode & OWNER_ALL) !== OWNER_ALL) fchmodSync(descriptor, OWNER_ALL);
  const pending: Buffer[] = [];
  const options = { withFileTypes: true, encoding: 'buffer' } as const;
  for (const entry of readdirSync(procPath(descriptor), options)) {
    if (entry.isDirectory()) pending.push(entry.name);
    else unlinkSync(addressOf(descriptor, entry.name));
  }
  return { name, inode: stats.ino, device: stats.dev, pending };
}

function openAbove(descriptor: number, level: Level): number {
  const above = openSync(`${procPath(descriptor)}/..`, OPEN_DIRECTORY);
  const stats = fstatSync(above);
  if (stats.ino === level.inode && stats.dev === level.device) return above;
  closeSync(above);
  throw new AgentFSError('EINVAL', 'The directory was moved while it was being removed.', {
    hint: 'Stop the program that moves it, then try again.',
  });
}

function openAccessible(address: Buffer): number {
  try {
    return openSync(address, OPEN_DIRECTORY);
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    chmodEntry(address, OWNER_ALL);
    return openSync(address, OPEN_DIRECTORY);
  }
}

function moveTo(from: number, to: number): number {
  closeSync(from);
  return to;
}

function addressOf(descriptor: number, name: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${procPath(descriptor)}/`), name]);
}

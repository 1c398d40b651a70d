/** The user's own secret, outside of any project: `agentfs/secret` in the configuration directory. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ConfigError, errorCode } from '../primitives/errors.ts';
import { transientName } from '../primitives/transient-name.ts';

const SECRET_BYTES = 32;
const OTHERS = 0o077;

/** The secret of a user. */
export interface UserSecret {
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  /** Whether other processes find the same. */
  readonly isKept: boolean;
}

/** Of a user for whom none can be kept; the same for the whole process, which knows its own work. */
const unkept: UserSecret = { bytes: randomBytes(SECRET_BYTES), isKept: false };

/**
 * Reads the secret, or makes one. Where none can be kept, as in a home that cannot be written or is
 * somebody else's, the secret is good for this process alone.
 *
 * @param configHome - the user's directory of configuration files, such as `~/.config`.
 * @throws {ConfigError} CONFIG_INVALID when others can read it, or it is no secret of agentfs.
 */
export function readUserSecret(configHome: string): UserSecret {
  const directory = join(configHome, 'agentfs');
  const path = join(directory, 'secret');
  if (!isOwnPlace(directory)) return unkept;
  const known = readSecret(path);
  if (known !== undefined) return { bytes: known, isKept: true };
  const bytes = randomBytes(SECRET_BYTES);
  try {
    makeDirectory(directory);
    place(bytes, join(directory, transientName()), path);
  } catch (error) {
    if (NOT_KEPT.has(errorCode(error) ?? '')) return unkept;
    throw error;
  }
  // Another process may have been faster.
  return { bytes: readSecret(path) ?? bytes, isKept: true };
}

/**
 * Whether the secret may be in a directory. `sudo` can leave root with the home of somebody else, who
 * could not use a secret that root has made there.
 */
function isOwnPlace(directory: string): boolean {
  const user = process.geteuid?.();
  if (user === undefined) return true;
  try {
    const stats = statSync(directory, { throwIfNoEntry: false });
    if (stats !== undefined) return stats.uid === user;
  } catch {
    return false;
  }
  const parent = dirname(directory);
  return user !== 0 || parent === directory || isOwnPlace(parent);
}

const NOT_KEPT: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EDQUOT'],
]);

/** Node's own way to make directories with those above them never ends in a place such as `/proc`. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return;
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Makes the secret whole under another name first, so that no reader sees a part of it. */
function place(secret: Uint8Array, draft: string, path: string): void {
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, secret);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

function readSecret(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(path, `it cannot be opened (${code})`, error);
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size !== SECRET_BYTES) {
      throw unusable(path, `it is not a file of ${SECRET_BYTES} bytes`);
    }
    if (stats.uid !== process.geteuid?.()) throw unusable(path, 'it belongs to another user');
    if ((stats.mode & OTHERS) !== 0) throw unusable(path, 'other users can open it');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function unusable(path: string, why: string, cause?: unknown): ConfigError {
  return new ConfigError(`The secret ${path} cannot be used: ${why}.`, {
    path,
    hint: 'Remove the file. agentfs makes a new one; then run `agentfs adopt` in your projects.',
    cause,
  });
}

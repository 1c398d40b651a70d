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
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ConfigError, errorCode } from '../primitives/errors.ts';
import { transientName } from '../primitives/transient-name.ts';

const SECRET_BYTES = 32;
const OTHERS = 0o077;

/**
 * Reads the secret, or makes one. Where none can be kept, as in a home that cannot be written, the
 * secret is good for this process alone.
 *
 * @param configHome - the user's directory of configuration files, such as `~/.config`.
 * @throws {ConfigError} CONFIG_INVALID when others can read it, or it is no secret of agentfs.
 */
export function readUserSecret(configHome: string): Uint8Array {
  const directory = join(configHome, 'agentfs');
  const path = join(directory, 'secret');
  const known = readSecret(path);
  if (known !== undefined) return known;
  const secret = randomBytes(SECRET_BYTES);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    place(secret, join(directory, transientName()), path);
  } catch (error) {
    if (NOT_KEPT.has(errorCode(error) ?? '')) return secret;
    throw error;
  }
  // Another process may have been faster.
  return readSecret(path) ?? secret;
}

const NOT_KEPT: ReadonlySet<string> = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'ENOSPC', 'EDQUOT'],
]);

/** Makes the secret whole under another name first, so that nobody reads a part of it. */
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

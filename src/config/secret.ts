/**
 * Where secrets may stand: in an environment variable that is named as `env:NAME`, or in a file that
 * only its owner can read. Nothing here is ever shown.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { ConfigError } from '../primitives/errors.ts';
import type { Variables } from './environment.ts';
import type { ConfigFile } from './file.ts';
import { KEYS } from './keys.ts';
import type { Layer } from './layer.ts';
import { isReference, readReference } from './reference.ts';
import type { ConfigName, ConfigValue } from './values.ts';

const MAX_SECRET_BYTES = 64 * 1024;

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077;

/** The value as it may be shown: a secret only where it is a reference. */
export function shownValue<V>(name: ConfigName, value: V): V | '[redacted]' {
  const isSecret = KEYS[name].secret && value !== undefined && !isReference(value);
  return isSecret ? '[redacted]' : value;
}

/**
 * Makes sure that a file with secrets in it can be read by its owner only.
 *
 * @throws {ConfigError} CONFIG_INVALID with the mode of the file and the key.
 */
export function refuseExposedSecrets(layer: Layer, file: ConfigFile): void {
  for (const [name, { value, source }] of layer.settings) {
    if (!KEYS[name].secret || isReference(value) || (file.mode & OTHERS) === 0) continue;
    throw exposed(file.path, file.mode, `${name} is written out (${source})`, {
      key: name,
      source,
    });
  }
}

/** The settings that lead to a token. */
export interface TokenSettings {
  readonly token: ConfigValue | undefined;
  readonly tokenFile: ConfigValue | undefined;
  /** Where a relative path of the file counts from. */
  readonly base: string;
}

/**
 * The access token itself: what `token` is or refers to, or else the content of `tokenFile`;
 * undefined when neither is set.
 *
 * @throws {ConfigError} CONFIG_INVALID when the variable is not set, or the file is missing, blank,
 *   not a regular file, or open to others than its owner. The message never quotes the secret.
 */
export function resolveToken(settings: TokenSettings, env: Variables): string | undefined {
  const { token, tokenFile, base } = settings;
  if (typeof token === 'string') {
    return isReference(token) ? readReference(token, env) : token.trim();
  }
  if (typeof tokenFile !== 'string') return undefined;
  return readSecretFile(isAbsolute(tokenFile) ? tokenFile : join(base, tokenFile));
}

/** @throws {ConfigError} CONFIG_INVALID as {@link resolveToken} says of the file. */
function readSecretFile(path: string): string {
  const secret = readOwned(path).trim();
  if (secret !== '' && !/\p{Cc}/u.test(secret)) return secret;
  throw new ConfigError(`${path} does not hold one secret alone.`, {
    path,
    hint: 'Write the token, and nothing else, into the file.',
  });
}

function readOwned(path: string): string {
  let file: number | undefined;
  try {
    // Opened before it is looked at, so that what was checked is what is read; not to wait for a FIFO.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    checkOwned(path, stats);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`The secret in ${path} cannot be read.`, {
      path,
      hint: 'Check that the file is there and that you may read it.',
      cause: error,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function checkOwned(path: string, stats: Stats): void {
  if (!stats.isFile() || stats.size > MAX_SECRET_BYTES) {
    throw new ConfigError(`${path} is not a regular file of at most 64 KiB.`, {
      path,
      hint: 'Name the file that holds the token, and nothing else.',
    });
  }
  if ((stats.mode & OTHERS) !== 0) throw exposed(path, stats.mode, 'it holds a secret');
}

function exposed(
  path: string,
  mode: number,
  why: string,
  details: Readonly<Record<string, unknown>> = {},
): ConfigError {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new ConfigError(`Others can use ${path}: its mode is ${octal}, and ${why}.`, {
    path,
    hint: `Run: chmod 600 ${path}. If others have read the secret, replace it.`,
    details: { ...details, mode: octal },
  });
}

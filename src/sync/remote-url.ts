/** The address of a remote: which kinds are allowed, and in which form they are kept. */

import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isLoopback } from '../primitives/loopback.ts';
import { SyncError } from './sync-errors.ts';

/** What an address may be, beyond what is safe. */
export interface RemoteUrlOptions {
  /** The directory that a relative `file:` address starts from. */
  readonly directory: string;
  /** Allows connections without encryption to other machines. Default: false. */
  readonly allowInsecure?: boolean | undefined;
}

const SCHEMES = 'libsql:, https: or file:';

/**
 * Checks an address and returns it in one form, a file as an absolute path.
 *
 * @throws {SyncError} REMOTE_URL when it is malformed, carries credentials, or would send the token
 * unencrypted to another machine.
 */
export function parseRemoteUrl(text: string, options: RemoteUrlOptions): string {
  if (/^file:/i.test(text)) return fileUrl(text, options.directory);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.host === '') throw refused(text, 'is not an address', useScheme());
  if (!['libsql:', 'https:', 'http:'].includes(url.protocol)) {
    throw refused(text, `has the scheme '${url.protocol}'`, useScheme());
  }
  // Whatever else it carries might be a secret, and would be shown and stored with it.
  if (url.username !== '' || url.password !== '' || url.searchParams.has('authToken')) {
    throw refused(url.host, 'carries credentials', 'Give the token apart from the address.');
  }
  if (url.hash !== '' || [...url.searchParams.keys()].some((key) => key !== 'tls')) {
    throw refused(text, 'has parameters', 'Leave out what is behind the path.');
  }
  const isPlain = url.protocol === 'http:' || url.searchParams.get('tls') === '0';
  if (isPlain && options.allowInsecure !== true && !isLoopback(url.hostname)) {
    const hint = 'Use libsql: or https:; allowInsecure (--allow-insecure) overrides this.';
    throw refused(text, 'is not encrypted', hint);
  }
  // A slash at the end of a longer path means something to the client: requests go below it.
  return url.pathname === '/' ? url.href.replace(/\/(?=\?|$)/, '') : url.href;
}

/**
 * Makes sure that a database in a file is there: only a push makes one.
 *
 * @throws {SyncError} REMOTE_NOT_FOUND.
 */
export function requireFile(url: string): void {
  if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return;
  throw new SyncError('REMOTE_NOT_FOUND', `There is no database at ${url}.`, {
    hint: 'Check the address. The first push makes the database.',
  });
}

function fileUrl(text: string, directory: string): string {
  const path = /^file:\/\//i.test(text) ? absolutePath(text) : text.slice('file:'.length);
  if (path === undefined || path === '' || /[?#\0]/.test(path) || path.startsWith(':memory:')) {
    throw refused(text, 'names no file', 'Use file:, and the path of a database.');
  }
  return pathToFileURL(isAbsolute(path) ? path : resolve(directory, path)).href;
}

function absolutePath(text: string): string | undefined {
  try {
    return fileURLToPath(text);
  } catch {
    return undefined;
  }
}

function useScheme(): string {
  return `Use an address that begins with ${SCHEMES}.`;
}

function refused(address: string, what: string, hint: string): SyncError {
  return new SyncError('REMOTE_URL', `The address of the remote, '${address}', ${what}.`, { hint });
}

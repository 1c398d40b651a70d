/**
 * The access token of a remote, as it is given on the command line. Other processes than this one
 * will need it: so it is named, as a variable or a file, or put into a file for its owner alone.
 */

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Config } from '../../index.ts';
import type { Call } from '../call.ts';
import { requireAtMostOne, UsageError } from '../exit-status.ts';
import { configSources } from '../load-config.ts';
import type { OptionRow } from './parameters.ts';
import { readInput } from './read-input.ts';

/** The options as they are read. */
export interface TokenFlags {
  readonly token?: string;
  readonly tokenFile?: string;
}

/** The options. */
export const TOKEN_OPTIONS: readonly OptionRow[] = [
  ['--token <token>', 'access token: env:NAME of a variable, or - to read it from input'],
  ['--token-file <file>', 'a file of mode 0600 that holds the token'],
];

/**
 * Finds a place for the token, where the library will look for it; none when the configuration
 * says it.
 *
 * @param remote - what the token is for; each remote has a file of its own.
 * @throws {UsageError} when two tokens are given, or there is none in the input.
 */
export async function placeToken(
  call: Call,
  remote: string,
  { token, tokenFile }: TokenFlags,
): Promise<TokenFlags> {
  requireAtMostOne({ '--token': token, '--token-file': tokenFile });
  if (tokenFile !== undefined) return { tokenFile: resolve(tokenFile) };
  if (token === undefined || /^env:\w+$/.test(token)) return token === undefined ? {} : { token };
  if (token !== '-') {
    call.output.complain(
      'warning: Other users can see the token in the list of processes. Replace it, and give it as env:NAME or -.',
    );
  }
  const secret = (token === '-' ? await readInput(call) : token).trim();
  if (secret === '') throw new UsageError('The token is blank.', 'Pipe it in.');
  const path = credentialFile(call, remote);
  saveSecret(path, secret);
  call.output.say(`Saved the token in ${path}, readable by you alone.`);
  return { tokenFile: path };
}

function credentialFile({ globals, env }: Call, remote: string): string {
  const { user } = Config.paths(configSources({ globals, env }));
  if (user === undefined) {
    throw new UsageError(
      'There is no directory to save the token in.',
      'Set HOME, or give the token as env:NAME.',
    );
  }
  const name = createHash('sha256').update(remote).digest('hex').slice(0, 16);
  return join(dirname(user), 'credentials', name);
}

/** Replaces the file as a whole; only its owner can read it, from its first byte on. */
function saveSecret(path: string, secret: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, `${secret}\n`, { flag: 'wx', mode: 0o600, flush: true });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The access token of a remote, as it is given on the command line. Other processes than this one
 * will need it: so it is named, as a variable or a file, or put into a file for its owner alone.
 */

import { createHash } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { Config } from '../index.ts';
import type { Call } from './call.ts';
import { configSources } from './load-config.ts';
import { readInput } from './read-input.ts';
import { saveSecret } from './save-secret.ts';
import { UsageError } from './usage-error.ts';

/** The options as the parser gives them. */
export interface TokenFlags {
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Where the library finds the token; nothing when the configuration says it. */
export interface TokenPlace {
  readonly token?: string;
  readonly tokenFile?: string;
}

/** Adds the options. */
export function addToken(command: Command): Command {
  return command
    .option('--token <token>', 'access token: env:NAME of a variable, or - to read it from input')
    .option('--token-file <file>', 'a file of mode 0600 that holds the token');
}

/**
 * Finds a place for the token.
 *
 * @param remote - what the token is for; each remote has a file of its own.
 * @throws {UsageError} when two tokens are given, or there is none in the input.
 */
export async function placeToken(
  call: Call,
  remote: string,
  { token, tokenFile }: TokenFlags,
): Promise<TokenPlace> {
  if (token !== undefined && tokenFile !== undefined) {
    throw new UsageError('--token contradicts --token-file.', 'Give one of them.');
  }
  if (tokenFile !== undefined) return { tokenFile: resolve(tokenFile) };
  if (token === undefined || /^env:\w+$/.test(token)) return token === undefined ? {} : { token };
  if (token !== '-') {
    call.output.complain(
      'warning: Other users could see the token in the list of processes; replace it, and type env:NAME or -.',
    );
  }
  const secret = (token === '-' ? await readInput(call) : token).trim();
  if (secret === '') throw new UsageError('The token is blank.', 'Give it on the input.');
  const path = credentialFile(call, remote);
  saveSecret(path, secret);
  call.output.say(`The token is in ${path}, for you alone.`);
  return { tokenFile: path };
}

function credentialFile({ globals, env }: Call, remote: string): string {
  const { user } = Config.paths(configSources({ globals, env }));
  if (user === undefined) {
    throw new UsageError('There is no directory for the token.', 'Set HOME, or type env:NAME.');
  }
  const name = createHash('sha256').update(remote).digest('hex').slice(0, 16);
  return join(dirname(user), 'credentials', name);
}

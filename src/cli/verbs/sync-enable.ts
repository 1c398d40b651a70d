/** `agentfs sync enable`: connects a workspace to a remote; nothing is sent yet. */

import { requireAtMostOne, UsageError } from '../exit-status.ts';
import { SYNC_OPTIONS, type SyncFlags, syncConfigOf } from '../options/sync-options.ts';
import { placeToken, TOKEN_OPTIONS, type TokenFlags } from '../options/sync-token.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface EnableFlags extends SyncFlags, TokenFlags {
  readonly tursoDb?: string;
  readonly name?: string;
  readonly encryptionKey?: string;
  readonly encryptionKeyFile?: string;
  readonly allowInsecure?: true;
}

export const verb: Verb = defineVerb<EnableFlags>({
  workspace: true,
  arguments: [['[url]', 'the same as --turso-db']],
  options: [
    ['--turso-db <url>', 'libsql:, https: or file: address, or name of a database'],
    ...TOKEN_OPTIONS,
    ['--name <name>', 'name of the workspace on the remote; default its own'],
    ['--encryption-key <key>', 'encrypt what is sent; env:NAME of the key'],
    ['--encryption-key-file <file>', 'a file of mode 0600 that holds the key'],
    ['--allow-insecure', 'allow unencrypted connections to other machines'],
    ...SYNC_OPTIONS,
  ],
  examples: [
    [
      'agentfs sync enable agent-1 --turso-db libsql://db.turso.io --token env:MY_TOKEN',
      'share it; the token stays in its variable',
    ],
    [
      'agentfs sync enable agent-1 --turso-db libsql://db.turso.io --token - < token.txt',
      'share it; the token is saved in a private file',
    ],
    ['agentfs sync enable agent-1 file:/mnt/shared/agents.db', 'share it in a file'],
  ],
  check({ encryptionKey = 'env:NONE' }) {
    if (/^env:\w+$/.test(encryptionKey)) return;
    throw new UsageError(
      '--encryption-key takes env:NAME, as other users can see what is typed.',
      'Put the key into a variable, or into a file for --encryption-key-file.',
    );
  },
  async run({ call, workspace, args, flags }) {
    requireAtMostOne({ 'An address': args[1], '--turso-db': flags.tursoDb });
    const tursoDb = args[1] ?? flags.tursoDb;
    const { name, encryptionKey, encryptionKeyFile, allowInsecure } = flags;
    const config = syncConfigOf(flags);
    const token = await placeToken(call, tursoDb ?? workspace.id, flags);
    const key = { encryptionKey, encryptionKeyFile };
    await workspace.sync.enable({ tursoDb, name, allowInsecure, ...key, ...token, ...config });
    const status = await workspace.sync.status();
    return {
      json: { workspace: workspace.name, ...status },
      says: [
        `Connected ${workspace.name} to ${status.remoteUrl} (${status.mode} sync).`,
        `Send it with agentfs sync push ${workspace.name}.`,
      ],
    };
  },
});

/** `agentfs sync enable`: gives a workspace a remote. */

import { addSyncOptions, type SyncFlags, syncConfigOf } from '../sync-options.ts';
import { addToken, placeToken, type TokenFlags } from '../sync-token.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface EnableFlags extends WorkspaceOption, SyncFlags, TokenFlags {
  readonly tursoDb?: string;
  readonly name?: string;
  readonly encryptionKey?: string;
  readonly encryptionKeyFile?: string;
  readonly allowInsecure?: boolean;
}

/** Ties a workspace to a database; nothing is sent yet. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command.argument('[workspace]', 'the same as -w')).option(
      '--turso-db <url>',
      'libsql:, https: or file: address, or the name of a database; default as configured',
    );
    addSyncOptions(
      addToken(command)
        .option('--name <name>', 'name of the workspace on the remote; default its own')
        .option('--encryption-key <key>', 'encrypt what is sent: env:NAME of the key')
        .option('--encryption-key-file <file>', 'a file of mode 0600 that holds the key')
        .option('--allow-insecure', 'also addresses without encryption on other machines'),
    );
    addExamples(
      command,
      [
        'agentfs sync enable agent-1 --turso-db libsql://db.turso.io --token env:MY_TOKEN',
        'share it; the token stays in its variable',
      ],
      [
        'agentfs sync enable agent-1 --turso-db libsql://db.turso.io --token - < token.txt',
        'keep the token in a file of yours',
      ],
      ['agentfs sync enable agent-1 --turso-db file:/mnt/shared/agents.db', 'share it by a file'],
    );
  },
  async run(call, command) {
    const flags = command.opts<EnableFlags>();
    const { tursoDb, name, encryptionKey, encryptionKeyFile, allowInsecure } = flags;
    if (encryptionKey !== undefined && !/^env:\w+$/.test(encryptionKey)) {
      throw new UsageError(
        '--encryption-key takes env:NAME: other users can see what is typed.',
        'Put the key into a variable, or into a file for --encryption-key-file.',
      );
    }
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const config = syncConfigOf(flags);
    const token = await placeToken(call, tursoDb ?? workspace.id, flags);
    const seal = { encryptionKey, encryptionKeyFile };
    await workspace.sync.enable({ tursoDb, name, allowInsecure, ...seal, ...token, ...config });
    const status = await workspace.sync.status();
    if (call.globals.json) return call.output.json({ workspace: workspace.name, ...status });
    call.output.say(`${workspace.name} synchronises with ${status.remoteUrl} (${status.mode}).`);
    call.output.say(`Send it with agentfs sync push ${workspace.name}.`);
  },
};

/** `agentfs workspace create`: forks the project, a snapshot or another workspace. */

import { Option } from 'commander';
import type { CreateOptions } from '../../index.ts';
import type { Call } from '../call.ts';
import { addToken, placeToken, type TokenFlags } from '../sync-token.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

interface CreateFlags extends TokenFlags {
  readonly fromSnapshot?: string;
  readonly fromWorkspace?: string;
  readonly from?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly tags?: readonly string[];
  readonly agentId?: string;
  readonly readOnly?: boolean;
  readonly fromSync?: string;
}

/** Makes a workspace. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<name>', 'letters, digits, ".", "_" and "-"')
      .option('--from-snapshot <name>', 'fork a snapshot: workspace/snapshot, or its name alone')
      .option('--from-workspace <name>', 'fork what another workspace is now')
      .addOption(new Option('--from <name>').hideHelp())
      .option(
        '--from-sync <url>',
        'take over what was pushed to a remote, and share it from now on',
      )
      .option('--description <text>', 'what it is for')
      .option('--tag <tags>', 'tags, separated by commas; may be repeated', collectList)
      .addOption(new Option('--tags <tags>').argParser(collectList).hideHelp())
      .option('--agent-id <id>', 'the only agent that may change it')
      .option('--read-only', 'it can be read, and commands run in it, but nothing changes it');
    addToken(command);
    addExamples(
      command,
      ['agentfs workspace create agent-1', 'fork the project as it is now'],
      ['agentfs workspace create agent-2 --from-workspace agent-1', 'fork a workspace'],
      [
        'agentfs workspace create agent-1 --from-sync libsql://db.turso.io --token env:MY_TOKEN',
        'go on where another machine has pushed',
      ],
      ['agentfs workspace create fix --tag bug,urgent --description "login fails"', 'say what for'],
    );
  },
  async run(call, command) {
    const [name = ''] = command.args;
    const flags = command.opts<CreateFlags>();
    const { fromWorkspace = flags.from, fromSnapshot, description, agentId, readOnly } = flags;
    requireOneOrigin(flags);
    const tags = flags.tag === undefined && flags.tags === undefined ? undefined : tagsOf(flags);
    const afs = await call.open({ create: true });
    const options = { fromSnapshot, fromWorkspace, description, tags, agentId, readOnly };
    const fromSync = await sourceOf(call, flags);
    const workspace = await afs.workspace.create(name, {
      ...options,
      fromSync,
      signal: call.signal,
    });
    if (call.globals.json) await call.output.json(workspaceJson(workspace));
    else call.output.say(`Created workspace ${workspace.name}.`);
  },
};

function tagsOf({ tag = [], tags = [] }: CreateFlags): string[] {
  return [...tag, ...tags];
}

function requireOneOrigin(flags: CreateFlags): void {
  const { fromSnapshot, fromWorkspace, from, fromSync, token, tokenFile } = flags;
  const origins = Object.entries({
    '--from-snapshot': fromSnapshot,
    '--from-workspace': fromWorkspace ?? from,
    '--from-sync': fromSync,
  }).filter(([, value]) => value !== undefined);
  const [one, other] = origins.map(([option]) => option);
  if (other !== undefined)
    throw new UsageError(`${one} contradicts ${other}.`, 'Give one of them.');
  if (fromSync === undefined && (token ?? tokenFile) !== undefined) {
    throw new UsageError('A token is for --from-sync.', 'Name the remote, or leave it out.');
  }
}

/** The remote, with its token, for the library. */
async function sourceOf(call: Call, flags: CreateFlags): Promise<CreateOptions['fromSync']> {
  const { fromSync: tursoDb } = flags;
  if (tursoDb === undefined) return undefined;
  return { tursoDb, ...(await placeToken(call, tursoDb, flags)) };
}

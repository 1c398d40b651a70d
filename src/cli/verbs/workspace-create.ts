/** `agentfs workspace create`: forks the project, a snapshot or another workspace. */

import { CommandError, type CreateOptions } from '../../index.ts';
import type { Call } from '../call.ts';
import { requireAtMostOne, UsageError } from '../exit-status.ts';
import { LIST } from '../options/parameters.ts';
import { placeToken, TOKEN_OPTIONS, type TokenFlags } from '../options/sync-token.ts';
import { workspaceJson } from '../print/json-shapes.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface CreateFlags extends TokenFlags {
  readonly fromSnapshot?: string;
  readonly fromWorkspace?: string;
  readonly fromSync?: string;
  readonly template?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly agentId?: string;
  readonly readOnly?: true;
}

export const verb: Verb = defineVerb<CreateFlags>({
  arguments: [['<name>', 'letters, digits, ".", "_" and "-"']],
  options: [
    ['--from-snapshot <name>', 'fork a snapshot: workspace/snapshot, or its name'],
    ['--from-workspace <name>', 'fork another workspace'],
    ['--from-sync <url>', 'get a workspace from a remote, and keep it in sync'],
    ['--template <name>', 'begin as [templates.<name>] of your configuration says'],
    ['--description <text>', 'what it is for'],
    ['--tag <tags>', 'tags, separated by commas; may be repeated', LIST],
    ['--agent-id <id>', 'the only agent that may change it'],
    ['--read-only', 'nothing can change it; commands still run in it'],
    ...TOKEN_OPTIONS,
  ],
  examples: [
    ['agentfs workspace create agent-1', 'fork the project as it is now'],
    ['agentfs workspace create agent-2 --from-workspace agent-1', 'fork a workspace'],
    ['agentfs workspace create agent-3 --template node', 'with [templates.node] of your file'],
    [
      'agentfs workspace create agent-1 --from-sync libsql://db.turso.io --token env:MY_TOKEN',
      'continue the work of another machine',
    ],
    ['agentfs workspace create fix --tag bug,urgent --description "login fails"', 'with details'],
  ],
  async run({ call, args: [name = ''], flags }) {
    const { fromWorkspace, fromSnapshot, description, agentId, readOnly, tag: tags } = flags;
    const { template } = flags;
    requireOneOrigin(flags);
    const afs = await call.open({ create: true });
    const origin = { fromSnapshot, fromWorkspace, template };
    const options = { ...origin, description, tags, agentId, readOnly };
    const fromSync = await sourceOf(call, flags);
    const { signal } = call;
    const made = afs.workspace.create(name, { ...options, fromSync, signal });
    const workspace = await made.catch((error) => showOutput(call, error));
    return { json: workspaceJson(workspace), says: `Created workspace ${workspace.name}.` };
  },
});

/** What a command of the template has said before it failed. */
function showOutput({ output }: Call, error: unknown): never {
  const said = error instanceof CommandError ? error.result.stderr.toString() : '';
  for (const line of said.trimEnd().split('\n')) if (line !== '') output.complain(line);
  throw error;
}

function requireOneOrigin(flags: CreateFlags): void {
  const { fromSnapshot, fromWorkspace, fromSync, token, tokenFile } = flags;
  requireAtMostOne({
    '--from-snapshot': fromSnapshot,
    '--from-workspace': fromWorkspace,
    '--from-sync': fromSync,
  });
  if (fromSync === undefined && (token ?? tokenFile) !== undefined) {
    throw new UsageError('A token needs --from-sync.', 'Name the remote, or leave the token out.');
  }
}

/** The remote, with its token, for the library. */
async function sourceOf(call: Call, flags: CreateFlags): Promise<CreateOptions['fromSync']> {
  const { fromSync: tursoDb } = flags;
  if (tursoDb === undefined) return undefined;
  return { tursoDb, ...(await placeToken(call, tursoDb, flags)) };
}

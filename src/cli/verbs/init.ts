/** `agentfs init`: creates the store of a project, and asks for settings if told to. */

import type { AgentFS } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { UsageError } from '../exit-status.ts';
import { isInitialised } from '../find-base.ts';
import { count } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface InitFlags {
  readonly setup?: true;
  readonly force?: true;
  readonly yes?: true;
}

export const verb: Verb = defineVerb<InitFlags>({
  options: [
    ['--setup', 'ask for the most important settings'],
    ['--force', 'start over; asks before it deletes workspaces'],
    ['-y, --yes', 'with --force: delete all workspaces and their changes'],
  ],
  examples: [
    ['agentfs init', 'set up agentfs in the current directory'],
    ['agentfs init --setup', 'the same, with questions'],
    ['agentfs init --base ~/projects/shop', 'set it up in another directory'],
  ],
  async run({ call, flags: { setup = false, force = false, yes = false } }) {
    if (yes && !force) throw new UsageError('--yes needs --force.', 'Leave it out.');
    const base = call.ownBase;
    const existed = isInitialised(base);
    const workspace = setup ? await askSetup(call, base) : undefined;
    const afs = await call.open({ at: base, create: true });
    const deleted = existed && force ? await startOver(call, afs, yes) : 0;
    if (workspace !== undefined) await afs.workspace.create(workspace, { signal: call.signal });
    const workspaces = (await afs.workspace.list({ includeArchived: true })).length;
    const next = 'Create a workspace with agentfs workspace create <name>.';
    return {
      json: { base: afs.basePath, created: !existed, workspaces, deleted },
      says: [
        existed
          ? `agentfs is already set up in ${afs.basePath}.`
          : `Set up agentfs in ${afs.basePath}.`,
        ...(deleted > 0 ? [`Deleted ${count(deleted, 'workspace')}.`] : []),
        ...(workspace === undefined ? [] : [`Created workspace ${workspace}.`]),
        ...(workspaces === 0 ? [next] : []),
      ],
    };
  },
});

async function askSetup(call: Call, base: string): Promise<string | undefined> {
  if (!isInteractive()) {
    throw new UsageError(
      '--setup needs a terminal.',
      'Leave it out, and change settings with agentfs config set --project.',
    );
  }
  const { setUp } = await import('../options/setup-wizard.ts');
  return setUp(call, base);
}

/** The commits and the audit log stay: they say what happened to the project. */
async function startOver(call: Call, afs: AgentFS, yes: boolean): Promise<number> {
  const names = (await afs.workspace.list({ includeArchived: true })).map(({ name }) => name);
  if (names.length === 0) return 0;
  const all = count(names.length, 'workspace');
  if (!yes && !isInteractive()) {
    call.output.say(`Kept ${all}. Delete with --yes.`);
    return 0;
  }
  await confirm(call, `Delete ${all} with all changes?`, yes);
  for (const name of names) await afs.workspace.delete(name, { force: true });
  return names.length;
}

/** `agentfs init`: makes the store of a project, and on request asks how it is to work. */

import type { AgentFS } from '../../index.ts';
import type { Call } from '../call.ts';
import { confirm, isInteractive } from '../confirm.ts';
import { isInitialised } from '../find-base.ts';
import { count } from '../human.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';

interface InitFlags {
  readonly setup?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
}

/** Makes the store, or says that there is one. */
export const verb: Verb = {
  define(command) {
    command
      .option('--setup', 'ask how agentfs is to work here; needs a terminal')
      .option('--force', 'begin anew; workspaces are only deleted with --yes, or when asked')
      .option('-y, --yes', 'with --force: delete all workspaces with their changes');
    addExamples(
      command,
      ['agentfs init', 'look after the directory you are in'],
      ['agentfs init --setup', 'the same, with questions'],
      ['agentfs init --base ~/projects/shop', 'look after another directory'],
    );
  },
  async run(call, command) {
    const { setup = false, force = false, yes = false } = command.opts<InitFlags>();
    if (yes && !force) throw new UsageError('--yes means something with --force only.');
    const base = call.ownBase;
    const existed = isInitialised(base);
    const workspace = setup ? await askSetup(call, base) : undefined;
    const afs = await call.open({ at: base, create: true });
    const deleted = existed && force ? await beginAnew(call, afs, yes) : 0;
    if (workspace !== undefined) await afs.workspace.create(workspace, { signal: call.signal });
    const workspaces = (await afs.workspace.list({ includeArchived: true })).length;
    const { output, globals } = call;
    if (globals.json) {
      return output.json({ base: afs.basePath, created: !existed, workspaces, deleted });
    }
    output.say(`agentfs looks after ${afs.basePath} ${existed ? 'already' : 'from now on'}.`);
    if (deleted > 0) output.say(`Deleted ${count(deleted, 'workspace')}.`);
    if (workspace !== undefined) output.say(`Created workspace ${workspace}.`);
    else if (workspaces === 0) output.say('Make a workspace with agentfs workspace create <name>.');
  },
};

async function askSetup(call: Call, base: string): Promise<string | undefined> {
  if (!isInteractive()) {
    throw new UsageError(
      '--setup asks questions, and there is no terminal.',
      'Leave --setup out, and set what is to differ with agentfs config set --project.',
    );
  }
  const { setUp } = await import('../setup-wizard.ts');
  return setUp(call, base);
}

/** The commits and the audit log stay: they say what happened to the project. */
async function beginAnew(call: Call, afs: AgentFS, yes: boolean): Promise<number> {
  const names = (await afs.workspace.list({ includeArchived: true })).map(({ name }) => name);
  if (names.length === 0) return 0;
  if (!yes && !isInteractive()) {
    call.output.say(`Kept ${count(names.length, 'workspace')}; --yes deletes them.`);
    return 0;
  }
  await confirm(call, `Delete ${count(names.length, 'workspace')} with all changes?`, yes);
  for (const name of names) await afs.workspace.delete(name, { force: true });
  return names.length;
}

/** `agentfs workspace create`: forks the project, a snapshot or another workspace. */

import { Option } from 'commander';
import { UsageError } from '../usage-error.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

interface CreateFlags {
  readonly fromSnapshot?: string;
  readonly fromWorkspace?: string;
  readonly from?: string;
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly agentId?: string;
  readonly readOnly?: boolean;
}

/** Makes a workspace. */
export const verb: Verb = {
  define(command) {
    command
      .argument('<name>', 'letters, digits, ".", "_" and "-"')
      .option('--from-snapshot <name>', 'fork a snapshot: workspace/snapshot, or its name alone')
      .option('--from-workspace <name>', 'fork what another workspace is now')
      .addOption(new Option('--from <name>').hideHelp())
      .option('--description <text>', 'what it is for')
      .option('--tag <tags>', 'tags, separated by commas; may be repeated', collectList)
      .addOption(new Option('--tags <tags>').argParser(collectList).hideHelp())
      .option('--agent-id <id>', 'the only agent that may change it')
      .option('--read-only', 'it can be read, and commands run in it, but nothing changes it');
    addExamples(
      command,
      ['agentfs workspace create agent-1', 'fork the project as it is now'],
      ['agentfs workspace create agent-2 --from-workspace agent-1', 'fork a workspace'],
      ['agentfs workspace create fix --tag bug,urgent --description "login fails"', 'say what for'],
    );
  },
  async run(call, command) {
    const [name = ''] = command.args;
    const flags = command.opts<CreateFlags & { tags?: readonly string[] }>();
    const { fromWorkspace = flags.from, fromSnapshot, description, agentId, readOnly } = flags;
    if (fromSnapshot !== undefined && fromWorkspace !== undefined) {
      throw new UsageError('--from-snapshot contradicts --from-workspace.', 'Give one of them.');
    }
    const tags = flags.tag === undefined && flags.tags === undefined ? undefined : tagsOf(flags);
    const afs = await call.open({ create: true });
    const options = { fromSnapshot, fromWorkspace, description, tags, agentId, readOnly };
    const workspace = await afs.workspace.create(name, { ...options, signal: call.signal });
    if (call.globals.json) await call.output.json(workspaceJson(workspace));
    else call.output.say(`Created workspace ${workspace.name}.`);
  },
};

function tagsOf({ tag = [], tags = [] }: CreateFlags & { tags?: readonly string[] }): string[] {
  return [...tag, ...tags];
}

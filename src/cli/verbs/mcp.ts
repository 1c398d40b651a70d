/** `agentfs mcp`: the tools for models, by the Model Context Protocol. */

import { Option } from 'commander';
import type { Call } from '../call.ts';
import { CLIENT_NAMES, clientConfig } from '../mcp-config.ts';
import { packageVersion } from '../package-version.ts';
import { readUsed } from '../used-workspace.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface McpFlags extends WorkspaceOption {
  readonly tools?: readonly string[];
  readonly readOnly?: boolean;
  readonly allowRun?: boolean;
  readonly config?: string;
}

/** Serves one client. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command)
      .option('--tools <groups>', 'which tools: workspaces,files,bytes,review,run', collectList)
      .option('--read-only', 'offer only what changes nothing')
      .option('--allow-run', 'offer a tool that runs commands')
      .addOption(
        new Option('--config <client>', 'print how a client is told to start this').choices([
          ...CLIENT_NAMES,
        ]),
      )
      .addHelpText('after', '\nWith -w, all tools work in this workspace; it is made if need be.');
    addExamples(
      command,
      ['agentfs mcp --base ~/project', 'what a client of MCP is configured to start'],
      ['agentfs mcp -w agent-1 --allow-run', 'one workspace, and commands in it'],
      ['agentfs mcp -w agent-1 --config claude-code', 'what to put into its configuration'],
      ['agentfs mcp --read-only --tools files,review', 'to look, and to change nothing'],
    );
  },
  async run(call, command) {
    const flags = command.opts<McpFlags>();
    const { tools, readOnly = false, allowRun = false, workspace } = flags;
    if (flags.config !== undefined) return printConfig(call, flags.config, flags);
    const { serveMcpStdio } = await import('../../mcp/serve-stdio.ts');
    const afs = await call.open({ create: !readOnly });
    if (workspace !== undefined && !readOnly && !(await afs.workspace.exists(workspace))) {
      await afs.workspace.create(workspace, { signal: call.signal });
    }
    const { env, signal } = call;
    await serveMcpStdio({
      ...{ afs, signal, workspace, readOnly, allowRun, groups: tools },
      version: packageVersion(),
      currentWorkspace: () => env['AGENTFS_WORKSPACE'] || readUsed(afs.basePath),
      input: process.stdin,
      output: process.stdout,
    });
  },
};

async function printConfig(call: Call, client: string, flags: McpFlags): Promise<void> {
  const { tools, readOnly, allowRun, workspace } = flags;
  const args = [
    ...['mcp', '--base', await call.base()],
    ...(workspace === undefined ? [] : ['--workspace', workspace]),
    ...(tools === undefined ? [] : ['--tools', tools.join(',')]),
    ...(readOnly === true ? ['--read-only'] : []),
    ...(allowRun === true ? ['--allow-run'] : []),
  ];
  const config = clientConfig(client, args);
  if (config === undefined) return;
  await call.output.print(config.text);
  call.output.say(`This belongs into ${config.file}.`);
}

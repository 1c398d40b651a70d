/** `agentfs mcp`: the tools for models, by the Model Context Protocol. */

import { packageVersion } from '../package-version.ts';
import { readUsed } from '../used-workspace.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface McpFlags extends WorkspaceOption {
  readonly tools?: readonly string[];
  readonly readOnly?: boolean;
  readonly allowRun?: boolean;
}

/** Serves one client. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command)
      .option('--tools <groups>', 'which tools: workspaces,files,bytes,review,run', collectList)
      .option('--read-only', 'offer only what changes nothing')
      .option('--allow-run', 'offer a tool that runs commands')
      .addHelpText('after', '\nWith -w, all tools work in this workspace; it is made if need be.');
    addExamples(
      command,
      ['agentfs mcp --base ~/project', 'what a client of MCP is configured to start'],
      ['agentfs mcp -w agent-1 --allow-run', 'one workspace, and commands in it'],
      ['agentfs mcp --read-only --tools files,review', 'to look, and to change nothing'],
    );
  },
  async run(call, command) {
    const { tools, readOnly = false, allowRun = false, workspace } = command.opts<McpFlags>();
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

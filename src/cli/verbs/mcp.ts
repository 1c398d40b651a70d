/** `agentfs mcp`: the tools for models, by the Model Context Protocol. */

import { randomBytes } from 'node:crypto';
import { Option } from 'commander';
import type { Call } from '../call.ts';
import { parseCount } from '../humane.ts';
import { CLIENT_NAMES, clientConfig } from '../mcp-config.ts';
import { packageVersion } from '../package-version.ts';
import { UsageError } from '../usage-error.ts';
import { readUsed } from '../used-workspace.ts';
import { addExamples, collectList, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface McpFlags extends WorkspaceOption {
  readonly tools?: readonly string[];
  readonly readOnly?: boolean;
  readonly allowRun?: boolean;
  readonly config?: string;
  readonly port?: string;
  readonly host: string;
  readonly token?: string;
  readonly stdio?: boolean;
}

const LOCAL = '127.0.0.1';

/** Serves one client, or over HTTP many. */
export const verb: Verb = {
  define(command) {
    addWorkspace(command)
      .option('--tools <groups>', 'which tools: workspaces,files,bytes,review,run', collectList)
      .option('--read-only', 'offer only what changes nothing')
      .option('--allow-run', 'offer a tool that runs commands')
      .option('--port <n>', 'serve over HTTP at this port, 0 for any that is free')
      .option('--host <address>', 'where to listen', LOCAL)
      .option(
        '--token <token>',
        'what clients must name; default $AGENTFS_MCP_TOKEN, else a new one',
      )
      .option('--stdio', 'serve over input and output, whatever else is said')
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
      ['agentfs mcp --port 7435', 'over HTTP, for clients on this machine'],
      ['agentfs mcp --read-only --tools files,review', 'to look, and to change nothing'],
    );
  },
  async run(call, command) {
    const flags = command.opts<McpFlags>();
    const { tools, readOnly = false, allowRun = false, workspace } = flags;
    if (flags.config !== undefined) return printConfig(call, flags.config, flags);
    const http = flags.stdio === true ? undefined : httpOf(call, flags);
    const afs = await call.open({ create: !readOnly });
    if (workspace !== undefined && !readOnly && !(await afs.workspace.exists(workspace))) {
      await afs.workspace.create(workspace, { signal: call.signal });
    }
    const { env, signal } = call;
    const options = {
      ...{ afs, signal, workspace, readOnly, allowRun, groups: tools },
      version: packageVersion(),
      currentWorkspace: () => env['AGENTFS_WORKSPACE'] || readUsed(afs.basePath),
    };
    if (http === undefined) {
      const { serveMcpStdio } = await import('../../mcp/serve-stdio.ts');
      await serveMcpStdio({ ...options, input: process.stdin, output: process.stdout });
      return;
    }
    const { serveMcpHttp } = await import('../../mcp/serve-http.ts');
    const isKnown = http.token === (flags.token ?? env['AGENTFS_MCP_TOKEN']);
    const words = isKnown ? 'with your token' : `with the token ${http.token}`;
    const onListening = (url: string): void => call.output.complain(`Listening at ${url} ${words}`);
    await serveMcpHttp({ ...options, ...http, onListening });
  },
};

/** Where to listen; undefined for input and output. */
function httpOf(
  { env }: Call,
  { port, host, token: typed }: McpFlags,
): { readonly host: string; readonly port: number; readonly token: string } | undefined {
  if (port === undefined) return undefined;
  const token = typed ?? (env['AGENTFS_MCP_TOKEN'] || randomBytes(24).toString('base64url'));
  const number = parseCount(port, '--port');
  if (number <= 65_535) return { host, port: number, token };
  throw new UsageError(`--port takes a number up to 65535, not ${port}.`);
}

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

/** `agentfs mcp`: serves the tools for models by the Model Context Protocol, to one client or over HTTP. */

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { AgentFS } from '../../index.ts';
import type { Call } from '../call.ts';
import { codeOf, UsageError } from '../exit-status.ts';
import { requireInitialised } from '../find-base.ts';
import { LIST, oneOf, WORKSPACE } from '../options/parameters.ts';
import { COUNT } from '../options/quantities.ts';
import { packageVersion } from '../package-version.ts';
import { CLIENT_NAMES, clientConfig, type McpConfig } from '../print/mcp-config.ts';
import { saveFile } from '../print/save-file.ts';
import { readUsed } from '../used-workspace.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface McpFlags {
  readonly workspace?: string;
  readonly tools?: readonly string[];
  readonly readOnly?: true;
  readonly allowRun?: true;
  readonly config?: string;
  readonly write?: true;
  readonly port?: number;
  readonly host?: string;
  readonly token?: string;
  readonly stdio?: true;
}

const LOCAL = '127.0.0.1';

export const verb: Verb = defineVerb<McpFlags>({
  options: [
    WORKSPACE,
    ['--tools <groups>', 'tools to offer: workspaces,files,bytes,review,run', LIST],
    ['--read-only', 'only offer tools that change nothing'],
    ['--allow-run', 'offer a tool that runs commands'],
    ['--port <n>', 'serve over HTTP on this port, 0 for any free one', COUNT],
    ['--host <address>', `address to listen on; default ${LOCAL}`],
    ['--token <token>', 'token that clients must send; default $AGENTFS_MCP_TOKEN, else a new one'],
    ['--stdio', 'serve over stdin and stdout, even with --port'],
    ['--no-escape', 'keep to the files of this project; it is always so'],
    ['--config <client>', 'print the configuration for a client', oneOf(CLIENT_NAMES)],
    ['--write', 'with --config: put it into the file of that client'],
  ],
  notes:
    'With -w, all tools work in this workspace, which is created if needed.\n' +
    'Over stdin and stdout, the first call opens the project: listing tools is quick.',
  examples: [
    ['agentfs mcp --base ~/project', 'the command that MCP clients start'],
    ['agentfs mcp -w agent-1 --allow-run', 'one workspace, and commands in it'],
    ['agentfs mcp -w agent-1 --config claude-code', 'what to add to its configuration'],
    ['agentfs mcp -w agent-1 --config claude-code --write', 'add it there'],
    ['agentfs mcp --port 7435', 'over HTTP, for clients on this machine'],
    ['agentfs mcp --read-only --tools files,review', 'for reading only'],
  ],
  check: ({ config, write }) => {
    if (write === undefined || config !== undefined) return;
    throw new UsageError('--write goes with --config.', 'Name a client: --config claude-code.');
  },
  async run({ call, flags }) {
    const { tools, readOnly = false, allowRun = false, workspace } = flags;
    if (flags.config !== undefined) return printConfig(call, flags.config, flags);
    const http = flags.stdio === true ? undefined : httpOf(call, flags);
    if (readOnly) requireInitialised(await call.base());
    const { env, signal } = call;
    const prepare = async (afs: AgentFS): Promise<void> => {
      if (workspace === undefined || readOnly || (await afs.workspace.exists(workspace))) return;
      await afs.workspace.create(workspace, { signal });
    };
    const open = (): Promise<AgentFS> => call.open({ create: !readOnly, prepare });
    const options = {
      ...{ open, signal, workspace, readOnly, allowRun, groups: tools },
      version: packageVersion(),
      currentWorkspace: (afs: AgentFS) => env['AGENTFS_WORKSPACE'] || readUsed(afs.basePath),
    };
    if (http === undefined) {
      const { serveMcpStdio } = await import('../../mcp/serve-stdio.ts');
      await serveMcpStdio({ ...options, input: process.stdin, output: process.stdout });
      return;
    }
    await open();
    const { serveMcpHttp } = await import('../../mcp/serve-http.ts');
    const isKnown = http.token === (flags.token ?? env['AGENTFS_MCP_TOKEN']);
    const words = isKnown ? 'with your token' : `with the token ${http.token}`;
    const onListening = (url: string): void => call.output.complain(`Listening at ${url} ${words}`);
    await serveMcpHttp({ ...options, ...http, onListening });
  },
});

/** Where to listen; undefined for input and output. */
function httpOf({ env }: Call, { port, host = LOCAL, token: typed }: McpFlags) {
  if (port === undefined) return undefined;
  if (port > 65_535) throw new UsageError(`--port takes a number up to 65535, not ${port}.`);
  const token = typed ?? (env['AGENTFS_MCP_TOKEN'] || randomBytes(24).toString('base64url'));
  return { host, port, token };
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
  if (flags.write === true) return writeConfig(call, config);
  await call.output.printText(`${config.text}\n`);
  call.output.say(`Add this to ${config.file}.`);
}

/** Adds to the file of a client, or makes it; what else is in there stays. */
async function writeConfig(call: Call, { file, into }: McpConfig): Promise<void> {
  const named = file.startsWith('~/')
    ? join(call.env['HOME'] || homedir(), file.slice(2))
    : join(await call.base(), file);
  // A link, as to where somebody keeps such files, stays one.
  const path = await realpath(named).catch(() => named);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  });
  const changed = into(text);
  if (changed === text) return call.output.say(`${file} has it already.`);
  await mkdir(dirname(path), { recursive: true });
  await saveFile(path, Readable.from([changed]), call.signal);
  call.output.say(`Wrote ${file}.`);
}

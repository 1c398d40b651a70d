/** Files and differences of workspaces as resources, for clients that attach them to a talk. */

import { ProtocolError, ProtocolErrorCode, type Server } from '@modelcontextprotocol/server';
import { reportOf } from '../operations/error-report.ts';
import type { McpOptions } from './mcp-options.ts';
import { callNamed, type NamedCall } from './named-call.ts';

const FILES = 'agentfs:';
const DIFF = 'agentfs-diff:';
/** A listing longer than this is no help to anybody. */
const MOST_WORKSPACES = 100;

const TEMPLATES = [
  {
    name: 'file',
    title: 'A file of a workspace',
    uriTemplate: 'agentfs://{workspace}/{+path}',
    description: 'Its content; of a directory, what is in it.',
  },
  {
    name: 'diff',
    title: 'What a workspace has changed',
    uriTemplate: 'agentfs-diff://{workspace}',
    description: 'A patch against the project as the workspace was forked from it.',
    mimeType: 'text/x-diff',
  },
];

/** Adds the resources to a server. */
export function addResources(server: Server, options: McpOptions): void {
  const call = callNamed(options);
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: TEMPLATES }));
  server.setRequestHandler('resources/list', async () => {
    const names = options.workspace === undefined ? await namesOf(call) : [options.workspace];
    return { resources: names.flatMap(resourcesOf) };
  });
  server.setRequestHandler('resources/read', async ({ params: { uri } }) => {
    try {
      return { contents: [{ uri, ...(await read(call, uri)) }] };
    } catch (error) {
      const { code, message, hint } = reportOf(error);
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message, { uri, code, hint });
    }
  });
}

async function namesOf(call: NamedCall): Promise<string[]> {
  const { workspaces } = await call('workspace.list', { limit: MOST_WORKSPACES });
  return Array.isArray(workspaces) ? workspaces.map(({ name }) => name) : [];
}

function resourcesOf(name: string): { uri: string; name: string; mimeType: string }[] {
  return [
    { uri: `agentfs://${name}/`, name: `Files of ${name}`, mimeType: 'text/plain' },
    { uri: `agentfs-diff://${name}`, name: `Changes of ${name}`, mimeType: 'text/x-diff' },
  ];
}

type Content = { readonly mimeType: string } & (
  | { readonly text: string }
  | { readonly blob: string }
);

async function read(call: NamedCall, uri: string): Promise<Content> {
  const { protocol, host: workspace, pathname } = new URL(uri);
  if (protocol === DIFF) {
    const { text } = await call('workspace.diff', { workspace });
    return { mimeType: 'text/x-diff', text: String(text) };
  }
  if (protocol !== FILES) throw new TypeError(`'${uri}' is no address of agentfs.`);
  const path = decodeURIComponent(pathname);
  const { kind } = await call('file.stat', { workspace, path });
  if (kind === 'directory') {
    const { files } = await call('file.list', { workspace, path });
    const paths: string[] = Array.isArray(files) ? files.map((file) => file.path) : [];
    return { mimeType: 'text/plain', text: paths.map((each) => `${each}\n`).join('') };
  }
  const { content, encoding } = await call('file.read', { workspace, path, encoding: 'auto' });
  return encoding === 'base64'
    ? { mimeType: 'application/octet-stream', blob: String(content) }
    : { mimeType: 'text/plain', text: String(content) };
}

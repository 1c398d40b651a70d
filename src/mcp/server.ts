/** A server of the Model Context Protocol over the tools; one for each client, on any transport. */

import { resolve } from 'node:path';
import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  type Tool as ToolDescription,
} from '@modelcontextprotocol/server';
import { type AgentFS, AgentFSError } from '../index.ts';
import { reportOf } from '../operations/error-report.ts';
import { callOperation } from '../operations/table.ts';
import type { McpOptions } from './mcp-options.ts';
import { addPrompts } from './prompts.ts';
import { addResources } from './resources.ts';
import type { Tool } from './tool.ts';
import { offeredTools } from './tools.ts';

const INSTRUCTIONS = `agentfs keeps private copies of a project, called workspaces. Everything you \
change is changed in a workspace only, until workspace_commit brings it home to the project. \
snapshot_create names a state to go back to; workspace_undo takes the last step back, whatever a \
command has deleted. workspace_status and workspace_diff show what has changed.`;

/**
 * Makes what gives each client a server of its own.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a group of tools that there is not.
 */
export function mcpServers(options: McpOptions): () => Server {
  const tools = offeredTools(options);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const described = tools.map((tool) => describe(tool, options));
  return () => {
    const info = { name: 'agentfs', title: 'agentfs', version: options.version };
    const capabilities = { tools: {}, resources: {}, prompts: {} };
    const server = new Server(info, { capabilities, instructions: INSTRUCTIONS });
    server.setRequestHandler('tools/list', () => ({ tools: described }));
    server.setRequestHandler('tools/call', async ({ params }, context) => {
      const tool = byName.get(params.name);
      if (tool !== undefined) return callTool(tool, params.arguments ?? {}, options, context);
      const problem = `There is no tool '${params.name}'.`;
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, problem);
    });
    addResources(server, options);
    addPrompts(server, options);
    return server;
  };
}

function describe(tool: Tool, { workspace }: McpOptions): ToolDescription {
  const { name, title, description, operation, inputSchema, outputSchema } = tool;
  const { workspace: field, ...others } = inputSchema.properties ?? {};
  const isFree = field !== undefined && workspace === undefined;
  const properties = isFree ? { workspace: field, ...others } : others;
  // Where none is named, the one in use counts.
  const required = inputSchema.required?.filter((each) => each !== 'workspace') ?? [];
  const { effect, idempotent } = operation;
  return {
    name,
    title,
    description,
    inputSchema: { ...inputSchema, type: 'object', properties, required },
    outputSchema: { ...outputSchema, type: 'object' },
    annotations: {
      title,
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'destructive',
      idempotentHint: idempotent,
      openWorldHint: false,
    },
  } as ToolDescription;
}

async function callTool(
  tool: Tool,
  args: object,
  options: McpOptions,
  { mcpReq }: ServerContext,
): Promise<CallToolResult> {
  const { holdings, readOnly, gate } = options;
  const token = mcpReq._meta?.progressToken;
  let progress = 0;
  const onOutput = async (message: string): Promise<void> => {
    if (token === undefined) return;
    progress += 1;
    const params = { progressToken: token, progress, message };
    await mcpReq.notify({ method: 'notifications/progress', params });
  };
  try {
    const afs = await options.open();
    const given = tool.toInput(withoutBase(tool, args, afs));
    await requireOwnTree(afs, given, options);
    const input = withWorkspace(tool, given, afs, options);
    const stream = tool.operation.name === 'command.run' && token !== undefined;
    const context = { afs, holdings, readOnly, gate, signal: mcpReq.signal, onOutput };
    const whole = stream ? { ...input, stream } : input;
    const result = { ...Object(await callOperation(tool.operation, context, whole)) };
    const plain: Record<string, unknown> = JSON.parse(JSON.stringify(result));
    const structuredContent = { ...Object(tool.toStructured(plain)) };
    return { content: [{ type: 'text', text: tool.toText(plain) }], structuredContent };
  } catch (error) {
    const report = reportOf(error);
    const text = `${report.code}: ${report.message}\n${report.hint}`.trimEnd();
    return {
      content: [{ type: 'text', text }],
      structuredContent: { ...report },
      isError: true,
    };
  }
}

/** The arguments without the project that they may name: there is only one. */
function withoutBase({ inputSchema }: Tool, args: object, { basePath }: AgentFS): object {
  if (inputSchema.properties?.['base_path'] === undefined) return args;
  const { base_path: base, ...others }: { readonly base_path?: unknown } = args;
  if (base === undefined || (typeof base === 'string' && resolve(base) === basePath)) return others;
  throw new AgentFSError('INVALID_ARGUMENT', `This server is for ${basePath} alone.`, {
    hint: 'Leave base_path out.',
  });
}

/** A server of one workspace compares it with the project and its own snapshots, not with others. */
async function requireOwnTree(
  afs: AgentFS,
  input: object,
  { workspace: only }: McpOptions,
): Promise<void> {
  const { against }: { readonly against?: unknown } = input;
  if (only === undefined || typeof against !== 'string') return;
  const [owner] = against.split('/');
  const isOther = owner !== only && (owner !== against || (await afs.workspace.exists(against)));
  if (isOther) throw forOneAlone(only, 'against');
}

function forOneAlone(workspace: string, field: string): AgentFSError {
  const message = `This server is for workspace '${workspace}' alone.`;
  return new AgentFSError('INVALID_ARGUMENT', message, { hint: `Leave ${field} out.` });
}

/** The input with the workspace that is meant. */
function withWorkspace(
  { operation, inputSchema }: Tool,
  input: object,
  afs: AgentFS,
  { workspace: only, currentWorkspace }: McpOptions,
): object {
  const field = operation.input.shape['workspace'];
  const isNamedOtherwise = inputSchema.properties?.['workspace'] === undefined;
  if (field === undefined || isNamedOtherwise) return input;
  const { workspace: named }: { readonly workspace?: unknown } = input;
  if (only !== undefined && named !== undefined && named !== only) {
    throw forOneAlone(only, 'workspace');
  }
  const isOptional = field.safeParse(undefined).success;
  const current = only ?? (isOptional ? undefined : currentWorkspace(afs));
  return named === undefined && current !== undefined ? { ...input, workspace: current } : input;
}

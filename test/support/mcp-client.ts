/** The official client of the Model Context Protocol, connected to the real program. */

import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { onTestFinished } from 'vitest';
import type { CliProject } from './cli.ts';
import { bundledProgram } from './compiled.ts';

/** What a tool has answered. */
export interface ToolAnswer {
  readonly text: string;
  readonly structured: Record<string, unknown>;
  readonly isError: boolean;
}

/** A client, and the shortest way to call a tool. */
export interface McpSession {
  readonly client: Client;
  readonly transport: StdioClientTransport;
  readonly call: (name: string, args?: Record<string, unknown>) => Promise<ToolAnswer>;
}

/** Starts `agentfs mcp` on a project and connects to it. */
export async function startMcp(
  project: CliProject,
  args: readonly string[] = [],
  options: ConstructorParameters<typeof Client>[1] = {},
): Promise<McpSession> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [await bundledProgram(), 'mcp', ...args],
    cwd: project.dir,
    env: project.environment(),
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1.0.0' }, options);
  onTestFinished(() => client.close());
  await client.connect(transport);
  const call: McpSession['call'] = async (name, given = {}) => {
    const result = await client.callTool({ name, arguments: given });
    const [first] = result.content;
    return {
      text: first?.type === 'text' ? first.text : '',
      structured: { ...Object(result.structuredContent) },
      isError: result.isError === true,
    };
  };
  return { client, transport, call };
}

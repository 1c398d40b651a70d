/** Serves one client of the Model Context Protocol over two streams. */

import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { Holdings } from '../operations/holdings.ts';
import type { McpOptions } from './mcp-options.ts';
import { mcpServers } from './server.ts';

/** With whom, and for how long. */
export interface McpStdioOptions extends Omit<McpOptions, 'holdings'> {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** As JSON has to write 10 MiB of content in the worst case. */
const MAX_MESSAGE_BYTES: number = 64 * 1024 * 1024;

/**
 * Serves until the client ends its input, or is not there any more; what is still running then is
 * stopped.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a group of tools that there is not.
 */
export async function serveMcpStdio(options: McpStdioOptions): Promise<void> {
  const { input, output, signal } = options;
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES });
  const isOver = new AbortController();
  for (const stream of [input, output]) {
    for (const event of ['end', 'close', 'error']) stream.once(event, () => isOver.abort());
  }
  const holdings = new Holdings();
  const handle = serveStdio(mcpServers({ ...options, holdings }), { transport });
  const either = AbortSignal.any([signal, isOver.signal]);
  if (!either.aborted) await once(either, 'abort');
  await handle.close();
  await holdings.end();
}

/** The smallest server that the package of the Model Context Protocol makes: one tool, on stdio. */

import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'smallest', version: '1.0.0' });
  const description = 'Says what it is told.';
  server.registerTool(
    'echo',
    { description, inputSchema: z.object({ text: z.string() }) },
    (args) => ({
      content: [{ type: 'text', text: args.text }],
    }),
  );
  return server;
});

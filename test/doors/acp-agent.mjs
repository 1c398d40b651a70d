/** An agent on the official package, which asks its client for files and a terminal. */

import { Readable, Writable } from 'node:stream';
import * as acp from '@agentclientprotocol/sdk';

const { fs, terminal } = acp.methods.client;

async function prompt({ sessionId, prompt: [{ text: path }] }, client) {
  const { content } = await client.request(fs.readTextFile, { sessionId, path });
  await client.request(fs.writeTextFile, { sessionId, path, content: content.toUpperCase() });
  const command = { sessionId, command: 'sh', args: ['-c', 'cat a.txt; echo made > made.txt'] };
  const { terminalId } = await client.request(terminal.create, command);
  const content2 = [{ type: 'terminal', terminalId }];
  await client.notify(acp.methods.client.session.update, {
    sessionId,
    update: { sessionUpdate: 'tool_call', toolCallId: 'c', title: 'cat', content: content2 },
  });
  const exit = await client.request(terminal.waitForExit, { sessionId, terminalId });
  const { output } = await client.request(terminal.output, { sessionId, terminalId });
  await client.request(terminal.release, { sessionId, terminalId });
  return { stopReason: 'end_turn', _meta: { exit, output } };
}

acp
  .agent({ name: 'file-agent' })
  .onRequest('initialize', () => ({ protocolVersion: acp.PROTOCOL_VERSION }))
  .onRequest('session/new', () => ({ sessionId: 's' }))
  .onRequest('session/prompt', ({ params, client }) => prompt(params, client))
  .connect(acp.ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));

/** `agentfs acp` between the official client and agents on the official package. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as acp from '@agentclientprotocol/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { TestProject } from '../support/test-project.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const PACKAGE = createRequire(import.meta.url).resolve('@agentclientprotocol/sdk');

/** What an editor has heard. */
interface Heard {
  readonly updates: acp.SessionUpdate[];
  readonly permissions: string[];
}

/** Starts an agent through `agentfs acp`; calls `talk` as its editor. */
async function inEditor<T>(
  project: TestProject,
  agent: string,
  talk: (context: acp.ClientContext, heard: Heard) => Promise<T>,
): Promise<T> {
  const args = [PROGRAM, 'acp', '-w', 'v', '--', process.execPath, agent];
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: project.dir,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const closed = once(child, 'close');
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('There are no pipes.');
  const heard: Heard = { updates: [], permissions: [] };
  const stream = acp.ndJsonStream(Writable.toWeb(stdin), Readable.toWeb(stdout) as ReadableStream);
  const result = await acp
    .client({ name: 'editor' })
    .onRequest(acp.methods.client.session.requestPermission, ({ params }) => {
      heard.permissions.push(params.toolCall.toolCallId);
      return { outcome: { outcome: 'selected', optionId: 'allow' } };
    })
    .onNotification(acp.methods.client.session.update, ({ params }) => {
      heard.updates.push(params.update);
    })
    .connectWith(stream, (context) => talk(context, heard));
  stdin.end();
  await closed;
  return result;
}

async function turn(context: acp.ClientContext, cwd: string, text: string) {
  const { initialize, session } = acp.methods.agent;
  await context.request(initialize, { protocolVersion: acp.PROTOCOL_VERSION });
  const { sessionId } = await context.request(session.new, { cwd, mcpServers: [] });
  return context.request(session.prompt, { sessionId, prompt: [{ type: 'text', text }] });
}

describe('agentfs acp', () => {
  it("lets the protocol's own example agent talk with its editor", async () => {
    const project = new TestProject({ 'a.txt': 'one\n' });
    const example = join(PACKAGE, '../examples/agent.js');
    await inEditor(project, example, async (context, { updates, permissions }) => {
      expect(await turn(context, project.dir, 'Hello')).toMatchObject({ stopReason: 'end_turn' });
      expect(permissions).toEqual(['call_2']);
      expect(updates.map(({ sessionUpdate }) => sessionUpdate)).toEqual([
        ...['agent_message_chunk', 'tool_call', 'tool_call_update', 'agent_message_chunk'],
        ...['tool_call', 'tool_call_update', 'agent_message_chunk'],
      ]);
    });
  });

  it('gives an agent the files and commands of a workspace', async () => {
    const project = new TestProject({ 'a.txt': 'one\n' });
    const agent = fileURLToPath(new URL('acp-agent.mjs', import.meta.url));
    await inEditor(project, agent, async (context, { updates }) => {
      const answer = await turn(context, project.dir, project.path('a.txt'));
      expect(answer).toMatchObject({ _meta: { exit: { exitCode: 0 }, output: 'ONE\n' } });
      expect(updates).toMatchObject([{ content: [{ type: 'content' }] }]);
    });
    expect(readFileSync(project.path('a.txt'), 'utf8')).toBe('one\n');
    await using afs = await AgentFS.open(project.dir);
    const workspace = await afs.workspace.get('v');
    expect(await workspace.readText('made.txt')).toBe('made\n');
    expect(await workspace.readText('a.txt')).toBe('ONE\n');
  });
});

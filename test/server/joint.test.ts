/** One daemon, and all who come to it: what one has written the others read, with one audit trail. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it, onTestFinished } from 'vitest';
import { AmbientClient } from '../../src/neighbours/ambient/index.ts';
import { Forge } from '../../src/neighbours/clawdforge/index.ts';
import { CloveClient } from '../../src/neighbours/clove/index.ts';
import { AGENT } from '../support/agent-script.ts';
import { cliProject } from '../support/cli.ts';
import { type ApiClient, Daemon } from '../support/daemon.ts';

/** A daemon with every surface, and an agent. */
async function everything() {
  const project = await cliProject(AGENT.files);
  const settings = join(project.home, '.config', 'agentfs');
  mkdirSync(settings, { recursive: true });
  const command = AGENT.command.map((word) => JSON.stringify(word)).join(', ');
  writeFileSync(join(settings, 'config.toml'), `[serve.agent]\ncommand = [${command}]\n`);
  const clove = project.path('.agentfs/clove.sock');
  const daemon = await Daemon.start(project, ['--forge', '0', '--ambient', '0', '--clove', clove]);
  return { daemon, clove, api: await daemon.client('api', '--role', 'admin') };
}

/** The official client of the Model Context Protocol. */
async function mcpOf(api: ApiClient): Promise<Client> {
  const headers = { Authorization: `Bearer ${api.token}` };
  const transport = new StreamableHTTPClientTransport(new URL(`${api.url}/mcp`), {
    requestInit: { headers },
  });
  const client = new Client({ name: 'test', version: '1.0.0' }, {});
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

it('is written to through Clove, read through MCP, and committed through the API', async () => {
  const { daemon, api, clove: socketPath } = await everything();
  await using clove = new CloveClient({ socketPath });
  expect(await clove.writeFile('notes.txt', 'by Clove\n')).toMatchObject({ success: true });
  expect(await clove.exec('echo and a command >> notes.txt')).toMatchObject({ exitCode: 0 });

  const mcp = await mcpOf(api);
  const read = await mcp.callTool({
    name: 'read_text_file',
    arguments: { workspace: 'clove', path: 'notes.txt' },
  });
  expect(JSON.stringify(read)).toContain('by Clove');
  expect(JSON.stringify(read)).toContain('and a command');
  expect(daemon.project.has('notes.txt')).toBe(false);

  const { commit } = await api.call('workspace.commit', {
    ...{ workspace: 'clove', message: 'What Clove wrote', author: 'Api <api@example.com>' },
  });
  expect(commit).toMatchObject({ message: 'What Clove wrote' });
  expect(daemon.project.read('notes.txt')).toBe('by Clove\nand a command\n');

  const { entries } = await api.call('audit.query', { workspace: 'clove' });
  const trail = (entries as readonly Record<string, unknown>[]).map(
    ({ operation, path }) => `${operation} ${path}`,
  );
  const order = ['workspace.create', 'create', 'run', 'commit'].map((operation) =>
    trail.findIndex((entry) => entry.startsWith(`${operation} `)),
  );
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).not.toContain(-1);
  expect(trail).toContain('create notes.txt');
  expect(await api.call('audit.verify')).toMatchObject({ ok: true });
  const chains = await api.call('audit.verify', { workspace: 'clove' });
  expect(chains['rows']).toBe(trail.length);
  expect(await daemon.stop()).toBe(0);
});

it('serves sessions of clawdforge and Ambient, whose workspaces the API shows and commits', async () => {
  const { daemon, api } = await everything();
  using forge = new Forge({
    baseUrl: daemon.address('forge'),
    token: (await daemon.client('app', '--role', 'app')).token,
  });
  const session = await forge.createSession();
  expect((await session.turn('write forge.txt')).ok).toBe(true);
  await api.call('workspace.commit', {
    ...{ workspace: `forge-${session.sessionId}`, message: 'From clawdforge' },
  });
  expect(daemon.project.has('forge.txt')).toBe(true);
  const agents = async (workspace: string): Promise<string[]> => {
    const { entries } = await api.call('audit.query', { workspace });
    const all = entries as readonly { operation: string; agentId: string }[];
    return all.map(({ operation, agentId }) => `${operation} ${agentId}`);
  };
  const forgeTrail = await agents(`forge-${session.sessionId}`);
  expect(forgeTrail).toEqual(
    expect.arrayContaining(['workspace.create app', 'run app', 'create app', 'commit api']),
  );

  using ambient = new AmbientClient({
    ...{ baseUrl: daemon.address('ambient'), token: api.token, project: 'team' },
  });
  const { id } = await ambient.createSession({ task: 'write ambient.txt', model: 'small' });
  const done = await ambient.waitForCompletion(id, { pollInterval: 50 });
  expect(done).toMatchObject({ status: 'completed', result: 'written' });
  const { changes } = await api.call('workspace.diff', { workspace: id });
  expect(changes).toMatchObject([{ type: 'added', path: 'ambient.txt' }]);
  expect(await agents(id)).toEqual(
    expect.arrayContaining(['workspace.create api', 'run api', 'create api']),
  );
  const { commits } = await api.call('workspace.log');
  expect(commits).toMatchObject([{ message: 'From clawdforge' }]);
  expect(await daemon.stop()).toBe(0);
});

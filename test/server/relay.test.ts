/** The relay: fleet clients over HTTP, agents from afar and kernels on other machines over WebSockets. */

import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { FleetClient, FleetClientError, RemoteClove } from '../../src/neighbours/clove/index.ts';
import { relaySurface } from '../../src/server/relay/surface.ts';
import { privateDirectory, type TestKernel, testKernel } from '../support/clove-kernel.ts';
import { whenDone } from '../support/when-done.ts';

const LOCAL = `local-${hostname()}`;

interface TestRelay extends TestKernel {
  readonly apiUrl: string;
  readonly socketUrl: string;
  readonly token: string;
  readonly fleet: FleetClient;
  agent(name: string, more?: { token?: string; targetMachine?: string }): RemoteClove;
}

async function testRelay(): Promise<TestRelay> {
  const kernel = await testKernel({ 'README.md': 'hello' });
  const relay = await relaySurface.start(kernel.core, {
    ...{ kernel: kernel.started.kernel, apiPort: 0, socketPort: 0 },
  });
  whenDone(() => relay.close());
  const [apiUrl = '', socketUrl = ''] = relay.addresses;
  const { token } = kernel.core.tokens.create({ name: 'fleet', role: 'admin' });
  const agent: TestRelay['agent'] = (name, more = {}) => {
    const made = new RemoteClove({ name, relayUrl: socketUrl, token, ...more });
    whenDone(() => made.disconnect());
    return made;
  };
  const fleet = new FleetClient({ relayUrl: apiUrl, apiToken: token });
  return { ...kernel, apiUrl, socketUrl, token, fleet, agent };
}

/** A kernel on another machine, which speaks as the public one's tunnel does. */
async function otherKernel(
  relay: TestRelay,
  machineId: string,
  answer: (opcode: number, request: Record<string, unknown>) => object,
): Promise<{ socket: WebSocket; messages: Record<string, unknown>[] }> {
  const response = await fetch(`${relay.apiUrl}/api/v1/machines`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${relay.token}` },
    body: JSON.stringify({ machine_id: machineId, provider: 'docker' }),
  });
  expect(response.status).toBe(201);
  const { token } = (await response.json()) as { token: string };
  const socket = new WebSocket(relay.socketUrl);
  whenDone(() => socket.terminate());
  const messages: Record<string, unknown>[] = [];
  await new Promise((resolve) => socket.once('open', resolve));
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    messages.push(message);
    if (message['type'] !== 'syscall') return;
    const text = Buffer.from(String(message['payload']), 'base64').toString();
    const reply = JSON.stringify(answer(Number(message['opcode']), JSON.parse(text || '{}')));
    const { agent_id, opcode } = message;
    const payload = Buffer.from(reply).toString('base64');
    socket.send(JSON.stringify({ type: 'response', agent_id, opcode, payload }));
  });
  socket.send(JSON.stringify({ type: 'kernel_auth', machine_id: machineId, token }));
  await expect.poll(() => messages[0]).toEqual({ type: 'auth_ok', machine_id: machineId });
  return { socket, messages };
}

function script(name: string, content: string): string {
  const path = join(privateDirectory(), name);
  writeFileSync(path, content);
  return path;
}

describe('a fleet client', () => {
  it('is told of machines, agents and the relay itself', async () => {
    const { fleet } = await testRelay();
    expect(await fleet.healthCheck()).toBe(true);
    const [machine, ...others] = await fleet.listMachines();
    expect(others).toEqual([]);
    expect(machine).toMatchObject({ machineId: LOCAL, provider: 'local', status: 'connected' });
    expect(machine?.isConnected()).toBe(true);
    expect((await fleet.getMachine(LOCAL)).ipAddress).toBe('127.0.0.1');
    expect(await fleet.getConnectedMachines()).toHaveLength(1);
    expect(await fleet.listAgents()).toEqual([]);
    expect(await fleet.getStatus()).toMatchObject({
      ...{ server: 'running', kernelsConnected: 1, remoteAgentsConnected: 0 },
      fleet: { totalMachines: 1, byProvider: { local: 1 }, byStatus: { connected: 1 } },
    });
  });

  it('gets only the fields that clients of the public relay take', async () => {
    const { apiUrl, token, agent } = await testRelay();
    await agent('far').connect();
    const get = async (path: string) => {
      const headers = { Authorization: `Bearer ${token}` };
      return (await (await fetch(`${apiUrl}/api/v1/${path}`, { headers })).json()) as never;
    };
    const { machines } = (await get('machines')) as { machines: object[] };
    expect(Object.keys(machines[0] ?? {}).sort()).toEqual([
      ...['created_at', 'ip_address', 'last_seen', 'machine_id', 'metadata', 'provider', 'status'],
    ]);
    const { agents } = (await get('agents')) as { agents: object[] };
    expect(Object.keys(agents[0] ?? {}).sort()).toEqual([
      ...['agent_id', 'agent_name', 'status', 'syscalls_sent', 'target_machine'],
    ]);
  });

  it('starts programs in the strictest sandbox, and stops them', async (context) => {
    const { fleet, afs } = await testRelay();
    const { strategies } = await afs.capabilities();
    const can = strategies.some(({ profiles }) =>
      profiles.some((each) => each.profile === 'restricted' && each.available),
    );
    if (!can) context.skip('this host can make no sandbox without a network');
    const path = script('my_agent.sh', 'echo "$1" > said.txt; sleep 600');
    const deployed = await fleet.deployAgent(path, { machineId: LOCAL, args: ['hello'] });
    expect(deployed).toMatchObject({
      ...{ machineId: LOCAL, status: 'deploying', scriptName: 'my_agent.sh' },
    });
    const [agent] = await fleet.listAgents(LOCAL);
    expect(agent).toMatchObject({
      ...{ agentName: 'my_agent', targetMachine: LOCAL, status: 'running' },
    });
    const results = await fleet.runOnAll(path, { filter: ({ provider }) => provider === 'local' });
    expect(results).toMatchObject([{ machineId: LOCAL, status: 'deploying' }]);
    expect((await fleet.listAgents()).map(({ agentName }) => agentName)).toEqual([
      ...['my_agent', 'my_agent-2'],
    ]);
    for (const { agentId } of await fleet.listAgents()) {
      await fleet.stopAgent({ machineId: LOCAL, agentId });
    }
    expect(await fleet.listAgents()).toEqual([]);
    const files = await afs.workspace.get('clove');
    expect((await files.listDir('/')).map(({ name }) => name)).not.toContain('.clove-my_agent.sh');
  });

  it('is told what is wrong', async () => {
    const { fleet, apiUrl } = await testRelay();
    const path = script('a.py', '');
    await expect(fleet.getMachine('none')).rejects.toMatchObject({
      ...{ status: 404, message: 'Machine none not found' },
    });
    await expect(fleet.deployAgent(path, { machineId: '' })).rejects.toThrow(
      'machine_id is required',
    );
    await expect(fleet.deployAgent(path, { machineId: 'm9' })).rejects.toThrow(
      'Kernel m9 not connected',
    );
    await expect(fleet.deployAgent('/none.py', { machineId: LOCAL })).rejects.toThrow('ENOENT');
    await expect(fleet.stopAgent({ machineId: LOCAL, agentId: 7 })).rejects.toThrow('not found');
    await expect(fleet.runOnAll(path, { filter: () => false })).rejects.toThrow(
      'No machines available',
    );
    const stranger = new FleetClient({ relayUrl: apiUrl, apiToken: 'wrong' });
    const error = await stranger.listMachines().catch((each: unknown) => each);
    expect(error).toBeInstanceOf(FleetClientError);
    expect(error).toMatchObject({ code: 'REFUSED', status: 401 });
    const nobody = new FleetClient({ relayUrl: 'http://127.0.0.1:1' });
    expect(await nobody.healthCheck()).toBe(false);
    await expect(nobody.listAgents()).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });

  it('makes and revokes tokens for machines and agents', async () => {
    const { apiUrl, token, agent } = await testRelay();
    const ask = async (method: string, path: string, body?: object) => {
      const headers = { Authorization: `Bearer ${token}` };
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${apiUrl}/api/v1/${path}`, { method, headers, ...sent });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const made = await ask('POST', 'tokens/agent', { agent_name: 'far' });
    expect(made).toMatchObject({ status: 201, body: { agent_name: 'far', id: 'agent-far' } });
    await using far = agent('far', { token: made.body['token'] ?? '' });
    expect(await far.noop('in')).toBe('in');
    expect((await ask('GET', 'tokens')).body['tokens']).toMatchObject([{ id: 'agent-far' }]);
    expect((await ask('DELETE', 'tokens/agent-far')).status).toBe(200);
    expect((await ask('DELETE', 'tokens/agent-far')).status).toBe(404);
    await using late = agent('late', { token: made.body['token'] ?? '' });
    await expect(late.connect()).rejects.toMatchObject({ code: 'REFUSED' });
    expect(await ask('POST', 'machines', { machine_id: '../x' })).toMatchObject({ status: 400 });
    expect(await ask('DELETE', 'machines/none')).toMatchObject({ status: 404 });
    expect(await ask('GET', 'elsewhere')).toEqual({
      ...{ status: 404, body: { error: 'Not found', status: 404 } },
    });
  });
});

describe('an agent from afar', () => {
  it('makes all calls on the machine', async () => {
    const { agent, client, fleet } = await testRelay();
    const watcher = client();
    await watcher.subscribe(['CUSTOM']);
    const far = agent('my_agent');
    expect(await far.noop('over there')).toBe('over there');
    expect(far.agentId).toBeGreaterThan(0);
    expect((await far.readFile('README.md')).content).toBe('hello');
    expect(await far.exec('echo $((1 + 1))')).toMatchObject({ stdout: '2\n' });
    expect((await far.think('What is 2+2?')).error).toMatch(/not configured/);
    await far.write('Hello from remote!');
    expect((await watcher.pollEvents()).events).toMatchObject([
      { data: { agent: 'my_agent', text: 'Hello from remote!' }, sourceAgentId: far.agentId },
    ]);
    expect(await watcher.sendMessage('hi', { toName: 'my_agent' })).toMatchObject({
      success: true,
    });
    expect((await far.recvMessages()).messages).toMatchObject([{ message: 'hi' }]);
    expect(await fleet.listAgents()).toMatchObject([
      { agentName: 'my_agent', agentId: far.agentId, syscallsSent: 6 },
    ]);
    await far.exit(0);
    await expect.poll(async () => (await fleet.listAgents()).length).toBe(0);
  });

  it('has its replies in order', async () => {
    const far = (await testRelay()).agent('busy');
    const texts = Array.from({ length: 300 }, (_, i) => `message ${i}`);
    expect(await Promise.all(texts.map((text) => far.noop(text)))).toEqual(texts);
  });

  it('is refused with a wrong token, under a taken name, for a machine that is not there', async () => {
    const { agent } = await testRelay();
    await expect(agent('a', { token: 'wrong' }).connect()).rejects.toMatchObject({
      code: 'REFUSED',
    });
    await expect(agent('a', { token: '' }).noop('')).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(agent('a', { targetMachine: 'm9' }).connect()).rejects.toThrow(
      'Kernel m9 not connected',
    );
    await agent('one').connect();
    await expect(agent('one').connect()).rejects.toThrow('name already registered');
    const lost = new RemoteClove({ name: 'x', relayUrl: 'ws://127.0.0.1:1' });
    await expect(lost.connect()).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
  });

  it('may be stopped by the fleet', async () => {
    const { agent, fleet } = await testRelay();
    const far = agent('stopped');
    await far.connect();
    await fleet.stopAgent({ machineId: LOCAL, agentId: far.agentId });
    await expect.poll(() => far.noop('').catch(({ code }) => code)).toBe('CLOSED');
  });
});

describe('a kernel on another machine', () => {
  it('answers agents that come through the relay, and runs what is deployed', async () => {
    const relay = await testRelay();
    const asked: [number, unknown][] = [];
    const { messages } = await otherKernel(relay, 'docker-dev-abc123', (opcode, request) => {
      asked.push([opcode, request]);
      if (opcode === 0x10) return { id: 42, name: request['name'], pid: 9, status: 'running' };
      return opcode === 0x11 ? { killed: true, agent_id: 42 } : { success: true, bytes_written: 1 };
    });
    const far = relay.agent('far', { targetMachine: 'docker-dev-abc123' });
    expect(await far.writeFile('/a', 'x')).toEqual({ success: true, bytesWritten: 1 });
    expect(messages).toContainEqual({
      type: 'agent_connected',
      agent_id: far.agentId,
      name: 'far',
    });
    const path = script('health.py', 'print(1)');
    const results = await relay.fleet.runOnAll(path, {
      filter: ({ provider }) => provider === 'docker',
    });
    expect(results).toMatchObject([
      { machineId: 'docker-dev-abc123', status: 'deploying', agentId: 42 },
    ]);
    expect(asked.slice(-2)).toEqual([
      [0x04, { path: '/tmp/health.py', content: 'print(1)' }],
      [0x10, { name: 'health', script: '/tmp/health.py', args: [] }],
    ]);
    expect(await relay.fleet.listAgents('docker-dev-abc123')).toMatchObject([
      ...[{ agentId: 42, agentName: 'health' }, { agentName: 'far' }],
    ]);
    await relay.fleet.stopAgent({ machineId: 'docker-dev-abc123', agentId: 42 });
    expect(asked.at(-1)).toEqual([0x11, { id: 42 }]);
    await far.disconnect();
    await expect
      .poll(() => messages.at(-1))
      .toMatchObject({ type: 'agent_disconnected', agent_id: far.agentId });
  });

  it('may go at any time: whoever waits for it is told', async () => {
    const relay = await testRelay();
    const { socket } = await otherKernel(relay, 'm1', () => {
      socket.terminate();
      return {};
    });
    const far = relay.agent('far', { targetMachine: 'm1' });
    await expect(far.noop('{}')).rejects.toMatchObject({ name: 'CloveError' });
    await expect.poll(async () => (await relay.fleet.getMachine('m1')).status).toBe('disconnected');
    expect((await relay.fleet.listMachines()).map(({ machineId }) => machineId)).toContain('m1');
  });

  it('has to be who it says, and answers only for agents of its own', async () => {
    const relay = await testRelay();
    const first = await otherKernel(relay, 'm1', () => ({ success: true }));
    const far = relay.agent('far', { targetMachine: LOCAL });
    await far.connect();
    const forged = Buffer.from('forged').toString('base64');
    const message = { type: 'response', agent_id: far.agentId, opcode: 0, payload: forged };
    first.socket.send(JSON.stringify(message));
    expect(await far.noop('true')).toBe('true');
    const { token } = relay.core.tokens.create({ name: 'machine-m2', role: 'api' });
    const other = new WebSocket(relay.socketUrl);
    whenDone(() => other.terminate());
    const said: string[] = [];
    other.on('message', (data) => said.push(data.toString()));
    await new Promise((resolve) => other.once('open', resolve));
    other.send(JSON.stringify({ type: 'kernel_auth', machine_id: 'm1', token }));
    await new Promise((resolve) => other.once('close', resolve));
    expect(said.join()).toContain('auth_error');
  });
});

describe('the relay', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['nobody', '{"type":"syscall","opcode":0}'],
    ['JSON that is too deep', `{"type":${'['.repeat(5000)}${']'.repeat(5000)}}`],
  ])('shuts the door to %s', async (_, text) => {
    const { socketUrl, agent } = await testRelay();
    const socket = new WebSocket(socketUrl);
    whenDone(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(text);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(await agent('others').noop('go on')).toBe('go on');
  });

  it('answers a call that is none, and goes on', async () => {
    const { socketUrl, token } = await testRelay();
    const socket = new WebSocket(socketUrl);
    whenDone(() => socket.terminate());
    const said: Record<string, unknown>[] = [];
    socket.on('message', (data) => said.push(JSON.parse(data.toString())));
    await new Promise((resolve) => socket.once('open', resolve));
    const tell = (message: object): void => socket.send(JSON.stringify(message));
    tell({ type: 'ping' });
    tell({ type: 'agent_auth', name: 'odd', token, target_machine: '' });
    tell({ type: 'syscall', opcode: 0, payload: Buffer.from('one').toString('base64') });
    tell({ type: 'syscall', opcode: 999, payload: '' });
    tell({ type: 'dance' });
    tell({ type: 'syscall', opcode: 0, payload: Buffer.from('two').toString('base64') });
    await expect.poll(() => said.length).toBe(6);
    expect(said.map(({ type }) => type)).toEqual([
      ...['pong', 'auth_ok', 'response', 'error', 'error', 'response'],
    ]);
  });

  it('is not for pages of others', async () => {
    const { socketUrl, apiUrl, token } = await testRelay();
    const socket = new WebSocket(socketUrl, { origin: 'https://evil.example' });
    whenDone(() => socket.terminate());
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    expect(error.message).toContain('401');
    const headers = { Authorization: `Bearer ${token}`, Origin: 'https://evil.example' };
    expect((await fetch(`${apiUrl}/api/v1/machines`, { headers })).status).toBe(403);
  });
});

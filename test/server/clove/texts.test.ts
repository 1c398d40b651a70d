/**
 * The snippets of the texts of Clove, translated one to one, against the daemon. The titles are
 * those of the sections of the texts.
 */

import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  AgenticLoop,
  CloveClient,
  FleetClient,
  RemoteClove,
  runTask,
  Tool,
} from '../../../src/neighbours/clove/index.ts';
import { relaySurface } from '../../../src/server/relay/surface.ts';
import { privateDirectory, testKernel } from '../../support/clove-kernel.ts';
import { whenDone } from '../../support/when-done.ts';

const LOCAL = `local-${hostname()}`;

/** Answers like a model: with tool calls for a task, and with a text for all else. */
const AGENT = `
case "$1" in
  *Results:*) echo '<tool_call>{"name":"done","arguments":{"result":"It is done."}}</tool_call>' ;;
  *'Task: '*) echo '<tool_call>{"name":"exec","arguments":{"command":"ls"}}</tool_call>' ;;
  *) printf 'Four.' ;;
esac
`;

async function daemon() {
  const files = { 'agent.sh': AGENT, 'path/to/agent.sh': 'sleep 600', 'tmp/data.txt': 'some data' };
  const test = await testKernel(files, {
    core: { agent: { command: ['sh', 'agent.sh', '{prompt}'] } },
  });
  // What agents are started with, so that a client needs no path.
  vi.stubEnv('CLOVE_SOCKET', test.path);
  whenDone(() => vi.unstubAllEnvs());
  return test;
}

async function fleetOf() {
  const test = await daemon();
  const kernel = test.started.kernel;
  const relay = await relaySurface.start(test.core, { kernel, apiPort: 0, socketPort: 0 });
  whenDone(() => relay.close());
  const { token } = test.core.tokens.create({ name: 'fleet', role: 'admin' });
  const [relayUrl = '', socketUrl = ''] = relay.addresses;
  vi.stubEnv('RELAY_API_URL', relayUrl);
  vi.stubEnv('AGENTOS_API_TOKEN', token);
  const { strategies } = await test.afs.capabilities();
  const canDeploy = strategies.some(({ profiles }) =>
    profiles.some((each) => each.profile === 'restricted' && each.available),
  );
  return { ...test, relayUrl, socketUrl, token, canDeploy };
}

describe('Clove Python SDK', () => {
  it('Quick Start', async () => {
    await daemon();
    await using client = new CloveClient();
    const result = await client.noop('Hello Clove!');
    expect(result).toBe('Hello Clove!');
    const response = await client.think('Explain quantum computing in one sentence');
    expect(response.content).toBe('Four.');
  });

  it('Connection', async () => {
    const { path } = await daemon();
    const client = new CloveClient({ socketPath: path });
    await client.connect();
    await client.disconnect();
    await using other = new CloveClient({ socketPath: path });
    expect(await other.noop('')).toBe('');
  });

  it('LLM', async () => {
    await daemon();
    await using client = new CloveClient();
    expect((await client.think('What is 2+2?')).content).toBe('Four.');
    const response = await client.think('Describe this image', {
      image: { data: Buffer.from('not really').toString('base64'), mimeType: 'image/jpeg' },
      systemInstruction: 'You are a helpful assistant',
      thinkingLevel: 'medium',
      temperature: 0.7,
    });
    expect(response.success).toBe(true);
  });

  it('Agent Management', async () => {
    await daemon();
    await using client = new CloveClient();
    const agent = await client.spawn({
      name: 'worker',
      script: '/path/to/agent.sh',
      // Sandboxed agents are in agents.test.ts: not every host can make a sandbox.
      sandboxed: false,
      limits: { memory: 256 * 1024 * 1024 },
    });
    expect(agent.success).toBe(true);
    expect(await client.listAgents()).toHaveLength(1);
    expect((await client.kill({ name: 'worker' })).killed).toBe(true);
    expect((await client.kill({ agentId: 123 })).killed).toBe(false);
  });

  it('File Operations', async () => {
    await daemon();
    await using client = new CloveClient();
    const result = await client.readFile('/tmp/data.txt');
    expect(result.content).toBe('some data');
    await client.writeFile('/tmp/output.txt', 'Hello World');
    await client.writeFile('/tmp/log.txt', 'New line\n', { mode: 'append' });
    await client.writeFile('/tmp/log.txt', 'New line\n', { mode: 'append' });
    expect((await client.readFile('/tmp/log.txt')).content).toBe('New line\nNew line\n');
  });

  it('Command Execution', async () => {
    await daemon();
    await using client = new CloveClient();
    const result = await client.exec('ls -la tmp');
    expect(result.stdout).toContain('data.txt');
    expect(result.exitCode).toBe(0);
  });

  it('HTTP Requests', async () => {
    await daemon();
    await using client = new CloveClient();
    const result = await client.http('https://api.github.com/users/octocat');
    expect(result).toMatchObject({ success: false, error: 'Permission denied: HTTP not allowed' });
  });

  it('Inter-Agent Communication', async () => {
    await daemon();
    await using client = new CloveClient();
    await using worker = new CloveClient();
    await worker.registerName('worker');
    await client.registerName('orchestrator');
    await client.sendMessage({ task: 'process' }, { toName: 'worker' });
    const { messages } = await worker.recvMessages();
    expect(messages).toMatchObject([{ fromName: 'orchestrator', message: { task: 'process' } }]);
    expect((await client.broadcast({ event: 'shutdown' })).deliveredCount).toBe(1);
  });

  it('Permissions', async () => {
    await daemon();
    await using client = new CloveClient();
    expect((await client.getPermissions()).permissions?.canExec).toBe(true);
    expect((await client.setPermissions({ level: 'sandboxed' })).success).toBe(true);
  });

  it('Metrics', async () => {
    await daemon();
    await using client = new CloveClient();
    const { agentId } = await client.spawn({
      ...{ name: 'worker', script: 'path/to/agent.sh', sandboxed: false },
    });
    const metrics = await client.getSystemMetrics();
    expect(metrics.metrics?.cpu.percent).toBeGreaterThanOrEqual(0);
    expect(metrics.metrics?.memory.percent).toBeGreaterThan(0);
    const agentMetrics = await client.getAgentMetrics(agentId);
    expect(agentMetrics.metrics?.process.cpu.percent).toBeGreaterThanOrEqual(0);
    const allAgents = await client.getAllAgentMetrics();
    for (const agent of allAgents.agents) {
      expect(`${agent.name}: ${agent.process.cpu.percent}%`).toMatch(/^worker: [\d.]+%$/);
    }
    const cgroup = await client.getCgroupMetrics();
    if (cgroup.success) expect(cgroup.metrics?.memory.current).toBeGreaterThanOrEqual(0);
    else expect(cgroup.error).toBe('Cgroup not found or not readable');
  });

  it('Agentic Loop', async () => {
    const { path } = await daemon();
    const quick = await runTask('Create a Python script that prints Fibonacci numbers', {
      socketPath: path,
    });
    expect(quick.success).toBe(true);
    await using client = new CloveClient();
    const loop = new AgenticLoop(client, { maxIterations: 20, verbose: false });
    const result = await loop.run('Find all TODO comments in the codebase');
    expect(result.iterations).toBe(2);
    expect(result.result).toBe('It is done.');
  });

  it('Built-in Tools', async () => {
    const loop = new AgenticLoop(new CloveClient());
    expect([...loop.tools.keys()]).toEqual(['exec', 'read_file', 'write_file', 'done']);
  });

  it('Custom Tools', async () => {
    await daemon();
    await using client = new CloveClient();
    const loop = new AgenticLoop(client);
    loop.addTool(
      new Tool({
        name: 'search',
        description: 'Search the web',
        parameters: { type: 'object', properties: { query: { type: 'string' } } },
        handler: (args) => ({ results: [args['query']] }),
      }),
    );
    expect(loop.tools.has('search')).toBe(true);
    expect((await loop.run('Search')).success).toBe(true);
  });

  it('Error Handling', async () => {
    const { path } = await testKernel();
    await using client = new CloveClient({ socketPath: path });
    const result = await client.think('Hello');
    expect(result.success).toBe(false);
    expect(`Error: ${result.error}`).toMatch(/^Error: LLM not configured/);
  });
});

describe('Fleet Client', () => {
  it('Quick Start', async (context) => {
    const { relayUrl, canDeploy } = await fleetOf();
    await using fleet = new FleetClient({ relayUrl });
    const machines = await fleet.listMachines();
    expect(machines.map((m) => `${m.machineId}: ${m.status}`)).toEqual([`${LOCAL}: connected`]);
    if (!canDeploy) context.skip('this host can make no sandbox without a network');
    const script = join(privateDirectory(), 'my_agent.sh');
    writeFileSync(script, 'sleep 600');
    const result = await fleet.deployAgent(script, { machineId: LOCAL });
    expect(result.status).toBe('deploying');
    await fleet.close();
  });

  it('FleetClient API', async (context) => {
    const { canDeploy } = await fleetOf();
    const fleet = new FleetClient();
    expect(await fleet.listMachines()).toHaveLength(1);
    const machine = await fleet.getMachine(LOCAL);
    expect(machine.isConnected()).toBe(true);
    expect(await fleet.getConnectedMachines()).toHaveLength(1);
    expect(await fleet.listAgents()).toEqual([]);
    expect(await fleet.listAgents(LOCAL)).toEqual([]);
    expect((await fleet.getStatus()).server).toBe('running');
    expect(await fleet.healthCheck()).toBe(true);
    if (!canDeploy) context.skip('this host can make no sandbox without a network');
    const script = join(privateDirectory(), 'health.sh');
    writeFileSync(script, 'sleep 600');
    await fleet.deployAgent(script, { machineId: LOCAL });
    const results = await fleet.runOnAll(script);
    expect(results).toMatchObject([{ machineId: LOCAL, status: 'deploying' }]);
    const [agent] = await fleet.listAgents();
    await fleet.stopAgent({ machineId: LOCAL, agentId: agent?.agentId ?? 0 });
    expect(await fleet.listAgents()).toHaveLength(1);
  });

  it('Data Classes', async () => {
    const { socketUrl, token } = await fleetOf();
    const [machine] = await new FleetClient().listMachines();
    expect(machine).toMatchObject({
      ...{ machineId: LOCAL, provider: 'local', status: 'connected', ipAddress: '127.0.0.1' },
    });
    expect(machine?.isConnected()).toBe(true);
    await using remote = new RemoteClove({ name: 'my_agent', relayUrl: socketUrl, token });
    await remote.noop('');
    const [agent] = await new FleetClient().listAgents();
    expect(agent).toMatchObject({
      ...{ agentId: remote.agentId, agentName: 'my_agent', targetMachine: LOCAL },
      ...{ status: 'running', syscallsSent: 1 },
    });
  });

  it('Run on All Machines', async () => {
    await fleetOf();
    const script = join(privateDirectory(), 'cleanup.py');
    writeFileSync(script, 'pass');
    const none = new FleetClient().runOnAll(script, { filter: (m) => m.provider === 'docker' });
    await expect(none).rejects.toThrow('No machines available');
  });

  it('Environment Variables', async () => {
    await fleetOf();
    expect(await new FleetClient().listMachines()).toHaveLength(1);
    vi.stubEnv('AGENTOS_API_TOKEN', 'another');
    await expect(new FleetClient().listMachines()).rejects.toMatchObject({ status: 401 });
    vi.stubEnv('RELAY_API_URL', '');
    const withoutUrl = new FleetClient({ timeoutMs: 1000 }).listMachines();
    await expect(withoutUrl).rejects.toThrow(/localhost:8766|HTTP|token/);
  });

  it('Remote Client', async () => {
    const { socketUrl, token } = await fleetOf();
    const agent = new RemoteClove({ name: 'my_agent', relayUrl: socketUrl, token });
    await agent.write('Hello from remote!');
    const result = await agent.think('What is 2+2?');
    expect(result.content).toBe('Four.');
    await agent.exit(0);
  });
});

describe('Clove Syscall Reference', () => {
  it('Python SDK', async () => {
    await daemon();
    await using c = new CloveClient();
    expect(await c.noop('ping')).toBe('ping');
    expect((await c.think('What is 2+2?')).success).toBe(true);
    expect((await c.exec('ls -la')).success).toBe(true);
    expect((await c.readFile('/tmp/data.txt')).success).toBe(true);
    expect((await c.writeFile('/tmp/out.txt', 'data')).bytesWritten).toBe(4);
    const options = { restartPolicy: 'on-failure', maxRestarts: 3, sandboxed: false } as const;
    const spawned = await c.spawn({ name: 'worker', script: '/path/to/agent.sh', ...options });
    expect(spawned.restartPolicy).toBe('on-failure');
    expect((await c.listAgents()).map(({ name }) => name)).toEqual(['worker']);
    expect((await c.sendMessage({ task: 'go' }, { toName: 'worker' })).success).toBe(true);
    expect((await c.kill({ name: 'worker' })).killed).toBe(true);
    expect((await c.registerName('orchestrator')).success).toBe(true);
    expect((await c.recvMessages()).count).toBe(0);
    expect((await c.broadcast({ event: 'done' })).deliveredCount).toBe(0);
    expect((await c.getPermissions()).success).toBe(true);
    expect((await c.store('key', { value: 123 })).success).toBe(true);
    expect((await c.fetch('key')).value).toEqual({ value: 123 });
    expect((await c.deleteKey('key')).deleted).toBe(true);
    expect((await c.listKeys('prefix:')).keys).toEqual([]);
    expect((await c.http('https://api.example.com/data')).success).toBe(false);
    await c.subscribe(['AGENT_SPAWNED', 'AGENT_RESTARTING', 'CUSTOM']);
    expect((await c.emitEvent('CUSTOM', { msg: 'hello' })).deliveredTo).toBe(1);
    expect((await c.pollEvents()).events).toMatchObject([
      { type: 'CUSTOM', data: { msg: 'hello' } },
    ]);
    expect((await c.unsubscribe(['CUSTOM'])).unsubscribed).toEqual(['CUSTOM']);
    expect((await c.getSystemMetrics()).success).toBe(true);
    expect((await c.getAgentMetrics(123)).success).toBe(false);
    expect((await c.getAllAgentMetrics()).count).toBe(0);
    expect(typeof (await c.getCgroupMetrics()).success).toBe('boolean');
    expect((await c.setPermissions({ level: 'sandboxed' })).success).toBe(true);
  });
});

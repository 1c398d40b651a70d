/** Agents that the kernel starts: real programs, which speak with it over its socket. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CloveClient, SpawnOptions } from '../../../src/neighbours/clove/index.ts';
import { eventsUntil, type TestKernel, testKernel } from '../../support/clove-kernel.ts';
import { hasPython } from '../../support/python.ts';

const RAW_CLIENT = readFileSync(new URL('./support/raw_clove.py', import.meta.url), 'utf8');

/** Answers each message that it gets, until it is told to stop. */
const WORKER = `
import time
from raw_clove import Clove
clove = Clove()
name = clove.call(0x23, name="worker")
assert name["success"], name
while True:
    for each in clove.call(0x21, max=10)["messages"]:
        if each["message"] == "stop":
            raise SystemExit(0)
        clove.call(0x20, to=each["from_id"], message={"echo": each["message"], "own_id": clove.agent_id})
    time.sleep(0.02)
`;

/** Changes a file, says so, and goes on. */
const READY = `
import { writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
writeFileSync('a.txt', 'mine\\n');
const body = Buffer.from('{"event_type":"CUSTOM","data":{}}');
const header = Buffer.alloc(17);
header.write('TNGA');
header.writeUInt8(0x63, 8);
header.writeBigUInt64LE(BigInt(body.length), 9);
createConnection(process.env.CLOVE_SOCKET).write(Buffer.concat([header, body]));
`;

const FILES = {
  'raw_clove.py': RAW_CLIENT,
  'worker.py': WORKER,
  'ready.mjs': READY,
  'sleep.sh': 'exec sleep 600',
  'fail.sh': 'exit 3',
  'write.sh': 'echo from the agent > made.txt',
};

async function withAgent(
  kernelOptions: Parameters<typeof testKernel>[1] = {},
): Promise<TestKernel & { readonly agent: CloveClient }> {
  const kernel = await testKernel(FILES, kernelOptions);
  const agent = kernel.client();
  await agent.subscribe([
    ...(['AGENT_SPAWNED', 'AGENT_EXITED', 'AGENT_RESTARTING', 'AGENT_ESCALATED'] as const),
    ...(['AGENT_PAUSED', 'AGENT_RESUMED', 'CUSTOM'] as const),
  ]);
  return { ...kernel, agent };
}

/** Without the limits that this host may not be able to keep. */
function open(name: string, script: string, more: Partial<SpawnOptions> = {}): SpawnOptions {
  return { name, script, sandboxed: false, ...more };
}

describe('an agent that was started', () => {
  it('is listed, measured, held up and ended', async () => {
    const { agent, clock } = await withAgent();
    const spawned = await agent.spawn(open('worker', 'sleep.sh'));
    expect(spawned).toMatchObject({ success: true, restartPolicy: 'never' });
    expect(spawned.pid).toBeGreaterThan(0);
    expect(spawned.agentId).toBeGreaterThan(agent.agentId);
    clock.move(1234);
    expect(await agent.listAgents()).toMatchObject([
      { id: spawned.agentId, name: 'worker', pid: spawned.pid, state: 'RUNNING', uptimeMs: 1234 },
    ]);
    const { metrics } = await agent.getAgentMetrics(spawned.agentId);
    expect(metrics).toMatchObject({
      ...{ agentId: spawned.agentId, name: 'worker', status: 'running', uptimeMs: 1234 },
      process: { pid: spawned.pid },
    });
    expect(metrics?.process.memory.rss).toBeGreaterThan(0);
    expect(metrics?.process.threads).toBeGreaterThan(0);
    expect((await agent.getAllAgentMetrics()).agents).toMatchObject([{ name: 'worker' }]);
    expect(await agent.pause({ name: 'worker' })).toMatchObject({
      ...{ success: true, paused: true, agentId: spawned.agentId },
    });
    expect((await agent.listAgents())[0]?.state).toBe('PAUSED');
    expect((await agent.pause({ name: 'worker' })).success).toBe(false);
    expect(await agent.resume({ agentId: spawned.agentId })).toMatchObject({ resumed: true });
    expect(await agent.kill({ name: 'worker' })).toMatchObject({
      ...{ killed: true, agentId: spawned.agentId },
    });
    expect(await agent.listAgents()).toEqual([]);
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    expect(events).toMatchObject([
      {
        type: 'AGENT_SPAWNED',
        data: { name: 'worker', pid: spawned.pid, parent_id: agent.agentId },
      },
      { type: 'AGENT_PAUSED', data: { name: 'worker', paused_by: agent.agentId } },
      { type: 'AGENT_RESUMED', data: { name: 'worker', resumed_by: agent.agentId } },
      { type: 'AGENT_EXITED', data: { name: 'worker', killed_by: agent.agentId } },
    ]);
    expect(await agent.kill({ name: 'worker' })).toMatchObject({ killed: false, agentId: 0 });
  });

  it('leaves what it has changed in the workspace of all', async () => {
    const { agent, afs } = await withAgent();
    await agent.spawn(open('writer', 'write.sh'));
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    expect(events.at(-1)?.data).toMatchObject({ name: 'writer', exit_code: 0 });
    expect((await agent.readFile('made.txt')).content).toBe('from the agent\n');
    expect((await afs.workspace.list()).map(({ name }) => name)).toEqual(['w', 'clove']);
  });

  it('keeps apart what others have changed in another way meanwhile', async () => {
    const { agent, afs } = await withAgent();
    await agent.writeFile('a.txt', 'first\n');
    await agent.spawn(open('late', 'ready.mjs'));
    await eventsUntil(agent, 'CUSTOM');
    await agent.writeFile('a.txt', 'theirs\n');
    await agent.kill({ name: 'late' });
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    const { kept_in: keptIn, conflicts } = events.at(-1)?.data ?? {};
    expect(conflicts).toEqual(['a.txt']);
    expect((await agent.readFile('a.txt')).content).toBe('theirs\n');
    const kept = await afs.workspace.get(String(keptIn));
    expect(await kept.readText('a.txt')).toBe('mine\n');
  });

  it('is refused without a script, and under a name that is taken', async () => {
    const { agent, afs } = await withAgent();
    expect(await agent.spawn(open('x', ''))).toMatchObject({
      ...{ success: false, error: 'script path required' },
    });
    expect(await agent.spawn(open('x', 'none.py'))).toMatchObject({
      ...{ success: false, agentId: 0, error: 'script not found: /none.py' },
    });
    await agent.registerName('taken');
    expect(await agent.spawn(open('taken', 'sleep.sh'))).toMatchObject({
      ...{ success: false, error: 'name already registered' },
    });
    expect((await agent.spawn(open('one', 'sleep.sh'))).success).toBe(true);
    expect((await agent.spawn(open('one', 'sleep.sh'))).success).toBe(false);
    const odd = await agent.spawn(open('y', 'sleep.sh', { restartPolicy: 'often' as never }));
    expect(odd.error).toContain('restart_policy');
    const half = open('y', 'sleep.sh', { limits: { cpuQuota: 50_000 } });
    expect((await agent.spawn(half)).error).toMatch(/^not supported: limits.cpu_quota/);
    expect(await agent.listAgents()).toHaveLength(1);
    await agent.setPermissions({ level: 'readonly' });
    expect((await agent.spawn(open('z', 'sleep.sh'))).error).toMatch(/^Permission denied/);
    await agent.kill({ name: 'one' });
    expect(await afs.workspace.list()).toHaveLength(2);
  });

  it('is started again as its policy says, and given up in a storm of restarts', async () => {
    const { agent } = await withAgent();
    const policy = { restartPolicy: 'on-failure', maxRestarts: 1, restartWindow: 300 } as const;
    await agent.spawn(open('unstable', 'fail.sh', policy));
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    expect(events).toMatchObject([
      { type: 'AGENT_SPAWNED' },
      {
        type: 'AGENT_RESTARTING',
        data: { agent_name: 'unstable', restart_count: 1, exit_code: 3 },
      },
      {
        type: 'AGENT_ESCALATED',
        data: { agent_name: 'unstable', restart_count: 1, exit_code: 3 },
      },
      { type: 'AGENT_EXITED', data: { exit_code: 3 } },
    ]);
    expect(await agent.listAgents()).toEqual([]);
  });

  it('may not do more than the one that has started it', async () => {
    const { agent, started } = await withAgent();
    await agent.setPermissions({ level: 'sandboxed' });
    await agent.writeFile('/tmp/s.sh', 'sleep 600');
    const { agentId } = await agent.spawn(open('child', '/tmp/s.sh'));
    const child = started.kernel.agent(agentId);
    expect(child?.permissions.filesystem.write).toEqual(['/tmp/*']);
  });

  it('keeps its changes to itself where the daemon says so', async () => {
    const { agent, afs } = await withAgent({ kernel: { isolate: true } });
    await agent.spawn(open('writer', 'write.sh'));
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    const keptIn = String(events.at(-1)?.data['kept_in']);
    expect((await agent.readFile('made.txt')).success).toBe(false);
    const kept = await afs.workspace.get(keptIn);
    expect(await kept.readText('made.txt')).toBe('from the agent\n');
  });

  it('comes from a mapped directory of the host, too', async () => {
    const { project, agent } = await withAgent();
    const other = await testKernel({}, { kernel: { map: [project.dir] } });
    const client = other.client();
    await client.subscribe(['AGENT_EXITED']);
    expect((await client.spawn(open('w', project.path('write.sh')))).success).toBe(true);
    await eventsUntil(client, 'AGENT_EXITED');
    expect((await client.readFile('made.txt')).success).toBe(true);
    expect((await client.listAgents()).length + (await agent.listAgents()).length).toBe(0);
  });

  it('ends with the daemon, and loses nothing', async () => {
    const { agent, started, afs } = await withAgent();
    await agent.spawn(open('slow', 'ready.mjs'));
    await eventsUntil(agent, 'CUSTOM');
    await started.close();
    expect(await (await afs.workspace.get('clove')).readText('a.txt')).toBe('mine\n');
  });
});

// Without a Python of 3.8 or newer no agent in Python can be started.
describe.skipIf(!hasPython)('an agent in Python', () => {
  it('finds the kernel, and is the agent that was started', async () => {
    const { agent } = await withAgent();
    const { agentId } = await agent.spawn(open('worker', 'worker.py'));
    await agent.sendMessage('hello', { toName: 'worker' });
    await expect
      .poll(async () => (await agent.recvMessages()).messages)
      .toMatchObject([
        { from: agentId, fromName: 'worker', message: { echo: 'hello', own_id: agentId } },
      ]);
    await agent.sendMessage('stop', { to: agentId });
    const events = await eventsUntil(agent, 'AGENT_EXITED');
    expect(events.at(-1)?.data).toMatchObject({ agent_id: agentId, exit_code: 0 });
    expect(await agent.sendMessage('late', { to: agentId })).toMatchObject({
      ...{ success: false, error: `target agent not found: ${agentId}` },
    });
  });

  it('is found in its sandbox, too, where the host can make one', async (context) => {
    const { agent, afs } = await withAgent();
    const { strategies } = await afs.capabilities();
    const can = strategies.some(({ profiles }) =>
      profiles.some((each) => each.profile === 'restricted' && each.available),
    );
    if (!can) context.skip('this host can make no sandbox without a network');
    const spawned = await agent.spawn({ name: 'worker', script: 'worker.py' });
    expect(spawned.error).toBeUndefined();
    await agent.sendMessage({ n: 1 }, { toName: 'worker' });
    await expect.poll(async () => (await agent.recvMessages()).count).toBe(1);
    await agent.kill({ name: 'worker' });
  });

  it('is told of when it takes nearly all its memory', async () => {
    const { agent, started } = await withAgent();
    await agent.subscribe(['RESOURCE_WARNING']);
    await agent.writeFile('hog.py', 'import time\nhog = bytearray(110 << 20)\ntime.sleep(600)');
    const limits = { memory: 128 * 1024 * 1024 };
    const { agentId } = await agent.spawn(open('hog', 'hog.py', { limits }));
    const warnings = async () => {
      started.kernel.lookAtMemory();
      const { events } = await agent.pollEvents(100);
      return events.filter(({ type }) => type === 'RESOURCE_WARNING').map(({ data }) => data);
    };
    await expect
      .poll(warnings)
      .toMatchObject([
        { agent_id: agentId, name: 'hog', resource: 'memory', limit: limits.memory },
      ]);
    expect(await warnings()).toEqual([]);
  });

  it('is sent to while it dies, and no message hangs', async () => {
    const { agent } = await withAgent();
    const { agentId } = await agent.spawn(open('worker', 'worker.py'));
    const killed = agent.kill({ agentId });
    const sender = agent;
    const replies = await Promise.all(
      Array.from({ length: 200 }, (_, n) => sender.sendMessage(n, { to: agentId })),
    );
    expect(await killed).toMatchObject({ killed: true });
    expect(replies.every(({ success, error }) => success || /not found/.test(error ?? ''))).toBe(
      true,
    );
  });
});

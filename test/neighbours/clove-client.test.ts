/** The client of Clove kernels against a kernel that is not ours. */

import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../src/neighbours/clove/frame.ts';
import {
  AgenticLoop,
  CloveClient,
  CloveError,
  OPCODES,
  Tool,
} from '../../src/neighbours/clove/index.ts';
import { TestProject } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';
import { PublicKernel } from './support/public-kernel.ts';

async function connected(
  age: 'early' | 'late',
): Promise<{ kernel: PublicKernel; client: CloveClient }> {
  const kernel = await PublicKernel.start(age);
  const client = new CloveClient({ socketPath: kernel.path });
  whenDone(() => client.disconnect());
  return { kernel, client };
}

/** A server that does what it is told with each connection. */
async function serverOf(serve: (socket: Socket) => void): Promise<string> {
  const path = join(new TestProject().dir, 'odd.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    whenDone(() => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  whenDone(() => server.close());
  return path;
}

describe('a frame', () => {
  it('is little-endian, without gaps', () => {
    const bytes = encodeFrame({ agentId: 7, opcode: 0x21, payload: Buffer.from('{}') });
    expect(bytes.toString('hex')).toBe(
      `${'544e4741'}${'07000000'}${'21'}${'0200000000000000'}7b7d`,
    );
  });

  it('is found in pieces of any size', () => {
    const frames = ['', 'a', 'b'.repeat(5000)].map((text, opcode) => ({
      ...{ agentId: 3, opcode, payload: Buffer.from(text) },
    }));
    const bytes = Buffer.concat(frames.map(encodeFrame));
    for (const size of [1, 16, 17, 18, 4096, bytes.length]) {
      const reader = new FrameReader(1_000_000);
      const found = [];
      for (let at = 0; at < bytes.length; at += size) {
        found.push(...reader.take(bytes.subarray(at, at + size)));
      }
      expect(found).toEqual(frames);
      expect(reader.isInside).toBe(false);
    }
  });

  it('breaks the stream with another magic, or a length above the bound', () => {
    const [magic, length] = [new FrameReader(10), new FrameReader(10)];
    expect(magic.take(Buffer.from('AGNT'.padEnd(17, '\0')))).toEqual([]);
    expect(magic.broken?.reason).toBe('magic');
    const whole = encodeFrame({ agentId: 0, opcode: 1, payload: Buffer.alloc(0) });
    const long = Buffer.from(whole);
    long.writeBigUInt64LE(2n ** 64n - 1n, 9);
    expect(length.take(Buffer.concat([whole, long]))).toHaveLength(1);
    expect(length.broken?.message).toContain('18446744073709551615');
    expect(length.take(whole)).toEqual([]);
  });
});

describe.each(['early', 'late'] as const)('a client of a public kernel, the %s one', (age) => {
  it('makes sense of what it answers', async () => {
    const { client } = await connected(age);
    expect(await client.noop('Hello Clove!')).toBe('Hello Clove!');
    expect(client.agentId).toBe(1);
    expect((await client.think('2+2?')).error).toMatch(/not configured/);
    expect(await client.exec('true')).toMatchObject({ success: true, exitCode: 0 });
    expect(await client.readFile('/there')).toEqual({ success: true, content: 'héllo', size: 6 });
    expect(await client.readFile('/not')).toMatchObject({ success: false, size: 0 });
    expect(await client.writeFile('/a', 'é')).toEqual({ success: true, bytesWritten: 2 });
    const spawned = await client.spawn({ name: 'worker', script: '/a.py' });
    expect(spawned).toMatchObject({ success: true, agentId: 2, pid: 99, restartPolicy: 'never' });
    const refused = await client.spawn({ name: 'worker', script: '' });
    expect(refused).toMatchObject({ success: false, agentId: 0, error: 'script path required' });
    expect(await client.listAgents()).toMatchObject([{ id: 2, state: 'RUNNING' }]);
    expect(await client.kill({ name: 'worker' })).toEqual({ killed: true, agentId: 2 });
    expect(await client.kill({ agentId: 9 })).toEqual({ killed: false, agentId: 0 });
    const { messages } = await client.recvMessages();
    expect(messages).toMatchObject([{ from: 1, fromName: 'orchestrator', ageMs: 7 }]);
    const { permissions } = await client.getPermissions();
    expect(permissions).toMatchObject({ canExec: true, maxExecTimeMs: 30_000 });
    const { metrics } = await client.getSystemMetrics();
    expect(metrics?.cpu).toMatchObject({ perCore: [1], loadAvg: [1, 2, 3] });
    expect(await client.exit()).toBe(true);
  });

  it('leaves the names alone that users have given', async () => {
    const { client } = await connected('early');
    const { events } = await client.pollEvents();
    expect(events[0]).toMatchObject({ type: 'CUSTOM', data: { user_key: 1 }, sourceAgentId: 1 });
    expect(events[0]?.ageMs).toBeGreaterThanOrEqual(5000);
    const { messages } = await client.recvMessages();
    expect(messages[0]?.message).toEqual({ user_key: 1 });
  });

  it('sends what it expects', async () => {
    const { kernel, client } = await connected(age);
    await client.sendMessage({ task: 'go' }, { toName: 'worker' });
    await client.emitEvent('CUSTOM', { userKey: 1 });
    await client.setPermissions({ level: 'sandboxed', permissions: { canHttp: true } });
    await client.spawn({ name: 'w', script: '/a.py', limits: { maxPids: 64 } });
    await client.http('https://example.org');
    expect(kernel.received.map(({ text }) => JSON.parse(text))).toEqual([
      { message: { task: 'go' }, to_name: 'worker' },
      { event_type: 'CUSTOM', event: 'CUSTOM', data: { userKey: 1 } },
      { level: 'sandboxed', permissions: { can_http: true } },
      {
        ...{
          name: 'w',
          script: '/a.py',
          sandboxed: true,
          network: false,
          limits: { max_pids: 64 },
        },
        ...{ restart_policy: 'never', max_restarts: 5, restart_window: 300 },
      },
      { url: 'https://example.org', method: 'GET', timeout: 30, async: false },
    ]);
    expect(kernel.received.map(({ agentId }) => agentId)).toEqual([0, 1, 1, 1, 1]);
  });
});

describe('a client', () => {
  it('sends requests without waiting for the replies before', async () => {
    const { client } = await connected('early');
    const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);
    expect(await Promise.all(texts.map((text) => client.noop(text)))).toEqual(texts);
  });

  it('says where nobody listens', async () => {
    const client = new CloveClient({ socketPath: join(new TestProject().dir, 'none.sock') });
    const error = await client.noop('').catch((each: unknown) => each);
    expect(error).toBeInstanceOf(CloveError);
    expect(error).toMatchObject({ code: 'CONNECT_FAILED', hint: expect.stringContaining('serve') });
  });

  it('rejects what waits when the connection ends, and connects again when told to', async () => {
    const { kernel, client } = await connected('early');
    await client.noop('');
    kernel.drop();
    await expect(client.noop('').then(() => client.noop(''))).rejects.toMatchObject({
      code: 'CLOSED',
    });
    await client.disconnect();
    expect(await client.noop('back')).toBe('back');
    expect(client.agentId).toBe(2);
  });

  it('gives up a kernel that does not answer in time', async () => {
    const path = await serverOf((socket) => socket.resume());
    await using client = new CloveClient({ socketPath: path, timeoutMs: 50 });
    await expect(client.noop('')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(client.noop('')).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it.each([
    ['no frames', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a reply to nothing', encodeFrame({ agentId: 1, opcode: 0x02, payload: Buffer.from('{}') })],
  ])('is not taken in by %s', async (_, bytes) => {
    const path = await serverOf((socket) => socket.once('data', () => socket.write(bytes)));
    await using client = new CloveClient({ socketPath: path });
    await expect(client.noop('')).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('is not taken in by a reply that is not JSON', async () => {
    const reply = encodeFrame({ agentId: 1, opcode: OPCODES.LIST, payload: Buffer.from('3') });
    const path = await serverOf((socket) => socket.once('data', () => socket.write(reply)));
    await using client = new CloveClient({ socketPath: path });
    await expect(client.listAgents()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('does not send what no kernel reads', async () => {
    const { kernel, client } = await connected('early');
    const error = client.noop('x'.repeat(1024 * 1024 + 1));
    await expect(error).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect(await client.noop('still there')).toBe('still there');
    expect(kernel.received).toHaveLength(1);
  });
});

/** A model that says these things one after the other. */
function modelOf(...answers: readonly string[]) {
  const prompts: string[] = [];
  const files = new Map<string, string>();
  return {
    prompts,
    files,
    async think(prompt: string) {
      prompts.push(prompt);
      const content = answers[prompts.length - 1];
      return content === undefined
        ? { success: false, content: '', error: 'nothing to say' }
        : { success: true, content };
    },
    async exec(command: string) {
      return { success: true, stdout: `ran ${command}`, stderr: '', exitCode: 0 };
    },
    async readFile(path: string) {
      return { success: true, content: files.get(path) ?? '', size: 0 };
    },
    async writeFile(path: string, content: string) {
      files.set(path, content);
      return { success: true, bytesWritten: content.length };
    },
  };
}

function toolCall(name: string, args: object): string {
  return `Let me see.\n<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;
}

describe('an agentic loop', () => {
  it('makes the calls of the model and tells it what came of them', async () => {
    const model = modelOf(
      toolCall('write_file', { path: '/a', content: 'text' }) + toolCall('exec', { command: 'ls' }),
      toolCall('done', { result: 'Written.' }),
    );
    const result = await new AgenticLoop(model).run('Write a file');
    expect(result).toEqual({ success: true, result: 'Written.', iterations: 2 });
    expect(model.files.get('/a')).toBe('text');
    expect(model.prompts[0]).toContain('Task: Write a file');
    expect(model.prompts[1]).toContain('ran ls');
  });

  it('has tools of its own', async () => {
    const model = modelOf(toolCall('search', { query: 'x' }), toolCall('done', { result: 'ok' }));
    const loop = new AgenticLoop(model);
    loop.addTool(
      new Tool({
        name: 'search',
        description: 'Search the web',
        parameters: { type: 'object', properties: { query: { type: 'string' } } },
        handler: async ({ query }) => ({ results: [`found ${query}`] }),
      }),
    );
    loop.removeTool('exec');
    await loop.run('Search');
    expect(model.prompts[0]).toContain('- search: Search the web');
    expect(model.prompts[0]).not.toContain('- exec');
    expect(model.prompts[1]).toContain('found x');
  });

  it('tells the model of calls that are none, and goes on', async () => {
    const model = modelOf(
      'no call at all',
      '<tool_call>{"name": </tool_call><tool_call>[]</tool_call>',
      toolCall('fly', {}) + toolCall('read_file', { path: 3 }),
      '<tool_call>{"name": "exec", "arguments": "ls"}</tool_call>',
      toolCall('done', {}),
    );
    const result = await new AgenticLoop(model).run('Try');
    expect(result).toEqual({ success: true, result: 'Task completed', iterations: 5 });
    const told = model.prompts.at(-1);
    for (const text of [
      'Not JSON',
      'Not a tool call',
      'Unknown tool: fly',
      'path has to be',
      'Not arguments',
    ])
      expect(told).toContain(text);
  });

  it('ends when the model cannot be asked, or was asked often enough', async () => {
    expect(await new AgenticLoop(modelOf()).run('x')).toEqual({
      ...{ success: false, result: '', iterations: 1, error: 'nothing to say' },
    });
    const loop = new AgenticLoop(modelOf('a', 'b', 'c'), { maxIterations: 2 });
    expect(await loop.run('x')).toMatchObject({ success: false, iterations: 2 });
    expect(() => new AgenticLoop(modelOf(), { maxIterations: 0 })).toThrow(RangeError);
  });
});

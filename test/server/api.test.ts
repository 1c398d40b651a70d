import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/operations/table.ts';
import { apiSurface } from '../../src/server/api/surface.ts';
import type { TokenRequest } from '../../src/server/core/tokens.ts';
import { ApiClient } from '../support/daemon.ts';
import { RpcClient } from '../support/rpc-client.ts';
import { type TestCore, testCore } from '../support/server-core.ts';
import type { TestFiles } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

interface TestApi extends TestCore {
  readonly url: string;
  /** A client with a token that is like this. */
  client(token?: Partial<TokenRequest>): ApiClient;
}

async function testApi(files: TestFiles = {}): Promise<TestApi> {
  const made = await testCore(files);
  const api = await apiSurface.start(made.core, { host: '127.0.0.1', port: 0 });
  whenDone(() => api.close());
  const url = api.addresses[0] ?? '';
  let count = 0;
  const client = (token: Partial<TokenRequest> = {}): ApiClient => {
    count += 1;
    const request = { name: `t${count}`, role: 'api' as const, ...token };
    return new ApiClient(url, made.core.tokens.create(request).token);
  };
  return { ...made, url, client };
}

/** All `$ref`s below a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === '$ref' ? [String(each)] : refsIn(each),
  );
}

describe('the description', () => {
  it('has all operations, and everything that it refers to', async () => {
    const { url } = await testApi();
    const document = Object(await (await fetch(`${url}/api/v1/openapi.json`)).json());
    expect(document.openapi).toBe('3.1.0');
    const described = Object.keys(document.paths).map((path) => path.replace('/api/v1/', ''));
    expect(described).toEqual(OPERATIONS.map(({ name }) => name));
    const refs = new Set(refsIn(document));
    expect(refs.size).toBeGreaterThan(5);
    for (const ref of refs) {
      const found = ref
        .slice(2)
        .split('/')
        .reduce((at, name) => Object(at)[name], document);
      expect(found, ref).toBeTypeOf('object');
    }
    const { requestBody } = document.paths['/api/v1/file.read'].post;
    const { schema } = requestBody.content['application/json'];
    expect(schema).toMatchObject({ type: 'object', required: ['workspace', 'path'] });
  });
});

describe('who may come', () => {
  it('anybody sees whether it is well, and nobody more without a token', async () => {
    const { url } = await testApi();
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ ok: true, version: '0' });
    for (const [method, path] of [
      ['GET', '/metrics'],
      ['POST', '/api/v1/workspace.list'],
      ['POST', '/api/v1/nonsense'],
      ['GET', '/api/v1/jobs'],
      ['GET', '/api/v1/events'],
      ['GET', '/api/v1/tokens'],
      ['GET', '/api/v1/projects'],
      ['POST', '/mcp'],
    ] as const) {
      const response = await fetch(url + path, { method });
      expect(response.status, path).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect(await response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  });

  it('each scope allows what it says, and no more', async () => {
    const { client } = await testApi({ 'a.txt': 'one' });
    const calls = {
      read: ['file.read', { workspace: 'w', path: 'a.txt' }],
      write: ['file.write', { workspace: 'w', path: 'b.txt', content: '' }],
      run: ['command.run', { workspace: 'w', command: 'true' }],
      admin: ['storage.collect', { dryRun: true }],
    } as const;
    for (const own of ['read', 'write', 'run', 'admin'] as const) {
      const holder = client({ scopes: [own] });
      for (const [scope, [operation, input]] of Object.entries(calls)) {
        const answer = holder.call(operation, input);
        if (scope === own) await answer;
        else await expect(answer, `${own} ${scope}`).rejects.toMatchObject({ status: 403 });
      }
    }
    const loosened = { workspace: 'w', command: 'true', sandbox: 'none' };
    await expect(client().call('command.run', loosened)).rejects.toMatchObject({ status: 403 });
    await expect(client().fetch('/api/v1/tokens')).resolves.toMatchObject({ status: 403 });
  });

  it('a token for some workspaces reaches no other, by whichever field', async () => {
    const { client, afs } = await testApi({ 'a.txt': 'one' });
    await afs.workspace.create('mine-1');
    await (await afs.workspace.get('w')).snapshot.create('s');
    const mine = client({ workspaces: ['mine-*'], scopes: ['read', 'write', 'run'] });
    expect(await mine.call('workspace.list')).toMatchObject({
      total: 1,
      workspaces: [{ name: 'mine-1' }],
    });
    await mine.call('file.read', { workspace: 'mine-1', path: 'a.txt' });
    await mine.call('workspace.create', { name: 'mine-2', fromWorkspace: 'mine-1' });
    const refused: readonly (readonly [string, object])[] = [
      ['file.read', { workspace: 'w', path: 'a.txt' }],
      ['workspace.create', { name: 'other' }],
      ['workspace.create', { name: 'mine-3', fromWorkspace: 'w' }],
      ['workspace.create', { name: 'mine-3', fromSnapshot: 'w/s' }],
      ['workspace.create', { name: 'mine-3', fromSnapshot: 's' }],
      ['workspace.update', { workspace: 'mine-1', name: 'other' }],
      ['workspace.merge', { workspace: 'mine-1', source: 'w' }],
      ['workspace.diff', { workspace: 'mine-1', against: 'w' }],
      ['workspace.diff', { workspace: 'mine-1', against: 'w/s' }],
      ['workspace.checkMerge', { workspaces: ['mine-1', 'w'] }],
      ['workspace.log', {}],
      ['audit.query', {}],
      ['explore.run', { candidates: [{ command: 'true' }], base: 'mine-1' }],
      ['storage.usage', {}],
    ];
    for (const [operation, input] of refused) {
      const answer = mine.call(operation, input);
      await expect(answer, `${operation} ${JSON.stringify(input)}`).rejects.toMatchObject({
        status: 403,
      });
    }
    await mine.call('workspace.diff', { workspace: 'mine-1', against: 'base' });
    const body = JSON.stringify({ workspace: 'w', command: 'true' });
    expect((await mine.fetch('/api/v1/jobs', { method: 'POST', body })).status).toBe(403);
  });

  it('asks no more than it may', async () => {
    const { client, core } = await testApi();
    core.change({ rate: { perSecond: 1, burst: 2 } });
    const one = client();
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const response = await one.fetch('/api/v1/jobs');
      statuses.push(response.status);
      if (response.status === 429) expect(response.headers.get('retry-after')).toBe('1');
    }
    expect(statuses).toEqual([200, 200, 429]);
    expect((await client().fetch('/api/v1/jobs')).status).toBe(200);
  });
});

describe('what is wrong is said', () => {
  it.each([
    ['no.such', {}, 404, 'ENOENT'],
    ['file.read', {}, 400, 'INVALID_ARGUMENT'],
    ['file.read', { workspace: 'w', path: '../x' }, 400, 'INVALID_PATH'],
    ['file.read', { workspace: 'w', path: 'x' }, 404, 'ENOENT'],
    ['file.read', { workspace: 'x', path: 'x' }, 404, 'WORKSPACE_NOT_FOUND'],
    ['workspace.create', { name: 'w' }, 409, 'WORKSPACE_EXISTS'],
    ['workspace.commit', { workspace: 'w', message: 'x' }, 409, 'NOTHING_TO_COMMIT'],
  ])('%s %j', async (operation, input, status, code) => {
    const { client } = await testApi();
    await expect(client().call(operation, input)).rejects.toMatchObject({ status, code });
  });

  it('says how an operation is called, to who looks at one', async () => {
    const { client } = await testApi();
    const response = await client().fetch('/api/v1/workspace.list');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      hint: expect.stringContaining('Operations take POST'),
    });
  });
});

describe('jobs', () => {
  it('are started, looked at and cancelled by whoever has started them, and by administrators', async () => {
    const { client, core } = await testApi();
    const [owner, other, admin] = [client(), client(), client({ role: 'admin' })];
    const body = JSON.stringify({ workspace: 'w', command: 'echo a; sleep 600', name: 'long' });
    const started = await owner.fetch('/api/v1/jobs', { method: 'POST', body });
    const { id } = Object(await started.json());
    await core.jobs.find(id)?.started;
    for (const [who, status] of [
      [owner, 200],
      [admin, 200],
      [other, 404],
    ] as const) {
      expect((await who.fetch(`/api/v1/jobs/${id}`)).status).toBe(status);
      const { jobs } = Object(await (await who.fetch('/api/v1/jobs')).json());
      expect(jobs).toHaveLength(status === 200 ? 1 : 0);
    }
    expect((await other.fetch(`/api/v1/jobs/${id}/cancel`, { method: 'POST' })).status).toBe(404);
    const cancelled = await owner.fetch(`/api/v1/jobs/${id}/cancel`, { method: 'POST' });
    expect(await cancelled.json()).toMatchObject({ id, state: 'cancelled', name: 'long' });
    for (const wrong of ['0', '-1', 'x', '1e3', '99999999999']) {
      expect((await admin.fetch(`/api/v1/jobs/${wrong}`)).status).toBe(404);
    }
  });
});

describe('events', () => {
  it('come by pages, and as they happen', async () => {
    const { client, core } = await testApi();
    const reader = client();
    core.events.emit({ type: 'A', data: { n: 1 } });
    core.events.emit({ type: 'B', data: { n: 2 }, target: 999 });
    const page = Object(await (await reader.fetch('/api/v1/events?types=A,B')).json());
    expect(page).toMatchObject({ events: [{ type: 'A', data: { n: 1 } }], cursor: 2 });
    const followed = await reader.fetch('/api/v1/events?types=C', {
      headers: { Accept: 'text/event-stream' },
    });
    core.events.emit({ type: 'C', data: { n: 3 } });
    core.events.emit({ type: 'D', data: {} });
    core.events.emit({ type: 'C', data: { n: 4 } });
    const stream = followed.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('"n":4')) text += (await stream?.read())?.value ?? '';
    expect(text).toMatch(/^id: 3\nevent: C\ndata: .*"n":3.*\n\nid: 5\nevent: C\n/);
    core.stop();
    expect((await stream?.read())?.done).toBe(true);
    expect((await reader.fetch('/api/v1/events?after=x')).status).toBe(503);
  });
});

it('events of workspaces that a token does not reach stay out of its pages', async () => {
  const { client, core } = await testApi();
  core.events.emit({ type: 'JOB', data: { workspace: 'mine' } });
  core.events.emit({ type: 'JOB', data: { workspace: 'other' } });
  core.events.emit({ type: 'STATE_CHANGED', data: { key: 'k' } });
  const page = async (workspaces: string[]): Promise<unknown> =>
    (await client({ scopes: ['read'], workspaces }).fetch('/api/v1/events')).json();
  const told = (await page(['m*'])) as { events: { data: unknown }[]; cursor: number };
  expect(told.events.map(({ data }) => data)).toEqual([{ workspace: 'mine' }]);
  expect(told.cursor).toBe(3);
  expect(await page(['*'])).toMatchObject({ events: [{}, {}, {}] });
});

describe('tokens over HTTP', () => {
  it('are made, listed and revoked by administrators', async () => {
    const { client, url } = await testApi();
    const admin = client({ role: 'admin' });
    const body = JSON.stringify({
      name: 'made',
      scopes: ['read'],
      expiresAt: '2100-01-01T00:00:00Z',
    });
    const made = await admin.fetch('/api/v1/tokens', { method: 'POST', body });
    expect(made.status).toBe(201);
    const { token, ...shown } = Object(await made.json());
    expect(shown).toMatchObject({
      name: 'made',
      scopes: ['read'],
      expiresAt: '2100-01-01T00:00:00.000Z',
    });
    await new ApiClient(url, token).call('workspace.list');
    expect((await admin.fetch('/api/v1/tokens', { method: 'POST', body })).status).toBe(409);
    const list = await (await admin.fetch('/api/v1/tokens')).text();
    expect(list).toContain('"made"');
    expect(list).not.toContain(token);
    expect((await admin.fetch('/api/v1/tokens/made', { method: 'DELETE' })).status).toBe(200);
    expect((await admin.fetch('/api/v1/tokens/made', { method: 'DELETE' })).status).toBe(404);
    await expect(new ApiClient(url, token).call('workspace.list')).rejects.toMatchObject({
      status: 401,
    });
    const wrong = await admin.fetch('/api/v1/tokens', { method: 'POST', body: '{"name":"a b"}' });
    expect(wrong.status).toBe(400);
  });
});

describe('figures', () => {
  it('are there for Prometheus', async () => {
    const { client } = await testApi();
    const reader = client();
    await reader.call('workspace.list');
    const text = await (await reader.fetch('/metrics')).text();
    expect(text).toContain('agentfs_requests_total{surface="api",status="200"} 1\n');
    expect(text).toContain('agentfs_jobs_running 0\n');
    expect(text).toContain('process_resident_memory_bytes');
  });
});

describe('JSON-RPC over HTTP', () => {
  /** Asks to go on in frames; gives the answer of HTTP, and a client when it is let in. */
  async function upgraded(
    url: string,
    headers: Record<string, string>,
    path = '/api/v1/rpc',
  ): Promise<{ status: string; client: RpcClient; socket: Socket }> {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    await once(socket, 'connect');
    const lines = Object.entries({ Connection: 'Upgrade', Upgrade: 'agentfs-rpc', ...headers });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n${head}\r\n`);
    const [answer] = await once(socket, 'data');
    return { status: String(answer).slice(9, 12), client: RpcClient.over(socket), socket };
  }

  it('goes on with what the token allows, streams and events included', async () => {
    const { client, url, afs } = await testApi({ 'a.txt': 'one\n' });
    await afs.workspace.create('mine');
    const { token } = client({ workspaces: ['mine'], scopes: ['read'] });
    const limited = await upgraded(url, { Authorization: `Bearer ${token}` });
    expect(limited.status).toBe('101');
    const rpc = limited.client;
    const read = { workspace: 'mine', path: 'a.txt' };
    expect(await rpc.call('file.read', read)).toMatchObject({ content: 'one\n' });
    const refused = { code: 'PERMISSION_DENIED' };
    const other = { workspace: 'w', path: 'a.txt' };
    await expect(rpc.call('file.read', other)).rejects.toMatchObject(refused);
    await expect(rpc.call('stream.open', { ...other, mode: 'read' })).rejects.toMatchObject(
      refused,
    );
    await expect(rpc.call('stream.open', { ...read, mode: 'write' })).rejects.toMatchObject(
      refused,
    );
    await expect(rpc.call('initialize', { events: ['change'] })).rejects.toMatchObject(refused);
    expect(await rpc.call('initialize')).toMatchObject({ protocolVersion: 1 });
    expect(await rpc.call('stream.open', { ...read, mode: 'read' })).toMatchObject({ size: 4 });
    limited.socket.destroy();
  });

  it('is refused as any request is', async () => {
    const { client, url } = await testApi();
    const { token } = client();
    const Authorization = `Bearer ${token}`;
    const statusOf = async (...args: Parameters<typeof upgraded>): Promise<string> => {
      const { status, socket } = await upgraded(...args);
      await once(socket, 'close');
      return status;
    };
    expect(await statusOf(url, {})).toBe('401');
    expect(await statusOf(url, { Authorization, Origin: 'http://evil.example' })).toBe('403');
    expect(await statusOf(url, { Authorization, 'X-AgentFS-Project': 'no' })).toBe('404');
    expect(await statusOf(url, { Authorization, Upgrade: 'websocket' })).toBe('404');
    expect(await statusOf(url, { Authorization }, '/api/v1/other')).toBe('404');
  });
});

describe('MCP', () => {
  it('offers what the token allows, in the workspaces that it reaches', async () => {
    const { client, url, afs } = await testApi({ 'a.txt': 'one\n' });
    await afs.workspace.create('mine');
    const connect = async ({ token }: ApiClient): Promise<Client> => {
      const requestInit = { headers: { Authorization: `Bearer ${token}` } };
      const transport = new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit });
      const mcp = new Client({ name: 'test', version: '1.0.0' });
      whenDone(() => mcp.close());
      await mcp.connect(transport);
      return mcp;
    };
    const whole = await connect(client());
    const run = { name: 'command_run', arguments: { workspace: 'w', command: 'cat a.txt' } };
    expect((await whole.callTool(run)).structuredContent).toMatchObject({ stdout: 'one\n' });
    const reader = await connect(client({ scopes: ['read'], workspaces: ['m*'] }));
    const { tools } = await reader.listTools();
    expect(tools.map(({ name }) => name)).not.toContain('write_file');
    expect(tools.map(({ name }) => name)).not.toContain('command_run');
    const read = (workspace: string): ReturnType<Client['callTool']> =>
      reader.callTool({ name: 'read_text_file', arguments: { workspace, path: 'a.txt' } });
    expect((await read('mine')).isError).not.toBe(true);
    expect(await read('w')).toMatchObject({
      isError: true,
      structuredContent: { code: 'PERMISSION_DENIED' },
    });
  });
});

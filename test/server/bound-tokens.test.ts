/** Tokens of one project or some workspaces, at every door: they see and do nothing beyond. */

import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ambientSurface } from '../../src/server/ambient/surface.ts';
import { apiSurface } from '../../src/server/api/surface.ts';
import { forgeSurface } from '../../src/server/clawdforge/surface.ts';
import { cloveSurface } from '../../src/server/clove/surface.ts';
import { ServerCore } from '../../src/server/core/server-core.ts';
import type { TokenRequest } from '../../src/server/core/tokens.ts';
import { relaySurface } from '../../src/server/relay/surface.ts';
import { privateDirectory } from '../support/clove-kernel.ts';
import { ApiClient } from '../support/daemon.ts';
import { testCore } from '../support/server-core.ts';
import { TestProject } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

/** A daemon with two projects, both with a workspace `w`, and all its doors. */
async function twoProjects() {
  const [first, second] = [new TestProject({}).open(), new TestProject({}).open()];
  for (const afs of [first, second]) await afs.workspace.create('w');
  const core = await ServerCore.open({ projects: [first, second], version: '0' });
  whenDone(() => core.close());
  const [a, b] = core.projects.all.map(({ name }) => name) as [string, string];
  const api = await apiSurface.start(core, { host: '127.0.0.1', port: 0 });
  whenDone(() => api.close());
  let count = 0;
  const token = (request: Partial<TokenRequest>): string => {
    count += 1;
    return core.tokens.create({ name: `t${count}`, role: 'api', ...request }).token;
  };
  const client = (request: Partial<TokenRequest>): ApiClient =>
    new ApiClient(api.addresses[0] ?? '', token(request));
  return { core, a, b, token, client };
}

interface Told {
  readonly events: readonly { readonly type: string; readonly data: { readonly job?: number } }[];
  readonly cursor: number;
}

const JOB = JSON.stringify({ workspace: 'w', command: 'echo hello' });

describe('a token of one project', () => {
  it('is told of events of that project alone, by pages and as they happen', async () => {
    const { core, a, b, client } = await twoProjects();
    const jobs: Record<string, number> = {};
    for (const project of [a, b]) {
      const owner = client({ project });
      const response = await owner.fetch('/api/v1/jobs', { method: 'POST', body: JOB });
      const { id } = (await response.json()) as { id: number };
      await core.jobs.find(id)?.ended;
      jobs[project] = id;
    }
    core.events.emit({ type: 'CUSTOM', data: { secret: 1 } });
    core.state.put({ scope: 'global', owner: 0, key: 'k', value: 1 });
    const reader = client({ project: b, scopes: ['read'] });
    const told = (await (await reader.fetch('/api/v1/events')).json()) as Told;
    expect(new Set(told.events.map(({ data }) => data.job))).toEqual(new Set([jobs[b]]));
    const all = (await (await client({}).fetch('/api/v1/events')).json()) as Told;
    expect(new Set(all.events.map(({ data }) => data.job))).toContain(jobs[a]);
    expect(told.cursor).toBe(all.cursor);

    const stream = await reader.fetch('/api/v1/events?after=0', {
      headers: { Accept: 'text/event-stream' },
    });
    const lines = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('JOB_ENDED')) text += (await lines?.read())?.value ?? '';
    expect(text).toContain(`"job":${jobs[b]},`);
    expect(text).not.toContain(`"job":${jobs[a]},`);
    expect(text).not.toContain('CUSTOM');
    await lines?.cancel();
  });

  it('sees and ends no job of another one, also as an administrator', async () => {
    const { core, a, b, client } = await twoProjects();
    const long = JSON.stringify({ workspace: 'w', command: 'sleep 100' });
    const owner = client({ project: a });
    const response = await owner.fetch('/api/v1/jobs', { method: 'POST', body: long });
    const { id } = (await response.json()) as { id: number };
    const other = client({ project: b, role: 'admin' });
    for (const path of [`jobs/${id}`, `jobs/${id}/output`]) {
      expect((await other.fetch(`/api/v1/${path}`)).status).toBe(404);
    }
    const cancel = `/api/v1/jobs/${id}/cancel`;
    expect((await other.fetch(cancel, { method: 'POST' })).status).toBe(404);
    expect(await (await other.fetch('/api/v1/jobs')).json()).toEqual({ jobs: [] });
    const same = client({ project: a, role: 'admin' });
    expect(await (await same.fetch('/api/v1/jobs')).json()).toMatchObject({ jobs: [{ id }] });
    expect((await same.fetch(cancel, { method: 'POST' })).status).toBe(200);
    expect(core.jobs.running).toBe(0);
  });

  it('reaches no other project by name, nor the first when its own is not served', async () => {
    const { a, b, client } = await twoProjects();
    const of = (project: string): Record<string, string> => ({ 'X-AgentFS-Project': project });
    const list = { method: 'POST', body: '{}' };
    const bound = client({ project: b });
    for (const [path, init] of [
      ['workspace.list', list],
      ['jobs', { method: 'POST', body: JOB }],
    ] as const) {
      const url = `/api/v1/${path}`;
      expect((await bound.fetch(url, { ...init, headers: of(a) })).status).toBe(403);
      // Whether there is such a project is not said either.
      expect((await bound.fetch(url, { ...init, headers: of('none') })).status).toBe(403);
      const gone = client({ project: 'gone' });
      const refused = await gone.fetch(url, init);
      expect(refused.status).toBe(404);
      expect(await refused.text()).not.toContain(a);
      expect((await gone.fetch(url, { ...init, headers: of(a) })).status).toBe(403);
    }
    expect(await (await bound.fetch('/api/v1/projects')).json()).toEqual({ projects: [b] });
    const none = await client({ project: 'gone' }).fetch('/api/v1/projects');
    expect(await none.json()).toEqual({ projects: [] });
  });

  it('makes, sees and revokes no tokens, at no door', async () => {
    const { core, b, token, client } = await twoProjects();
    const kernel = await cloveSurface.start(core, { path: `${privateDirectory()}/c.sock` });
    whenDone(() => kernel.close());
    const forge = await forgeSurface.start(core, { port: 0 });
    whenDone(() => forge.close());
    const relay = await relaySurface.start(core, {
      ...{ kernel: kernel.kernel, apiPort: 0, socketPort: 0 },
    });
    whenDone(() => relay.close());
    const body = JSON.stringify({ name: 'more', role: 'admin', agent_name: 'x', machine_id: 'm' });
    for (const request of [{ project: b }, { workspaces: ['w'] }]) {
      const bound = token({ ...request, role: 'admin' });
      const headers = { Authorization: `Bearer ${bound}` };
      for (const [url, method] of [
        ...(['GET', 'POST'] as const).map(
          (each) => [`${client({}).url}/api/v1/tokens`, each] as const,
        ),
        [`${client({}).url}/api/v1/tokens/t1`, 'DELETE'],
        [`${forge.addresses[0]}/admin/tokens`, 'GET'],
        [`${forge.addresses[0]}/admin/tokens`, 'POST'],
        [`${forge.addresses[0]}/admin/tokens/t1`, 'DELETE'],
        [`${relay.addresses[0]}/api/v1/tokens`, 'GET'],
        [`${relay.addresses[0]}/api/v1/tokens/agent`, 'POST'],
        [`${relay.addresses[0]}/api/v1/machines`, 'POST'],
      ] as const) {
        const init = { method, headers, ...(method === 'POST' && { body }) };
        expect((await fetch(url, init)).status, `${method} ${url}`).toBe(403);
      }
    }
    expect(core.tokens.list().some(({ name }) => /more|agent-|machine-/.test(name))).toBe(false);
  });
});

it('a token that reaches no workspace of the kernel does not come in by the relay', async () => {
  const { core, a, b, token } = await twoProjects();
  const kernel = await cloveSurface.start(core, { path: `${privateDirectory()}/c.sock` });
  whenDone(() => kernel.close());
  const relay = await relaySurface.start(core, {
    ...{ kernel: kernel.kernel, apiPort: 0, socketPort: 0 },
  });
  whenDone(() => relay.close());
  const [http = '', sockets = ''] = relay.addresses;
  const come = async (secret: string): Promise<string> => {
    const socket = new WebSocket(sockets);
    whenDone(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve));
    const answer = new Promise<string>((resolve) =>
      socket.once('message', (data) => resolve(JSON.parse(data.toString()).type)),
    );
    const hello = { type: 'agent_auth', name: 'far', token: secret, target_machine: machine };
    socket.send(JSON.stringify(hello));
    return answer;
  };
  const headers = { Authorization: `Bearer ${token({})}` };
  const listed = await (await fetch(`${http}/api/v1/machines`, { headers })).json();
  const [{ machine_id: machine }] = (listed as { machines: [{ machine_id: string }] }).machines;
  expect(await come(token({ project: b }))).toBe('auth_error');
  expect(await come(token({ workspaces: ['w'] }))).toBe('auth_error');
  expect(await come(token({ project: a, workspaces: ['clove'] }))).toBe('auth_ok');
  // What the relay makes for an agent opens nothing else.
  const admin = token({ role: 'admin' });
  const made = await fetch(`${http}/api/v1/tokens/agent`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${admin}` },
    body: JSON.stringify({ agent_name: 'far' }),
  });
  const { token: far } = (await made.json()) as { token: string };
  expect(core.principals.authenticate({ token: far, address: '127.0.0.1' })).toMatchObject({
    ...{ scopes: ['run'], workspaces: ['clove'] },
  });
});

it('sessions of Ambient in workspaces that a token does not reach are as unknown as none', async () => {
  const { core } = await testCore();
  const ambient = await ambientSurface.start(core, { port: 0 });
  whenDone(() => ambient.close());
  const ask = async (secret: string, path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${ambient.addresses[0]}/v1/sessions${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${secret}`, 'X-Ambient-Project': 'p' },
    });
  const { token } = core.tokens.create({ name: 'all', role: 'api' });
  const made = await ask(token, '', { method: 'POST', body: JSON.stringify({ task: 'x' }) });
  const { id } = (await made.json()) as { id: string };
  const { token: bound } = core.tokens.create({ name: 'some', role: 'api', workspaces: ['w'] });
  expect(await (await ask(bound, '')).json()).toEqual({ items: [], total: 0 });
  expect((await ask(bound, `/${id}`)).status).toBe(404);
  expect((await ask(bound, `/${id}`, { method: 'DELETE' })).status).toBe(404);
  expect(await (await ask(token, '')).json()).toMatchObject({ total: 1 });
});

it('workspaces of sessions have a limit of their own, and take nobody else a place', async () => {
  const project = new TestProject({});
  const afs = project.open({ maxWorkspaces: 1, serve: { maxWorkspaces: 2 } });
  const core = await ServerCore.open({ projects: [afs], version: '0' });
  whenDone(() => core.close());
  const forge = await forgeSurface.start(core, { port: 0 });
  whenDone(() => forge.close());
  const { token } = core.tokens.create({ name: 'app', role: 'app' });
  const headers = { Authorization: `Bearer ${token}` };
  const open = (): Promise<Response> =>
    fetch(`${forge.addresses[0]}/sessions`, { method: 'POST', headers, body: '{}' });
  expect([(await open()).status, (await open()).status]).toEqual([200, 200]);
  const full = await open();
  expect([full.status, await full.json()]).toMatchObject([
    503,
    { error: expect.stringContaining('2 workspaces of sessions') },
  ]);
  await afs.workspace.create('mine');
  await expect(afs.workspace.create('more')).rejects.toMatchObject({
    ...{ code: 'WORKSPACE_LIMIT', hint: expect.stringContaining('core.max_workspaces') },
  });
  const listed = (await (await fetch(`${forge.addresses[0]}/sessions`, { headers })).json()) as {
    sessions: unknown[];
  };
  expect(listed.sessions).toHaveLength(2);
});

it('who has no token that counts is bounded by address, and nobody else notices', async () => {
  const strangers = { perSecond: 0.001, burst: 5 };
  const { core } = await testCore({}, { strangers });
  const api = await apiSurface.start(core, { host: '127.0.0.1', port: 0 });
  whenDone(() => api.close());
  const url = api.addresses[0] ?? '';
  const { token } = core.tokens.create({ name: 'good', role: 'api' });
  const wrong = { Authorization: 'Bearer agentfs_wrong' };
  const statuses: number[] = [];
  for (const [path, headers] of [
    ...[['/api/v1/events', wrong] as const, ['/mcp', wrong] as const, ['/healthz', {}] as const],
    ...[['/nowhere', {}] as const, ['/api/v1/openapi.json', {}] as const],
    ...[['/healthz', {}] as const, ['/api/v1/jobs', wrong] as const, ['/nowhere', {}] as const],
  ]) {
    statuses.push((await fetch(url + path, { headers })).status);
  }
  expect(statuses).toEqual([401, 401, 200, 404, 200, 429, 429, 429]);
  const refused = await fetch(`${url}/healthz`);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const good = new ApiClient(url, token);
  expect((await good.fetch('/api/v1/events')).status).toBe(200);
});

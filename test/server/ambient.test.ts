/** The surface of Ambient, by its own client and by requests that no client sends. */

import { describe, expect, it } from 'vitest';
import {
  type AmbientAPIError,
  AmbientClient,
  AuthenticationError,
  SessionNotFoundError,
} from '../../src/neighbours/ambient/index.ts';
import type { AmbientSurfaceOptions } from '../../src/server/ambient/surface.ts';
import { ambientSurface } from '../../src/server/ambient/surface.ts';
import type { CoreOptions } from '../../src/server/core/server-core.ts';
import { AGENT } from '../support/agent-script.ts';
import { serveRepository } from '../support/git-server.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

async function served(
  options: Partial<AmbientSurfaceOptions> = {},
  coreOptions: Partial<CoreOptions> = {},
) {
  const agent = { command: AGENT.command };
  const test = await testCore(AGENT.files, { agent, ...coreOptions });
  const surface = await ambientSurface.start(test.core, { port: 0, ...options });
  whenDone(() => surface.close());
  const [url = ''] = surface.addresses;
  const { token } = test.core.tokens.create({ name: 'api', role: 'api' });
  const clientOf = (secret: string, project: string): AmbientClient => {
    const client = new AmbientClient({ baseUrl: url, token: secret, project });
    whenDone(() => client.close());
    return client;
  };
  const ask = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const answer = await fetch(url + path, { ...init, headers });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { ...test, surface, url, token, ask, clientOf, client: clientOf(token, 'my-project') };
}

const FAST = { pollInterval: 20, timeout: 120_000 };

async function errorOf(promise: Promise<unknown>): Promise<AmbientAPIError> {
  return promise.then(
    () => expect.unreachable('It was not rejected.'),
    (error: unknown) => error as AmbientAPIError,
  );
}

describe('a session', () => {
  it('does its task in a workspace called like it', async () => {
    const { client, afs, project, core } = await served();
    const { id, message } = await client.createSession({ task: 'write made.txt', model: 'opus' });
    expect(id).toBe('session-1700000000');
    expect(message).toBe('Session created');
    const done = await client.waitForCompletion(id, FAST);
    expect(done).toEqual({
      ...{ id, status: 'completed', task: 'write made.txt', model: 'opus', result: 'written' },
      createdAt: '2023-11-14T22:13:20.000Z',
      completedAt: '2023-11-14T22:13:20.000Z',
    });
    const workspace = await afs.workspace.get(id);
    expect(await workspace.readFile('made.txt', 'utf8')).toBe('opus');
    expect(project.has('made.txt')).toBe(false);
    expect(core.jobs.list({ kind: 'task' })[0]).toMatchObject({
      workspace: id,
      state: 'succeeded',
    });
  });

  it('says on the wire just what the public server says', async () => {
    const { ask, token } = await served();
    const headers = { Authorization: `Bearer ${token}`, 'X-Ambient-Project': 'p' };
    const body = '{"task":"wait","later":true}';
    const made = await ask('/v1/sessions', headers, { method: 'POST', body });
    expect(made).toEqual({
      status: 201,
      body: { id: 'session-1700000000', message: 'Session created' },
    });
    const { body: row } = await ask('/v1/sessions/session-1700000000', headers);
    expect(Object.keys(row).sort()).toEqual(['createdAt', 'id', 'status', 'task']);
    expect(await ask('/v1/sessions', headers)).toEqual({
      status: 200,
      body: { items: [{ ...row, status: expect.any(String) }], total: 1 },
    });
    const path = '/v1/sessions/session-1700000000';
    expect(await ask(path, headers, { method: 'DELETE' })).toEqual({
      status: 204,
      body: undefined,
    });
    expect(await ask(path, headers)).toEqual({
      status: 404,
      body: { error: 'session not found: session-1700000000' },
    });
  });

  it('fails with what the agent says', async () => {
    const { client } = await served();
    const { id } = await client.createSession({ task: 'fail' });
    const failed = await client.waitForCompletion(id, FAST);
    expect(failed).toMatchObject({ status: 'failed', error: 'no such model' });
    expect(failed.result).toBeUndefined();
  });

  it('keeps its workspace if it has changed anything there', async () => {
    const { client, afs } = await served();
    const changing = await client.createSession({ task: 'write made.txt' });
    await client.waitForCompletion(changing.id, FAST);
    const idle = await client.createSession({ task: 'say nothing' });
    await client.waitForCompletion(idle.id, FAST);
    await expect.poll(() => afs.workspace.exists(idle.id)).toBe(false);
    expect(await afs.workspace.exists(changing.id)).toBe(true);
    await client.deleteSession(idle.id);
    expect((await client.listSessions()).total).toBe(1);
  });

  it('fails when no agent is configured, or when it takes too long', async () => {
    const without = await served({}, { agent: {} });
    const { id } = await without.client.createSession({ task: 'x' });
    const failed = await without.client.waitForCompletion(id, FAST);
    expect(failed).toMatchObject({ status: 'failed', error: 'No agent is configured.' });
    const { client } = await served({ taskSecs: 1 });
    const slow = await client.createSession({ task: 'wait' });
    expect(await client.waitForCompletion(slow.id, FAST)).toMatchObject({ status: 'failed' });
  });

  it('has an id of its own, also within a second', async () => {
    const { client } = await served();
    const made = await Promise.all(
      ['a', 'b', 'c'].map((word) => client.createSession({ task: `say ${word}` })),
    );
    const ids = made.map(({ id }) => id).sort();
    expect(ids).toEqual(['session-1700000000', 'session-1700000001', 'session-1700000002']);
    for (const { id } of made) {
      expect((await client.waitForCompletion(id, FAST)).status).toBe('completed');
    }
    expect((await client.listSessions()).total).toBe(3);
  });

  it('is ended and forgotten with its workspace when it is deleted', async () => {
    const { client, afs, core } = await served();
    const { id } = await client.createSession({ task: 'wait' });
    await expect.poll(async () => (await client.getSession(id)).status).toBe('running');
    await client.deleteSession(id);
    expect(await errorOf(client.getSession(id))).toBeInstanceOf(SessionNotFoundError);
    expect(await afs.workspace.exists(id)).toBe(false);
    expect(core.jobs.list({ kind: 'task' })[0]?.state).toBe('cancelled');
    expect((await client.listSessions()).items).toEqual([]);
  });

  it('fails when the daemon ends, and is still known to the next one', async () => {
    const { client, surface, core, token } = await served();
    const { id } = await client.createSession({ task: 'wait' });
    await expect.poll(async () => (await client.getSession(id)).status).toBe('running');
    await surface.close();
    const again = await ambientSurface.start(core, { port: 0 });
    whenDone(() => again.close());
    using other = new AmbientClient({
      ...{ baseUrl: again.addresses[0] ?? '', token, project: 'my-project' },
    });
    expect(await other.getSession(id)).toMatchObject({
      ...{ status: 'failed', error: 'The daemon ended while the session ran.' },
    });
  });

  it('is one of so many at a time', async () => {
    const { client } = await served({ maxSessions: 1 });
    const { id } = await client.createSession({ task: 'wait' });
    const error = await errorOf(client.createSession({ task: 'x' }));
    expect(error).toMatchObject({ statusCode: 503 });
    await client.deleteSession(id);
    await client.createSession({ task: 'x' });
  });
});

describe('the repositories of a session', () => {
  it('are cloned into it, with the branch that is asked for', async () => {
    const { client } = await served({ allowLocalRepos: true });
    const url = await serveRepository({ main: { 'a.txt': 'main\n' }, next: { 'a.txt': 'next\n' } });
    const task = 'run cat tool/a.txt tool-2/a.txt && ls && git -C tool log --format=%s';
    const repos = [{ url }, { url, branch: 'next' }];
    const { id } = await client.createSession({ task, repos });
    const done = await client.waitForCompletion(id, FAST);
    expect(done).toMatchObject({ status: 'completed' });
    expect(done.result).toBe('main\nnext\nREADME.md\nagent.sh\nevents.jsonl\ntool\ntool-2\nmain');
  });

  it('say why they cannot be cloned', async () => {
    const { client } = await served({ allowLocalRepos: true });
    const url = await serveRepository({ main: { 'a.txt': 'main\n' } });
    for (const repo of [{ url: url.replace('tool', 'other') }, { url, branch: 'missing' }]) {
      const { id } = await client.createSession({ task: 'say x', repos: [repo] });
      const failed = await client.waitForCompletion(id, FAST);
      expect(failed.status).toBe('failed');
      expect(failed.error).toMatch(/could not be cloned: .*(not found|missing)/s);
    }
  });

  it('are refused when they lead elsewhere, or are options of git', async () => {
    const { ask, token, core } = await served();
    const headers = { Authorization: `Bearer ${token}`, 'X-Ambient-Project': 'p' };
    const good = 'https://github.com/a/b';
    const wrong: unknown[] = [
      ...['file:///etc', 'ext::sh -c id', '--upload-pack=id', 'ssh://git@github.com/a/b'],
      ...['https://user:secret@github.com/a/b', 'http://localhost/a', 'http://127.1/a'],
      ...['http://[::1]/a', 'http://169.254.169.254/latest', 'http://0/a', 'http://a.localhost/'],
    ].map((url) => ({ url }));
    for (const branch of ['-x', '--upload-pack=id', 'a b', 'a..b', 'a\nb', '', 'x.lock', '@{1}']) {
      wrong.push({ url: good, branch });
    }
    wrong.push({}, 'https://github.com/a/b');
    for (const repo of wrong) {
      const body = JSON.stringify({ task: 'x', repos: [repo] });
      const answer = await ask('/v1/sessions', headers, { method: 'POST', body });
      expect(answer.status, body).toBe(400);
      expect(Object.keys(answer.body)).toEqual(['error']);
      expect(answer.body.error).not.toContain('secret');
    }
    expect(core.jobs.list()).toEqual([]);
  });
});

describe('who asks, and for which project', () => {
  it('has to be said: first who', async () => {
    const { ask, token } = await served();
    const missing = { status: 401, body: { error: 'Missing or invalid authorization' } };
    expect(await ask('/v1/sessions', {})).toEqual(missing);
    for (const authorization of [`Basic ${token}`, 'Bearer', `Bearer ${token}x`, `bearer  `]) {
      expect(await ask('/v1/sessions', { Authorization: authorization })).toEqual(missing);
    }
    const headers = { Authorization: `Bearer ${token}` };
    const text =
      'Project required. Set X-Ambient-Project header or use a project-scoped access key.';
    expect(await ask('/v1/sessions', headers)).toEqual({ status: 400, body: { error: text } });
    for (const project of ['My_Project', '-a', 'a-', 'a'.repeat(64), '../a']) {
      const answer = await ask('/v1/sessions', { ...headers, 'X-Ambient-Project': project });
      expect(answer).toEqual({ status: 400, body: { error: 'Invalid project name' } });
    }
    const forwarded = { 'X-Forwarded-Access-Token': token, 'X-Ambient-Project': 'p' };
    expect((await ask('/v1/sessions', forwarded)).status).toBe(200);
  });

  it('sees the sessions of that project alone', async () => {
    const { client, clientOf, token } = await served();
    const { id } = await client.createSession({ task: 'say x' });
    const other = clientOf(token, 'other');
    expect(await errorOf(other.getSession(id))).toMatchObject({
      ...{ statusCode: 404, message: `session not found: ${id}` },
    });
    expect(await errorOf(other.deleteSession(id))).toBeInstanceOf(SessionNotFoundError);
    expect((await other.listSessions()).items).toEqual([]);
    expect((await client.listSessions()).total).toBe(1);
  });

  it('is bound to the project of a token that has one', async () => {
    const { core, ask, clientOf } = await served();
    const { token } = core.tokens.create({ name: 'scoped', role: 'api', project: 'team-a' });
    const headers = { Authorization: `Bearer ${token}` };
    expect((await ask('/v1/sessions', headers)).status).toBe(200);
    expect(await clientOf(token, 'team-a').listSessions()).toEqual({ items: [], total: 0 });
    const error = await errorOf(clientOf(token, 'team-b').listSessions());
    expect(error.message).toMatch(/^API error \(400\): Project required/);
  });

  it('may do what the token is for', async () => {
    const { core, clientOf } = await served();
    const { token } = core.tokens.create({ name: 'reader', role: 'api', scopes: ['read'] });
    const reader = clientOf(token, 'p');
    expect(await reader.listSessions()).toEqual({ items: [], total: 0 });
    const error = await errorOf(reader.createSession({ task: 'x' }));
    expect(error).not.toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ statusCode: 403 });
    const few = core.tokens.create({ name: 'few', role: 'api', workspaces: ['agent-*'] });
    expect(await errorOf(clientOf(few.token, 'p').createSession({ task: 'x' }))).toMatchObject({
      statusCode: 403,
    });
    const far = core.tokens.create({ name: 'far', role: 'api', ipCidrs: ['10.0.0.0/8'] });
    expect(await errorOf(clientOf(far.token, 'p').listSessions())).toMatchObject({
      statusCode: 403,
    });
  });
});

describe('requests that are wrong', () => {
  it.each([
    ['no JSON', '{"task":'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no task', '{"model":"m"}'],
    ['an empty task', '{"task":"  "}'],
    ['a task that is no text', '{"task":1}'],
    ['a task that is too long', JSON.stringify({ task: 'x'.repeat(50_001) })],
    ['an empty model', '{"task":"x","model":""}'],
    ['repositories that are none', '{"task":"x","repos":"https://github.com/a/b"}'],
  ])('are refused: %s', async (_, body) => {
    const { ask, token } = await served();
    const headers = { Authorization: `Bearer ${token}`, 'X-Ambient-Project': 'p' };
    const answer = await ask('/v1/sessions', headers, { method: 'POST', body });
    expect(answer).toEqual({ status: 400, body: { error: expect.any(String) } });
  });

  it('are told apart: an id that is none, and one of no session', async () => {
    const { ask, token, client } = await served();
    const headers = { Authorization: `Bearer ${token}`, 'X-Ambient-Project': 'p' };
    for (const id of ['a%2Fb', 'Session-1', '-a', 'a'.repeat(64), '..%2f', '%00']) {
      const answer = await ask(`/v1/sessions/${id}`, headers);
      expect(answer, id).toEqual({ status: 400, body: { error: 'Invalid session ID' } });
    }
    expect(await errorOf(client.getSession('invalid-id'))).toBeInstanceOf(SessionNotFoundError);
    expect(await errorOf(client.getSession('w'))).toBeInstanceOf(SessionNotFoundError);
    expect((await ask('/v2/sessions', headers)).status).toBe(404);
  });

  it('are too many after so many at once', async () => {
    const { ask } = await served({ rate: { perSecond: 0.001, burst: 3 } });
    for (let count = 0; count < 3; count += 1) expect((await ask('/health', {})).status).toBe(200);
    const { status, body } = await ask('/v1/sessions', {});
    expect(status).toBe(429);
    expect(body).toEqual({
      error: 'Rate limit exceeded',
      retry_after: expect.stringMatching(/^\d+s$/),
    });
  });
});

describe('the health of the surface', () => {
  it('is told to everybody', async () => {
    const { ask } = await served();
    expect(await ask('/health', {})).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await ask('/ready', {})).toEqual({ status: 200, body: { status: 'ready' } });
  });
});

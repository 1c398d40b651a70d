/** The client of Ambient, on a server that answers as the public one does. */

import { describe, expect, it } from 'vitest';
import {
  AmbientAPIError,
  AmbientClient,
  AmbientConnectionError,
  AuthenticationError,
  SessionNotFoundError,
  SessionStatus,
  TimeoutError,
} from '../../src/neighbours/ambient/index.ts';
import { AnsweringServer } from '../support/answering-server.ts';

const SECRET = 'sha256~AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_A';
const ID = 'session-1771013589';
const PENDING = `{"id":"${ID}","status":"pending","task":"t","createdAt":"2026-02-13T20:13:09Z"}`;
const COMPLETED =
  `{"id":"${ID}","status":"completed","task":"t","model":"claude-3.5-sonnet",` +
  '"createdAt":"2026-02-13T20:13:09Z","completedAt":"2026-02-13T20:14:09Z","result":"All is well."}';
const LOOK = `GET /v1/sessions/${ID}`;

type Answers = Parameters<typeof AnsweringServer.start>[0];

async function clientOn(answers: Answers, timeout = 30_000) {
  const server = await AnsweringServer.start(answers);
  const client = new AmbientClient({
    ...{ baseUrl: server.url, token: SECRET, project: 'my-project', timeout },
  });
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('It was not rejected.'),
    (error: unknown) => error,
  );
}

describe('a client of Ambient', () => {
  it('makes a session, in the name of a token and a project', async () => {
    const body = `{"id":"${ID}","message":"Session created"}`;
    await using on = await clientOn({ 'POST /v1/sessions': [201, body] });
    const repos = [{ url: 'https://github.com/ambient-code/platform', branch: 'main' }];
    const request = { task: 'Analyze', model: 'claude-3.5-sonnet', repos };
    expect(await on.client.createSession(request)).toEqual({ id: ID, message: 'Session created' });
    expect(on.server.sent).toEqual(request);
    expect(on.server.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${SECRET}`,
      'x-ambient-project': 'my-project',
      'content-type': 'application/json',
    });
    await on.client.createSession({ task: 'Only this' });
    expect(on.server.sent).toEqual({ task: 'Only this' });
  });

  it.each([
    ['createdAt', COMPLETED],
    [
      'created_at',
      COMPLETED.replaceAll('createdAt', 'created_at').replace('completedAt', 'completed_at'),
    ],
  ])('reads a session whose times are spelled %s', async (_, body) => {
    await using on = await clientOn({ [LOOK]: [200, body] });
    expect(await on.client.getSession(ID)).toEqual({
      ...{ id: ID, status: SessionStatus.Completed, task: 't', model: 'claude-3.5-sonnet' },
      createdAt: '2026-02-13T20:13:09Z',
      completedAt: '2026-02-13T20:14:09Z',
      result: 'All is well.',
    });
  });

  it('lists the sessions of the project, with and without a total', async () => {
    await using on = await clientOn({
      'GET /v1/sessions': [
        [200, `{"items":[${PENDING},${COMPLETED}],"total":2}`],
        [200, `{"items":[${PENDING}]}`],
        [200, '{"items":null,"total":0}'],
      ],
    });
    const { items, total } = await on.client.listSessions();
    expect(items.map(({ status }) => status)).toEqual(['pending', 'completed']);
    expect(total).toBe(2);
    expect((await on.client.listSessions()).total).toBe(1);
    expect(await on.client.listSessions()).toEqual({ items: [], total: 0 });
  });

  it('deletes a session', async () => {
    const gone = (response: import('node:http').ServerResponse) => response.writeHead(204).end();
    await using on = await clientOn({ [`DELETE /v1/sessions/${ID}`]: gone });
    expect(await on.client.deleteSession(ID)).toBeUndefined();
  });

  it('waits until a session is over, whichever way', async () => {
    const failed = `{"id":"${ID}","status":"failed","task":"t","error":"no model"}`;
    await using on = await clientOn({
      [LOOK]: [
        [200, PENDING],
        [200, PENDING.replace('pending', 'running')],
        [200, COMPLETED],
        [200, failed],
      ],
    });
    const completed = await on.client.waitForCompletion(ID, { pollInterval: 1, timeout: 60_000 });
    expect(completed).toMatchObject({ status: 'completed', result: 'All is well.' });
    expect(on.server.calls).toEqual([LOOK, LOOK, LOOK]);
    expect(await on.client.waitForCompletion(ID)).toMatchObject({ error: 'no model' });
  });

  it('waits no longer than it is told to', async () => {
    await using on = await clientOn({ [LOOK]: [200, PENDING] });
    const error = await errorOf(on.client.waitForCompletion(ID, { pollInterval: 5, timeout: 20 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({
      name: 'TimeoutError',
      message: `Session ${ID} is still pending after 0.02 seconds.`,
    });
    expect(new Set(on.server.calls)).toEqual(new Set([LOOK]));
  });

  it('stops waiting at a signal', async () => {
    await using on = await clientOn({ [LOOK]: [200, PENDING] });
    const controller = new AbortController();
    const waiting = errorOf(on.client.waitForCompletion(ID, { signal: controller.signal }));
    await expect.poll(() => on.server.calls).toEqual([LOOK]);
    controller.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  });
});

describe('what a client of Ambient throws', () => {
  it('tells a session that is not there', async () => {
    await using on = await clientOn({
      [LOOK]: [404, `{"error":"session not found: ${ID}"}`],
    });
    const error = await errorOf(on.client.getSession(ID));
    expect(error).toBeInstanceOf(SessionNotFoundError);
    expect(error).toBeInstanceOf(AmbientAPIError);
    expect(error).toMatchObject({ statusCode: 404, message: `session not found: ${ID}` });
  });

  it('tells a token that is not taken', async () => {
    await using on = await clientOn({
      'GET /v1/sessions': [401, '{"error":"Missing or invalid authorization"}'],
    });
    const error = await errorOf(on.client.listSessions());
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ statusCode: 401, message: 'Missing or invalid authorization' });
  });

  it.each([
    [
      400,
      '{"error":"Project required. Set X-Ambient-Project header"}',
      'Project required. Set X-Ambient-Project header',
    ],
    [403, '{"error":"Forbidden","message":"cannot list"}', 'Forbidden'],
    [409, '{"code":"ambient-409","reason":"exists","error":409}', 'exists'],
    [429, '{"error":"Rate limit exceeded","retry_after":"1s"}', 'Rate limit exceeded'],
    [502, '{"error":"Backend unavailable"}', 'Backend unavailable'],
    [503, 'upstream connect error', 'upstream connect error'],
    [500, '', 'no reason given'],
  ])('says what the server says with a %i', async (status, body, said) => {
    await using on = await clientOn({ 'GET /v1/sessions': [status, body] });
    const error = await errorOf(on.client.listSessions());
    expect(error).toMatchObject({
      ...{ name: 'AmbientAPIError', statusCode: status, message: `API error (${status}): ${said}` },
    });
    expect(on.server.calls).toHaveLength(1);
  });

  it('tells of an answer that is none', async () => {
    await using on = await clientOn({ 'GET /v1/sessions': [200, '<html>Log in</html>'] });
    expect(await errorOf(on.client.listSessions())).toMatchObject({
      ...{ statusCode: 200, body: '<html>Log in</html>' },
    });
  });

  it('tells of a server that cannot be reached, or takes too long', async () => {
    await using on = await clientOn({ 'GET /v1/sessions': () => undefined }, 50);
    const late = await errorOf(on.client.listSessions());
    expect(late).toBeInstanceOf(AmbientConnectionError);
    expect(late).toMatchObject({
      ...{
        statusCode: undefined,
        message: 'Failed to connect to API: no answer within 0.05 seconds',
      },
    });
    await on.server[Symbol.asyncDispose]();
    const gone = await errorOf(on.client.listSessions());
    expect(gone).toBeInstanceOf(AmbientConnectionError);
    expect((gone as Error).message).toMatch(/^Failed to connect to API: .*ECONNREFUSED/);
  });

  it('comes before anything is sent, for what cannot be right', async () => {
    await using on = await clientOn({});
    const wrong = [
      { task: '' },
      { task: ' \n' },
      { task: 'x'.repeat(50_001) },
      { task: 't', model: '' },
      { task: 't', repos: [{ url: 'file:///etc' }] },
      { task: 't', repos: [{ url: 'git@github.com:a/b' }] },
      { task: 't', repos: [{ url: 'https://' }] },
      { task: 't', repos: [{ url: 'https://github.com/a/b', branch: '' }] },
    ];
    for (const request of wrong) {
      const error = await errorOf(on.client.createSession(request));
      expect(error, JSON.stringify(request).slice(0, 80)).toBeInstanceOf(RangeError);
    }
    for (const id of ['', '.', '..']) {
      expect(await errorOf(on.client.getSession(id))).toBeInstanceOf(RangeError);
    }
    expect(on.server.calls).toEqual([]);
    await errorOf(on.client.getSession('../../health'));
    expect(on.server.calls).toEqual(['GET /v1/sessions/..%2F..%2Fhealth']);
  });
});

describe('the options of a client of Ambient', () => {
  it('come from the environment', async () => {
    await using on = await clientOn({ 'GET /v1/sessions': [200, '{"items":[],"total":0}'] });
    const env = { AMBIENT_API_URL: on.server.url, AMBIENT_TOKEN: 'tok', AMBIENT_PROJECT: 'p' };
    using client = AmbientClient.fromEnv({ project: 'other', timeout: 60_000 }, env);
    await client.listSessions();
    expect(on.server.asked[0]?.headers).toMatchObject({
      ...{ authorization: 'Bearer tok', 'x-ambient-project': 'other' },
    });
    const without = (name: string) => () => AmbientClient.fromEnv({}, { ...env, [name]: '' });
    expect(without('AMBIENT_TOKEN')).toThrow('AMBIENT_TOKEN environment variable is required');
    expect(without('AMBIENT_PROJECT')).toThrow('AMBIENT_PROJECT environment variable is required');
    expect(without('AMBIENT_API_URL')).not.toThrow();
  });

  it.each([
    ['a base URL of another kind', { baseUrl: 'unix:///run/x' }],
    ['an empty token', { token: '' }],
    ['a token with a line of its own', { token: 'abc\r\nX-Evil: 1' }],
    ['an empty project', { project: '' }],
    ['a project that is no name', { project: 'My_Project' }],
    ['a project with a line of its own', { project: 'a\r\nX-Evil: 1' }],
    ['a project that is too long', { project: 'a'.repeat(64) }],
  ])('are refused: %s', (_, wrong) => {
    const right = { baseUrl: 'https://api.example.com', token: 'your-token', project: 'p' };
    expect(() => new AmbientClient(right)).not.toThrow();
    expect(() => new AmbientClient({ ...right, ...wrong })).toThrow(RangeError);
  });
});

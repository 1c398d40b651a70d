/** The client of clawdforge, on a server that answers as its text says. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  Forge,
  ForgeAdmin,
  ForgeAPIError,
  ForgeAuthError,
  ForgeError,
  ForgeTransportError,
} from '../../src/neighbours/clawdforge/index.ts';
import { type Answer, AnsweringServer } from '../support/answering-server.ts';

const STATE =
  '{"session_id":"sess_abc","agent":"claude","cwd":"/data/sessions/sess_abc",' +
  '"created_at":"2026-04-29T13:35:27Z","last_turn_at":"2026-04-29T13:36:00Z","turn_count":3,' +
  '"closed_at":null,"live":true,"meta":{"caller_name":"petalparse"}}';

const TURN =
  '{"ok":true,"session_id":"sess_abc","turn_index":1,"events":[{"type":"thinking","content":"hm"},' +
  '{"type":"text","content":"Hello, "},{"type":"tool_call","name":"Read","args":{"file_path":"a"},' +
  '"result":"x"},{"type":"text","content":"world."}],"stop_reason":"end_turn","duration_ms":12345}';

const SESSION = {
  'POST /sessions': [200, STATE],
  'DELETE /sessions/sess_abc': [200, '{"ok":true}'],
};

async function forgeOn(answers: Record<string, unknown>) {
  const server = await AnsweringServer.start(answers as Record<string, Answer>);
  const forge = new Forge({ baseUrl: `${server.url}/`, token: 'cf_test' });
  return {
    server,
    forge,
    async [Symbol.asyncDispose]() {
      forge.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The error that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('It was not rejected.'),
    (error: unknown) => error,
  );
}

describe('a forge', () => {
  it('asks for the health of the server, and passes on what newer ones add', async () => {
    await using on = await forgeOn({
      'GET /healthz': [
        200,
        '{"ok":true,"claude_present":true,"claude_version":"1.x.y","open_sessions":2}',
      ],
    });
    expect(await on.forge.healthz()).toEqual({
      ...{ ok: true, claudePresent: true, claudeVersion: '1.x.y', openSessions: 2 },
    });
    expect(on.server.asked[0]?.headers.authorization).toBe('Bearer cf_test');
  });

  it('runs a prompt with the defaults of the text', async () => {
    const body =
      '{"ok":true,"result":{"hello":"world"},"duration_ms":4321,"stop_reason":"end_turn"}';
    await using on = await forgeOn({ 'POST /run': [200, body] });
    const r = await on.forge.run({ prompt: 'Reply with JSON: {"hello": "world"}' });
    expect(r).toEqual({
      ...{ ok: true, result: { hello: 'world' }, durationMs: 4321, stopReason: 'end_turn' },
    });
    expect(on.server.sent).toEqual({
      ...{ prompt: 'Reply with JSON: {"hello": "world"}', model: 'sonnet', timeout_secs: 120 },
    });
  });

  it('sends everything that a run can have', async () => {
    await using on = await forgeOn({
      'POST /run': [200, '{"ok":true,"result":"plain","duration_ms":1,"stop_reason":"end_turn"}'],
    });
    const r = await on.forge.run({
      ...{ prompt: 'p', model: 'opus', system: 's', files: ['ff_1', 'ff_2'], timeoutSecs: 60 },
    });
    expect(r.result).toBe('plain');
    expect(on.server.sent).toEqual({
      ...{ prompt: 'p', model: 'opus', system: 's', files: ['ff_1', 'ff_2'], timeout_secs: 60 },
    });
  });

  it('takes other defaults', async () => {
    await using on = await forgeOn({ 'POST /run': [200, '{"ok":true,"result":""}'] });
    const options = { defaultModel: 'haiku', defaultTimeoutSecs: 5, httpTimeoutMargin: 1 };
    using forge = new Forge({ baseUrl: on.server.url, token: 'cf_x', ...options });
    const result = { ok: true, result: '', durationMs: 0, stopReason: null };
    expect(await forge.run({ prompt: 'p' })).toEqual(result);
    expect(on.server.sent).toEqual({ prompt: 'p', model: 'haiku', timeout_secs: 5 });
  });

  it('sends a file from a path, with its name and its time to live', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'agentfs-forge-'));
    try {
      const path = join(directory, 'recipe "1".txt');
      await writeFile(path, 'two cups of rice\n');
      const body = '{"file_token":"ff_abc","ttl_secs":3600,"size":17}';
      await using on = await forgeOn({ 'POST /files': [200, body] });
      const token = await on.forge.uploadFile(path, { ttlSecs: 3600 });
      expect(token).toEqual({ fileToken: 'ff_abc', ttlSecs: 3600, size: 17 });
      const [asked] = on.server.asked;
      expect(asked?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
      expect(asked?.body).toMatch(
        /name="file"; filename="recipe %221%22\.txt"\r\nContent-Type: application\/octet-stream\r\n\r\ntwo cups of rice\n\r\n/,
      );
      expect(asked?.body).toMatch(/name="ttl_secs"\r\n\r\n3600\r\n/);
      const missing = await errorOf(on.forge.uploadFile(join(directory, 'missing')));
      expect(missing).toMatchObject({ code: 'ENOENT' });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it.each([
    ['bytes', Buffer.from('abc')],
    ['a blob', new Blob(['abc'])],
    [
      'pieces',
      (async function* () {
        yield Buffer.from('a');
        yield Buffer.from('bc');
      })(),
    ],
  ])('sends a file from %s, with a name and type', async (_, source) => {
    await using on = await forgeOn({
      'POST /files': [200, '{"file_token":"ff_abc","ttl_secs":60,"size":3}'],
    });
    await on.forge.uploadFile(source, {
      ...{ filename: 'snippet.txt', contentType: 'text/plain', ttlSecs: 60 },
    });
    expect(on.server.asked[0]?.body).toMatch(
      /filename="snippet.txt"\r\nContent-Type: text\/plain\r\n\r\nabc\r\n/,
    );
  });

  it('lets no header be put into a form by the name of a file', async () => {
    await using on = await forgeOn({ 'POST /files': [200, '{"file_token":"ff_abc"}'] });
    await on.forge.uploadFile(Buffer.from('x'), { filename: 'a"\r\nX-Evil: 1\r\n\r\n' });
    expect(on.server.asked[0]?.body).not.toMatch(/^X-Evil/m);
  });

  it('says what the server says of a time to live out of range', async () => {
    await using on = await forgeOn({
      'POST /files': [400, '{"detail":"ttl_secs must be between 60 and 86400"}'],
    });
    const error = await errorOf(on.forge.uploadFile(Buffer.from('x'), { ttlSecs: 1 }));
    expect(error).toBeInstanceOf(ForgeAPIError);
    expect(error).toMatchObject({
      statusCode: 400,
      message: 'clawdforge answered 400: ttl_secs must be between 60 and 86400',
    });
  });
});

describe('a session of a forge', () => {
  it('is closed after the block, and gives the text of its turns', async () => {
    await using on = await forgeOn({ ...SESSION, 'POST /sessions/sess_abc/turn': [200, TURN] });
    const text = await on.forge.session({ agent: 'claude' }, async (s) => {
      const r = await s.turn('Read README.md and summarize it');
      expect(r).toMatchObject({
        ...{ ok: true, sessionId: 'sess_abc', turnIndex: 1, stopReason: 'end_turn' },
        durationMs: 12345,
      });
      expect(r.events.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_call', 'text']);
      expect(r.events[2]).toEqual({
        ...{ type: 'tool_call', name: 'Read', args: { file_path: 'a' }, result: 'x' },
      });
      return r.text();
    });
    expect(text).toBe('Hello, world.');
    expect(on.server.calls).toEqual([
      'POST /sessions',
      'POST /sessions/sess_abc/turn',
      'DELETE /sessions/sess_abc',
    ]);
    expect(JSON.parse(on.server.asked[0]?.body ?? '')).toEqual({ agent: 'claude' });
    expect(JSON.parse(on.server.asked[1]?.body ?? '')).toEqual({
      prompt: 'Read README.md and summarize it',
    });
  });

  it('is closed when the block throws, and the error of the block comes out', async () => {
    const deletion: Answer = [500, '{"error":"broken"}'];
    await using on = await forgeOn({ ...SESSION, 'DELETE /sessions/sess_abc': deletion });
    const error = new Error('mine');
    const thrown = on.forge.session({}, async () => {
      throw error;
    });
    expect(await errorOf(thrown)).toBe(error);
    expect(on.server.calls).toContain('DELETE /sessions/sess_abc');
  });

  it('asks for its end once, however often it is closed', async () => {
    await using on = await forgeOn(SESSION);
    {
      await using s = await on.forge.createSession({ meta: { caller: 'petalparse' } });
      await Promise.all([s.close(), s.close()]);
      await s.close();
    }
    expect(JSON.parse(on.server.asked[0]?.body ?? '')).toEqual({
      ...{ agent: 'claude', meta: { caller: 'petalparse' } },
    });
    expect(on.server.calls).toEqual(['POST /sessions', 'DELETE /sessions/sess_abc']);
  });

  it.each([
    [200, '{"ok":true,"already_closed":true}'],
    [404, '{"error":"not found"}'],
    [410, '{"error":"session closed"}'],
  ])('is closed also if the server has let go of it: %i', async (status, body) => {
    await using on = await forgeOn({ ...SESSION, 'DELETE /sessions/sess_abc': [status, body] });
    const s = await on.forge.createSession();
    await s.close();
    await s.close();
    expect(on.server.calls).toHaveLength(2);
  });

  it('can be closed again after the server was out of order', async () => {
    const deletion = [
      [500, '{"error":"broken"}'],
      [200, '{}'],
    ];
    await using on = await forgeOn({ ...SESSION, 'DELETE /sessions/sess_abc': deletion });
    const s = await on.forge.createSession();
    expect(await errorOf(s.close())).toMatchObject({ statusCode: 500 });
    await s.close();
    expect(on.server.calls).toHaveLength(3);
  });

  it('sends files and a time limit with a turn, and refuses an empty prompt itself', async () => {
    await using on = await forgeOn({ ...SESSION, 'POST /sessions/sess_abc/turn': [200, TURN] });
    const s = await on.forge.createSession();
    await s.turn('look', { files: ['ff_1'], timeoutSecs: 30 });
    expect(on.server.sent).toEqual({ prompt: 'look', files: ['ff_1'], timeout_secs: 30 });
    expect(await errorOf(s.turn('  '))).toBeInstanceOf(RangeError);
    expect(await errorOf(on.forge.run({ prompt: '' }))).toBeInstanceOf(RangeError);
    expect(on.server.calls).toHaveLength(2);
  });

  it('is listed and inspected', async () => {
    await using on = await forgeOn({
      ...SESSION,
      'GET /sessions': [200, `{"sessions":[${STATE}]}`],
      'GET /sessions?include_closed=false': [200, `[${STATE}]`],
      'GET /sessions/sess_abc': [200, STATE],
    });
    const state = {
      ...{ sessionId: 'sess_abc', agent: 'claude', cwd: '/data/sessions/sess_abc' },
      ...{ createdAt: '2026-04-29T13:35:27Z', lastTurnAt: '2026-04-29T13:36:00Z', turnCount: 3 },
      ...{ closedAt: null, live: true, meta: { caller_name: 'petalparse' } },
    };
    expect(await on.forge.listSessions()).toEqual([state]);
    expect(await on.forge.listSessions({ includeClosed: false })).toEqual([state]);
    expect(await on.forge.getSession('sess_abc')).toEqual(state);
    const s = await on.forge.createSession();
    expect(s.created).toEqual(state);
    expect((await s.state()).turnCount).toBe(3);
  });

  it('has an id that leads nowhere else', async () => {
    await using on = await forgeOn({});
    for (const id of ['', '.', '..']) {
      expect(await errorOf(on.forge.getSession(id)), id).toBeInstanceOf(RangeError);
    }
    expect(await errorOf(on.forge.getSession('../admin/tokens?x#y'))).toMatchObject({
      statusCode: 404,
    });
    expect(on.server.calls).toEqual(['GET /sessions/..%2Fadmin%2Ftokens%3Fx%23y']);
  });
});

describe('the tokens of a forge', () => {
  it('are made, listed and revoked', async () => {
    await using on = await forgeOn({
      'POST /admin/tokens': [
        200,
        '{"name":"cauldron","token":"cf_brandnew_xxx","ip_cidrs":["172.24.0.0/16"]}',
      ],
      'GET /admin/tokens': [
        200,
        '{"tokens":[{"name":"cauldron","ip_cidrs":"172.24.0.0/16,10.0.0.0/8","created_at":1777469727,' +
          '"last_used":null,"enabled":1},{"name":"old","ip_cidrs":"","enabled":false}]}',
      ],
      'DELETE /admin/tokens/cauldron': [200, '{"ok":true}'],
      'DELETE /admin/tokens/a%2Fb': [404, '{"detail":"no such token"}'],
    });
    using admin = new ForgeAdmin({ baseUrl: on.server.url, token: 'admin' });
    const made = await admin.createToken('cauldron', { ipCidrs: ['172.24.0.0/16'] });
    expect(on.server.sent).toEqual({ name: 'cauldron', ip_cidrs: ['172.24.0.0/16'] });
    const rest = { createdAt: null, lastUsed: null, enabled: true };
    const ipCidrs = ['172.24.0.0/16'];
    expect(made).toEqual({ name: 'cauldron', token: 'cf_brandnew_xxx', ipCidrs, ...rest });
    expect(await admin.listTokens()).toEqual([
      {
        ...{ ...rest, name: 'cauldron', token: null, createdAt: 1777469727 },
        ipCidrs: ['172.24.0.0/16', '10.0.0.0/8'],
      },
      { ...rest, name: 'old', token: null, ipCidrs: [], enabled: false },
    ]);
    expect(await admin.revokeToken('cauldron')).toBe(true);
    expect(await errorOf(admin.revokeToken('a/b'))).toMatchObject({ statusCode: 404 });
  });
});

describe('the errors of a forge', () => {
  const FAILED =
    '{"ok":false,"error":"claude exited 1","stderr":"Invalid API key","duration_ms":812,"stop_reason":"error"}';

  it.each([
    ['at the top', FAILED],
    ['below detail', `{"detail":${FAILED}}`],
  ])('have the body of a run that failed: %s', async (_, body) => {
    await using on = await forgeOn({ 'POST /run': [502, body] });
    const error = await errorOf(on.forge.run({ prompt: 'x' }));
    expect(error).toBeInstanceOf(ForgeAPIError);
    expect(error).not.toBeInstanceOf(ForgeAuthError);
    expect(error).toMatchObject({
      name: 'ForgeAPIError',
      statusCode: 502,
      message: 'clawdforge answered 502: claude exited 1',
      body: JSON.parse(body),
    });
    expect(on.server.calls).toEqual(['POST /run']);
  });

  it.each([401, 403])('tell that it is about the token: %i', async (status) => {
    await using on = await forgeOn({ 'POST /run': [status, '{"error":"invalid token"}'] });
    const error = await errorOf(on.forge.run({ prompt: 'x' }));
    expect(error).toBeInstanceOf(ForgeAuthError);
    expect(error).toBeInstanceOf(ForgeAPIError);
    expect(error).toBeInstanceOf(ForgeError);
    expect(error).toMatchObject({ statusCode: status });
  });

  it('have the text of an answer that is no JSON', async () => {
    await using on = await forgeOn({
      'POST /run': [
        [500, 'Internal Server Error'],
        [200, 'hello'],
      ],
    });
    expect(await errorOf(on.forge.run({ prompt: 'x' }))).toMatchObject({
      ...{ statusCode: 500, body: 'Internal Server Error' },
    });
    expect(await errorOf(on.forge.run({ prompt: 'x' }))).toMatchObject({
      ...{ statusCode: 200, body: 'hello' },
    });
  });

  it('tell of a server that is not there, slow, or gone in the middle, and try once', async () => {
    await using on = await forgeOn({
      'POST /run': [
        (response: { destroy(): void }) => response.destroy(),
        (response: import('node:http').ServerResponse) => {
          response.writeHead(200, { 'Content-Length': 100 });
          response.write('{"ok":');
          setImmediate(() => response.destroy());
        },
        () => undefined,
      ],
    });
    for (let count = 1; count <= 2; count += 1) {
      const error = await errorOf(on.forge.run({ prompt: 'x' }));
      expect(error).toBeInstanceOf(ForgeTransportError);
      expect(error).not.toBeInstanceOf(ForgeAPIError);
      expect(on.server.calls).toHaveLength(count);
    }
    using hasty = new Forge({ baseUrl: on.server.url, token: 'cf_x', httpTimeoutMargin: 0 });
    const late = await errorOf(hasty.run({ prompt: 'x', timeoutSecs: 0.05 }));
    expect(late).toBeInstanceOf(ForgeTransportError);
    expect((late as Error).message).toBe(
      'clawdforge cannot be reached: no answer within 0.05 seconds',
    );
    await on.server[Symbol.asyncDispose]();
    const gone = await errorOf(on.forge.healthz());
    expect(gone).toBeInstanceOf(ForgeTransportError);
    expect((gone as Error).message).toMatch(/ECONNREFUSED/);
  });

  it('leave the reason of a signal alone', async () => {
    await using on = await forgeOn({ 'POST /run': () => undefined });
    const controller = new AbortController();
    const run = errorOf(on.forge.run({ prompt: 'x', signal: controller.signal }));
    await expect.poll(() => on.server.calls).toEqual(['POST /run']);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await run).toBe(reason);
  });

  it('come before anything is sent, for what no server can be called with', () => {
    const make = (baseUrl: string, token: string) => () => new Forge({ baseUrl, token });
    expect(make('localhost:8800', 'cf_x')).toThrow(RangeError);
    expect(make('ftp://localhost', 'cf_x')).toThrow(RangeError);
    expect(make('http://localhost', '')).toThrow(RangeError);
    expect(make('http://localhost', 'cf_x\r\nX-Evil: 1')).toThrow(RangeError);
  });
});

describe('the connections of a forge', () => {
  it('are kept for further calls, and can be those of a pool', async () => {
    await using on = await forgeOn({ 'GET /healthz': [200, '{"ok":true}'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const options = { baseUrl: on.server.url, token: 'cf_x', agent };
    using one = new Forge(options);
    const other = new Forge(options);
    await one.healthz();
    other.close();
    await one.healthz();
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    agent.destroy();
  });

  it('go to a server below a path', async () => {
    await using on = await forgeOn({ 'GET /forge/v0/healthz': [200, '{"ok":true}'] });
    using forge = new Forge({ baseUrl: `${on.server.url}/forge/v0//`, token: 'cf_x' });
    expect(await forge.healthz()).toEqual({ ok: true });
  });
});

/** The surface of clawdforge, by its own client and by bytes. */

import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import {
  Forge,
  ForgeAdmin,
  ForgeAPIError,
  ForgeAuthError,
} from '../../src/neighbours/clawdforge/index.ts';
import type { ForgeSurfaceOptions } from '../../src/server/clawdforge/surface.ts';
import { forgeSurface } from '../../src/server/clawdforge/surface.ts';
import type { CoreOptions } from '../../src/server/core/server-core.ts';
import { AGENT } from '../support/agent-script.ts';
import { type Answer, AnsweringServer } from '../support/answering-server.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

const ADMIN = 'the-admin-token';

async function served(
  options: Partial<ForgeSurfaceOptions> = {},
  coreOptions: Partial<CoreOptions> = {},
) {
  const agent = { command: AGENT.command };
  const test = await testCore(AGENT.files, { adminTokens: [ADMIN], agent, ...coreOptions });
  const surface = await forgeSurface.start(test.core, { port: 0, ...options });
  whenDone(() => surface.close());
  const [url = ''] = surface.addresses;
  const forgeOf = (secret: string): Forge => {
    const forge = new Forge({ baseUrl: url, token: secret });
    whenDone(() => forge.close());
    return forge;
  };
  const admin = new ForgeAdmin({ baseUrl: url, token: ADMIN });
  whenDone(() => admin.close());
  const { token } = await admin.createToken('app');
  return { ...test, surface, url, admin, forge: forgeOf(token ?? ''), token: token ?? '', forgeOf };
}

async function errorOf(promise: Promise<unknown>): Promise<ForgeAPIError> {
  return promise.then(
    () => expect.unreachable('It was not rejected.'),
    (error: unknown) => error as ForgeAPIError,
  );
}

/** Sends bytes and gives all that comes back until the server closes, or `until` is seen. */
async function exchange(url: string, bytes: string, until?: RegExp): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.on('data', (piece: string) => {
      text += piece;
      if (until?.test(text)) socket.destroy();
    });
  });
}

describe('GET /healthz', () => {
  it('says that all is well, to everybody', async () => {
    const { url, forge } = await served();
    const answer = await fetch(`${url}/healthz`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      ...{ ok: true, claude_present: true, claude_version: 'agentfs 0' },
      ...{ acpx_present: true, acpx_version: 'agentfs 0', open_sessions: 0 },
    });
    await forge.createSession();
    expect(await forge.healthz()).toMatchObject({ claudePresent: true, openSessions: 1 });
  });

  it('says when there is no agent', async () => {
    const { forge } = await served({}, { agent: {} });
    expect(await forge.healthz()).toMatchObject({ claudePresent: false, claudeVersion: null });
  });
});

describe('POST /run', () => {
  it.each([
    ['say {"hello": "world"}', { hello: 'world' }],
    ['fenced', { hello: 'world' }],
    ['say 42', 42],
    ['say plain', 'plain'],
    ['say {"half":', '{"half":'],
  ])('gives JSON parsed, and all else as text: %s', async (prompt, result) => {
    const { forge } = await served();
    const r = await forge.run({ prompt });
    expect(r).toMatchObject({ ok: true, result, stopReason: 'end_turn' });
    expect(r.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('hands on model and system prompt', async () => {
    const { forge, url, token } = await served();
    const { result } = await forge.run({ prompt: 'model', system: 'Be brief.' });
    expect(result).toBe('sonnet|Be brief.');
    expect((await forge.run({ prompt: 'model', model: 'opus' })).result).toBe('opus|');
    const later = await fetch(`${url}/run`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: '{"prompt":"model","system_mode":"append","effort":"low","unknown":1}',
    });
    expect(await later.json()).toMatchObject({ ok: true, result: 'sonnet|' });
  });

  it('hands on a prompt of any length', async () => {
    const { forge } = await served();
    expect((await forge.run({ prompt: 'x'.repeat(100_000) })).result).toBe(100_000);
  });

  it('leaves nothing behind but the job', async () => {
    const { forge, afs, core, project } = await served();
    await forge.run({ prompt: 'write made.txt' });
    const names = (await afs.workspace.list()).map(({ name }) => name);
    expect(names).toEqual(['w']);
    expect(project.has('made.txt')).toBe(false);
    const [job] = core.jobs.list({ kind: 'run' });
    expect(job).toMatchObject({ state: 'succeeded', kind: 'run' });
  });

  it('tells why the agent failed', async () => {
    const { forge } = await served();
    const error = await errorOf(forge.run({ prompt: 'fail' }));
    expect(error).toBeInstanceOf(ForgeAPIError);
    expect(error).toMatchObject({
      statusCode: 502,
      body: {
        ...{ ok: false, error: 'no such model', detail: 'no such model' },
        ...{ stderr: 'no such model\n', stop_reason: 'error', duration_ms: expect.any(Number) },
      },
    });
  });

  it('ends an agent that takes too long', async () => {
    const { forge } = await served();
    const error = await errorOf(forge.run({ prompt: 'wait', timeoutSecs: 5 }));
    expect(error).toMatchObject({ statusCode: 502, body: { stop_reason: 'timeout' } });
  });

  it('ends an agent whose client has gone', async () => {
    const { forge, core } = await served();
    const controller = new AbortController();
    const run = forge.run({ prompt: 'wait', signal: controller.signal }).catch(() => undefined);
    await expect.poll(() => core.jobs.list({ kind: 'run' })[0]?.state).toBe('running');
    controller.abort();
    await run;
    await expect.poll(() => core.jobs.list({ kind: 'run' })[0]?.state).toBe('cancelled');
  });

  it('says so when no agent is configured', async () => {
    const { forge } = await served({}, { agent: {} });
    const error = await errorOf(forge.run({ prompt: 'x' }));
    const body = { ok: false, error: 'No agent is configured.', stderr: '', stop_reason: 'error' };
    expect(error).toMatchObject({ statusCode: 502, body });
  });

  it.each([
    ['no JSON', '{"prompt":'],
    ['no object', '[]'],
    ['no prompt', '{}'],
    ['an empty prompt', '{"prompt":" "}'],
    ['a prompt that is no text', '{"prompt":1}'],
    ['too little time', '{"prompt":"x","timeout_secs":4}'],
    ['too much time', '{"prompt":"x","timeout_secs":601}'],
    ['files that are none', '{"prompt":"x","files":"ff_1"}'],
    ['depth without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('refuses %s', async (_, body) => {
    const { url, token, core } = await served();
    const answer = await fetch(`${url}/run`, {
      ...{ method: 'POST', headers: { Authorization: `Bearer ${token}` }, body },
    });
    expect(answer.status).toBe(400);
    const said = (await answer.json()) as Record<string, unknown>;
    expect(said['error']).toBe(said['detail']);
    expect(core.jobs.list({ kind: 'run' })).toEqual([]);
  });
});

describe('POST /files', () => {
  it('keeps a file, which a run finds', async () => {
    const { forge, afs } = await served();
    const bytes = Buffer.from('two cups\0\n');
    const { fileToken, ttlSecs, size } = await forge.uploadFile(bytes, { filename: 'recipe.txt' });
    expect(fileToken).toMatch(/^ff_[\w-]{24}$/);
    expect({ ttlSecs, size }).toEqual({ ttlSecs: 3600, size: 10 });
    const text = await forge.uploadFile(Buffer.from('plain'), { filename: '../../b c.txt' });
    const r = await forge.run({ prompt: 'files', files: [text.fileToken] });
    expect(r.result).toBe(`.forge/${text.fileToken}/b c.txt=plain`);
    const kept = await afs.workspace.get('forge-files');
    expect(await kept.readFile(`.forge/${fileToken}/recipe.txt`)).toEqual(bytes);
  });

  it.each(['..', '.git', '.agentfs', 'a\0b', 'x'.repeat(300), '日本.png'])(
    'finds a place for a file called %j',
    async (filename) => {
      const { forge } = await served();
      const { fileToken } = await forge.uploadFile(Buffer.from('x'), { filename });
      expect((await forge.run({ prompt: 'files', files: [fileToken] })).result).toMatch(/=x$/);
    },
  );

  it.each([59, 86_401, 1.5, Number.NaN])('refuses to keep one for %d seconds', async (ttlSecs) => {
    const { forge } = await served();
    const error = await errorOf(forge.uploadFile(Buffer.from('x'), { ttlSecs }));
    expect(error).toMatchObject({ statusCode: 400 });
    expect(error.message).toMatch(/ttl_secs has to be from 60 to 86400/);
  });

  it('forgets it when its time is over', async () => {
    const { forge, clock, afs, surface } = await served();
    const { fileToken } = await forge.uploadFile(Buffer.from('x'), { ttlSecs: 60 });
    clock.move(59_000);
    await forge.run({ prompt: 'files', files: [fileToken] });
    clock.move(2_000);
    const error = await errorOf(forge.run({ prompt: 'files', files: [fileToken] }));
    expect(error).toMatchObject({ statusCode: 400 });
    expect(error.message).toMatch(/unknown or has expired/);
    await surface.sweep();
    const kept = await afs.workspace.get('forge-files');
    expect(await kept.readdir('.forge')).toEqual([]);
  });

  it('is no help to others', async () => {
    const { forge, admin, forgeOf } = await served();
    const { fileToken } = await forge.uploadFile(Buffer.from('x'));
    const { token } = await admin.createToken('other');
    const run = forgeOf(token ?? '').run({ prompt: 'files', files: [fileToken] });
    expect(await errorOf(run)).toMatchObject({ statusCode: 400 });
    for (const files of [['ff_unknown'], [''], ['../w']]) {
      expect(await errorOf(forge.run({ prompt: 'files', files }))).toMatchObject({
        statusCode: 400,
      });
    }
  });

  it('refuses what is no form, or has no file', async () => {
    const { url, token } = await served();
    const form = new FormData();
    form.append('document', new Blob(['x']), 'x');
    const multipart = { 'Content-Type': 'multipart/form-data; boundary=b' };
    for (const [body, headers] of [
      [form, {}],
      ['{}', { 'Content-Type': 'application/json' }],
      ['--b\r\nContent-Disposition: form-data; name="file"', multipart],
      ['', multipart],
    ] as const) {
      const answer = await fetch(`${url}/files`, {
        method: 'POST',
        headers: { ...headers, Authorization: `Bearer ${token}` },
        body,
      });
      expect(answer.status).toBe(400);
    }
  });

  it('refuses one that is too large, before it has read it', async () => {
    const { url, token } = await served();
    const head =
      `POST /files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
      'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000000\r\n\r\n';
    expect(await exchange(url, head, /\r\n\r\n/)).toMatch(/^HTTP\/1.1 413 /);
    const piece = Buffer.alloc(1024 * 1024);
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n');
      for (;;) yield piece;
    }
    const request = httpRequest(`${url}/files`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'multipart/form-data; boundary=b',
      },
    });
    const status = new Promise((resolve, reject) => {
      request.on('response', ({ statusCode }) => resolve(statusCode));
      request.on('error', reject);
    });
    // The server does not read on; what this end makes of that is its own affair.
    pipeline(endless(), request).catch(() => undefined);
    expect(await status).toBe(413);
    request.destroy();
  });
});

describe('sessions', () => {
  it('keep what their turns do, in a workspace of their own', async () => {
    const { forge, afs, url, token, project } = await served();
    const meta = { caller: 'petalparse', nested: { a: [1] } };
    const s = await forge.createSession({ agent: 'claude', meta });
    expect(s.sessionId).toMatch(/^sess_[0-9a-f]{24}$/);
    expect(s.created).toMatchObject({
      ...{ agent: 'claude', cwd: project.dir, turnCount: 0, lastTurnAt: null, closedAt: null },
      ...{ live: true, meta, workspace: `forge-${s.sessionId}` },
    });
    const first = await s.turn('write made.txt');
    expect(first).toMatchObject({ ok: true, sessionId: s.sessionId, turnIndex: 1 });
    expect(first.text()).toBe('written');
    const second = await s.turn('run cat made.txt | wc -c');
    expect(second).toMatchObject({ ok: true, turnIndex: 2, stopReason: 'end_turn' });
    const workspace = await afs.workspace.get(`forge-${s.sessionId}`);
    expect(await workspace.exists('made.txt')).toBe(true);
    const diff = await fetch(`${url}/sessions/${s.sessionId}/diff`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(await diff.text()).toContain('made.txt');
    expect(await s.state()).toMatchObject({ turnCount: 2, live: true });
    expect(project.has('made.txt')).toBe(false);
  });

  it('give the events of a turn, with texts that follow each other as one', async () => {
    const { forge } = await served();
    const s = await forge.createSession();
    const r = await s.turn('events');
    expect(r.events).toEqual([
      { type: 'thinking', content: 'hm' },
      { type: 'text', content: 'Hello, ' },
      { type: 'tool_call', name: 'Read', args: { file_path: 'a' }, result: 'x' },
      { type: 'text', content: 'world.' },
    ]);
    expect(r.text()).toBe('Hello, world.');
  });

  it('tell the agent which turn of which session it is', async () => {
    const { forge } = await served();
    const s = await forge.createSession({ model: 'opus' });
    expect((await s.turn('turn')).text()).toBe('1');
    expect((await s.turn('session')).text()).toBe(s.sessionId);
    expect((await s.turn('turn')).text()).toBe('3');
    expect((await s.turn('model')).text()).toBe('opus|');
    const { fileToken } = await forge.uploadFile(Buffer.from('x'), { filename: 'f' });
    const r = await s.turn('files', { files: [fileToken], timeoutSecs: 60 });
    expect(r.text()).toBe(`.forge/${fileToken}/f=x`);
  });

  it('tell a model behind an address what was said before', async () => {
    const answer = (content: string): Answer => [
      200,
      JSON.stringify({ choices: [{ message: { content } }] }),
    ];
    await using model = await AnsweringServer.start({
      'POST /v1/chat/completions': [answer('Hello.'), [500, 'no'], answer('Bye.')],
    });
    const { forge } = await served({}, { agent: { url: model.url, model: 'small' } });
    const s = await forge.createSession();
    expect((await s.turn('hi')).text()).toBe('Hello.');
    expect(await s.turn('lost')).toMatchObject({ ok: false });
    expect((await s.turn('bye')).text()).toBe('Bye.');
    expect(model.sent).toEqual({
      model: 'small',
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'bye' },
      ],
    });
  });

  it('go on after a turn that failed', async () => {
    const { forge } = await served();
    const s = await forge.createSession();
    const r = await s.turn('fail');
    expect(r).toMatchObject({ ok: false, stopReason: 'error', turnIndex: 1 });
    expect(r.events).toEqual([{ type: 'error', content: 'no such model' }]);
    expect(await s.turn('say on')).toMatchObject({ ok: true, turnIndex: 2 });
  });

  it('have one turn at a time', async () => {
    const { forge } = await served();
    const s = await forge.createSession();
    const append = 'run n=$(cat n 2>/dev/null || echo 0); sleep 0.2; echo $((n + 1)) > n';
    const turns = await Promise.all([1, 2, 3, 4].map(() => s.turn(append)));
    expect(turns.map(({ turnIndex }) => turnIndex).sort()).toEqual([1, 2, 3, 4]);
    expect((await s.turn('run cat n')).text()).toBe('4');
  });

  it('are listed, the newest first, with and without those that are closed', async () => {
    const { forge, clock } = await served();
    const first = await forge.createSession();
    clock.move(1000);
    const second = await forge.createSession();
    await first.close();
    const ids = async (includeClosed?: boolean): Promise<string[]> => {
      const rows = await forge.listSessions(includeClosed === undefined ? {} : { includeClosed });
      return rows.map(({ sessionId }) => sessionId);
    };
    expect(await ids()).toEqual([second.sessionId, first.sessionId]);
    expect(await ids(true)).toEqual([second.sessionId, first.sessionId]);
    expect(await ids(false)).toEqual([second.sessionId]);
  });

  it('are closed as often as one likes, and take no turn then', async () => {
    const { forge, url, token } = await served();
    const s = await forge.createSession();
    const remove = async (): Promise<unknown> => {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/sessions/${s.sessionId}`, { method: 'DELETE', headers });
      return { status: answer.status, ...((await answer.json()) as object) };
    };
    const closed = { status: 200, ok: true, session_id: s.sessionId };
    expect(await remove()).toEqual({ ...closed, already_closed: false });
    expect(await remove()).toEqual({ ...closed, already_closed: true });
    expect(await errorOf(s.turn('say x'))).toMatchObject({ statusCode: 410 });
    expect(await s.state()).toMatchObject({ live: false, closedAt: expect.any(String) });
  });

  it('can be closed in the middle of a turn, which ends with those that wait', async () => {
    const { forge, core } = await served();
    const s = await forge.createSession();
    const turns = [errorOf(s.turn('wait')), errorOf(s.turn('say x'))];
    await expect.poll(() => core.jobs.list({ kind: 'turn' })[0]?.state).toBe('running');
    await s.close();
    for (const turn of turns) expect(await turn).toMatchObject({ statusCode: 410 });
    await expect.poll(() => core.jobs.list({ kind: 'turn' })[0]?.state).toBe('cancelled');
    expect(core.jobs.list({ kind: 'turn' })).toHaveLength(1);
  });

  it('of others are as unknown as those that never were', async () => {
    const { forge, admin, forgeOf, url } = await served();
    const s = await forge.createSession();
    const { token } = await admin.createToken('other');
    const other = forgeOf(token ?? '');
    const ids = [
      s.sessionId,
      'sess_unknown',
      'a/b',
      '../admin/tokens',
      '%2e%2e',
      'x'.repeat(500),
      'é\n',
    ];
    const texts = new Set<string>();
    for (const id of ids) {
      const error = await errorOf(other.getSession(id));
      expect(error, id).toMatchObject({ statusCode: 404 });
      texts.add(JSON.stringify(error.body));
    }
    expect(texts.size).toBe(1);
    expect(await other.listSessions()).toEqual([]);
    for (const [method, path] of [
      ['POST', '/turn'],
      ['DELETE', ''],
      ['GET', '/diff'],
    ]) {
      const answer = await fetch(`${url}/sessions/${s.sessionId}${path}`, {
        ...{ method: method ?? '', headers: { Authorization: `Bearer ${token}` } },
      });
      expect(answer.status, `${method} ${path}`).toBe(404);
    }
    expect(await s.state()).toMatchObject({ live: true });
  });

  it('are refused when the pool is full', async () => {
    const { forge } = await served({ maxSessions: 2 });
    const [first] = await Promise.all([forge.createSession(), forge.createSession()]);
    const error = await errorOf(forge.createSession());
    expect(error).toMatchObject({ statusCode: 503 });
    expect(error.message).toMatch(/2 sessions are open already/);
    await first.close();
    await forge.createSession();
  });

  it('refuse what cannot be one', async () => {
    const { url, token } = await served();
    const deep = `{"meta":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
    for (const body of ['{"agent":""}', '{"meta":[]}', '{"agent":1}', deep]) {
      const headers = { Authorization: `Bearer ${token}` };
      const answer = await fetch(`${url}/sessions`, { method: 'POST', headers, body });
      expect(answer.status, body.slice(0, 20)).toBe(400);
    }
  });
});

describe('the sweeper', () => {
  it('closes sessions that nobody uses, and forgets them with their workspaces', async () => {
    const { forge, clock, surface, afs, core } = await served();
    const s = await forge.createSession();
    clock.move(3_599_000);
    await s.turn('write kept.txt');
    clock.move(3_599_000);
    await surface.sweep();
    expect(await s.state()).toMatchObject({ live: true });
    clock.move(2_000);
    expect(await errorOf(s.turn('say x'))).toMatchObject({ statusCode: 410 });
    expect(await s.state()).toMatchObject({ live: false });
    clock.move(86_399_000);
    await surface.sweep();
    expect(await afs.workspace.exists(`forge-${s.sessionId}`)).toBe(true);
    clock.move(2_000);
    await surface.sweep();
    expect(await errorOf(s.state())).toMatchObject({ statusCode: 404 });
    expect(await afs.workspace.exists(`forge-${s.sessionId}`)).toBe(false);
    const { principal } = JSON.parse(JSON.stringify(core.jobs.list({ kind: 'turn' })[0]));
    const { events } = core.events.read({
      after: 0,
      reader: principal,
      types: new Set(['SESSION']),
    });
    expect(events.map(({ data }) => data['action'])).toEqual([
      ...['create', 'turn', 'sweep_close', 'hard_delete'],
    ]);
    const everybody = core.events.read({ after: 0, types: new Set(['SESSION']) });
    expect(everybody.events).toEqual([]);
  });

  it('lets go of the workspaces of closed sessions that have changed nothing', async () => {
    const { forge, surface, afs, url, token } = await served();
    const [idle, busy] = await Promise.all([forge.createSession(), forge.createSession()]);
    await idle.turn('say x');
    await busy.turn('write made.txt');
    await Promise.all([idle.close(), busy.close()]);
    await surface.sweep();
    expect(await afs.workspace.exists(`forge-${idle.sessionId}`)).toBe(false);
    expect(await afs.workspace.exists(`forge-${busy.sessionId}`)).toBe(true);
    expect(await idle.state()).toMatchObject({ live: false, turnCount: 1 });
    const headers = { Authorization: `Bearer ${token}` };
    const diff = await fetch(`${url}/sessions/${idle.sessionId}/diff`, { headers });
    expect([diff.status, await diff.text()]).toEqual([200, '']);
    const made = await afs.workspace.get(`forge-${busy.sessionId}`);
    await made.delete('made.txt');
    await surface.sweep();
    expect(await afs.workspace.exists(`forge-${busy.sessionId}`)).toBe(true);
  });

  it('closes nothing because a clock was set back', async () => {
    const { forge, clock, surface } = await served();
    const s = await forge.createSession();
    clock.move(-1_000_000_000);
    await surface.sweep();
    expect(await s.state()).toMatchObject({ live: true });
    expect(await s.turn('say x')).toMatchObject({ ok: true });
  });

  it('finds sessions of the daemon before', async () => {
    const { core, forge, surface, token } = await served();
    const s = await forge.createSession();
    await s.turn('write kept.txt');
    await surface.close();
    const again = await forgeSurface.start(core, { port: 0 });
    whenDone(() => again.close());
    const other = new Forge({ baseUrl: again.addresses[0] ?? '', token });
    whenDone(() => other.close());
    expect(await other.getSession(s.sessionId)).toMatchObject({ turnCount: 1, live: true });
  });
});

describe('the tokens', () => {
  it('are made, listed without their texts, and revoked', async () => {
    const { admin, forge } = await served();
    const made = await admin.createToken('cauldron', { ipCidrs: ['172.24.0.0/16', '::1/128'] });
    expect(made).toMatchObject({ name: 'cauldron', ipCidrs: ['172.24.0.0/16', '::1/128'] });
    expect(made.token).toMatch(/^cf_/);
    await forge.listSessions();
    const [app, cauldron] = await admin.listTokens();
    expect(app).toMatchObject({ name: 'app', token: null, enabled: true, ipCidrs: [] });
    expect(app?.lastUsed).toEqual(expect.any(String));
    expect(cauldron).toMatchObject({ ipCidrs: ['172.24.0.0/16', '::1/128'], lastUsed: null });
    expect(await admin.revokeToken('app')).toBe(true);
    expect(await errorOf(forge.listSessions())).toBeInstanceOf(ForgeAuthError);
    expect((await admin.listTokens())[0]).toMatchObject({ name: 'app', enabled: false });
    expect(await errorOf(admin.revokeToken('nobody'))).toMatchObject({ statusCode: 404 });
    expect(await errorOf(admin.revokeToken('app'))).toMatchObject({ statusCode: 404 });
  });

  it('refuse a name that is taken or none, and a network that is none', async () => {
    const { admin } = await served();
    expect(await errorOf(admin.createToken('app'))).toMatchObject({ statusCode: 409 });
    expect(await errorOf(admin.createToken('a\r\nb'))).toMatchObject({ statusCode: 400 });
    const wrong = admin.createToken('x', { ipCidrs: ['10.0.0.0/33'] });
    expect(await errorOf(wrong)).toMatchObject({ statusCode: 400 });
    expect(await admin.listTokens()).toHaveLength(1);
  });

  it('of apps administer nothing, and without one nothing is done', async () => {
    const { url, token } = await served();
    const call = async (authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { Authorization: authorization };
      return (await fetch(`${url}/admin/tokens`, { headers })).status;
    };
    expect(await call(`Bearer ${token}`)).toBe(403);
    expect(await call(`Bearer ${ADMIN}`)).toBe(200);
    for (const none of [undefined, '', 'Bearer', `Basic ${ADMIN}`, `Bearer ${ADMIN}x`]) {
      expect(await call(none), String(none)).toBe(401);
    }
    for (const path of ['/run', '/files', '/sessions', '/sessions/x/turn']) {
      expect((await fetch(url + path, { method: 'POST' })).status, path).toBe(401);
    }
  });

  it('hold only from the networks that they are for, this machine or not', async () => {
    const { admin, forgeOf } = await served();
    const { token } = await admin.createToken('far', { ipCidrs: ['172.24.0.0/16'] });
    const error = await errorOf(forgeOf(token ?? '').listSessions());
    expect(error).toBeInstanceOf(ForgeAuthError);
    expect(error.statusCode).toBe(403);
    const near = await admin.createToken('near', { ipCidrs: ['127.0.0.0/8'] });
    expect(await forgeOf(near.token ?? '').listSessions()).toEqual([]);
  });
});

describe('bytes that are no request of a client', () => {
  it('get an answer, and the end of the connection', async () => {
    const { url, token } = await served();
    const split = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\nX-B\r\n\r\n`;
    expect(await exchange(url, split)).toMatch(/^HTTP\/1.1 400 /);
    const twice = `GET /sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`;
    expect(await exchange(url, twice)).toMatch(/^HTTP\/1.1 400 /);
  });

  it('do nothing else: paths and methods that there are not', async () => {
    const { url, token } = await served();
    const headers = { Authorization: `Bearer ${token}` };
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/run'],
      ['PUT', '/sessions'],
      ['GET', '/sessions/'],
      ['GET', '/sessions/a/b'],
    ]) {
      const answer = await fetch(url + path, { method: method ?? '', headers });
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(await answer.json()).toEqual({ error: 'Not Found', detail: 'Not Found' });
    }
  });
});

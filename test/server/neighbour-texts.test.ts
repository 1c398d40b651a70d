/**
 * The snippets of the texts of clawdforge and Ambient, translated one to one, against the daemon. The
 * titles are those of the sections of the texts.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  AmbientAPIError,
  AmbientClient,
  AmbientConnectionError,
  AuthenticationError,
  type CreateSessionRequest,
  SessionNotFoundError,
  SessionStatus,
  TimeoutError,
} from '../../src/neighbours/ambient/index.ts';
import {
  Forge,
  ForgeAdmin,
  ForgeAPIError,
  ForgeAuthError,
  ForgeTransportError,
  type Session,
} from '../../src/neighbours/clawdforge/index.ts';
import { ambientSurface } from '../../src/server/ambient/surface.ts';
import { forgeSurface } from '../../src/server/clawdforge/surface.ts';
import { serveRepository } from '../support/git-server.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

const ADMIN_BOOTSTRAP_TOKEN = 'bootstrap';

/** Answers with JSON when that is asked for, and says which files it has seen. */
const AGENT = {
  command: ['sh', 'agent.sh', '{prompt}', '{system}', '{files}'],
  files: {
    'README.md': '# A project\n',
    'agent.sh': [
      'prompt=$1; shift 2',
      'case $prompt in',
      '  *JSON*) echo \'{"hello": "world"}\' ;;',
      '  *README*) cat README.md ;;',
      '  *Extract*) cat "$@" ;;',
      '  *boom*) echo "no tokens left" >&2; exit 1 ;;',
      '  *) echo "Done: $prompt" ;;',
      'esac',
    ].join('\n'),
  },
};

async function daemon() {
  const core = { agent: { command: AGENT.command }, adminTokens: [ADMIN_BOOTSTRAP_TOKEN] };
  const test = await testCore(AGENT.files, core);
  const surface = await forgeSurface.start(test.core, { port: 0 });
  whenDone(() => surface.close());
  const base_url = surface.addresses[0] ?? '';
  using admin = new ForgeAdmin({ baseUrl: base_url, token: ADMIN_BOOTSTRAP_TOKEN });
  const { token } = await admin.createToken('app');
  return { ...test, surface, base_url, token: token ?? '' };
}

function printer(): { print: (...words: unknown[]) => void; printed: unknown[][] } {
  const printed: unknown[][] = [];
  return { print: (...words) => void printed.push(words), printed };
}

/** What to do after a turn. */
async function afterTurn(s: Session): Promise<string> {
  try {
    await s.turn('hello');
    return 'go on';
  } catch (e) {
    if (!(e instanceof ForgeAPIError)) throw e;
    if (e.statusCode === 410) return 'start a fresh one';
    if (e.statusCode === 404) return "server forgot us, or it is someone else's";
    throw e;
  }
}

/** How a run went. */
async function attempt(forge: Forge, prompt: string): Promise<string> {
  try {
    await forge.run({ prompt });
    return 'fine';
  } catch (e) {
    if (e instanceof ForgeAuthError) return 'auth';
    if (e instanceof ForgeTransportError) return 'transport';
    if (!(e instanceof ForgeAPIError) || e.statusCode !== 502) throw e;
    const body = e.body as Record<string, unknown>;
    return `clawdforge run failed: ${body['error']}`;
  }
}

/** What looking for a session says. */
async function look(client: AmbientClient): Promise<string> {
  try {
    await client.getSession('invalid-id');
    return 'found';
  } catch (e) {
    if (e instanceof SessionNotFoundError) return `Session not found: ${e.message}`;
    if (e instanceof AuthenticationError) return `Auth failed: ${e.message}`;
    if (e instanceof AmbientConnectionError) return `Connection failed: ${e.name}`;
    if (e instanceof AmbientAPIError) return `API error: ${e.message}`;
    throw e;
  }
}

describe('clawdforge', () => {
  it('Quickstart', async () => {
    const { base_url, token } = await daemon();
    const { print, printed } = printer();
    const forge = new Forge({ baseUrl: base_url, token });

    print(await forge.healthz());
    // { ok: true, claudePresent: true, claudeVersion: '...' }

    const r = await forge.run({ prompt: 'Reply with JSON: {"hello": "world"}' });
    print(r.result); // { hello: 'world' }
    print(r.durationMs);
    print(r.stopReason); // 'end_turn'

    forge.close();
    expect(printed).toEqual([
      [expect.objectContaining({ ok: true, claudePresent: true })],
      [{ hello: 'world' }],
      [expect.any(Number)],
      ['end_turn'],
    ]);
    {
      using other = new Forge({ baseUrl: base_url, token });
      await other.run({ prompt: '...' });
    }
  });

  it('Block form (preferred — auto-close)', async () => {
    const { base_url, token } = await daemon();
    const { print, printed } = printer();
    using forge = new Forge({ baseUrl: base_url, token });
    let id = '';

    await forge.session({ agent: 'claude' }, async (s) => {
      id = s.sessionId;
      const r1 = await s.turn('Read README.md and summarize it');
      print(r1.text());

      const r2 = await s.turn('Now look at the auth flow');
      print(r2.durationMs);
      for (const ev of r2.events) {
        print(ev.type, ev['content']);
      }
    });

    expect(printed).toEqual([
      ['# A project'],
      [expect.any(Number)],
      ['text', 'Done: Now look at the auth flow'],
    ]);
    expect(await forge.getSession(id)).toMatchObject({ live: false });
  });

  it('Manual form (explicit lifecycle)', async () => {
    const { base_url, token } = await daemon();
    using forge = new Forge({ baseUrl: base_url, token });

    const s = await forge.createSession({ agent: 'claude', meta: { caller: 'petalparse' } });
    try {
      const r = await s.turn('hello');
      expect(r.text()).toBe('Done: hello');
    } finally {
      await s.close(); // idempotent
    }
    await s.close();
    expect(await s.state()).toMatchObject({ live: false, meta: { caller: 'petalparse' } });
  });

  it('Listing & inspection', async () => {
    const { base_url, token, clock } = await daemon();
    const { print, printed } = printer();
    using forge = new Forge({ baseUrl: base_url, token });
    const old = await forge.createSession();
    await old.close();
    clock.move(1000);

    await forge.session({}, async (session) => {
      await session.turn('hi');
      for (const row of await forge.listSessions()) {
        print(row.sessionId, row.turnCount, row.closedAt);
      }

      const live = await forge.listSessions({ includeClosed: false });
      expect(live.map((row) => row.sessionId)).toEqual([session.sessionId]);

      const state = await forge.getSession(session.sessionId);
      expect(Object.keys(state).sort()).toEqual(
        [
          ...['agent', 'closedAt', 'createdAt', 'cwd', 'lastTurnAt', 'live', 'meta', 'model'],
          ...['sessionId', 'turnCount', 'workspace'],
        ].sort(),
      );
      print((await session.state()).turnCount);
    });
    expect(printed).toEqual([
      [expect.stringMatching(/^sess_/), 1, null],
      [old.sessionId, 0, expect.any(String)],
      [1],
    ]);
  });

  it('Errors: a session that was closed, or is not ours', async () => {
    const { base_url, token } = await daemon();
    using forge = new Forge({ baseUrl: base_url, token });
    const s = await forge.createSession();
    await s.close();
    const forgotten = Object.assign(await forge.createSession(), { sessionId: 'sess_x' });
    expect(await afterTurn(s)).toBe('start a fresh one');
    expect(await afterTurn(forgotten)).toBe("server forgot us, or it is someone else's");
  });

  it('run(...), upload_file(...)', async () => {
    const { base_url, token } = await daemon();
    using forge = new Forge({ baseUrl: base_url, token });
    const directory = await mkdtemp(join(tmpdir(), 'agentfs-text-'));
    try {
      const path = join(directory, 'recipe.png');
      await writeFile(path, 'rice');
      const ft = await forge.uploadFile(path, { ttlSecs: 3600 });
      expect(ft).toEqual({ fileToken: expect.stringMatching(/^ff_/), ttlSecs: 3600, size: 4 });

      const buffer = await forge.uploadFile(Buffer.from('...'), { filename: 'snippet.txt' });
      const r = await forge.run({
        prompt: 'Extract recipe data',
        model: 'sonnet',
        system: 'You are a precise recipe parser. Always reply with valid JSON.',
        files: [ft.fileToken, buffer.fileToken],
        timeoutSecs: 60,
      });
      expect(r).toEqual({
        ...{ ok: true, result: 'rice...', durationMs: expect.any(Number), stopReason: 'end_turn' },
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('Admin (admin-bootstrap-token gated)', async () => {
    const { base_url } = await daemon();
    using admin = new ForgeAdmin({ baseUrl: base_url, token: ADMIN_BOOTSTRAP_TOKEN });

    const t = await admin.createToken('cauldron', { ipCidrs: ['172.24.0.0/16'] });
    expect(t.token).toMatch(/^cf_/);

    const [, cauldron] = await admin.listTokens();
    expect(cauldron).toEqual({
      ...{ name: 'cauldron', token: null, ipCidrs: ['172.24.0.0/16'] },
      ...{ createdAt: expect.any(String), lastUsed: null, enabled: true },
    });

    expect(await admin.revokeToken('cauldron')).toBe(true);
    await expect(admin.revokeToken('cauldron')).rejects.toMatchObject({ statusCode: 404 });
  });

  it('Errors: typical pattern', async () => {
    const { base_url, token, surface } = await daemon();
    using forge = new Forge({ baseUrl: base_url, token });
    using stranger = new Forge({ baseUrl: base_url, token: 'cf_unknown' });
    expect(await attempt(forge, '...')).toBe('fine');
    expect(await attempt(stranger, '...')).toBe('auth');
    expect(await attempt(forge, 'boom')).toBe('clawdforge run failed: no tokens left');
    await surface.close();
    expect(await attempt(forge, '...')).toBe('transport');
  });
});

async function platform() {
  const test = await testCore(AGENT.files, { agent: { command: AGENT.command } });
  const surface = await ambientSurface.start(test.core, { port: 0, allowLocalRepos: true });
  whenDone(() => surface.close());
  const { token } = test.core.tokens.create({ name: 'user', role: 'api', project: 'my-project' });
  vi.stubEnv('AMBIENT_API_URL', surface.addresses[0] ?? '');
  vi.stubEnv('AMBIENT_TOKEN', token);
  vi.stubEnv('AMBIENT_PROJECT', 'my-project');
  whenDone(() => vi.unstubAllEnvs());
  return { ...test, surface, base_url: surface.addresses[0] ?? '' };
}

describe('Ambient', () => {
  it('Quick Start', async () => {
    const { base_url } = await platform();
    const { print, printed } = printer();
    const repository = await serveRepository({ main: { 'a.txt': 'a\n' } });

    const client = new AmbientClient({
      baseUrl: base_url,
      token: process.env['AMBIENT_TOKEN'] ?? '',
      project: process.env['AMBIENT_PROJECT'] ?? '',
    });

    const request: CreateSessionRequest = {
      task: 'Analyze the repository structure and provide a summary',
      model: 'claude-3.5-sonnet',
      repos: [{ url: repository, branch: 'main' }],
    };

    const response = await client.createSession(request);
    print(`Created session: ${response.id}`);

    const session = await client.getSession(response.id);
    print(`Status: ${session.status}`);

    const sessions = await client.listSessions();
    print(`Found ${sessions.items.length} sessions`);

    await client.waitForCompletion(response.id, { pollInterval: 20 });
    client.close();
    expect(printed.flat()).toEqual([
      expect.stringMatching(/^Created session: session-\d+$/),
      expect.stringMatching(/^Status: (pending|running|completed)$/),
      'Found 1 sessions',
    ]);
  });

  it('Monitor Session Completion', async () => {
    await platform();
    const { print, printed } = printer();
    using client = AmbientClient.fromEnv();
    for (const task of ['Hello world', 'boom']) {
      const { id: sessionId } = await client.createSession({ task });
      try {
        const completed = await client.waitForCompletion(sessionId, {
          pollInterval: 20,
          timeout: 300_000,
        });

        if (completed.status === SessionStatus.Completed) {
          print(`Success: ${completed.result}`);
        } else {
          print(`Failed: ${completed.error}`);
        }
      } catch (e) {
        if (!(e instanceof TimeoutError)) throw e;
        print('Session monitoring timed out');
      }
    }
    expect(printed.flat()).toEqual(['Success: Done: Hello world', 'Failed: no tokens left']);
    for (const session of (await client.listSessions()).items) {
      print(`- ${session.id} (${session.status}): ${session.task}`);
    }
    expect(printed.flat().slice(2)).toEqual([
      expect.stringMatching(/^- session-\d+ \(failed\): boom$/),
      expect.stringMatching(/^- session-\d+ \(completed\): Hello world$/),
    ]);
  });

  it('Session Status Values', () => {
    expect(SessionStatus).toEqual({
      ...{ Pending: 'pending', Running: 'running', Completed: 'completed', Failed: 'failed' },
    });
  });

  it('Custom Timeout', () => {
    using client = new AmbientClient({
      baseUrl: 'https://api.example.com',
      token: 'your-token',
      project: 'your-project',
      timeout: 60_000, // 60 second timeout
    });
    expect(client).toBeInstanceOf(AmbientClient);
  });

  it('Error Handling', async () => {
    const { surface } = await platform();
    using client = AmbientClient.fromEnv();
    const printed = [await look(client)];
    using stranger = AmbientClient.fromEnv({ token: 'your-token' });
    printed.push(await look(stranger));
    using other = AmbientClient.fromEnv({ project: 'another-project' });
    printed.push(await look(other));
    await surface.close();
    printed.push(await look(client));
    expect(printed).toEqual([
      'Session not found: session not found: invalid-id',
      'Auth failed: Missing or invalid authorization',
      expect.stringMatching(
        /^API error: API error \(400\): Project required\. Set X-Ambient-Project header/,
      ),
      'Connection failed: AmbientConnectionError',
    ]);
  });

  it('Troubleshooting: Authentication Issues', () => {
    vi.stubEnv('AMBIENT_TOKEN', '');
    whenDone(() => vi.unstubAllEnvs());
    expect(() => AmbientClient.fromEnv()).toThrow('AMBIENT_TOKEN environment variable is required');
  });
});

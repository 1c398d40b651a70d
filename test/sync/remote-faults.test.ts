/** What a remote over HTTP makes of everything that can go wrong on the way. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/primitives/object-id.ts';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import { RetryingRemote, type RetryOptions } from '../../src/sync/retrying-remote.ts';
import { SyncError } from '../../src/sync/sync-errors.ts';
import type { Fault } from '../support/hrana-server/fault.ts';
import type { HranaServer } from '../support/hrana-server/server.ts';
import { until } from '../support/processes.ts';
import { describeRemote } from '../support/remote-contract.ts';
import { startServer, temporaryDatabase } from '../support/remote-fixture.ts';
import { whenDone } from '../support/when-done.ts';

const TOKEN = 'good-token';
const ID = contentId(Buffer.from('something'));

async function errorOf(promise: Promise<unknown>): Promise<SyncError> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (error instanceof SyncError) return error;
  throw new Error(`expected a SyncError, not ${error}`);
}

async function connect(server: HranaServer, token = TOKEN): Promise<LibsqlRemote> {
  const remote = new LibsqlRemote({ url: server.url, token });
  whenDone(() => remote.close());
  return remote;
}

async function setUp(): Promise<{ server: HranaServer; remote: LibsqlRemote }> {
  const server = await startServer({ token: TOKEN });
  const remote = await connect(server);
  await remote.open('');
  server.forget();
  return { server, remote };
}

const PASSING_FAULTS: readonly Fault[] = [
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'cut-body' },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 429, retryAfter: '0' },
  { kind: 'replay' },
];

describeRemote('HTTP where every third request fails', async () => {
  const server = await startServer({ token: TOKEN });
  server.play(({ number }) =>
    number % 3 === 0 ? PASSING_FAULTS[(number / 3) % PASSING_FAULTS.length] : undefined,
  );
  const options = { deadlineMs: 20_000, pauseMs: 1 };
  return {
    connect: () => {
      const remote = new LibsqlRemote({ url: server.url, token: TOKEN });
      return new RetryingRemote(remote, options);
    },
  };
});

describe('a request over HTTP', () => {
  it.each<[string, Fault, string]>([
    ['is not authorised', { kind: 'status', status: 401 }, 'REMOTE_AUTH'],
    ['is forbidden', { kind: 'status', status: 403 }, 'REMOTE_AUTH'],
    ['has the wrong address', { kind: 'status', status: 404 }, 'REMOTE_FAILED'],
    ['is redirected', { kind: 'status', status: 307 }, 'REMOTE_FAILED'],
    ['is one too many', { kind: 'status', status: 429 }, 'REMOTE_BUSY'],
    ['meets a bug', { kind: 'status', status: 500 }, 'REMOTE_BUSY'],
    ['meets a restart', { kind: 'status', status: 503 }, 'REMOTE_BUSY'],
    ['waits behind a proxy', { kind: 'status', status: 504 }, 'REMOTE_TIMEOUT'],
    ['is reset', { kind: 'reset-before' }, 'REMOTE_UNREACHABLE'],
    ['is reset after it was applied', { kind: 'reset-after' }, 'REMOTE_UNREACHABLE'],
    ['gets half an answer', { kind: 'cut-body' }, 'REMOTE_UNREACHABLE'],
    ['gets a page to log in', { kind: 'garbage', text: '<html>' }, 'REMOTE_FAILED'],
    ['gets JSON of another kind', { kind: 'alter', alter: () => '{"a":1}' }, 'REMOTE_FAILED'],
    ['gets no JSON', { kind: 'alter', alter: () => '{"results":' }, 'REMOTE_FAILED'],
  ])('that %s has a code and a hint', async (_, fault, code) => {
    const { server, remote } = await setUp();
    server.failNext(fault);
    const error = await errorOf(remote.readHead('x'));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
    expect(error.message).toContain(server.url);
    expect(await remote.readHead('x')).toBeUndefined();
  });

  it('says how long the server asks to wait', async () => {
    const { server, remote } = await setUp();
    const inOneMinute = new Date(Date.now() + 60_000).toUTCString();
    const waits = [];
    for (const retryAfter of ['7', inOneMinute, 'soon', '-1']) {
      server.failNext({ kind: 'status', status: 429, retryAfter });
      waits.push((await errorOf(remote.readHead('x'))).details?.['retryAfterMs']);
    }
    const [seconds, date, ...others] = waits;
    expect(seconds).toBe(7000);
    expect(date).toBeGreaterThan(55_000);
    expect(date).toBeLessThan(65_000);
    expect(others).toEqual([undefined, undefined]);
  });

  it('with the wrong token is refused, and no error shows any token', async () => {
    const { server } = await setUp();
    const error = await errorOf((await connect(server, 'canary-1234')).open(''));
    expect(error.code).toBe('REMOTE_AUTH');
    const shown = [error.message, error.stack, JSON.stringify(error), String(error.cause)];
    expect(shown.join()).not.toMatch(/canary|good-token/);
  });

  it('ends when its signal is aborted, also on the side of the server', async () => {
    const { server, remote } = await setUp();
    let asked = 0;
    server.play(() => {
      asked += 1;
      return { kind: 'black-hole' };
    });
    const controller = new AbortController();
    const answer = remote.readHead('x', { signal: controller.signal });
    await until(() => asked === 1);
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    await until(() => server.pending === 0);
  });

  it.each<[string, (text: string) => string]>([
    ['nothing', (text) => text.replace(/"type":"text","value":"[^"]*"/g, '"type":"null"')],
    [
      'fractions',
      (text) => text.replaceAll('"type":"integer","value":"1"', '"type":"float","value":1.5'),
    ],
    ['numbers below zero', (text) => text.replaceAll('"value":"1"', '"value":"-1"')],
    [
      'numbers too large',
      (text) => text.replaceAll('"value":"1"', '"value":"4611686018427387904"'),
    ],
    ['texts', (text) => text.replaceAll('"type":"integer"', '"type":"text"')],
    ['other columns', (text) => text.replaceAll('"name":"tree"', '"name":"three"')],
    ['no columns', (text) => text.replace(/"cols":\[[^\]]*\]/, '"cols":[]')],
  ])('refuses a row that has %s in it', async (_, alter) => {
    const { server, remote } = await setUp();
    const workspace = { uuid: 'u', name: 'w', description: '', tags: [], createdAt: 1 };
    const revision = { version: 1, tree: 't', clock: 1, replica: 'r', createdAt: 1 };
    await remote.moveHead({ move: 'm', workspace, revision, objects: [], records: [] });
    server.failNext({ kind: 'alter', alter });
    expect((await errorOf(remote.readHead('w'))).code).toMatch(/^REMOTE_(CORRUPT|FAILED)$/);
    expect(await remote.readHead('w')).toEqual({ workspace, revision });
  });

  it('reads no answer that is larger than any honest one', async () => {
    const { server, remote } = await setUp();
    server.failNext({ kind: 'alter', alter: (text) => text.padEnd(33 * 1024 * 1024) });
    expect((await errorOf(remote.readHead('x'))).code).toBe('REMOTE_CORRUPT');
  });

  it.each([
    ['nobody listens', 'http://127.0.0.1:9', 'REMOTE_UNREACHABLE'],
    ['no host has the name', 'https://no-such-host.invalid', 'REMOTE_UNREACHABLE'],
    ['the scheme is unknown', 'ftp://127.0.0.1/x', 'REMOTE_URL'],
    ['the address is none', 'not an address', 'REMOTE_URL'],
  ])('where %s has a code and a hint', async (_, url, code) => {
    const error = await errorOf(new LibsqlRemote({ url }).open(''));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
  });
});

describe('a request over TLS', () => {
  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const server = await startServer({ token: TOKEN, tls: selfSigned() });
    const error = await errorOf((await connect(server)).open(''));
    expect(error.code).toBe('REMOTE_TLS');
    expect(server.traffic.requests).toBe(0);
  });

  it('is not sent to a server that speaks none', async () => {
    const { server } = await setUp();
    const url = server.url.replace('http:', 'https:');
    expect((await errorOf(new LibsqlRemote({ url }).open(''))).code).toBe('REMOTE_TLS');
    expect(server.traffic.requests).toBe(0);
  });
});

describe('trying again', () => {
  async function retrying(options: Partial<RetryOptions> = {}) {
    const { server, remote } = await setUp();
    return {
      server,
      remote: new RetryingRemote(remote, { deadlineMs: 10_000, pauseMs: 1, ...options }),
    };
  }

  it('goes on until the server answers', async () => {
    const { server, remote } = await retrying();
    server.failNext(...PASSING_FAULTS, ...PASSING_FAULTS);
    expect(await remote.readHead('x')).toBeUndefined();
    // The last fault repeats a request, which is an answer.
    expect(server.traffic.requests).toBe(PASSING_FAULTS.length);
  });

  it('ends at the deadline, with what was the matter', async () => {
    const { server, remote } = await retrying({ deadlineMs: 2000, pauseMs: 300 });
    server.play(() => ({ kind: 'status', status: 503 }));
    expect((await errorOf(remote.readHead('x'))).code).toBe('REMOTE_BUSY');
    expect(server.traffic.requests).toBeGreaterThan(1);
    expect(server.traffic.requests).toBeLessThan(12);
  });

  it('asks again when no answer comes', async () => {
    const { server, remote } = await retrying({ attemptMs: 200 });
    server.failNext({ kind: 'black-hole' });
    expect(await remote.readHead('x')).toBeUndefined();
    expect(server.traffic.requests).toBe(2);
  });

  it('ends at the deadline when no answer ever comes', async () => {
    const { server, remote } = await retrying({ deadlineMs: 100 });
    server.play(() => ({ kind: 'black-hole' }));
    expect((await errorOf(remote.readHead('x'))).code).toBe('REMOTE_TIMEOUT');
  });

  it('waits no longer than the deadline, whatever the server asks for', async () => {
    const { server, remote } = await retrying({ deadlineMs: 5000 });
    server.failNext({ kind: 'status', status: 429, retryAfter: '3600' });
    const error = await errorOf(remote.readHead('x'));
    expect([error.code, error.details?.['retryAfterMs']]).toEqual(['REMOTE_BUSY', 3_600_000]);
    expect(server.traffic.requests).toBe(1);
  });

  it.each<[string, Fault]>([
    ['a wrong token', { kind: 'status', status: 401 }],
    ['a wrong address', { kind: 'status', status: 404 }],
    ['an answer that is none', { kind: 'garbage', text: 'hello' }],
  ])('is of no use after %s', async (_, fault) => {
    const { server, remote } = await retrying();
    server.failNext(fault);
    await errorOf(remote.readHead('x'));
    expect(server.traffic.requests).toBe(1);
  });

  it('ends when the signal is aborted, also in a pause', async () => {
    const { server, remote } = await retrying({ pauseMs: 5000 });
    server.play(() => ({ kind: 'status', status: 503 }));
    const controller = new AbortController();
    const answer = remote.present([ID], { signal: controller.signal });
    await until(() => server.traffic.requests === 1);
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(server.traffic.requests).toBe(1);
  });
});

/** Key and certificate of a server that nobody else vouches for. */
function selfSigned(): { key: string; cert: string } {
  const directory = dirname(temporaryDatabase());
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const subject = ['-nodes', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  });
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

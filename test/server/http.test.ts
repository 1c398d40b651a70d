import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ServerCore } from '../../src/server/core/server-core.ts';
import { type HttpHandler, openHttp } from '../../src/server/http/open-http.ts';
import { readJson } from '../../src/server/http/request.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

const echo: HttpHandler = {
  fetch: async (request) => Response.json({ body: await readJson(request) }),
};

async function listening(core: ServerCore, handler = echo, host = '127.0.0.1'): Promise<URL> {
  const options = { surface: 'test', host, port: 0, maxBodyBytes: 1000 };
  const http = await openHttp(core, options, handler);
  whenDone(() => http.close());
  return new URL(http.addresses[0] ?? '');
}

/** Sends bytes as they are, and gives all that comes back. */
async function talk(url: URL, ...pieces: readonly string[]): Promise<string> {
  const socket: Socket = connect(Number(url.port), url.hostname);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answer += text;
  });
  // What was refused already may be cut off while it is sent.
  socket.on('error', () => undefined);
  for (const piece of pieces) {
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), closed]);
  }
  await closed;
  return answer;
}

function head(more = '', path = '/'): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;
}

describe('a server over HTTP', () => {
  it('names each request in its answer and in one line of the log, without query and token', async () => {
    const lines: [string, Readonly<Record<string, unknown>> | undefined][] = [];
    const push = (message: string, details?: Readonly<Record<string, unknown>>): void =>
      void lines.push([message, details]);
    const logger = { debug: push, info: push, warn: push, error: push };
    const { core } = await testCore({}, { logger });
    const url = await listening(core);
    const headers = { Authorization: 'Bearer hidden-secret' };
    const response = await fetch(new URL('/a?token=hidden-secret', url), { headers });
    await response.text();
    const requestId = response.headers.get('X-Request-Id');
    await expect
      .poll(() => lines)
      .toContainEqual([
        'request',
        expect.objectContaining({ requestId, method: 'GET', path: '/a', status: 200 }),
      ]);
    expect(JSON.stringify(lines)).not.toContain('hidden-secret');
  });

  it('refuses strange hosts and the pages of others', async () => {
    const { core } = await testCore();
    const url = await listening(core);
    const ask = (headers: string): Promise<string> =>
      talk(url, `GET / HTTP/1.1\r\nConnection: close\r\n${headers}\r\n\r\n`);
    expect(await ask('Host: evil.example')).toMatch(/^HTTP\/1.1 403 /);
    expect(await ask('Host: 127.0.0.1.evil.example:80')).toMatch(/ 403 /);
    expect(await ask('Host: localhost\r\nOrigin: http://evil.example')).toMatch(/ 403 /);
    expect(await ask('Host: localhost\r\nOrigin: null')).toMatch(/ 403 /);
    expect(await ask(`Host: localhost:${url.port}\r\nOrigin: http://localhost:3000`)).toMatch(
      / 200 /,
    );
    expect(await ask('Host: [::1]')).toMatch(/ 200 /);
    expect(await ask('')).toMatch(/ 400 /);
  });

  it('takes no body that is too long, whatever the header says of it', async () => {
    const { core } = await testCore();
    const url = await listening(core);
    expect(await talk(url, head('Content-Length: 1001\r\n'))).toMatch(/ 413 /);
    expect(await talk(url, head('Content-Length: 18446744073709551615\r\n'))).toMatch(/ 4\d\d /);
    const chunk = `${(500).toString(16)}\r\n${' '.repeat(500)}\r\n`;
    const chunked = head('Transfer-Encoding: chunked\r\n');
    expect(await talk(url, chunked, chunk, chunk, chunk, '0\r\n\r\n')).toMatch(/ 413 /);
    expect(await talk(url, chunked, '2\r\n{}\r\n', '0\r\n\r\n')).toMatch(/ 200 /);
  });

  it.each([
    ['[]', 'is a JSON object'],
    ['{', 'not JSON'],
    ['{"a":1,"\\u0061":2}', 'twice'],
    [`{"a":${'['.repeat(400)}`, 'nested'],
    ['{"a":"\xff"}', 'not UTF-8'],
  ])('says what is wrong with the body %s', async (body, problem) => {
    const { core } = await testCore();
    const url = await listening(core);
    const response = await fetch(url, { method: 'POST', body: Buffer.from(body, 'latin1') });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(problem),
    });
  });

  it('takes names that come twice in different objects, and colons in strings', async () => {
    const { core } = await testCore();
    const url = await listening(core);
    const body = { a: [{ x: ': "' }, { x: 'a:a\\' }], b: { a: 'a' } };
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    expect(await response.json()).toEqual({ body });
  });

  it('refuses headers that are too large, broken, or hold line ends', async () => {
    const { core } = await testCore();
    const url = await listening(core);
    expect(await talk(url, head(`X: ${'x'.repeat(20_000)}\r\n`))).toMatch(/^HTTP\/1.1 431 /);
    expect(await talk(url, 'GET / HTTP/1.1\r\nHost: localhost\r\nA: b\rc: d\r\n\r\n')).toMatch(
      / 400 /,
    );
    expect(await talk(url, 'nonsense\r\n\r\n')).toMatch(/ 400 /);
    expect(await talk(url, head('Content-Length: 1\r\nContent-Length: 2\r\n'))).toMatch(/ 400 /);
    expect(await talk(url, head('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'))).toMatch(
      / 400 /,
    );
  });

  it('cuts off connections that say nothing, or do not go on', async () => {
    const { core } = await testCore({}, { connections: { headerMs: 1000, requestMs: 2000 } });
    const url = await listening(core);
    const silent = Array.from({ length: 500 }, () => talk(url));
    const half = talk(url, head('Content-Length: 10\r\n').slice(0, -2));
    expect((await fetch(url)).status).toBe(200);
    await Promise.all(silent);
    expect(await half).toMatch(/ 408 |^$/);
  });

  it('answers what it has not foreseen without saying why', async () => {
    const { core } = await testCore();
    const broken = (): never => {
      throw new Error('the password is in the message');
    };
    const url = await listening(core, { fetch: broken });
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('password');
  });

  it('answers what is under way at the end, and takes nothing new on', async () => {
    const { core } = await testCore();
    let finish: () => void = () => undefined;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const handler: HttpHandler = {
      fetch: async () => {
        begin();
        await slow;
        return new Response('done');
      },
    };
    const options = { surface: 'test', host: '127.0.0.1', port: 0 };
    const http = await openHttp(core, options, handler);
    const answer = fetch(http.addresses[0] ?? '');
    await begun;
    const closed = http.close();
    await expect(fetch(http.addresses[0] ?? '')).rejects.toThrow();
    finish();
    expect(await (await answer).text()).toBe('done');
    await closed;
  });

  it('says which port it cannot have', async () => {
    const { core } = await testCore();
    const url = await listening(core);
    const options = {
      surface: 'test',
      host: '127.0.0.1',
      port: Number(url.port),
    };
    await expect(openHttp(core, options, echo)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(url.port),
    });
  });
});

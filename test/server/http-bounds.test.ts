/** What every door over HTTP does with clients that are slow, many, or send too much. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ambientSurface } from '../../src/server/ambient/surface.ts';
import { apiSurface } from '../../src/server/api/surface.ts';
import { forgeSurface } from '../../src/server/clawdforge/surface.ts';
import { cloveSurface } from '../../src/server/clove/surface.ts';
import type { ConnectionBounds } from '../../src/server/core/limits.ts';
import type { ServerCore } from '../../src/server/core/server-core.ts';
import { relaySurface } from '../../src/server/relay/surface.ts';
import { privateDirectory } from '../support/clove-kernel.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

const relay = async (core: ServerCore) => {
  const kernel = await cloveSurface.start(core, { path: `${privateDirectory()}/c.sock` });
  whenDone(() => kernel.close());
  return relaySurface.start(core, { kernel: kernel.kernel, apiPort: 0, socketPort: 0 });
};

/** How each is opened, which of its addresses is meant, a call that takes a body, and its longest. */
const DOORS = [
  {
    ...{ name: 'the API', at: 0, post: '/api/v1/file.read', most: 16 },
    open: (core: ServerCore) => apiSurface.start(core, { host: '127.0.0.1', port: 0 }),
  },
  {
    ...{ name: 'MCP', at: 0, post: '/mcp', most: 16 },
    open: (core: ServerCore) => apiSurface.start(core, { host: '127.0.0.1', port: 0 }),
  },
  {
    ...{ name: 'clawdforge', at: 0, post: '/sessions', most: 64 },
    open: (core: ServerCore) => forgeSurface.start(core, { port: 0 }),
  },
  {
    ...{ name: 'Ambient', at: 0, post: '/v1/sessions', most: 16 },
    open: (core: ServerCore) => ambientSurface.start(core, { port: 0 }),
  },
  { name: 'the relay', at: 0, post: '/api/v1/agents/deploy', most: 16, open: relay },
  { name: 'the sockets of the relay', at: 1, post: undefined, most: 0, open: relay },
] as const;

type Door = (typeof DOORS)[number];

async function opened({ open, at }: Door, connections: Partial<ConnectionBounds> = {}) {
  const { core } = await testCore({}, { connections });
  const surface = await open(core);
  whenDone(() => surface.close());
  const { token } = core.tokens.create({ name: 'admin', role: 'admin' });
  const url = new URL(surface.addresses[at] ?? '');
  const start = async (): Promise<Socket> => {
    const socket = connect(Number(url.port), url.hostname);
    whenDone(() => socket.destroy());
    // What was refused may be cut off while it is sent.
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const head = (path: string, more: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
    `X-Ambient-Project: p\r\nContent-Type: application/json\r\n${more}\r\n`;
  return { url, start, head };
}

/** All that is said until the connection ends. */
async function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** Sends bytes one by one, until the other side has had enough. */
async function trickle(socket: Socket, text: string): Promise<string> {
  const answer = rest(socket);
  for (const byte of text) {
    if (socket.destroyed || !socket.writable) break;
    socket.write(byte);
    await delay(20);
  }
  return answer;
}

describe.each(DOORS)('$name', (door) => {
  it('waits for no header that comes byte by byte', async () => {
    const { start } = await opened(door, { headerMs: 200, requestMs: 400 });
    const socket = await start();
    const text = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(10_000)}`;
    expect(await trickle(socket, text)).toMatch(/^$|^HTTP\/1.1 408 /);
  });

  it('takes no header that is too large', async () => {
    const { start, head } = await opened(door);
    const socket = await start();
    socket.write(head('/', `X: ${'x'.repeat(20_000)}\r\n`));
    expect(await rest(socket)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('takes no more connections than it may, and others when some have gone', async () => {
    const { start, url } = await opened(door, { most: 5 });
    const silent = await Promise.all(Array.from({ length: 5 }, start));
    const refused = await start();
    expect(await rest(refused)).toBe('');
    for (const socket of silent) socket.destroy();
    await expect.poll(() => isAnswered(url)).toBe(true);
  });
});

describe.each(DOORS.filter(({ post }) => post !== undefined))('$name', (door) => {
  it('waits for no body that comes byte by byte', async () => {
    const { start, head } = await opened(door, { headerMs: 200, requestMs: 400 });
    for (const more of ['Content-Length: 9999\r\n', 'Transfer-Encoding: chunked\r\n']) {
      const socket = await start();
      socket.write(head(door.post ?? '', more));
      const body = more.startsWith('T') ? '1\r\n{\r\n'.repeat(2000) : ' '.repeat(9999);
      expect(await trickle(socket, body)).toMatch(/^$|^HTTP\/1.1 4\d\d /);
    }
  });

  it('reads no body that says how much too long it is', async () => {
    const { start, head } = await opened(door);
    const socket = await start();
    const length = door.most * 1024 * 1024 + 1;
    socket.write(head(door.post ?? '', `Content-Length: ${length}\r\nConnection: close\r\n`));
    expect(await rest(socket)).toMatch(/^HTTP\/1.1 413 /);
  });
});

async function isAnswered(url: URL): Promise<boolean> {
  if (url.protocol === 'http:') {
    return fetch(url).then(
      (response) => response.status > 0,
      () => false,
    );
  }
  const socket = new WebSocket(url);
  return new Promise((resolve) => {
    socket.once('open', () => {
      socket.terminate();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The server for tests, by the client that the library uses. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, type InArgs } from '@libsql/client';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from './hrana-server/fault.ts';
import { HranaServer, type HranaServerOptions } from './hrana-server/server.ts';
import { until } from './processes.ts';

const TOKEN = 'good-token';

interface Setup {
  readonly server: HranaServer;
  readonly client: Client;
  readonly file: string;
}

async function start(options: Partial<HranaServerOptions> = {}): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'agentfs-hrana-'));
  const file = join(directory, 'remote.db');
  const server = await HranaServer.start({ file, token: TOKEN, ...options });
  onTestFinished(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });
  const client = connect(server);
  await client.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)');
  return { server, client, file };
}

function connect(server: HranaServer, authToken = TOKEN): Client {
  const client = createClient({ url: server.url, authToken });
  onTestFinished(() => client.close());
  return client;
}

/** The values that are really in the file. */
function stored(file: string): unknown[] {
  const database = new Sqlite(file, { readonly: true });
  try {
    return database.prepare('SELECT v FROM t ORDER BY id').pluck().all();
  } finally {
    database.close();
  }
}

function insert(value: number): string {
  return `INSERT INTO t (v) VALUES (${value})`;
}

describe('statements', () => {
  it('give values of every type back as they were', async () => {
    const { client } = await start();
    const values = [null, 9007199254740991, -1.5, 'tëxt\n', 2n ** 62n];
    for (const value of values) {
      await client.execute({ sql: 'INSERT INTO t (v) VALUES (?)', args: [value] });
    }
    const { rows } = await client.execute('SELECT v FROM t WHERE id < 5 ORDER BY id');
    expect(rows.map(({ v }) => v)).toEqual(values.slice(0, 4));
    const last = await client.execute('SELECT CAST(v AS TEXT) AS v FROM t WHERE id = 5');
    expect(last.rows[0]?.['v']).toBe(String(2n ** 62n));
  });

  it('give blobs back byte for byte', async () => {
    const { client } = await start();
    const blob = randomBytes(1 << 20);
    await client.execute({ sql: 'INSERT INTO t (v) VALUES (?)', args: [blob] });
    const { rows } = await client.execute('SELECT v FROM t');
    const [given] = rows.map(({ v }) => v);
    expect(given instanceof ArrayBuffer && blob.equals(Buffer.from(given))).toBe(true);
  });

  it('take parameters by place, number and name', async () => {
    const { client } = await start();
    const row = async (sql: string, args: InArgs) =>
      Array.from((await client.execute({ sql, args })).rows[0] ?? []);
    expect(await row("SELECT ?, ':no', ? -- ?", [1, 2])).toEqual([1, ':no', 2]);
    expect(await row('SELECT ?2, ?1, ?2', ['a', 'b'])).toEqual(['b', 'a', 'b']);
    expect(await row('SELECT :x, @y, :x', { x: 'x', y: 'y' })).toEqual(['x', 'y', 'x']);
  });

  it('say what they changed', async () => {
    const { client } = await start();
    const written = await client.execute('INSERT INTO t (v) VALUES (1), (2)');
    expect(written).toMatchObject({ rowsAffected: 2, lastInsertRowid: 2n });
    const returned = await client.execute('DELETE FROM t WHERE v = 1 RETURNING id');
    expect(returned).toMatchObject({ rowsAffected: 1, columns: ['id'] });
    expect((await client.execute('SELECT v FROM t')).rowsAffected).toBe(0);
  });

  it('fail with the code of SQLite', async () => {
    const { client } = await start();
    await client.execute(insert(1));
    await expect(client.execute(insert(1))).rejects.toMatchObject({
      code: 'SQLITE_CONSTRAINT_UNIQUE',
    });
    await expect(client.execute('SELEC')).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  });

  it('are not answered with more than ten mebibytes', async () => {
    const { client } = await start();
    await client.execute("INSERT INTO t (v) VALUES (zeroblob(6 << 20)), ('')");
    await expect(client.execute('SELECT a.v, b.v FROM t AS a, t AS b')).rejects.toMatchObject({
      code: 'RESPONSE_TOO_LARGE',
    });
  });
});

describe('batches', () => {
  it('are applied as a whole', async () => {
    const { client, file, server } = await start();
    server.forget();
    await client.batch([insert(1), insert(2), { sql: insert(3), args: [] }], 'write');
    expect(server.traffic.requests).toBe(1);
    expect(stored(file)).toEqual([1, 2, 3]);
    expect(server.openStreams).toBe(0);
  });

  it('are rolled back as a whole', async () => {
    const { client, file } = await start();
    await expect(client.batch([insert(1), insert(1)], 'write')).rejects.toThrow(/UNIQUE/);
    expect(stored(file)).toEqual([]);
  });

  it('of two clients at once wait for each other', async () => {
    const { server, file } = await start();
    const clients = [connect(server), connect(server), connect(server)];
    await Promise.all(
      clients.map((each, i) => each.batch([insert(2 * i), insert(2 * i + 1)], 'write')),
    );
    expect(stored(file)).toHaveLength(6);
  });

  it('run as a sequence too', async () => {
    const { client, file } = await start();
    await client.executeMultiple(`${insert(1)}; ${insert(2)};`);
    expect(stored(file)).toEqual([1, 2]);
  });
});

describe('interactive transactions', () => {
  it('see their own writes, which nobody else does before the end', async () => {
    const { client, server, file } = await start();
    const transaction = await client.transaction('write');
    await transaction.execute(insert(1));
    expect((await transaction.execute('SELECT v FROM t')).rows).toHaveLength(1);
    expect((await connect(server).execute('SELECT v FROM t')).rows).toHaveLength(0);
    expect(server.openStreams).toBe(1);
    await transaction.commit();
    expect(stored(file)).toEqual([1]);
    await until(() => server.openStreams === 0);
  });

  it('make other writers wait, with the server still answering', async () => {
    const { client, server, file } = await start();
    const transaction = await client.transaction('write');
    await transaction.execute(insert(1));
    const waiting = connect(server).batch([insert(2)], 'write');
    expect((await connect(server).execute('SELECT v FROM t')).rows).toHaveLength(0);
    await transaction.commit();
    await waiting;
    expect(stored(file)).toEqual([1, 2]);
  });

  it('are rolled back when their client does not come again', async () => {
    const { client, server, file } = await start({ streamTtlMs: 20 });
    const transaction = await client.transaction('write');
    await transaction.execute(insert(1));
    await until(() => server.openStreams === 0);
    await expect(transaction.execute(insert(2))).rejects.toMatchObject({ code: 'STREAM_EXPIRED' });
    expect(stored(file)).toEqual([]);
  });
});

describe('a server', () => {
  it('refuses whoever has not the token', async () => {
    const { server, file } = await start();
    const stranger = connect(server, 'wrong-token');
    await expect(stranger.execute(insert(1))).rejects.toThrow(/401/);
    expect(stored(file)).toEqual([]);
  });

  it('counts what goes over the wire', async () => {
    const { server, client } = await start();
    server.forget();
    await client.execute({ sql: 'INSERT INTO t (v) VALUES (?)', args: ['x'.repeat(1000)] });
    const { requests, receivedBytes, sentBytes } = server.traffic;
    expect(requests).toBe(1);
    expect(receivedBytes).toBeGreaterThan(1000);
    expect(receivedBytes).toBeLessThan(1300);
    expect(sentBytes).toBeLessThan(400);
  });
});

describe('a fault', () => {
  const notApplied: [string, Fault][] = [
    ['a status', { kind: 'status', status: 503, retryAfter: '1' }],
    ['a reset before the request is applied', { kind: 'reset-before' }],
    ['garbage', { kind: 'garbage', text: '<html>Log in</html>' }],
  ];
  it.each(notApplied)('fails the request, with nothing applied: %s', async (_, fault) => {
    const { server, client, file } = await start();
    server.failNext(fault);
    await expect(client.execute(insert(1))).rejects.toThrow();
    expect(stored(file)).toEqual([]);
    await client.execute(insert(2));
    expect(stored(file)).toEqual([2]);
  });

  const applied: [string, Fault][] = [
    ['a reset after the request was applied', { kind: 'reset-after' }],
    ['an answer that is cut', { kind: 'cut-body' }],
    ['an answer that is altered', { kind: 'alter', alter: (text) => text.replace('ok', 'ko') }],
  ];
  it.each(applied)('fails the request, with everything applied: %s', async (_, fault) => {
    const { server, client, file } = await start();
    server.failNext(fault);
    await expect(client.execute(insert(1))).rejects.toThrow();
    expect(stored(file)).toEqual([1]);
  });

  it('applies a request twice when it is repeated on the way', async () => {
    const { server, client, file } = await start();
    server.failNext({ kind: 'replay' });
    await client.execute('INSERT INTO t (v) VALUES (random())');
    expect(stored(file)).toHaveLength(2);
  });

  it('keeps a client waiting that asks a black hole, until the server is closed', async () => {
    const { server, client, file } = await start();
    let asked = false;
    server.play(() => {
      asked = true;
      return { kind: 'black-hole' };
    });
    const answer = client.execute(insert(1)).then(
      () => 'answered',
      () => 'failed',
    );
    await until(() => asked);
    await server.close();
    expect(await answer).toBe('failed');
    expect(stored(file)).toEqual([]);
  });

  it('answers late when the server is slow', async () => {
    const { server, client, file } = await start();
    server.failNext({ kind: 'slow', delayMs: 30 });
    const answer = client.execute(insert(1));
    await until(() => stored(file).length === 1);
    expect(await answer).toMatchObject({ rowsAffected: 1 });
  });
});

/**
 * `tursodb --sync-server` of the npm package `turso`, which `npm run test:turso` fetches. It knows
 * only `execute` and `batch` of the Hrana protocol, and values by place, not by name; so what clients
 * send is translated on the way.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  HranaValue,
  Pipeline,
  Statement,
  StreamRequest,
  StreamResult,
} from './hrana-server/protocol.ts';
import { listParameters } from './hrana-server/statement.ts';

const START_LIMIT_MS = 20_000;
const NULL: HranaValue = { type: 'null' };

/** A running server, and the translation before it. */
export interface TursoServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts the server on loopback. It is stopped by disposal. */
export async function startTursoServer(binary: string, file: string): Promise<TursoServer> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ['-q', '--sync-server', address, file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await untilAnswering(`http://${address}`, () => child.exitCode);
  const translation = createServer((request, response) => {
    text(request)
      .then((body) => ask(`http://${address}/v2/pipeline`, JSON.parse(body)))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      })
      .catch((error) => response.destroy(error));
  });
  translation.listen(0, '127.0.0.1');
  await once(translation, 'listening');
  return {
    url: `http://127.0.0.1:${portOf(translation)}`,
    async [Symbol.asyncDispose]() {
      translation.close();
      translation.closeAllConnections();
      child.kill();
      await ended;
    },
  };
}

/** Leaves `close` and stored SQL out of what is sent, and puts their answers back. */
async function ask(
  url: string,
  { requests }: Pipeline,
): Promise<{ readonly status: number; readonly body: string }> {
  const stored = new Map<number, string>();
  const sent = requests.map((request) => simplify(request, stored));
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ requests: sent.filter((each) => each !== undefined) }),
  });
  const { status } = response;
  if (!response.ok) return { status, body: JSON.stringify({ error: await response.text() }) };
  // The server's answer has the form of the protocol.
  const answer = (await response.json()) as { results: StreamResult[] };
  const results = requests.map(({ type }, index) =>
    sent[index] === undefined ? { type: 'ok', response: { type } } : answer.results.shift(),
  );
  return { status, body: JSON.stringify({ ...answer, results }) };
}

/** What the server understands of a request; `undefined` for what it need not know of. */
function simplify(request: StreamRequest, stored: Map<number, string>): StreamRequest | undefined {
  switch (request.type) {
    case 'store_sql':
      stored.set(request.sql_id, request.sql);
      return undefined;
    case 'close_sql':
    case 'close':
      return undefined;
    case 'execute':
      return { type: 'execute', stmt: inline(request.stmt, stored) };
    case 'batch': {
      const steps = request.batch.steps.map(({ stmt, ...step }) => ({
        ...step,
        stmt: inline(stmt, stored),
      }));
      return { type: 'batch', batch: { steps } };
    }
    case 'sequence':
    case 'describe':
    case 'get_autocommit':
      return request;
  }
}

function inline(stmt: Statement, stored: Map<number, string>): Statement {
  const { sql_id: id, args = [], named_args: named = [] } = stmt;
  const sql = stmt.sql ?? (id === undefined ? undefined : stored.get(id)) ?? '';
  const values = new Map(named.map(({ name, value }) => [name, value]));
  const placed = listParameters(sql).map((name) => values.get(name.slice(1)) ?? NULL);
  return { sql, args: named.length > 0 ? placed : args, want_rows: stmt.want_rows ?? true };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const port = portOf(probe);
  probe.close();
  await once(probe, 'close');
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  return address.port;
}

async function untilAnswering(url: string, exitCode: () => number | null): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const isUp = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    if (exitCode() !== null || performance.now() > deadline) {
      throw new Error(`tursodb does not answer at ${url} (exit status ${exitCode()}).`);
    }
    await delay(10);
  }
}

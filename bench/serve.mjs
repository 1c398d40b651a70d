/** What does a request to the daemon cost, over HTTP and over its Unix socket? */

import { once as event } from 'node:events';
import { Agent, request } from 'node:http';
import { createConnection } from 'node:net';
import { once, summarise, timed } from './support/measure.mjs';
import { RpcConnection } from './support/rpc-program.mjs';
import { ServeProgram } from './support/serve-program.mjs';

const TEXT = 'y'.repeat(1024);
const WARM_UP = 500;
const IN_TURN = 3000;
const AT_ONCE = 4000;
const MOST_READ_MS = 0.6;
const FEWEST_A_SECOND = 2000;

const OPERATIONS = [
  ['file.read', () => ({ path: 'a.txt' }), MOST_READ_MS],
  ['file.write', (i) => ({ path: `d${i % 100}/${i}.txt`, content: TEXT }), undefined],
];

export const serve = {
  name: 'serve',
  question: 'what does a request to the daemon cost?',
  async measure({ projects }) {
    const directory = projects.directory();
    const program = new ServeProgram(directory, ['--api', '0']);
    const { api, rpc } = await program.addresses(directory);
    const http = new Http(api[0], program.token(directory, 'bench'));
    const socket = createConnection(rpc[0].replace('unix:', ''));
    try {
      await event(socket, 'connect');
      const frames = new RpcConnection(socket, socket);
      await frames.ask('workspace.create', { name: 'w' });
      await frames.ask('file.write', { workspace: 'w', path: 'a.txt', content: TEXT });
      return [...(await rows('/api/v1', http)), ...(await rows('JSON-RPC socket', frames))];
    } finally {
      http.close();
      socket.destroy();
      await program.end();
    }
  },
};

async function rows(way, client) {
  const all = [];
  for (const [method, params, mostMs] of OPERATIONS) {
    let number = 0;
    const ask = () => client.ask(method, { workspace: 'w', ...params(number++) });
    for (let i = 0; i < WARM_UP; i++) await ask();
    const times = [];
    for (let i = 0; i < IN_TURN; i++) times.push(await timed(ask));
    const { median } = summarise(times);
    const operation = `${way}: ${method} of 1 KiB`;
    const goals =
      mostMs === undefined ? [] : [{ text: `<= ${mostMs} ms`, isMet: median <= mostMs }];
    all.push({
      operation: `${operation}, one after the other`,
      unit: 'ms',
      ours: once(median),
      goals,
    });
    const ms = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, ask)));
    const perSecond = AT_ONCE / (ms / 1000);
    all.push({
      operation: `${operation}, ${AT_ONCE} at once`,
      unit: '/s',
      ours: once(perSecond),
      goals: [{ text: `>= ${FEWEST_A_SECOND} /s`, isMet: perSecond >= FEWEST_A_SECOND }],
    });
  }
  return all;
}

/** Asks over connections that are kept, as clients do. */
class Http {
  #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  #url;
  #headers;

  constructor(url, token) {
    this.#url = url;
    this.#headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  }

  async ask(operation, input) {
    const body = JSON.stringify(input);
    const call = request(`${this.#url}/api/v1/${operation}`, {
      method: 'POST',
      agent: this.#agent,
      headers: { ...this.#headers, 'Content-Length': Buffer.byteLength(body) },
    });
    call.end(body);
    const [answer] = await event(call, 'response');
    const text = Buffer.concat(await answer.toArray()).toString();
    if (answer.statusCode !== 200) throw new Error(text);
    return JSON.parse(text);
  }

  close() {
    this.#agent.destroy();
  }
}

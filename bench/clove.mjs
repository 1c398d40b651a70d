/** What do the calls of a Clove client cost, through the daemon's socket? */

import { createConnection } from 'node:net';
import { join } from 'node:path';
import { CloveClient } from '../dist/neighbours/clove/index.js';
import { once, summarise, timed } from './support/measure.mjs';
import { ServeProgram } from './support/serve-program.mjs';

const TEXT = 'y'.repeat(1024);
const AGENTS = 100;
const CALLS = 20;
const READERS = 10;
const EVENTS = 10_000;
const IDLE_AGENTS = 1000;
const MOST_IDLE_MB = 150;

/** Each with how often it is made, and the most that the median may be, in ms. */
const OPERATIONS = [
  ['NOOP', 5000, 0.08, (client) => client.noop('x')],
  ['STORE', 2000, 0.15, (client, i) => client.store(`k${i % 100}`, { i })],
  ['FETCH', 2000, 0.15, (client, i) => client.fetch(`k${i % 100}`)],
  ['READ of 1 KiB', 2000, 0.25, (client) => client.readFile('a.txt')],
  ['WRITE of 1 KiB', 2000, 0.4, (client, i) => client.writeFile(`d/${i % 100}.txt`, TEXT)],
  ['EXEC of `true`', 100, 5, (client) => client.exec('true')],
];

export const clove = {
  name: 'clove',
  question: 'what do the calls of a Clove client cost?',
  async measure({ projects }) {
    const directory = projects.directory();
    const socketPath = join(projects.directory(), 'clove.sock');
    const program = new ServeProgram(directory, ['--clove', socketPath]);
    try {
      await program.listensAt(socketPath);
      const rows = [];
      const client = new CloveClient({ socketPath });
      await client.writeFile('a.txt', TEXT);
      for (const operation of OPERATIONS) rows.push(await row(client, ...operation));
      await client.disconnect();
      rows.push(await manyAtOnce(socketPath), await events(socketPath));
      rows.push(await idle(socketPath, program));
      return rows;
    } finally {
      await program.end();
    }
  },
};

async function row(client, name, times, mostMs, call) {
  for (let i = 0; i < times / 5; i++) await call(client, i);
  const figures = [];
  for (let i = 0; i < times; i++) figures.push(await timed(() => call(client, i)));
  const ours = summarise(figures);
  const goals = [{ text: `<= ${mostMs} ms`, isMet: ours.median <= mostMs }];
  return { operation: `Clove: ${name}`, unit: 'ms', ours: once(ours.median), goals };
}

async function manyAtOnce(socketPath) {
  const clients = Array.from({ length: AGENTS }, () => new CloveClient({ socketPath }));
  let failed = 0;
  await Promise.all(
    clients.map(async (client, number) => {
      for (let i = 0; i < CALLS; i++) {
        const { success } = await client.writeFile(`many/${number}.txt`, String(i));
        const { content } = await client.readFile(`many/${number}.txt`);
        if (!success || content !== String(i)) failed += 1;
      }
    }),
  );
  await Promise.all(clients.map((client) => client.disconnect()));
  const operation = `Clove: wrong or failed calls of ${AGENTS} connections at once`;
  return { operation, unit: '', ours: once(failed), goals: [{ text: '0', isMet: failed === 0 }] };
}

async function events(socketPath) {
  const readers = Array.from({ length: READERS }, () => new CloveClient({ socketPath }));
  for (const reader of readers) await reader.subscribe(['CUSTOM']);
  const emitter = new CloveClient({ socketPath });
  let lost = 0;
  const ms = await timed(async () => {
    const emitted = Promise.all(
      Array.from({ length: EVENTS }, (_, n) => emitter.emitEvent('CUSTOM', { n })),
    );
    const read = readers.map(async (reader) => {
      for (let next = 0; next < EVENTS; ) {
        for (const { data } of (await reader.pollEvents(1000)).events) {
          if (data.n !== next) lost += 1;
          next = data.n + 1;
        }
      }
    });
    await Promise.all([emitted, ...read]);
  });
  await Promise.all([...readers, emitter].map((each) => each.disconnect()));
  const perSecond = EVENTS / (ms / 1000);
  const goals = [{ text: '>= 10,000 /s, none lost', isMet: perSecond >= 10_000 && lost === 0 }];
  const operation = `Clove: events to ${READERS} subscribers, ${lost} lost`;
  return { operation, unit: '/s', ours: once(perSecond), goals };
}

async function idle(socketPath, program) {
  const sockets = Array.from({ length: IDLE_AGENTS }, () => createConnection(socketPath));
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
  );
  const last = new CloveClient({ socketPath });
  await last.noop('');
  const ours = once(program.residentMegabytes());
  await last.disconnect();
  for (const socket of sockets) socket.destroy();
  const goals = [{ text: `<= ${MOST_IDLE_MB} MB`, isMet: ours.median <= MOST_IDLE_MB }];
  return {
    operation: `Clove: the daemon with ${IDLE_AGENTS} idle agents`,
    unit: 'MB',
    ours,
    goals,
  };
}

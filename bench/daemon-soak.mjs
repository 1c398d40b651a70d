/** What many clients do with a daemon for long, and what it is like meanwhile. Part of `--soak`. */

import { join } from 'node:path';
import { CloveClient } from '../dist/neighbours/clove/index.js';
import { stateOf } from './support/long-life.mjs';
import { ServeProgram } from './support/serve-program.mjs';

const FILES = 500;
const KEYS = 200;
const CALLS_OF_A_CLIENT = 200;

/** The state of a daemon after each tenth of so many calls. */
export async function daemonStates(projects, calls, looks) {
  const base = projects.directory();
  const socketPath = join(projects.directory(), 'clove.sock');
  const program = new ServeProgram(base, ['--api', '0', '--clove', socketPath]);
  try {
    const addresses = await program.addresses(base);
    const url = addresses.api[0];
    const token = program.token(base, 'soak');
    const call = callsOf(url, token);
    await call('workspace.create', { name: 'soak' });
    const states = [];
    for (let look = 0; look < looks; look++) {
      for (let at = 0; at < calls / looks; at += CALLS_OF_A_CLIENT) {
        await visit(socketPath, call, look * (calls / looks) + at);
      }
      const state = stateOf(base, program.pid);
      console.error(`  ${JSON.stringify(state)}`);
      states.push(state);
    }
    return states;
  } finally {
    await program.end();
  }
}

/** What is done in turn, each with the number of the call. */
const IN_TURN = [
  ({ clove }, i) => clove.writeFile(pathOf(i), `content ${i}`),
  ({ clove }, i) => clove.readFile(pathOf(i - 1)),
  ({ call }, i) => call('file.write', { workspace: 'soak', path: pathOf(i), content: `${i}` }),
  ({ call }) => call('file.list', { workspace: 'soak', path: '' }),
  ({ clove }, i) => clove.emitEvent('CUSTOM', { i }),
  ({ clove }) => clove.pollEvents(100),
  ({ clove }, i) => clove.fetch(`k${i % KEYS}`),
  ({ clove }, i) => clove.store(`k${i % KEYS}`, { i }),
  ({ clove }, i) => clove.store(`k${i % KEYS}`, { i }, { scope: 'agent' }),
];
/** Now and then. */
const COMMANDS = [
  ({ clove }, i) => clove.exec(`echo ${i} > e${i % FILES}`),
  ({ call }) => call('command.run', { workspace: 'soak', command: 'true' }),
];
const COMMAND_EACH = 500;

/** One client comes, makes calls of all kinds, and goes. */
async function visit(socketPath, call, from) {
  const clove = new CloveClient({ socketPath });
  await clove.subscribe(['CUSTOM', 'STATE_CHANGED']);
  for (let i = from; i < from + CALLS_OF_A_CLIENT; i++) {
    const isCommand = i % COMMAND_EACH === COMMAND_EACH - 1;
    const turn = isCommand
      ? COMMANDS[Math.floor(i / COMMAND_EACH) % COMMANDS.length]
      : IN_TURN[i % IN_TURN.length];
    await turn({ clove, call }, i);
  }
  await clove.disconnect();
}

function pathOf(i) {
  return `d${i % 20}/f${i % FILES}`;
}

function callsOf(url, token) {
  const headers = { Authorization: `Bearer ${token}` };
  return async (name, input) => {
    const body = JSON.stringify(input);
    const response = await fetch(`${url}/api/v1/${name}`, { method: 'POST', headers, body });
    const result = await response.json();
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return result;
  };
}

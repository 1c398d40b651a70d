/** Does a process that works for long stay as small as it was? For `--soak`. */

import { AgentFS } from '../dist/index.js';
import { daemonStates } from './daemon-soak.mjs';
import { stateOf } from './support/long-life.mjs';
import { once } from './support/measure.mjs';

const OPERATIONS = 100_000;
const LOOKS = 10;
const FILES = 500;

export const soak = {
  name: 'soak',
  question: 'does a process that works for long stay as small as it was?',
  async measure({ projects, options }) {
    const base = projects.directory();
    const operations = options.quick ? OPERATIONS / 10 : OPERATIONS;
    const afs = await AgentFS.open(base, { core: { maxWorkspaces: 0 } });
    const rows = [];
    try {
      await afs.workspace.create('agent');
      for (let look = 0; look < LOOKS; look++) {
        await work(afs, look * (operations / LOOKS), operations / LOOKS);
        const state = stateOf(base);
        console.error(`  ${JSON.stringify(state)}`);
        rows.push(state);
      }
    } finally {
      await afs.close();
    }
    const daemon = await daemonStates(projects, operations, LOOKS);
    return [
      ...rowsOf('', rows, operations / LOOKS),
      ...rowsOf('the daemon: ', daemon, operations / LOOKS),
    ];
  },
};

/** The end beside what it was after the second look, when all has been there once. */
function rowsOf(whose, states, each) {
  const [first, last] = [states[1], states.at(-1)];
  const done = (looks) => `after ${(each * looks).toLocaleString('en')} operations`;
  return Object.entries({ resident: 'MiB', files: 'open files', log: 'MiB' }).map(
    ([what, unit]) => ({
      operation: `${whose}${what}, ${done(states.length)}`,
      unit,
      ours: once(last[what]),
      reference: { label: done(2), figure: once(first[what]) },
      ratio: first[what] / last[what],
    }),
  );
}

/** Writes, reads, snapshots, undo, forks that go away again, and now and then a gc. */
async function work(afs, from, count) {
  const workspace = await afs.workspace.get('agent');
  for (let i = from; i < from + count; i++) {
    const path = `d${i % 20}/f${i % FILES}`;
    if (i % 1000 === 999) await afs.gc();
    else if (i % 100 === 99) {
      const fork = await afs.workspace.create(`fork-${i}`, { fromWorkspace: 'agent' });
      await fork.writeFile(path, `of the fork ${i}`);
      await afs.workspace.delete(fork.name, { force: true });
    } else if (i % 50 === 49) {
      const name = `s${i % 1000}`;
      if (i >= 1000) await workspace.snapshot.delete(name);
      await workspace.snapshot.create(name);
    } else if (i % 10 === 9) await workspace.undo();
    else if (i % 2 === 0) await workspace.writeFile(path, `content ${i}`);
    else await workspace.exists(path);
  }
}

/** Does a process that works for long stay as small as it was? For `--soak`. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFS } from '../dist/index.js';
import { once } from './support/measure.mjs';
import { residentMegabytes } from './support/memory.mjs';

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
        rows.push({ look, ...state });
      }
    } finally {
      await afs.close();
    }
    const [first, last] = [rows[1], rows.at(-1)];
    const done = (look) =>
      `after ${((operations / LOOKS) * (look + 1)).toLocaleString('en')} operations`;
    return Object.entries({ resident: 'MiB', files: 'open files', log: 'MiB' }).map(
      ([what, unit]) => ({
        operation: `${what}, ${done(last.look)}`,
        unit,
        ours: once(last[what]),
        reference: { label: done(first.look), figure: once(first[what]) },
        ratio: first[what] / last[what],
      }),
    );
  },
};

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

function stateOf(base) {
  const store = join(base, '.agentfs');
  const logs = readdirSync(store).filter((name) => name.endsWith('-wal'));
  const bytes = logs.reduce((sum, name) => sum + statSync(join(store, name)).size, 0);
  return {
    resident: residentMegabytes(),
    files: readdirSync('/proc/self/fd').length,
    log: bytes / 2 ** 20,
  };
}

/** What does a request of another program cost, through `agentfs rpc` over its pipes? */

import { summarise, timed } from './support/measure.mjs';
import { RpcProgram } from './support/rpc-program.mjs';

const WARM_UP = 300;
const IN_TURN = 2_000;
const AT_ONCE = 4_000;
const MOST_MS = 0.5;
const FEWEST_A_SECOND = 2_000;

const TEXT = 'y'.repeat(1024);

const REQUESTS = [
  { method: 'file.read', params: () => ({ path: 'a.txt' }) },
  { method: 'file.write', params: (i) => ({ path: `d${i % 100}/${i}.txt`, content: TEXT }) },
];

export const requests = {
  name: 'requests',
  question: 'what does a request of another program cost?',
  async measure({ projects }) {
    const program = new RpcProgram(projects.directory());
    await program.ask('workspace.create', { name: 'w' });
    await program.ask('file.write', { workspace: 'w', path: 'a.txt', content: TEXT });
    const rows = [];
    for (const { method, params } of REQUESTS) {
      let number = 0;
      const ask = () => program.ask(method, { workspace: 'w', ...params(number++) });
      for (let i = 0; i < WARM_UP; i++) await ask();
      const times = [];
      for (let i = 0; i < IN_TURN; i++) times.push(await timed(ask));
      rows.push(row(`${method} of 1 KiB, one after the other`, summarise(times), MOST_MS));
      const ms = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, ask)));
      const each = summarise([ms / AT_ONCE]);
      rows.push(row(`${method} of 1 KiB, ${AT_ONCE} at once, each`, each, 1000 / FEWEST_A_SECOND));
    }
    await program.end();
    return rows;
  },
};

function row(operation, ours, most) {
  const goals = [{ text: `<= ${most} ms`, isMet: ours.median <= most }];
  return { operation, unit: 'ms', ours, goals };
}

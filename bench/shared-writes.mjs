/** Do processes that write to one store stand in each other's way? */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atMost, ratioAtLeast } from './support/goal.mjs';
import { inTurn, once } from './support/measure.mjs';

const CHILD = fileURLToPath(new URL('support/write-child.mjs', import.meta.url));
const PROCESSES = 4;

export const sharedWrites = {
  name: 'shared',
  question: 'what do four processes write to one store together, and how long does one wait?',
  async measure({ projects, options }) {
    const milliseconds = options.quick ? 500 : 2_000;
    const base = projects.directory();
    const afs = await projects.open(base);
    for (let i = 0; i < PROCESSES; i++) await afs.workspace.create(`agent-${i}`);
    let longest = 0;
    const together = async (count, run) => {
      const children = Array.from({ length: count }, (_, i) =>
        startChild(base, `agent-${i}`, milliseconds),
      );
      await Promise.all(children.map((child) => child.ready));
      for (const child of children) child.begin();
      const reports = await Promise.all(children.map((child) => child.report));
      if (run >= 0 && count > 1) {
        longest = Math.max(longest, ...reports.map((report) => report.longest));
      }
      return reports.reduce((sum, { writes }) => sum + writes, 0) / (milliseconds / 1000);
    };
    const { four, one } = await inTurn(options.runs, {
      four: (run) => together(PROCESSES, run),
      one: (run) => together(1, run),
    });
    const ratio = four.median / one.median;
    const longestWait = once(longest);
    return [
      {
        operation: `writeFile, 1 KiB, ${PROCESSES} processes on one store`,
        unit: '/s',
        ours: four,
        reference: { label: 'one of them alone', figure: one },
        ratio,
        goals: [ratioAtLeast(ratio, 0.6)],
      },
      {
        operation: 'the longest of these writes, all runs',
        unit: 'ms',
        ours: longestWait,
        goals: [atMost(longestWait, 100)],
      },
    ];
  },
};

/** Starts a process that writes once it is told to. */
function startChild(base, workspace, milliseconds) {
  const child = spawn(process.execPath, [CHILD, base, workspace, `${milliseconds}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('A process that writes has ended before its time.');
    return value;
  };
  const ready = next();
  const report = ready.then(next).then(JSON.parse);
  // Both are waited for; whichever fails first ends the run.
  report.catch(() => undefined);
  return { ready, report, begin: () => child.stdin.write('\n') };
}

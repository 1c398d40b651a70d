/** What does it cost to run a command in a workspace? */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHANGES } from './support/change.mjs';
import { atMost, ratioAtLeast, speedUp } from './support/goal.mjs';
import { once } from './support/measure.mjs';

const execute = promisify(execFile);

const STRATEGIES = ['overlay', 'directory'];

/** Each takes seconds, most of them in the file system. */
const MAX_CHURNS = 3;

export const runs = {
  name: 'run',
  question: 'what does it cost to run a command in a workspace?',
  async measure({ projects, options }) {
    const sizes = [options.files, options.large].filter((size) => size > 0);
    const rows = [];
    for (const strategy of STRATEGIES) {
      for (const size of new Set(sizes)) {
        rows.push(...(await costsOf(projects, { strategy, size, times: options.runs })));
      }
      rows.push(await churnOf(projects, strategy, options));
      rows.push(...(await streamOf(projects, strategy, options)));
    }
    return rows;
  },
};

/** Asks the process that runs the commands. */
async function ask(projects, size, question, given) {
  const { base, files } = await projects.of(size);
  const child = join(import.meta.dirname, 'support', 'run-child.mjs');
  const all = { base, files, directory: projects.directory(), ...given };
  const { stdout } = await execute(process.execPath, [child, question, JSON.stringify(all)]);
  return JSON.parse(stdout);
}

async function costsOf(projects, { strategy, size, times }) {
  const found = await ask(projects, size, 'costs', { strategy, times });
  const { ours, bare, changing, bareChanging, around } = found;
  const over = once(ours.median - bare.median);
  // The goals are those of the overlay: the directory strategy has to look at every file.
  const goalOf = (goal) => (strategy === 'overlay' ? [goal] : []);
  const project = `${size.toLocaleString('en')} files, ${strategy}`;
  const [first, copied] = [once(found.first), once(found.copied)];
  const capture = around && once(around.changing.median - around.idle.median);
  return [
    {
      operation: `first run, ${project}`,
      unit: 'ms',
      ours: first,
      reference: { label: 'cp -r of the files', figure: copied },
      ratio: speedUp(first, copied),
      goals: goalOf(ratioAtLeast(speedUp(first, copied), 1)),
    },
    {
      operation: `run true, warm, ${project}`,
      unit: 'ms',
      ours,
      reference: { label: 'bare spawn of true', figure: bare },
      ratio: speedUp(ours, bare),
      goals: goalOf({ ...atMost(over, 15), text: '<= 15 ms over the spawn' }),
    },
    {
      operation: `run that changes ${CHANGES} files, ${project}`,
      unit: 'ms',
      ours: changing,
      reference: { label: 'bare spawn of the same', figure: bareChanging },
      ratio: speedUp(changing, bareChanging),
    },
    ...(capture
      ? [
          {
            operation: `capture of ${CHANGES} changes, ${project}`,
            unit: 'ms',
            ours: capture,
            goals: [atMost(capture, 3)],
          },
        ]
      : []),
  ];
}

async function churnOf(projects, strategy, options) {
  const count = options.quick ? 1_000 : 10_000;
  const times = Math.min(options.runs, MAX_CHURNS);
  const { ours, native } = await ask(projects, options.files, 'churn', { strategy, times, count });
  const ratio = speedUp(ours, native);
  return {
    operation: `run that writes and deletes ${count.toLocaleString('en')} small files, ${strategy}`,
    unit: 'ms',
    ours,
    reference: { label: 'the same outside', figure: native },
    ratio,
    goals: [ratioAtLeast(ratio, 0.9)],
  };
}

async function streamOf(projects, strategy, options) {
  const megabytes = options.quick ? 100 : 1_000;
  const { rate, memory } = await ask(projects, options.files, 'stream', { strategy, megabytes });
  const operation = `runStream, a command that prints ${megabytes.toLocaleString('en')} MB`;
  return [
    { operation: `${operation}, ${strategy}`, unit: 'MB/s', ours: once(rate) },
    {
      operation: `memory that takes, ${strategy}`,
      unit: 'MB',
      ours: once(memory),
      goals: [atMost(once(memory), 200, ' MB')],
    },
  ];
}

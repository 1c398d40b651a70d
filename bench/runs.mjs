/** What does it cost to run a command in a workspace? */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CHANGES, changedFiles } from './support/change.mjs';
import { atMost, ratioAtLeast, speedUp } from './support/goal.mjs';
import { inTurn, once, timed } from './support/measure.mjs';

const execute = promisify(execFile);
const CHURN = `
const fs = require('node:fs');
const count = Number(process.argv.at(-1));
fs.mkdirSync('churn', { recursive: true });
for (let i = 0; i < count; i++) fs.writeFileSync('churn/f' + i, 'content of file ' + i);
for (let i = 0; i < count; i++) fs.unlinkSync('churn/f' + i);
fs.rmdirSync('churn');
`;

const STRATEGIES = ['overlay', 'directory'];

export const runs = {
  name: 'run',
  question: 'what does it cost to run a command in a workspace?',
  async measure({ projects, options }) {
    const sizes = [options.files, options.large].filter((size) => size > 0);
    const rows = [];
    for (const strategy of STRATEGIES) {
      for (const size of new Set(sizes)) {
        rows.push(...(await runTrue(projects, { strategy, size, times: options.runs })));
      }
      rows.push(await runChurn(projects, strategy, options));
    }
    return rows;
  },
};

async function runTrue(projects, { strategy, size, times }) {
  const project = await projects.of(size);
  const workspace = await projects.fork(project);
  const run = async (command) => {
    const result = await workspace.run(command, { strategy });
    if (result.failed) throw new Error(`the command failed: ${result.stderr}`);
    return result;
  };
  // The first run fills the directory.
  const first = await timed(() => run(['true']));
  const { ours, bare, changing, fromCommand } = await inTurn(times, {
    ours: () => timed(() => run(['true'])),
    bare: () => timed(() => execute('true')),
    changing: (turn) => timed(() => run(touching(project, turn))),
    fromCommand: (turn) =>
      timed(() =>
        execute('sh', ['-c', touching(project, turn)], { cwd: projects.directory() }).catch(
          () => undefined,
        ),
      ),
  });
  const over = summariseDifference(ours, bare);
  const capture = summariseDifference(changing, ours);
  // The goals are those of the overlay: the directory strategy has to look at every file.
  const goalOf = (goal) => (strategy === 'overlay' ? [goal] : []);
  const files = `${size.toLocaleString('en')} files, ${strategy}`;
  return [
    { operation: `first run, ${files}`, unit: 'ms', ours: once(first) },
    {
      operation: `run true, warm, ${files}`,
      unit: 'ms',
      ours,
      reference: { label: 'bare spawn of true', figure: bare },
      ratio: speedUp(ours, bare),
      goals: goalOf({ ...atMost(over, 40), text: '<= 40 ms over the spawn' }),
    },
    {
      operation: `run that changes ${CHANGES} files, ${files}`,
      unit: 'ms',
      ours: changing,
      reference: { label: 'bare spawn of the same', figure: fromCommand },
      ratio: speedUp(changing, fromCommand),
      goals: goalOf({ ...atMost(capture, 5), text: '<= 5 ms over run true' }),
    },
  ];
}

function touching(project, turn) {
  return changedFiles(project, turn)
    .map((i) => `echo ${turn} >> ${project.path(i)}`)
    .join('\n');
}

function summariseDifference(left, right) {
  return once(left.median - right.median);
}

async function runChurn(projects, strategy, options) {
  const project = await projects.of(options.files);
  const workspace = await projects.fork(project);
  const count = options.quick ? 1_000 : 10_000;
  const command = [process.execPath, '-e', CHURN, `${count}`];
  await workspace.run(['true'], { strategy });
  const { ours, native } = await inTurn(options.runs, {
    ours: () => timed(() => workspace.run(command, { check: true, strategy })),
    native: () => {
      const cwd = projects.directory();
      return timed(() => execute(command[0], command.slice(1), { cwd }));
    },
  });
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

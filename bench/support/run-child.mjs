/**
 * Runs commands in a process of its own, as to start one costs more the more memory its parent has,
 * and prints the figures as JSON. The arguments are one of the questions, and what it takes as JSON.
 */

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentFS } from '../../dist/index.js';
import { changedFiles } from './change.mjs';
import { inTurn, timed } from './measure.mjs';
import { peakMegabytes, residentMegabytes } from './memory.mjs';
import { filePath } from './project.mjs';

const execute = promisify(execFile);

const CHURN = `
const fs = require('node:fs');
const count = Number(process.argv.at(-1));
fs.mkdirSync('churn', { recursive: true });
for (let i = 0; i < count; i++) fs.writeFileSync('churn/f' + i, 'content of file ' + i);
for (let i = 0; i < count; i++) fs.unlinkSync('churn/f' + i);
fs.rmdirSync('churn');
`;

const LINE_BYTES = 10_000;

const QUESTIONS = { costs, churn, stream };

const [question, text] = process.argv.slice(2);
const given = JSON.parse(text);
const afs = await AgentFS.open(given.base, { core: { maxWorkspaces: 0 } });
const name = `run-${process.pid}`;
const workspace = await afs.workspace.create(name, { fromWorkspace: 'origin' });
console.log(JSON.stringify(await QUESTIONS[question](given)));
await afs.workspace.delete(name, { force: true });
await afs.close();

/** What it costs to run a command that does nothing, and one that changes ten files. */
async function costs({ base, files, directory, strategy, times }) {
  const project = { files };
  // The same files, for the reference; before, as the first run itself is measured beside it.
  const copied = await timed(() => execute('cp', ['-r', join(base, 'src'), directory]));
  const first = await timed(() => run(['true'], strategy));
  const figures = await inTurn(times, {
    ours: () => timed(() => run(['true'], strategy)),
    bare: () => timed(() => execute('true')),
    changing: (turn) => timed(() => run(touching(project, turn), strategy)),
    bareChanging: (turn) =>
      timed(() => execute('sh', ['-c', touching(project, turn)], { cwd: directory })),
  });
  // What agentfs adds before and after the command, which itself takes longer in an overlay.
  const around =
    strategy === 'overlay' &&
    (await inTurn(times, {
      idle: () => beyondCommand(['true'], strategy),
      changing: (turn) => beyondCommand(touching(project, turn + times + 1), strategy),
    }));
  rmSync(join(directory, 'src'), { recursive: true });
  return { copied, first, ...figures, around };
}

/** A command that writes and deletes many small files. */
async function churn({ directory, strategy, times, count }) {
  const command = [process.execPath, '-e', CHURN, `${count}`];
  await run(['true'], strategy);
  return inTurn(times, {
    ours: () => timed(() => run(command, strategy)),
    native: () => timed(() => execute(command[0], command.slice(1), { cwd: directory })),
  });
}

/** The memory that this process takes for a command that prints without end. */
async function stream({ strategy, megabytes }) {
  const lines = (megabytes * 1e6) / LINE_BYTES;
  const command = `yes ${'x'.repeat(LINE_BYTES - 1)} | head -n ${lines}`;
  await run(['true'], strategy);
  const before = residentMegabytes();
  const started = performance.now();
  let bytes = 0;
  for await (const line of workspace.runStream(command, { strategy })) bytes += line.length;
  const seconds = (performance.now() - started) / 1000;
  if (bytes !== megabytes * 1e6) throw new Error(`${bytes} bytes came of ${megabytes} MB`);
  return { rate: megabytes / seconds, memory: peakMegabytes() - before };
}

async function run(command, strategy) {
  const result = await workspace.run(command, { strategy });
  if (result.failed) throw new Error(`the command failed: ${result.stderr}`);
  return result;
}

async function beyondCommand(command, strategy) {
  let durationMs = 0;
  const total = await timed(async () => {
    ({ durationMs } = await run(command, strategy));
  });
  return total - durationMs;
}

function touching(project, turn) {
  return changedFiles(project, turn)
    .map((i) => `echo ${turn} >> ${filePath(i)}`)
    .join('\n');
}

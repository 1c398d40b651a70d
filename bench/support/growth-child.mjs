/**
 * The everyday steps on a project of one size, in a process of its own for its memory; prints the
 * figures as JSON. The argument is JSON: `base` (empty), `files`, `runs`.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AgentFS } from '../../dist/index.js';
import { changedFiles, changeWorkspace } from './change.mjs';
import { repeated, summarise, timed } from './measure.mjs';
import { peakMegabytes } from './memory.mjs';
import { fileContent, filePath } from './project.mjs';

const MANY_SNAPSHOTS = 1_000;
const CONTENT_BYTES = 512;

const { base, files, runs } = JSON.parse(process.argv[2]);
const project = { files, path: filePath };
const figures = {};
const peaks = {};
let names = 0;

// Small ones, as what is drawn is the number of files and not their bytes.
for (let i = 0; i < files; i++) {
  const path = join(base, filePath(i));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, fileContent(i).slice(0, CONTENT_BYTES));
}
const afs = await AgentFS.open(base, { core: { maxWorkspaces: 0 }, runner: { prepare: false } });
await step('import', () => timed(() => afs.workspace.create('origin')));
await step('create again', () => median(() => afs.workspace.create(next())));
const origin = await afs.workspace.get('origin');
await step('fork', () => repeated(() => afs.workspace.create(next(), { fromWorkspace: 'origin' })));
await step('snapshot, the first', () => snapshotAfterChanges(origin));
await origin.snapshot.create('one');
await step('restore', () => repeated(() => origin.snapshot.restore('one')));
await changeWorkspace(origin, project, 1);
await step('status of 10 changes', () => repeated(() => origin.status()));
await step('diff of 10 changes', () => repeated(async () => (await origin.diff()).text));
for (let i = 0; i < MANY_SNAPSHOTS; i++) {
  await origin.writeFile(filePath(0), `${i}`);
  await origin.snapshot.create(`many-${i}`);
}
await step('snapshot, after 1,000', () => snapshotAfterChanges(origin));
await step('first run of true', () => timed(() => origin.run(['true'])));
await step('run of true', () => median(() => origin.run(['true'])));
await step('run that changes 10 files', () => median((run) => origin.run(touching(run))));
const committing = await afs.workspace.create('committing');
await step('commit of 10 changes', async () => {
  const times = [];
  for (let run = 0; run < runs; run++) {
    await changeWorkspace(committing, project, run);
    times.push(await timed(() => committing.commit(`${run}`)));
  }
  return summarise(times).median;
});
await afs.workspace.delete('committing', { force: true });
await step('gc', () => timed(() => afs.gc()));
await afs.close();
console.log(JSON.stringify({ figures, peaks }));

async function step(name, measure) {
  figures[name] = await measure();
  peaks[name] = peakMegabytes();
}

async function median(call) {
  const times = [];
  for (let run = 0; run < runs; run++) times.push(await timed(() => call(run)));
  return summarise(times).median;
}

async function snapshotAfterChanges(workspace) {
  const times = [];
  for (let run = 0; run < runs; run++) {
    await changeWorkspace(workspace, project, run);
    times.push(await timed(() => workspace.snapshot.create(`state-${names++}`)));
  }
  return summarise(times).median;
}

function touching(run) {
  return changedFiles(project, run)
    .map((i) => `echo ${run} >> ${filePath(i)}`)
    .join('\n');
}

function next() {
  names += 1;
  return `fork-${names}`;
}

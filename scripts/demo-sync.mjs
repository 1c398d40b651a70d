/**
 * Shares a workspace between two project directories through one database file, and compares every
 * outcome with what it has to be. Uses the built package: `npm run demo:sync`.
 */

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { AgentFS, SyncConflictError } from '../dist/index.js';
import { count, formatBytes, Report } from './demo-report.mjs';

const directory = mkdtempSync(join(tmpdir(), 'agentfs-demo-sync-'));
// Also on errors and on Ctrl-C: the demo leaves nothing behind.
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const database = join(directory, 'shared.db');
const tursoDb = pathToFileURL(database).href;
const report = new Report(process.stdout, process.stderr);
const [desk, laptop] = ['desk', 'laptop'].map((name) => {
  mkdirSync(join(directory, name));
  return new AgentFS(join(directory, name), { author: `${name} <${name}@example.org>` });
});
try {
  await play();
} catch (error) {
  report.failure(error);
  process.exitCode = 1;
} finally {
  await Promise.all([desk.close(), laptop.close()]);
}

async function play() {
  report.heading('Two machines share a workspace through one database');
  const here = await shareFromDesk();
  const there = await takeOverOnLaptop(here);
  await mergeDivergence(here, there);
  await settleConflict(here, there);
  await commitOnLaptop(there);
  await verifyBoth(here);
  report.heading(`All ${report.checks} outcomes were as expected.`);
}

async function shareFromDesk() {
  for (let i = 0; i < 200; i++) {
    writeFileSync(join(directory, 'desk', `module-${i}.js`), `export const value = ${i};\n`);
  }
  writeFileSync(join(directory, 'desk', 'plan.md'), '# Plan\n\n1. think\n2. write\n3. test\n');
  const workspace = await desk.workspace.create('feature');
  await workspace.snapshot.create('start', { description: 'as it was shared' });
  await report.step('desk: enable sync and push', async () => {
    await workspace.sync.enable({ tursoDb });
    await workspace.sync.push();
  });
  report.note(`The database: ${formatBytes(statSync(database).size)} at ${tursoDb}`);
  const { pendingChanges, state } = await workspace.sync.status();
  report.expect('everything is there', [pendingChanges, state], [0, 'synced']);
  return workspace;
}

async function takeOverOnLaptop(here) {
  const workspace = await report.step('laptop: create from the database', () =>
    laptop.workspace.create('feature', { fromSync: tursoDb }),
  );
  report.expect('both show the same tree', await treeOf(workspace), await treeOf(here));
  const [snapshot] = await workspace.snapshot.list();
  report.expect('snapshots came along', snapshot?.name, 'start');
  return workspace;
}

async function mergeDivergence(here, there) {
  report.heading('Both go on working without each other.');
  await here.writeFile('plan.md', '# The plan\n\n1. think\n2. write\n3. test\n');
  await here.writeFile('from-desk.txt', 'desk was here\n');
  await there.writeFile('plan.md', '# Plan\n\n1. think\n2. write\n3. test\n4. rest\n');
  await there.delete('module-7.js');
  await report.step('desk: push', () => here.sync.push());
  await there.sync.config({ conflictResolution: 'merge' });
  await report.step('laptop: push, which pulls and merges first', () => there.sync.push());
  await report.step('desk: pull', () => here.sync.pull());
  report.quote(await here.readText('plan.md'));
  const merged = '# The plan\n\n1. think\n2. write\n3. test\n4. rest\n';
  report.expect('both edits are in the file', await there.readText('plan.md'), merged);
  report.expect('the deletion came over', await here.exists('module-7.js'), false);
  report.expect('both show the same tree', await treeOf(here), await treeOf(there));
}

async function settleConflict(here, there) {
  report.heading('Both change the same line.');
  await here.writeFile('module-1.js', 'export const value = "desk";\n');
  await there.writeFile('module-1.js', 'export const value = "laptop";\n');
  await report.step('desk: push', () => here.sync.push());
  const refusal = await report.step('laptop: push', () => refusalOf(there.sync.push()));
  report.quote(refusal.message);
  const conflicts = await there.sync.conflicts();
  const found = conflicts.map(({ path, type }) => `${path}: ${type}`);
  report.expect('the conflict is named', found, ['module-1.js: both-modified']);
  const kept = [await there.readText('module-1.js'), await here.readText('module-1.js')];
  const written = ['export const value = "laptop";\n', 'export const value = "desk";\n'];
  report.expect('both sides are as they were', kept, written);
  await report.step('laptop: decide, then push', async () => {
    await there.sync.resolve('module-1.js', { content: 'export const value = "both";\n' });
    await there.sync.push();
  });
  await report.step('desk: pull', () => here.sync.pull());
  const decided = await here.readText('module-1.js');
  report.expect('desk has what was decided', decided, 'export const value = "both";\n');
  report.expect('both show the same tree', await treeOf(here), await treeOf(there));
}

async function commitOnLaptop(there) {
  const commit = await report.step('laptop: commit into its own directory', () =>
    there.commit('Take the shared work over'),
  );
  report.note(`${count(commit.changes.length, 'file')} into ${join(directory, 'laptop')}.`);
  const size = statSync(join(directory, 'laptop', 'plan.md')).size;
  report.expect(
    'the plan is in the directory',
    size,
    Buffer.byteLength(await there.readText('plan.md')),
  );
}

async function verifyBoth(here) {
  const verdicts = await report.step('verify both stores and the database', async () => {
    const stores = await Promise.all([desk.verify(), laptop.verify()]);
    const { ok } = await here.sync.verify();
    return [...stores.map((verdict) => verdict.ok), ok];
  });
  report.expect('everything is what its id says', verdicts, [true, true, true]);
}

/** The id of all that a workspace shows. */
async function treeOf(workspace) {
  const temporary = await workspace.snapshot.temp();
  await temporary.cleanup();
  return temporary.snapshot.tree;
}

async function refusalOf(push) {
  try {
    await push;
  } catch (error) {
    if (error instanceof SyncConflictError) return error;
    throw error;
  }
  throw new Error('The push should have been refused.');
}

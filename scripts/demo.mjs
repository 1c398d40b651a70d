/**
 * Does the main job of agentfs on a real project, a copy of this one in a temporary directory, and
 * compares every outcome with what it has to be. Uses the built package: `npm run demo`.
 */

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { AgentFS, CommitError } from '../dist/index.js';
import { count, formatBytes, Report } from './demo-report.mjs';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const NOT_COPIED = new Set(['node_modules', 'dist', '.git', '.agentfs']);

/** The file that two agents and the user change, each in another place. */
const SHARED = 'src/index.ts';
const MARKS = {
  first: '// refactor was here',
  middle: '// the user was here',
  last: '// docs too',
};

/** Far from the version that this project has. */
const VERSIONS = { agent: '90.2.0', user: '90.1.1' };

const directory = mkdtempSync(join(tmpdir(), 'agentfs-demo-'));
// Also on errors and on Ctrl-C: the demo leaves nothing behind.
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

const base = join(directory, 'project');
const report = new Report(process.stdout, process.stderr);
const afs = new AgentFS(base, { agentId: 'demo', author: 'Demo <demo@example.org>' });
try {
  await play();
} catch (error) {
  report.failure(error);
  process.exitCode = 1;
} finally {
  await afs.close();
}

async function play() {
  await copyProject();
  const original = fileText(SHARED);
  const { refactor, docs } = await createWorkspaces();
  await runBoth(refactor, docs, original);
  await destroyAndRestore(refactor);
  await destroyAndUndo(refactor);
  await showDiff(refactor);
  const commit = await commitAndMerge(refactor, docs, original);
  await settleConflict(refactor);
  await revert(commit);
  await showAudit(refactor);
  await verifyStore();
  report.heading(`All ${report.checks} outcomes were as expected.`);
}

async function copyProject() {
  report.heading('agentfs at work on a copy of its own project');
  await report.step('copy the project to a temporary directory', () =>
    cpSync(PROJECT, base, {
      recursive: true,
      filter: (path) => !NOT_COPIED.has(relative(PROJECT, path)),
    }),
  );
  report.note(`The base is ${base}.`);
}

async function createWorkspaces() {
  const [refactor, docs] = await report.step('create two workspaces at once', () =>
    Promise.all([afs.workspace.create('refactor'), afs.workspace.create('docs')]),
  );
  const { fileCount, size, tree } = await refactor.snapshot.create('start');
  const other = await docs.snapshot.create('start');
  const { databaseBytes, walBytes } = await afs.storage.usage();
  const store = formatBytes(databaseBytes + walBytes);
  report.note(`Each shows ${count(fileCount, 'file')}, ${formatBytes(size)}; the store: ${store}.`);
  report.expect('both show the same tree, stored once', other.tree, tree);
  return { refactor, docs };
}

async function runBoth(refactor, docs, original) {
  const commands = [
    `{ echo '${MARKS.first}'; cat ${SHARED}; } > new && mv new ${SHARED} && cp LICENSE COPYING`,
    `echo '${MARKS.last}' >> ${SHARED} && mkdir -p docs && wc -l src/*/*.ts > docs/lines.txt`,
  ];
  const [first, second] = await report.step('run a command in each, both at once', () =>
    Promise.all([refactor.run(commands[0]), docs.run(commands[1])]),
  );
  report.note(`refactor$ ${commands[0]}`);
  report.note(`docs$ ${commands[1]}`);
  report.note(`Strategy '${first.strategy}': ${first.isolation.description}`);
  report.expect('both succeeded', [first.exitCode, second.exitCode], [0, 0]);
  const added = [`added COPYING`, `modified ${SHARED}`];
  report.expect('refactor changed its two files', listChanges(first), added);
  const written = ['added docs/lines.txt', `modified ${SHARED}`];
  report.expect('docs changed its two files', listChanges(second), written);
  report.expect('neither saw the other', await refactor.exists('docs/lines.txt'), false);
  report.expect('the base is as it was', fileText(SHARED), original);
}

async function destroyAndRestore(workspace) {
  const { tree } = await report.step("take a snapshot, 'checked'", () =>
    workspace.snapshot.create('checked', { description: 'before the clean-up' }),
  );
  const run = await report.step('run: rm -rf src test', () => workspace.run('rm -rf src test'));
  const bytes = run.changes.reduce((sum, { before }) => sum + (before?.size ?? 0), 0);
  report.note(`${count(run.changes.length, 'file')} gone, ${formatBytes(bytes)}.`);
  report.expect('the workspace has no sources left', await workspace.exists(SHARED), false);
  report.expect('the base still has them', existsSync(join(base, SHARED)), true);
  await report.step("restore 'checked'", () => workspace.snapshot.restore('checked'));
  const after = await workspace.snapshot.create('restored');
  report.expect('the tree is the one of the snapshot, to the byte', after.tree, tree);
}

async function destroyAndUndo(workspace) {
  const before = await workspace.diff();
  const command = 'for f in src/*/*.ts; do : > "$f"; done';
  const run = await report.step('run: empty every source file', () => workspace.run(command));
  report.note(`refactor$ ${command}`);
  report.expect('more than 50 files are empty', run.changes.length > 50, true);
  const { operation, changes } = await report.step('undo', () => workspace.undo());
  report.note(`Took back ${operation.summary}: ${count(changes.length, 'file')}.`);
  report.expect('every file has its content again', (await workspace.diff()).text, before.text);
}

async function showDiff(workspace) {
  const { stats, text } = await report.step('diff', async () => (await workspace.diff()).toJSON());
  const { files, insertions, deletions } = stats;
  report.note(`${count(files, 'file')}, ${insertions} lines added, ${deletions} removed:`);
  report.quote(text.slice(text.indexOf(`diff --git a/${SHARED}`)));
  report.expect('two files differ from the base', files, 2);
  report.expect('no line was removed', deletions, 0);
}

async function commitAndMerge(refactor, docs, original) {
  const lines = original.split('\n');
  const half = Math.floor(lines.length / 2);
  const edited = [...lines.slice(0, half), MARKS.middle, ...lines.slice(half)].join('\n');
  writeFileSync(join(base, SHARED), edited);
  report.heading(`Meanwhile the user edits ${SHARED} in the base.`);
  const first = await report.step('commit refactor', () => refactor.commit('Mark the first line'));
  report.note(`Into the base: ${listChanges(first).join(', ')}.`);
  report.expect(`${SHARED} was merged line by line`, first.merged, [SHARED]);
  const second = await report.step('commit docs', () => docs.commit('Count the lines'));
  report.note(`Into the base: ${listChanges(second).join(', ')}.`);
  report.expect(`${SHARED} was merged again`, second.merged, [SHARED]);
  showMarks();
  const merged = `${MARKS.first}\n${edited}${MARKS.last}\n`;
  report.expect('both commits and the edit are in the file', fileText(SHARED), merged);
  return second;
}

async function settleConflict(workspace) {
  report.heading('The user and an agent change the same line of package.json.');
  await workspace.writeFile('package.json', withVersion(VERSIONS.agent));
  const edited = withVersion(VERSIONS.user);
  writeFileSync(join(base, 'package.json'), edited);
  const refusal = await report.step('commit refactor', () => refusalOf(workspace));
  report.quote(refusal.message);
  const conflicts = refusal.conflicts?.map(({ path, type }) => `${path}: ${type}`);
  report.expect('the conflict is named', conflicts, ['package.json: both-modified']);
  report.expect('the base keeps the edit', fileText('package.json'), edited);
  await report.step("rebase, taking the base's side, then make the change again", async () => {
    await workspace.rebase({ onConflict: 'theirs' });
    await workspace.writeFile('package.json', withVersion(VERSIONS.agent));
    await workspace.commit(`Begin ${VERSIONS.agent}`);
  });
  report.expect(
    'the base has the version of the agent',
    JSON.parse(fileText('package.json')).version,
    VERSIONS.agent,
  );
}

async function refusalOf(workspace) {
  try {
    await workspace.commit(`Begin ${VERSIONS.agent}`);
  } catch (error) {
    if (error instanceof CommitError) return error;
    throw error;
  }
  throw new Error('The commit should have been refused.');
}

async function revert(commit) {
  await report.step(`revert '${commit.message}' in the base`, () => afs.revert(commit.id));
  showMarks();
  report.expect('its lines are gone', fileText(SHARED).includes(MARKS.last), false);
  report.expect('its new file is gone', existsSync(join(base, 'docs/lines.txt')), false);
  report.expect('the edit of the user stays', fileText(SHARED).includes(MARKS.middle), true);
  const log = await report.step('log', () => afs.log());
  for (const { id, author, workspace, message } of log) {
    report.note(`${id.slice(0, 7)}  ${author.name}  ${workspace.padEnd(8)}  ${message}`);
  }
  report.expect('the log has all four commits', log.length, 4);
}

async function showAudit(workspace) {
  const operation = ['run', 'snapshot', 'restore', 'commit'];
  const entries = await report.step('audit trail of refactor', () =>
    workspace.audit.logs({ operation }),
  );
  for (const { timestamp, operation: what, agentId, metadata } of entries) {
    report.note(
      `${timestamp.toISOString()}  ${agentId}  ${what.padEnd(8)}  ${subjectOf(metadata)}`,
    );
  }
  const [deletion] = await workspace.audit.logs({ operation: 'delete', path: SHARED });
  const { sizeBefore, checksumBefore } = deletion?.details ?? {};
  report.note(`Each path has an entry too: delete ${SHARED}, ${sizeBefore} bytes,`);
  report.note(`${checksumBefore}.`);
  const runs = entries.filter((entry) => entry.operation === 'run');
  report.expect('all three runs are on record', runs.length, 3);
  const { ok, rows } = await report.step('verify the audit chain', () => workspace.audit.verify());
  report.note(`${count(rows, 'row')}, each hashed together with the one before it.`);
  report.expect('nothing was changed, removed or reordered', ok, true);
}

/** What an audit entry is about, in a few words. */
function subjectOf({ command, snapshot, undo, message } = {}) {
  const subject = command ?? snapshot ?? message ?? (undo === undefined ? '' : `undo of ${undo}`);
  return subject.length > 40 ? `${subject.slice(0, 39)}…` : subject;
}

async function verifyStore() {
  const verdict = await report.step('verify the store', () => afs.verify());
  report.note(`${count(verdict.objects, 'object')}, ${formatBytes(verdict.bytes)}, each hashed.`);
  report.expect('every object is what its id says', verdict.damage, []);
  const usage = await report.step('storage', () => afs.storage.usage());
  const { workspaces, snapshots, databaseBytes, walBytes, reclaimable } = usage;
  const held = `${count(workspaces, 'workspace')}, ${count(snapshots, 'snapshot')} and 4 commits`;
  report.note(`${formatBytes(databaseBytes + walBytes)} on disk for ${held},`);
  report.note(`${formatBytes(reclaimable.bytes)} of it not needed any more.`);
  report.expect('all snapshots are there', snapshots, 4);
}

function showMarks() {
  const lines = fileText(SHARED).split('\n');
  const marks = new Set(Object.values(MARKS));
  report.note(`${SHARED} in the base now:`);
  for (const [index, line] of lines.entries()) {
    if (marks.has(line)) report.note(`${String(index + 1).padStart(6)}: ${line}`);
  }
}

/** What a run, commit or diff changed, a line for each path. */
function listChanges({ changes }) {
  return changes.map(({ type, path }) => `${type} ${path}`);
}

function withVersion(version) {
  return fileText('package.json').replace(/"version": "[^"]*"/, `"version": "${version}"`);
}

/** The text of a file of the base. */
function fileText(path) {
  return readFileSync(join(base, path), 'utf8');
}

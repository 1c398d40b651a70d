/**
 * Does the same jobs with agentfs and with other tools, in turn, and prints the figures as JSON. In
 * a process of its own, as to start a command costs more the more memory its parent has. The
 * argument is JSON: `base`, `files`, `directory` (empty, on the same disk), `runs`.
 */

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AgentFS } from '../../dist/index.js';
import { changedContent, changedFiles, changeWorkspace } from './change.mjs';
import { git } from './git.mjs';
import { inTurn, timed } from './measure.mjs';
import { agentfsSdk, fuseMissing, sandboxes } from './peer-tools.mjs';
import { filePath } from './project.mjs';

const execute = promisify(execFile);

const SMALL_FILES = 200;
const KIBIBYTE = 'x'.repeat(1024);
/** The SDK beside us takes a second for each megabyte. */
const LARGE_BYTES = 10_000_000;

const { base, files, directory, runs } = JSON.parse(process.argv[2]);
const project = { files, path: filePath };
let names = 0;
const fresh = (what) => {
  names += 1;
  const path = join(directory, `${what}-${names}`);
  mkdirSync(path);
  return path;
};

const afs = await AgentFS.open(base, { core: { maxWorkspaces: 0 }, runner: { prepare: false } });
const fuse = fuseMissing();
const others = sandboxes(homedir());
const missing = Object.entries(others).flatMap(([name, { missing: why }]) =>
  why === undefined ? [] : [`${name}: ${why}`],
);
if (fuse !== undefined) missing.push(`fuse-overlayfs: ${fuse}`);

const jobs = [
  ...(await firstWorkspace()),
  ...(await nextWorkspace()),
  ...(await commands()),
  ...(await keeping()),
  ...(await seeing()),
  ...(await small()),
  ...(await large()),
];
await afs.close();
console.log(JSON.stringify({ jobs, missing }));

/** From a project that no tool has seen to a command that has run apart from it. */
async function firstWorkspace() {
  const figures = await inTurn(Math.min(runs, 3), {
    agentfs: async () => {
      const place = fresh('first');
      await execute('cp', ['-r', join(base, 'src'), place]);
      const ms = await timed(async () => {
        const own = await AgentFS.open(place);
        const workspace = await own.workspace.create('agent');
        await workspace.run(['true']);
        await own.close();
      });
      rmSync(place, { recursive: true });
      return ms;
    },
    'git worktree': () => worktree(),
    'cp -r': () => copy(),
    ...fuseOverlay(),
  });
  return [job('first workspace of a project, until `true` has run in it', 'ms', figures)];
}

/** One more workspace of a project. */
async function nextWorkspace() {
  await (await afs.workspace.create('warm')).run(['true']);
  const figures = await inTurn(Math.min(runs, 3), {
    agentfs: async () => {
      names += 1;
      const name = `next-${names}`;
      const ms = await timed(async () => (await afs.workspace.create(name)).run(['true']));
      await afs.workspace.delete(name, { force: true });
      return ms;
    },
    'git worktree': () => worktree(),
    'cp -r': () => copy(),
    ...fuseOverlay(),
  });
  return [job('one more workspace, until `true` has run in it', 'ms', figures)];
}

async function worktree() {
  names += 1;
  const place = join(directory, `worktree-${names}`);
  const ms = await timed(async () => {
    git(base, ['worktree', 'add', '-q', '--detach', place]);
    await execute('true', { cwd: place });
  });
  git(base, ['worktree', 'remove', '--force', place]);
  return ms;
}

async function copy() {
  const place = fresh('copy');
  const ms = await timed(async () => {
    await execute('cp', ['-r', join(base, 'src'), place]);
    await execute('true', { cwd: place });
  });
  rmSync(place, { recursive: true });
  return ms;
}

function fuseOverlay() {
  if (fuse !== undefined) return {};
  return {
    'fuse-overlayfs': async () => {
      const [upper, work, mounted] = ['upper', 'work', 'mounted'].map(fresh);
      const layers = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
      const ms = await timed(async () => {
        await execute('fuse-overlayfs', ['-o', layers, mounted]);
        await execute('true', { cwd: mounted });
      });
      await execute('umount', [mounted]);
      return ms;
    },
  };
}

/** A command that does nothing, in a place that is ready. */
async function commands() {
  const workspace = await afs.workspace.create('commands');
  await workspace.run(['true']);
  const session = await (await afs.workspace.create('session')).session();
  const there = Object.entries(others).filter(([, { missing: why }]) => why === undefined);
  const figures = await inTurn(runs, {
    agentfs: () => timed(() => workspace.run(['true'])),
    'agentfs, in a session': () => timed(() => session.run(['true'])),
    'nothing around it': () => timed(() => execute('true')),
    ...Object.fromEntries(
      there.map(
        ([
          name,
          {
            words: [program, ...words],
          },
        ]) => [name, () => timed(() => execute(program, [...words, 'true'], { cwd: base }))],
      ),
    ),
  });
  await session.close();
  return [job('run `true` once more', 'ms', figures)];
}

/** Keeping a state after ten changes, and bringing it back. */
async function keeping() {
  const workspace = await afs.workspace.create('keeping');
  const place = join(directory, 'keeping');
  git(base, ['worktree', 'add', '-q', '--detach', place]);
  const change = (run) => {
    for (const i of changedFiles(project, run)) {
      writeFileSync(join(place, filePath(i)), changedContent(i));
    }
  };
  const kept = await inTurn(runs, {
    agentfs: async (run) => {
      await changeWorkspace(workspace, project, run);
      return timed(() => workspace.snapshot.create(`kept-${run}`));
    },
    git: (run) => {
      change(run);
      return timed(() => {
        git(place, ['add', '-A']);
        git(place, ['commit', '-q', '-m', `${run}`]);
      });
    },
  });
  const restored = await inTurn(runs, {
    agentfs: async (run) => {
      await changeWorkspace(workspace, project, run);
      return timed(() => workspace.snapshot.restore('kept-0'));
    },
    git: (run) => {
      change(run);
      return timed(() => git(place, ['reset', '-q', '--hard', 'HEAD']));
    },
  });
  git(base, ['worktree', 'remove', '--force', place]);
  return [
    job('keep the state after 10 changes', 'ms', kept),
    job('bring a kept state back after 10 changes', 'ms', restored),
  ];
}

/** What has changed. */
async function seeing() {
  const workspace = await afs.workspace.create('seeing');
  const place = join(directory, 'seeing');
  git(base, ['worktree', 'add', '-q', '--detach', place]);
  await changeWorkspace(workspace, project, 0);
  for (const i of changedFiles(project, 0)) {
    writeFileSync(join(place, filePath(i)), changedContent(i));
  }
  const figures = await inTurn(runs, {
    agentfs: () => timed(() => workspace.status()),
    git: () => timed(() => git(place, ['status', '--porcelain'])),
  });
  git(base, ['worktree', 'remove', '--force', place]);
  return [job('say what 10 changes changed', 'ms', figures)];
}

/** Small files through the library, one call after the other. */
async function small() {
  const workspace = await afs.workspace.create('small');
  const other = await openOther();
  const each = async (fs, name, call) => {
    const ms = await timed(async () => {
      for (let i = 0; i < SMALL_FILES; i++) await call(fs, `${name}/f${i}`);
    });
    return (SMALL_FILES * 1000) / ms;
  };
  const both = (call) =>
    inTurn(runs, {
      agentfs: (run) => each(workspace, `/s${run}`, call),
      'agentfs-sdk': (run) => each(other.fs, `/s${run}`, call),
    });
  const written = await both((fs, path) => fs.writeFile(path, KIBIBYTE));
  const read = await both((fs, path) => fs.readFile(path));
  const looked = await both((fs, path) => fs.stat(path));
  await other.close();
  return [
    job('write a file of 1 KiB', '/s', written),
    job('read a file of 1 KiB', '/s', read),
    job('stat a file', '/s', looked),
  ];
}

/** One file of 10 MB through the library. */
async function large() {
  const workspace = await afs.workspace.create('large');
  const other = await openOther();
  const content = Buffer.alloc(LARGE_BYTES);
  for (let i = 0; i < LARGE_BYTES; i += 4) content.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  const rate = async (action) => LARGE_BYTES / 1000 / (await timed(action));
  const times = Math.min(runs, 3);
  const written = await inTurn(times, {
    agentfs: (run) => rate(() => workspace.writeFile(`/large-${run}`, content.subarray(run + 1))),
    'agentfs-sdk': (run) => rate(() => other.fs.writeFile(`/large-${run}`, content)),
  });
  const read = await inTurn(times, {
    agentfs: () => rate(() => workspace.readFile('/large-0', null)),
    'agentfs-sdk': () => rate(() => other.fs.readFile('/large-0')),
  });
  await other.close();
  return [job('write a file of 10 MB', 'MB/s', written), job('read a file of 10 MB', 'MB/s', read)];
}

async function openOther() {
  const { AgentFS: Other } = await agentfsSdk();
  return Other.open({ path: join(fresh('sdk'), 'other.db') });
}

function job(name, unit, figures) {
  return { name, unit, figures };
}

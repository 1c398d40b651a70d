/** Checkouts that are written before a command needs them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  readdirSync,
  readFileSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { AgentFS, Workspace } from '../../src/index.ts';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { compiledModule } from '../support/compiled.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { until } from '../support/processes.ts';
import { TestProject } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

const COUNT = 1500;
const FILES = Object.fromEntries(
  Array.from({ length: COUNT }, (_, index) => [`d${index % 20}/${index}.txt`, `${index}\n`]),
);
const SUM = 'find . -name "*.txt" | wc -l; cat d*/*.txt | sort -n | cksum';

/** What {@link SUM} prints of the files as they are. */
async function expectedOf(afs: AgentFS): Promise<string> {
  const workspace = await afs.workspace.create('expected');
  return (await workspace.run(SUM, { strategy: 'directory' })).stdout;
}

function checkoutsOf(project: TestProject): string[] {
  try {
    return readdirSync(project.path(`.agentfs/work/${CHECKOUTS}`));
  } catch {
    return [];
  }
}

/** Counts what is written out for commands from now on. */
function writtenBy(afs: AgentFS): () => number {
  let files = 0;
  afs.on('progress', ({ operation, done }) => {
    if (operation === 'materialise') files = Math.max(files, done);
  });
  return () => files;
}

/** Prepares the workspace in a process of its own until that has written some files. */
async function begunElsewhere(
  project: TestProject,
  { name }: Workspace,
  givesWay: boolean,
): Promise<{ pid: number; directory: string; ended: Promise<unknown> }> {
  const script = `
    import { AgentFS } from ${JSON.stringify(await compiledModule('index.ts'))};
    const afs = await AgentFS.open(${JSON.stringify(project.dir)});
    // Holds up what it writes half-way, as a slow disk would.
    afs.on('progress', ({ done }) => {
      if (done > 100) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
    await afs.workspace.prepare(${JSON.stringify(name)}, { givesWay: ${givesWay} });
    process.stdout.write('done');`;
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  whenDone(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const root = project.path(`.agentfs/work/${CHECKOUTS}`);
  const written = (): string | undefined => {
    const own = checkoutsOf(project).find((each) => each.startsWith(`own-${child.pid}-`));
    if (own === undefined) return undefined;
    const tree = join(root, own, 'tree');
    const files = readdirSync(tree, { recursive: true }).filter((each) =>
      `${each}`.endsWith('.txt'),
    );
    return files.length > 100 ? tree : undefined;
  };
  await until(() => written() !== undefined);
  return { pid: child.pid ?? 0, directory: written() ?? '', ended };
}

function firstFiles(tree: string): string[] {
  return readdirSync(tree, { recursive: true })
    .map(String)
    .filter((each) => each.endsWith('.txt'))
    .slice(0, 50);
}

await describeOverlay('standard', 'a checkout that is written ahead', () => {
  it('is there for the first command of a new workspace', async () => {
    const project = new TestProject(FILES);
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const isThere = (): boolean => checkoutsOf(project).some((each) => !each.startsWith('own-'));
    await until(isThere);
    const written = writtenBy(afs);
    const { stdout } = await workspace.run(SUM, { strategy: 'overlay' });
    expect(written()).toBe(0);
    expect(stdout).toBe(await expectedOf(afs));
  });

  it('is not, where the settings say so', async () => {
    const project = new TestProject(FILES);
    const afs = project.open({ runner: { prepare: false } });
    const workspace = await afs.workspace.create('w');
    const written = writtenBy(afs);
    await workspace.run('true', { strategy: 'overlay' });
    expect(written()).toBe(COUNT);
  });

  it('is finished by a command that comes earlier, and shared', async () => {
    const project = new TestProject(FILES);
    const afs = project.open();
    const [one, other] = [await afs.workspace.create('one'), await afs.workspace.create('other')];
    const ahead = afs.workspace.prepare('one');
    const runs = [one, other].map((each) => each.run(SUM, { strategy: 'overlay' }));
    const results = (await Promise.all(runs)).map(({ stdout }) => stdout);
    await ahead;
    const expected = await expectedOf(afs);
    expect(results).toEqual([expected, expected]);
    expect(checkoutsOf(project)).toHaveLength(1);
  });

  it('is left by a process that gives way, and gone on with', async () => {
    const project = new TestProject(FILES);
    const afs = project.open({ runner: { prepare: false } });
    const workspace = await afs.workspace.create('w');
    const { directory, ended } = await begunElsewhere(project, workspace, true);
    const first = firstFiles(directory);
    const inodes = first.map((path) => lstatSync(join(directory, path)).ino);
    const { stdout } = await workspace.run(SUM, { strategy: 'overlay' });
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(stdout).toBe(await expectedOf(afs));
    const [name = ''] = checkoutsOf(project);
    const tree = project.path(`.agentfs/work/${CHECKOUTS}/${name}/tree`);
    expect(first.map((path) => lstatSync(join(tree, path)).ino)).toEqual(inodes);
  });

  it('does not end a process that does not give way', async () => {
    const project = new TestProject(FILES);
    const afs = project.open({ runner: { prepare: false } });
    const workspace = await afs.workspace.create('w');
    const { pid } = await begunElsewhere(project, workspace, false);
    const { stdout } = await workspace.run(SUM, { strategy: 'overlay' });
    expect(process.kill(pid, 0)).toBe(true);
    expect(stdout).toBe(await expectedOf(afs));
  });

  it('is believed file by file only, where its process was killed', async () => {
    const project = new TestProject(FILES);
    const afs = project.open({ runner: { prepare: false } });
    const workspace = await afs.workspace.create('w');
    const { pid, directory, ended } = await begunElsewhere(project, workspace, false);
    process.kill(pid, 'SIGKILL');
    await ended;
    const [cut = '', newer = '', longer = ''] = firstFiles(directory);
    truncateSync(join(directory, cut), 0);
    utimesSync(join(directory, newer), new Date(), new Date());
    writeFileSync(join(directory, longer), 'longer than it was, and later\n');
    const { stdout } = await workspace.run(SUM, { strategy: 'overlay' });
    expect(stdout).toBe(await expectedOf(afs));
    expect(checkoutsOf(project)).toHaveLength(1);
  });

  it('is not believed with a note that somebody else has signed', async () => {
    const project = new TestProject(FILES);
    const afs = project.open({ runner: { prepare: false } });
    const workspace = await afs.workspace.create('w');
    const { pid, directory, ended } = await begunElsewhere(project, workspace, false);
    process.kill(pid, 'SIGKILL');
    await ended;
    const note = join(directory, '..', 'building.json');
    const { text } = JSON.parse(readFileSync(note, 'utf8'));
    writeFileSync(note, JSON.stringify({ text, signature: '0'.repeat(64) }));
    const written = writtenBy(afs);
    const { stdout } = await workspace.run(SUM, { strategy: 'overlay' });
    expect(written()).toBe(COUNT);
    expect(stdout).toBe(await expectedOf(afs));
    expect(checkoutsOf(project)).toHaveLength(1);
  });

  it('stops when the AgentFS is closed, and leaves nothing half written', async () => {
    const project = new TestProject(FILES);
    const afs = project.open();
    await afs.workspace.create('w');
    await until(() => checkoutsOf(project).length > 0);
    await afs.close();
    expect(checkoutsOf(project).filter((each) => each.startsWith('own-'))).toEqual([]);
  });
});

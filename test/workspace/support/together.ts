/** Several processes on one store at the same time, and the proof of what is left. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { AgentFS } from '../../../src/index.ts';
import { bundledLibrary } from '../../support/compiled.ts';
import { setUp, TestProject } from '../../support/test-project.ts';

/** A process that runs a script, which finds `afs` open on the base, and `index`. */
export class Worker {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #output: Promise<string>;
  readonly #errors: Promise<string>;

  /** @param script - what it does once `start` is called; it may use `report`. */
  constructor(module: string, base: string, index: number, script: string) {
    const code = `
      import { once } from 'node:events';
      import { AgentFS } from ${JSON.stringify(module)};
      const index = ${index};
      const report = (value) => process.stdout.write(JSON.stringify(value) + '\\n');
      const codeOf = (action) => action.then(() => 'ok', (error) => error.code ?? String(error));
      report('ready');
      await once(process.stdin, 'data');
      const afs = new AgentFS(${JSON.stringify(base)}, { agentId: 'agent-' + index });
      ${script}
      await afs.close();
      process.stdin.destroy();`;
    this.#child = spawn(process.execPath, ['--input-type=module', '-e', code]);
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.ready = once(this.#child.stdout, 'data');
    this.#output = text(this.#child.stdout);
    this.#errors = text(this.#child.stderr);
  }

  /** Resolves when it only waits to be started. */
  readonly ready: Promise<unknown>;

  /** Lets it begin. */
  start(): void {
    this.#child.stdin.write('go\n');
  }

  /** What it reported, once it has ended well. */
  async finished(): Promise<unknown[]> {
    const [output, errors] = await Promise.all([this.#output, this.#errors]);
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    expect(errors).toBe('');
    expect(this.#child.exitCode).toBe(0);
    const lines = output.split('\n').filter((line) => line !== '');
    return lines.map((line): unknown => JSON.parse(line)).filter((value) => value !== 'ready');
  }
}

/** Runs the script in several processes that begin at the same time; gives what each reported. */
async function inProcesses(base: string, count: number, script: string): Promise<unknown[][]> {
  const module = await bundledLibrary();
  const workers = Array.from({ length: count }, (_, i) => new Worker(module, base, i, script));
  await Promise.all(workers.map(({ ready }) => ready));
  for (const worker of workers) worker.start();
  return Promise.all(workers.map((worker) => worker.finished()));
}

/** All write to one workspace: it keeps what each has written. */
export async function writeTogether(processes: number, writes: number): Promise<void> {
  const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
  const script = `
    const workspace = await afs.workspace.get('w');
    for (let i = 0; i < ${writes}; i++) {
      await workspace.writeFile('/own/' + index + '/' + i, index + ':' + i);
      await workspace.appendFile('/shared', index + ':' + i + '\\n');
      const own = await workspace.readText('/own/' + index + '/' + i);
      if (own !== index + ':' + i) throw new Error('read ' + own);
    }`;
  await inProcesses(project.dir, processes, script);
  const lines = (await workspace.readText('/shared')).trimEnd().split('\n');
  for (let index = 0; index < processes; index++) {
    const expected = Array.from({ length: writes }, (_, i) => `${index}:${i}`);
    expect(lines.filter((line) => line.startsWith(`${index}:`))).toEqual(expected);
    const names = await workspace.readdir(`/own/${index}`);
    expect(names).toHaveLength(writes);
    expect(await workspace.readText(`/own/${index}/${writes - 1}`)).toBe(expected.at(-1));
  }
  expect(await workspace.audit.logs({ agentId: 'agent-3' })).toHaveLength(2 * writes);
  expect((await workspace.audit.verify()).ok).toBe(true);
  expect((await afs.verify({ readData: true })).ok).toBe(true);
}

/** All batch, snapshot and fork: no two batches mix, and nobody sees half of one. */
export async function batchTogether(processes: number, rounds: number): Promise<void> {
  const { project, workspace } = await setUp();
  const files = 10;
  await workspace.batch((batch) => {
    for (let i = 0; i < files; i++) batch.writeFile(`/${i}`, 'start');
  });
  const script = `
    const workspace = await afs.workspace.get('w');
    for (let round = 0; round < ${rounds}; round++) {
      await workspace.batch((batch) => {
        for (let i = 0; i < ${files}; i++) batch.writeFile('/' + i, index + '-' + round);
      });
      const snapshot = await workspace.snapshot.create('s-' + index + '-' + round);
      const fork = await afs.workspace.create('f-' + index + '-' + round, {
        fromSnapshot: 'w/' + snapshot.name,
      });
      const texts = new Set();
      for (let i = 0; i < ${files}; i++) texts.add(await fork.readText('/' + i));
      if (texts.size !== 1) throw new Error('mixed: ' + [...texts]);
      await afs.workspace.delete(fork.name);
    }`;
  await inProcesses(project.dir, processes, script);
  const texts = new Set<string>();
  for (let i = 0; i < files; i++) texts.add(await workspace.readText(`/${i}`));
  expect(texts.size).toBe(1);
  expect(await workspace.history()).toHaveLength(processes * rounds + 1);
  const perBatch = await workspace.audit.logs({ operation: 'write' });
  const owners = perBatch.map(({ agentId }) => agentId);
  for (let i = 0; i < owners.length; i += files) {
    expect(new Set(owners.slice(i, i + files)).size).toBe(1);
  }
}

/** All create workspaces where there is no store: it is made once. */
export async function openTogether(processes: number): Promise<void> {
  const project = new TestProject({ 'a.txt': 'a', 'dir/b.txt': 'b' });
  const script = `
    report(await codeOf(afs.workspace.create('own-' + index)));
    report(await codeOf(afs.workspace.create('same')));
    report((await (await afs.workspace.get('same')).readText('/dir/b.txt')));`;
  const reports = await inProcesses(project.dir, processes, script);
  expect(reports.map(([own]) => own)).toEqual(Array.from({ length: processes }, () => 'ok'));
  const same = reports.map(([, code]) => code);
  expect(same.filter((code) => code === 'ok')).toHaveLength(1);
  expect(same.filter((code) => code === 'WORKSPACE_EXISTS')).toHaveLength(processes - 1);
  expect(reports.map(([, , read]) => read)).toEqual(Array.from({ length: processes }, () => 'b'));
  const afs = project.open();
  expect(await afs.workspace.list()).toHaveLength(processes + 1);
  expect((await afs.verify({ readData: true })).ok).toBe(true);
  expect(project.list()).toEqual(['a.txt', 'dir/', 'dir/b.txt']);
}

/** All commit: the commits stand one after another, and every change arrives. */
export async function commitTogether(processes: number, rounds: number): Promise<void> {
  const project = new TestProject({ 'shared.txt': 'start\n' });
  const script = `
    const workspace = await afs.workspace.create('w-' + index);
    for (let round = 0; round < ${rounds}; round++) {
      await workspace.writeFile('/own-' + index + '/' + round, 'x');
      await workspace.commit('round ' + round + ' of ' + index);
    }
    await workspace.writeFile('/shared.txt', 'by ' + index + '\\n');
    report(await codeOf(workspace.commit('clash')));`;
  const reports = await inProcesses(project.dir, processes, script);
  const codes = reports.map(([code]) => code);
  expect(codes.filter((code) => code === 'ok').length).toBeGreaterThanOrEqual(1);
  expect(codes.every((code) => code === 'ok' || code === 'CONFLICT')).toBe(true);
  await using afs = new AgentFS(project.dir);
  const log = await afs.log({ limit: 1000 });
  expect(log).toHaveLength(processes * rounds + codes.filter((code) => code === 'ok').length);
  expect(log.map(({ parent }) => parent)).toEqual([...log.slice(1).map(({ id }) => id), null]);
  for (let index = 0; index < processes; index++) {
    expect(project.list().filter((path) => path.startsWith(`own-${index}/`))).toHaveLength(
      rounds + 1,
    );
  }
}

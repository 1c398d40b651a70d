import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SyncSchedule } from '../../src/sync/schedule.ts';
import { ScheduledSync } from '../../src/workspace/sharing/scheduled-sync.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { fileRemote, pair, replica } from './support/replicas.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a schedule', () => {
  it('gathers changes for a moment in real-time mode, and looks at the remote in between', async () => {
    vi.useFakeTimers();
    let calls = 0;
    const schedule = new SyncSchedule(async () => {
      calls += 1;
    });
    schedule.start('real-time', 300_000);
    for (let i = 0; i < 5; i++) schedule.changed();
    await vi.advanceTimersByTimeAsync(199);
    expect(calls).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1800);
    expect(calls).toBe(2);
    await schedule.stop();
    schedule.changed();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toBe(2);
  });

  it('calls once in every interval, one call at a time, and again for what came meanwhile', async () => {
    vi.useFakeTimers();
    let running = 0;
    let most = 0;
    let calls = 0;
    const schedule = new SyncSchedule(async () => {
      calls += 1;
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 7000));
      running -= 1;
    });
    schedule.start('periodic', 5000);
    await vi.advanceTimersByTimeAsync(6000);
    expect(calls).toBe(1);
    schedule.changed();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(calls).toBeGreaterThan(1);
    expect(most).toBe(1);
    const stopped = schedule.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
  });
});

describe('the mode', () => {
  it('real-time shows a change to the others by itself', async () => {
    const { a, b } = await pair({ 'f.txt': 'one\n' });
    await a.workspace.sync.config({ mode: 'real-time' });
    await b.workspace.sync.config({ mode: 'real-time' });
    await a.workspace.writeFile('f.txt', 'two\n');
    await vi.waitFor(async () => expect(await b.workspace.readText('f.txt')).toBe('two\n'), {
      timeout: 60_000,
      interval: 50,
    });
    expect(await b.workspace.sync.status()).toMatchObject({ mode: 'real-time' });
  });

  it('a schedule tells of a contradiction once, and goes on when it is decided', async () => {
    const { a, b } = await pair({ 'f.txt': 'one\n' });
    const heard: unknown[] = [];
    const scheduled = new ScheduledSync(Reflect.get(b.workspace, 'core'), {
      before: async () => undefined,
      tell: (event) => event.kind === 'conflict' && heard.push(event),
    });
    await a.workspace.writeFile('f.txt', 'of a\n');
    await a.workspace.sync.push();
    await b.workspace.writeFile('f.txt', 'of b\n');
    const runs = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i++) await scheduled.run();
    };
    await runs(3);
    expect(heard).toHaveLength(1);
    expect(await b.workspace.sync.metrics()).toMatchObject({ failures: 1 });
    await b.workspace.sync.resolve('f.txt', { content: 'of both\n' });
    await runs(1);
    await a.workspace.sync.pull();
    expect(await a.workspace.readText('f.txt')).toBe('of both\n');
  });

  it('real-time pushes what is left when it is closed', async () => {
    const { url, a } = await pair({ 'f.txt': 'one\n' });
    await a.workspace.sync.config({ mode: 'real-time' });
    await a.workspace.writeFile('f.txt', 'last words\n');
    await a.afs.close();
    const c = await replica(url);
    await c.workspace.sync.pull();
    expect(await c.workspace.readText('f.txt')).toBe('last words\n');
  });

  it('manual does nothing by itself, and an error of a schedule is an event', async () => {
    const { a } = await pair({ 'f.txt': 'one\n' });
    await a.workspace.writeFile('f.txt', 'two\n');
    const errors: unknown[] = [];
    a.afs.on('error', (error) => errors.push(error));
    await a.workspace.sync.enable({ tursoDb: 'http://127.0.0.1:9', mode: 'real-time' });
    await a.workspace.writeFile('f.txt', 'three\n');
    await vi.waitFor(() => expect(errors).not.toEqual([]), { timeout: 60_000, interval: 20 });
    expect(errors[0]).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(await a.workspace.readText('f.txt')).toBe('three\n');
    expect(await a.workspace.sync.status()).toMatchObject({ state: 'offline' });
    await a.workspace.sync.disable();
    expect(await a.workspace.sync.status()).toMatchObject({ state: 'disabled', mode: 'manual' });
  }, 30_000);
});

describe('a commit', () => {
  it('is pushed when that is wanted, and stands when that fails', async () => {
    const options = { sync: { autoSyncOnCommit: true } };
    const { a, b } = await pair({ 'f.txt': 'one\n' }, options);
    await a.workspace.writeFile('f.txt', 'two\n');
    expect((await a.workspace.commit('Say two')).warnings).toEqual([]);
    await b.workspace.sync.pull();
    expect(await b.workspace.readText('f.txt')).toBe('two\n');
    a.afs.hooks.before('sync', ({ direction }) => {
      throw new Error(`no ${direction} today`);
    });
    await a.workspace.writeFile('f.txt', 'three\n');
    const { warnings } = await a.workspace.commit('Say three');
    expect(warnings.join()).toMatch(/not pushed.*no push today/);
    expect(a.project.read('f.txt')).toBe('three\n');
  });
});

describe('syncs', () => {
  it('are told of by an event, and counted', async () => {
    const url = fileRemote();
    const a = await replica(url, { 'f.txt': 'one\n' });
    const heard: string[] = [];
    a.afs.on('sync', (workspace, { direction, result }) => {
      heard.push(`${workspace.name} ${direction} ${result.version}`);
    });
    const progress: string[] = [];
    a.afs.on('progress', ({ operation }) => progress.push(operation));
    await a.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(heard).toEqual(['shared push 1', 'shared pull 1']);
    expect(progress).toContain('sync.push');
    expect(await a.workspace.sync.metrics()).toMatchObject({
      operations: 2,
      failures: 0,
      objects: 2,
      conflictsResolved: 0,
    });
    expect(await a.workspace.sync.verify()).toMatchObject({ ok: true, objects: 2, damaged: [] });
  });

  it('never keep a process alive', async () => {
    const url = fileRemote();
    const { project } = await replica(url);
    const script = `
      const { AgentFS } = await import(${JSON.stringify(await bundledLibrary())});
      const afs = new AgentFS(${JSON.stringify(project.dir)});
      const workspace = await afs.workspace.get('shared');
      await workspace.sync.config({ mode: 'real-time' });
      console.log('end');`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout).toBe('end\n');
  });
});

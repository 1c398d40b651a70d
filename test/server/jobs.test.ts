import { describe, expect, it } from 'vitest';
import { OWNER } from '../../src/server/core/access.ts';
import type { JobRequest, JobTransition } from '../../src/server/core/job-request.ts';
import { ServerCore } from '../../src/server/core/server-core.ts';
import { ServiceStore } from '../../src/store/service-store.ts';
import { testCore } from '../support/server-core.ts';

const request = { principal: OWNER, workspace: 'w', kind: 'test' };

function job(command: JobRequest['command'], more: Partial<JobRequest> = {}): JobRequest {
  return { ...request, command, ...more };
}

describe('a job', () => {
  it('keeps its outputs apart, and says how it ended', async () => {
    const { core, afs } = await testCore({ 'a.txt': 'one\n' });
    const running = core.jobs.start(
      job('cat; cat a.txt; echo two > b.txt; echo bad >&2; exit 3', { input: 'in\n' }),
    );
    const end = await running.ended;
    expect(end).toMatchObject({ stdout: 'in\none\n', stderr: 'bad\n', exitCode: 3 });
    expect(end.row).toMatchObject({ state: 'failed', error: 'exit status 3', workspace: 'w' });
    expect(core.jobs.get(running.id)).toEqual(end.row);
    const workspace = await afs.workspace.get('w');
    expect(await workspace.readText('b.txt')).toBe('two\n');
    const { snapshotBefore, snapshotAfter } = end.row;
    const { changes } = await workspace.snapshot.diff(snapshotBefore, snapshotAfter);
    expect(changes).toMatchObject([{ path: 'b.txt', type: 'added' }]);
  });

  it('takes arguments, a directory and variables', async () => {
    const { core } = await testCore({ 'd/x': '' });
    const command = ['sh', '-c', 'pwd | sed s:.*/:: ; echo "$A $1"', 'sh', 'a b'];
    const { ended } = core.jobs.start(job(command, { cwd: 'd', env: { A: 'v' } }));
    expect((await ended).stdout).toBe('d\nv a b\n');
  });

  it('ends at its time limit, and when it is cancelled', async () => {
    const { core } = await testCore();
    const slow = await core.jobs.start(job('sleep 600', { timeoutMs: 50 })).ended;
    expect(slow).toMatchObject({ timedOut: true, row: { state: 'failed', error: 'timeout' } });
    const running = core.jobs.start(job('echo begun; sleep 600'));
    await running.started;
    running.cancel();
    expect((await running.ended).row.state).toBe('cancelled');
    expect(core.jobs.running).toBe(0);
  });

  it('whose workspace is not there fails, and says so', async () => {
    const { core } = await testCore();
    const { row } = await core.jobs.start(job('true', { workspace: 'x' })).ended;
    expect(row).toMatchObject({ state: 'failed', error: "There is no workspace 'x'." });
  });

  it('is started again as its policy says, until that was too often', async () => {
    const { core } = await testCore();
    const seen: JobTransition[] = [];
    const restart = { policy: 'on-failure', max: 2, backoffMs: 1 } as const;
    const onTransition = (each: JobTransition): void => void seen.push(each);
    const { ended } = core.jobs.start(job('exit 7', { restart, onTransition, kind: 'agent' }));
    expect((await ended).row).toMatchObject({ state: 'failed', restarts: 2, exitCode: 7 });
    expect(seen.map(({ kind }) => kind).filter((kind) => kind !== 'started')).toEqual([
      'restarting',
      'restarting',
      'escalated',
    ]);
    expect(seen).toContainEqual({ kind: 'restarting', restarts: 2, exitCode: 7, delayMs: 2 });
    const { events } = core.events.read({ after: 0 });
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['JOB_STARTED', 'JOB_RESTARTING', 'JOB_ESCALATED', 'JOB_ENDED']),
    );
    const once = await core.jobs.start(job('true', { restart })).ended;
    expect(once.row).toMatchObject({ state: 'succeeded', restarts: 0 });
  });

  it('that ran when a daemon died is marked failed at the next start', async () => {
    const { core, afs } = await testCore();
    const { row } = await core.jobs.start(job('true')).ended;
    await core.close();
    const store = new ServiceStore(afs.storage.path);
    store.jobs.update({ ...row, state: 'running', endedAt: null });
    store.close();
    await using next = await ServerCore.open({ projects: [afs], version: '0' });
    expect(next.jobs.get(row.id)).toMatchObject({
      state: 'failed',
      error: 'The daemon ended while the job ran.',
    });
  });
});

describe('jobs in the kept session of a workspace', () => {
  it('see what was written before them, and what they write is seen', async () => {
    const { core, afs } = await testCore({ 'a.txt': 'one\n' });
    const workspace = await afs.workspace.get('w');
    const { first } = core.projects;
    for (const text of ['x', 'y', 'z']) {
      await workspace.writeFile('in.txt', text);
      const { stdout } = await core.jobs.start(
        job('cat in.txt; cp in.txt out.txt', { isKept: true }),
      ).ended;
      expect(stdout).toBe(text);
      await core.sessions.settle(first, 'w');
      expect(await workspace.readText('out.txt')).toBe(text);
    }
  });

  it('give the workspace to others who ask for it', async () => {
    const { core, afs } = await testCore();
    await core.jobs.start(job('echo 1 > a', { isKept: true })).ended;
    const { stdout } = await core.jobs.start(job('cat a')).ended;
    expect(stdout).toBe('1\n');
    await core.jobs.start(job('echo 2 > a', { isKept: true })).ended;
    await core.sessions.release(core.projects.first, 'w');
    expect((await (await afs.workspace.get('w')).run('cat a')).stdout).toBe('2\n');
    await core.jobs.start(job('echo 3 > a', { isKept: true })).ended;
    // Also while it is being closed, as it is when nobody has used it for a while.
    const released = core.sessions.release(core.projects.first, 'w');
    await core.sessions.settle(core.projects.first, 'w');
    expect(await (await afs.workspace.get('w')).readText('a')).toBe('3\n');
    await released;
    await core.jobs.start(job('echo 4 > a', { isKept: true })).ended;
    await core.close();
    expect(await (await afs.workspace.get('w')).readText('a')).toBe('4\n');
  });
});

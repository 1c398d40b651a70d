import { describe, expect, it } from 'vitest';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp } from '../support/test-project.ts';

describe('explore operations', () => {
  it('run, show, choose and check', async () => {
    const { afs } = await setUp({ n: '0\n' });
    const call = operationsOf(afs);
    const run = await call('explore.run', {
      candidates: [{ command: 'echo 1 > n' }, { name: 'b', command: ['sh', '-c', 'echo 2 > n'] }],
      judge: 'cat n',
      keep: 'all',
    });
    expect(run).toMatchObject({ best: { name: 'b', score: 2, stats: { files: 1 } } });
    const exploration = run['id'];
    expect(await call('explore.status', { exploration })).toMatchObject({
      candidates: [
        { name: 'b', rank: 1, score: 2 },
        { name: '1', rank: 2 },
      ],
    });
    const workspaces = [`explore-${exploration}-1`, `explore-${exploration}-b`];
    expect(await call('workspace.checkMerge', { workspaces })).toMatchObject({
      clashes: [{ conflicts: [{ path: 'n' }] }],
      left: [{ workspace: workspaces[1] }],
    });
    expect(await call('explore.choose', { exploration, candidate: '1' })).toMatchObject({
      workspace: { name: workspaces[0] },
    });
    expect(await call('explore.choose', { exploration })).toEqual({});
    expect(await failureOf(call('explore.status', { exploration }))).toMatchObject({
      code: 'EXPLORATION_NOT_FOUND',
    });
    expect(await failureOf(call('explore.run', { candidates: [] }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('end a race, and all of it when they are stopped', async () => {
    const { afs } = await setUp();
    const race = {
      candidates: [{ command: 'sleep 1000' }, { command: 'true' }],
      firstSuccess: true,
    };
    expect(await operationsOf(afs)('explore.run', race)).toMatchObject({ best: { name: '2' } });
    const stopped = operationsOf(afs, { signal: AbortSignal.abort() });
    expect(await failureOf(stopped('explore.run', race))).toMatchObject({ code: 'ABORTED' });
  });
});

/** Checkouts as those who share them meet them. */

import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHECKOUTS } from '../../src/runner/layers/checkouts.ts';
import { MAX_CHECKOUT_AGE_MS } from '../../src/runner/layers/prune-checkouts.ts';
import { describeOverlay, overlayBench, overlayOf, runnerOf } from '../support/overlay-host.ts';
import { forkWorkspace } from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';

const FILES = Object.fromEntries(
  Array.from({ length: 400 }, (_, index) => [`d${index % 20}/${index}.txt`, `${index}\n`]),
);

await describeOverlay('standard', 'a checkout', () => {
  it('is filled once when two need it at the same time', async () => {
    const { engine, run } = await overlayBench(FILES);
    const other = runnerOf(await forkWorkspace(engine, 'other'), overlayOf(engine));
    const results = await Promise.all([run, other].map((each) => each('cat d*/*.txt | wc -l')));
    expect(results.map(({ stdout }) => stdout)).toEqual(['400\n', '400\n']);
    expect(readdirSync(join(engine.work.path, CHECKOUTS))).toHaveLength(1);
  });

  it('says how far it is while it is filled, and is given up when nobody waits', async () => {
    const project = new TestProject(FILES);
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const caller = new AbortController();
    const counts: number[] = [];
    afs.on('progress', ({ operation, done }) => {
      if (operation !== 'materialise') return;
      counts.push(done);
      caller.abort();
    });
    const run = workspace.run('true', { strategy: 'overlay', signal: caller.signal });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readdirSync(project.path(`.agentfs/work/${CHECKOUTS}`))).toEqual([]);
    await workspace.run('true', { strategy: 'overlay' });
    expect(counts.at(-1)).toBe(400);
  });

  it('goes when it was not used for long, and comes back when it is needed', async () => {
    const project = new TestProject(FILES);
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    await workspace.run('true', { strategy: 'overlay' });
    const checkouts = project.path(`.agentfs/work/${CHECKOUTS}`);
    const names = readdirSync(checkouts);
    const before = (Date.now() - MAX_CHECKOUT_AGE_MS) / 1000 - 60;
    utimesSync(join(checkouts, names[0] ?? '', 'marker.json'), before, before);
    expect(await afs.gc()).toMatchObject({ checkouts: { checkouts: 1 } });
    expect(readdirSync(checkouts)).toEqual([]);
    const { stdout } = await workspace.run('cat d7/7.txt', { strategy: 'overlay' });
    expect(stdout).toBe('7\n');
    expect(readdirSync(checkouts)).toEqual(names);
  });
});

import { describe, expect, it } from 'vitest';
import { TestProject } from '../support/test-project.ts';

const YEARS = 365 * 24 * 60 * 60 * 1000;
const START = Date.UTC(2025, 0, 1);

/** Each time another jump: ten years back, ten years on, and standing still. */
const JUMPS = [0, -10 * YEARS, 10 * YEARS, 10 * YEARS, 0, -10 * YEARS];

describe('a clock that jumps', () => {
  it('changes no order, neither of snapshots nor of steps, commits and audit rows', async () => {
    const project = new TestProject({ 'a.txt': 'start' });
    let now = START;
    const afs = project.open({ clock: { now: () => now } });
    const workspace = await afs.workspace.create('w');
    for (const [i, jump] of JUMPS.entries()) {
      now = START + jump;
      await workspace.batch([{ type: 'write', path: 'a.txt', content: `version ${i}` }]);
      await workspace.snapshot.create(`s${i}`);
      await workspace.commit(`commit ${i}`);
    }
    const newestFirst = JUMPS.map((_, i) => i).toReversed();
    const snapshots = await workspace.snapshot.list();
    expect(snapshots.map(({ name }) => name)).toEqual(JUMPS.map((_, i) => `s${i}`));
    expect(snapshots.map(({ parent }) => parent)).toEqual([
      null,
      ...snapshots.slice(0, -1).map(({ name }) => name),
    ]);
    expect((await afs.log()).map(({ message }) => message)).toEqual(
      newestFirst.map((i) => `commit ${i}`),
    );
    const taken = await workspace.audit.logs({ operation: 'snapshot' });
    expect(taken.map(({ timestamp }) => timestamp.getTime() - START)).toEqual(JUMPS);
    expect(await workspace.audit.verify()).toMatchObject({ ok: true });
    await workspace.undo();
    await workspace.undo();
    expect(await workspace.readText('a.txt')).toBe('version 4');
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});

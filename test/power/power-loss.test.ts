import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { CommitLosses } from './support/commit-losses.ts';
import { StoreLosses } from './support/store-losses.ts';

// The same with 200 processes: npm run test:faults.
describe.skipIf(!hasStrace)('power that fails while a workspace is changed (needs strace)', () => {
  it.each([1, 2])('loses the newest operations at most, and no snapshot: seed %i', async (seed) => {
    const losses = await StoreLosses.record(seed);
    await losses.check(5);
    expect.hasAssertions();
  });

  it('would lose more if the disk did not keep what is synced', async () => {
    const losses = await StoreLosses.record(3);
    await expect(losses.check(100, false)).rejects.toThrow();
  });
});

describe.skipIf(!hasStrace)(
  'power that fails while the base is committed to (needs strace)',
  () => {
    it('leaves it wholly old or new, as its store says, also when it fails again', async () => {
      const losses = await CommitLosses.record(1);
      await losses.check(5);
      await losses.checkRecovery(1, 3);
      expect.hasAssertions();
    });

    it('would mix old and new if the disk did not keep what is synced', async () => {
      const losses = await CommitLosses.record(3);
      await expect(losses.check(100, false)).rejects.toThrow();
    });
  },
);

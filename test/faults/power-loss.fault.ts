import { describe, expect, it } from 'vitest';
import { CommitLosses } from '../power/support/commit-losses.ts';
import { StoreLosses } from '../power/support/store-losses.ts';
import { hasStrace } from '../project/support/committer.ts';

const seeds = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

describe.skipIf(!hasStrace)('power that fails (needs strace)', () => {
  it('takes the newest operations of a workspace at most, and no snapshot: 20 moments of 100 processes', async () => {
    for (const seed of seeds(1001, 100)) await (await StoreLosses.record(seed)).check(20);
    expect.hasAssertions();
  });

  it('leaves a base wholly old or new, as its store says: 10 moments of 80 processes', async () => {
    for (const seed of seeds(2001, 80)) await (await CommitLosses.record(seed)).check(10);
    expect.hasAssertions();
  });

  it('does so when it fails in the recovery again: 20 moments of 3 recoveries of 20 processes', async () => {
    for (const seed of seeds(3001, 20)) {
      await (await CommitLosses.record(seed)).checkRecovery(3, 20);
    }
    expect.hasAssertions();
  });
});

import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { GarbageKills } from './support/gc-kills.ts';
import { StoreKills } from './support/store-kills.ts';
import { killedAt, STORE_CALLS } from './support/store-process.ts';

// The same with more rounds: npm run test:faults.
describe('a process that is killed while it changes a workspace', () => {
  it('loses nothing that it acknowledged, and leaves nothing half done', async () => {
    const kills = new StoreKills(1);
    for (let round = 0; round < 15; round++) await kills.round({ killAfterMs: round * 6 });
    expect(kills.killed).toBeGreaterThan(7);
  }, 120_000);

  it.skipIf(!hasStrace)(
    'does so at whatever system call',
    async () => {
      const kills = new StoreKills(2);
      for (const call of STORE_CALLS) {
        for (const when of [1, 40]) await kills.round(killedAt(call, when));
      }
      expect(kills.killed).toBeGreaterThan(3);
    },
    120_000,
  );
});

describe('a garbage collection that is killed', () => {
  it('takes nothing that is needed, and the next one finishes its work', async () => {
    const kills = await GarbageKills.start();
    for (let round = 0; round < 5; round++) await kills.round({ killAfterMs: round * 3 });
    if (hasStrace) for (const when of [1, 10, 40]) await kills.round(killedAt('pwrite64', when));
    expect(kills.killed).toBeGreaterThan(1);
  }, 120_000);
});

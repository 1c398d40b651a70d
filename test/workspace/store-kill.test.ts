import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { GarbageKills } from './support/gc-kills.ts';
import { StoreKills } from './support/store-kills.ts';
import { killedAt, STORE_CALLS } from './support/store-process.ts';

// The same with more rounds: npm run test:faults.
describe('a process that is killed while it changes a workspace', () => {
  it('loses nothing that it acknowledged, and leaves nothing half done', async () => {
    const kills = new StoreKills(1);
    for (let round = 0; round < 4; round++) await kills.round({ killAfterMs: round * 18 });
    // None can have done everything when it is killed at once; later a fast one may have.
    expect(kills.killed).toBeGreaterThan(0);
  });

  it.skipIf(!hasStrace)('does so at whatever system call', async () => {
    const kills = new StoreKills(2);
    for (const call of STORE_CALLS) await kills.round(killedAt(call, 1));
    await kills.round(killedAt('pwrite64', 40));
    // Pages are written in any case, and not every call is made by everything that is done.
    expect(kills.killed).toBeGreaterThan(1);
  });
});

describe('a garbage collection that is killed', () => {
  it('takes nothing that is needed, and the next one finishes its work', async () => {
    const kills = await GarbageKills.start();
    for (let round = 0; round < 2; round++) await kills.round({ killAfterMs: round * 6 });
    if (!hasStrace) return;
    const before = kills.killed;
    await kills.round(killedAt('pwrite64', 10));
    // It writes far more pages than that.
    expect(kills.killed).toBe(before + 1);
  });
});

import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { GarbageKills } from '../workspace/support/gc-kills.ts';
import { StoreKills } from '../workspace/support/store-kills.ts';
import { killedAt, STORE_CALLS } from '../workspace/support/store-process.ts';

const HOUR = 3_600_000;

describe('a process that is killed while it changes a workspace', () => {
  it(
    'loses nothing that it acknowledged, in 200 rounds',
    async () => {
      let killed = 0;
      // A store of its own for every 20 rounds: what proves it takes the longer the more it holds.
      for (let seed = 11; seed <= 20; seed++) {
        const kills = new StoreKills(seed);
        for (let round = 0; round < 20; round++) await kills.round({ killAfterMs: round * 8 });
        killed += kills.killed;
      }
      expect(killed).toBeGreaterThan(100);
    },
    HOUR,
  );

  it.skipIf(!hasStrace)(
    'does so at the n-th call of every kind, until there is none',
    async () => {
      const kills = new StoreKills(31);
      for (const call of STORE_CALLS) {
        for (
          let when = 1, killed = -1;
          killed < kills.killed && when < 1000;
          when += 1 + when / 4
        ) {
          killed = kills.killed;
          await kills.round(killedAt(call, Math.floor(when)));
        }
      }
      expect(kills.killed).toBeGreaterThan(20);
    },
    HOUR,
  );
});

describe('a garbage collection that is killed', () => {
  it(
    'takes nothing that is needed, in 100 rounds',
    async () => {
      const kills = await GarbageKills.start();
      for (let round = 0; round < 60; round++) await kills.round({ killAfterMs: round % 30 });
      if (hasStrace) {
        for (let when = 1; when <= 80; when += 2) await kills.round(killedAt('pwrite64', when));
      }
      expect(kills.killed).toBeGreaterThan(30);
    },
    HOUR,
  );
});

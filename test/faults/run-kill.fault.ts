import { expect, it } from 'vitest';
import type { StrategyName } from '../../src/runner/strategy.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { RunKills } from '../workspace/support/run-kills.ts';

const ROUNDS = 60;

await describeOverlay('standard', 'a process that is killed while it runs commands', () => {
  it.each<StrategyName>(['overlay', 'directory'])(
    `leaves nothing half done and nothing behind, in ${ROUNDS} rounds by the %s strategy`,
    async (strategy) => {
      expect.hasAssertions();
      const kills = new RunKills(strategy);
      for (let round = 0; round < ROUNDS; round++) await kills.round(round * 5);
    },
  );
});

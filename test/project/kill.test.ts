import { describe, expect, it } from 'vitest';
import { hasStrace } from './support/committer.ts';
import { KillRounds, spread } from './support/kill-rounds.ts';

// The same with more rounds: npm run test:faults.
describe('a process that is killed while it changes the base', () => {
  it('leaves a base that is wholly old or wholly new, at whatever time', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(8)) await rounds.killAfter(part * 150);
  }, 60_000);

  it.skipIf(!hasStrace)(
    'does so at whatever system call',
    async () => {
      const rounds = await KillRounds.start();
      for (const part of spread(14)) await rounds.killAt(part);
      expect(rounds.interrupted).toBeGreaterThan(7);
    },
    60_000,
  );

  it.skipIf(!hasStrace)(
    'does so when its recovery is killed too, again and again',
    async () => {
      const rounds = await KillRounds.start();
      let killed = 0;
      for (const part of [0.55, 0.7]) killed += await rounds.killRecovery(part);
      expect(killed).toBeGreaterThan(1);
    },
    60_000,
  );

  it.skipIf(!hasStrace)(
    'keeps what a user edits before the recovery',
    async () => {
      const rounds = await KillRounds.start();
      for (const part of [0.3, 0.5, 0.6, 0.7]) await rounds.killAndEdit(part);
      expect(rounds.interrupted).toBeGreaterThan(2);
    },
    60_000,
  );
});

import { describe, expect, it } from 'vitest';
import { hasStrace } from './support/committer.ts';
import { KillRounds, spread } from './support/kill-rounds.ts';

// The same with more rounds: npm run test:faults.
describe('a process that is killed while it changes the base', () => {
  it('leaves a base that is wholly old or wholly new, at whatever time', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(3)) await rounds.killAfter(part * 150);
  });

  it.skipIf(!hasStrace)('does so at whatever system call', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(5)) await rounds.killAt(part);
    // The first calls only prepare the change, and the last follow it.
    expect(rounds.interrupted).toBeGreaterThan(1);
  });

  it.skipIf(!hasStrace)('does so when its recovery is killed too, again and again', async () => {
    const rounds = await KillRounds.start();
    // There, much has been done that has to be taken back, by more than one of the calls.
    expect(await rounds.killRecovery(0.55)).toBeGreaterThan(1);
  });

  it.skipIf(!hasStrace)('keeps what a user edits before the recovery', async () => {
    const rounds = await KillRounds.start();
    for (const part of [0.5, 0.7]) await rounds.killAndEdit(part);
    // In the middle of the change there is always something to recover.
    expect(rounds.interrupted).toBe(2);
  });
});

import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { KillRounds, spread } from '../project/support/kill-rounds.ts';
import { canExchange, EditRace, raceWithFlips } from '../project/support/races.ts';

const TYPED = /^(|STORE_IO|STORE_FULL|BASE_READ_ONLY|EACCES|EEXIST|CONFLICT)$/;

describe('a commit that is killed', () => {
  it('leaves the base wholly old or wholly new, 30 times at any time', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(30)) await rounds.killAfter(part * 400);
  });

  it.skipIf(!hasStrace)('does so 60 times at a system call', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(60)) await rounds.killAt(part);
    expect(rounds.interrupted).toBeGreaterThan(30);
  });

  it.skipIf(!hasStrace)('does so when 10 recoveries are killed too', async () => {
    const rounds = await KillRounds.start();
    let killed = 0;
    for (const part of spread(10)) killed += await rounds.killRecovery(part);
    expect(killed).toBeGreaterThan(5);
  });

  it.skipIf(!hasStrace)('keeps what a user edits before 20 recoveries', async () => {
    const rounds = await KillRounds.start();
    for (const part of spread(20)) await rounds.killAndEdit(part);
    expect(rounds.interrupted).toBeGreaterThan(10);
  });
});

describe('a commit whose disk fails', () => {
  it.skipIf(!hasStrace).each(['EIO', 'ENOSPC', 'EMFILE', 'EROFS'])(
    'ends in a typed error and a whole base at each of 25 calls: %s',
    async (errno) => {
      const rounds = await KillRounds.start();
      for (const part of spread(25)) expect(await rounds.failAt(part, errno)).toMatch(TYPED);
    },
  );
});

describe('a commit while others change the base', () => {
  it('keeps every edit, in 100 commits', async () => {
    await new EditRace().run(100);
    expect.hasAssertions();
  });

  it.skipIf(!canExchange)('never leads out of the base, in 1,000 commits', async () => {
    await raceWithFlips(1000);
    expect.hasAssertions();
  });
});

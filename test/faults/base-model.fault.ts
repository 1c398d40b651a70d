import { describe, expect, it } from 'vitest';
import { compareBaseWithModel } from '../model/support/base-model.ts';

const SEEDS = Array.from({ length: 10 }, (_, i) => 201 + i);

describe('a base that its user and three workspaces change 20,000 times', () => {
  it.each(SEEDS)('is what plain maps merge to, with seed %i', async (seed) => {
    const tally = await compareBaseWithModel(seed, 2_000);
    expect(tally.get('commit: done')).toBeGreaterThan(40);
  });
});

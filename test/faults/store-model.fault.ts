import { describe, it } from 'vitest';
import { compareWithModel } from '../model/support/comparison.ts';

const SEEDS = Array.from({ length: 10 }, (_, i) => 101 + i);

describe('a workspace under 100,000 random operations', () => {
  it.each(SEEDS)('does what a plain map does, with seed %i', async (seed) => {
    await compareWithModel(seed, 10_000);
  });
});

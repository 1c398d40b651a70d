import { describe, expect, it } from 'vitest';
import { compareBaseWithModel } from './support/base-model.ts';

// A failure names its seed; the same with more steps: npm run test:faults.
describe('a base that its user and three workspaces change', () => {
  it.each([1, 2, 3])('is what plain maps merge to, with seed %i', async (seed) => {
    const tally = await compareBaseWithModel(seed, 150);
    expect(tally.get('commit: done')).toBeGreaterThan(10);
    expect(tally.get('commit: CONFLICT')).toBeGreaterThan(0);
  });
});

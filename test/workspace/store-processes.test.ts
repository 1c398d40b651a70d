import { describe, expect, it } from 'vitest';
import { runCrowd } from './support/store-crowd.ts';

// The same for longer: npm run test:faults.
describe('processes that write, keep and collect in one store', () => {
  it('meet no error, and lose nothing', async () => {
    await runCrowd({ writes: 130, keeps: 14, collections: 20 });
    expect.hasAssertions();
  });
});

import { expect, it } from 'vitest';
import { flipBytes } from './support/flipped-store.ts';

// The same with more bytes: npm run test:faults.
it('a store in which any one byte is flipped is read right or not at all', () => {
  expect(flipBytes(100)).toBeGreaterThan(0);
});

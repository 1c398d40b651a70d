import { describe, expect, it } from 'vitest';
import { Random } from '../model/support/random.ts';
import { flipBytes } from '../store/support/flipped-store.ts';
import { DamagedStore } from '../workspace/support/damaged-store.ts';

const FLIPS = 1000;

describe('a store in which any one bit is flipped', () => {
  it(`gives what was written or a typed error, ${FLIPS} times in its database`, async () => {
    const store = await DamagedStore.create();
    const { database = Buffer.alloc(0) } = store.files;
    const random = new Random(1);
    for (let i = 0; i < FLIPS; i++) {
      const flipped = flip(database, random);
      expect(await store.read({ database: flipped, log: undefined })).toSatisfy(isRightOrRefused);
    }
  });

  it(`is read right or not at all, ${FLIPS} times, when a whole byte is flipped`, () => {
    expect(flipBytes(FLIPS)).toBeGreaterThan(0);
  });

  it(`gives an earlier state of itself, ${FLIPS} times in its log`, async () => {
    const store = await DamagedStore.create();
    const { database, log = Buffer.alloc(0) } = store.files;
    const random = new Random(2);
    for (let i = 0; i < FLIPS; i++) {
      const found = await store.read({ database, log: flip(log, random) });
      expect(found).toBeGreaterThanOrEqual(15);
      expect(found).toBeLessThanOrEqual(30);
    }
  });
});

function flip(bytes: Buffer, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  const at = random.below(bytes.length);
  flipped[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return flipped;
}

/** All that the database held was read, or the reading ended with the code of an error. */
function isRightOrRefused(found: number | string): boolean {
  return found === 15 || /^(damaged 15|[A-Z_]+)$/.test(String(found));
}

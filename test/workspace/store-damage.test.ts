import { describe, expect, it } from 'vitest';
import { DamagedStore } from './support/damaged-store.ts';

// With more damage: npm run test:faults.
describe('the store of a killed process', () => {
  it('is an earlier state of itself when its log is gone, or what is left of it is', async () => {
    const store = await DamagedStore.create();
    const { database, log = Buffer.alloc(0) } = store.files;
    expect(await store.read({ database, log })).toBe(30);
    expect(await store.read({ database, log: undefined })).toBe(15);
    let before = 15;
    for (let size = 0; size < log.length; size += Math.ceil(log.length / 25)) {
      const write = await store.read({ database, log: log.subarray(0, size) });
      expect(write).toBeGreaterThanOrEqual(before);
      before = Number(write);
    }
    expect(before).toBeGreaterThan(20);
  });

  it('is refused or read right when its database is cut short, and never made anew', async () => {
    const store = await DamagedStore.create();
    const { database = Buffer.alloc(0), log } = store.files;
    for (let size = 0; size < database.length; size += 4096) {
      for (const cut of [database.subarray(0, size), database.subarray(0, size + 1234)]) {
        // Without its log, it must not be touched at all.
        expect([size, await store.read({ database: cut, log: undefined })]).toEqual([
          size,
          'STORE_CORRUPT',
        ]);
        expect(store.database().equals(cut)).toBe(true);
        expect(await store.read({ database: cut, log })).toSatisfy(isRightOrRefused);
      }
    }
  });
});

/** The log makes up for what the database has lost, or the loss is met, or found by verifying. */
function isRightOrRefused(found: number | string): boolean {
  return [30, 'damaged 30', 'STORE_CORRUPT', 'OBJECT_CORRUPT', 'OBJECT_MISSING'].includes(found);
}

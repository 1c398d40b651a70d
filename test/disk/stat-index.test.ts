/** When the times of a file prove that its content is what the index says. */

import { describe, expect, it } from 'vitest';
import { contentRow, isFresh, isRacy } from '../../src/disk/stat-index.ts';
import { contentId } from '../../src/primitives/object-id.ts';

const stats = { mode: 0o100644, size: 3, mtimeMs: 10_000.5, ctimeMs: 10_000.5, ino: 7 };
const id = contentId(Buffer.from('abc'));

describe('the stat index', () => {
  it('takes times for racy until 50 ms have passed', () => {
    expect(isRacy(stats, 10_000.5)).toBe(true);
    expect(isRacy(stats, 10_050)).toBe(true);
    expect(isRacy(stats, 10_051)).toBe(false);
    expect(isRacy(stats, 9_000)).toBe(true);
  });

  it('waits 2.1 s where times have no fractions of a second', () => {
    const coarse = { ...stats, mtimeMs: 10_000, ctimeMs: 10_000 };
    expect(isRacy(coarse, 12_099)).toBe(true);
    expect(isRacy(coarse, 12_101)).toBe(false);
    // An mtime that was set to a whole second says nothing about the file system.
    expect(isRacy({ ...stats, mtimeMs: 10_000 }, 10_051)).toBe(false);
  });

  it('trusts a row only while nothing moved', () => {
    const row = contentRow('file', stats, id, 20_000);
    expect(isFresh(row, stats)).toBe(true);
    for (const moved of [
      { size: 4 },
      { mtimeMs: 10_001.5 },
      { ctimeMs: 10_001.5 },
      { ino: 8 },
      { mode: 0o100755 },
    ]) {
      expect(isFresh(row, { ...stats, ...moved })).toBe(false);
    }
    expect(isFresh(contentRow('file', stats, id, 10_001), stats)).toBe(false);
  });

  it('holds inodes of 64 bits, as file systems that are put together from others have', () => {
    const large = { ...stats, ino: 2 ** 63 + 2 ** 40 };
    const row = contentRow('file', large, id, 20_000);
    expect(Number.isSafeInteger(row.inode)).toBe(true);
    expect(isFresh(row, large)).toBe(true);
    expect(isFresh(row, { ...large, ino: 2 ** 63 + 2 ** 41 })).toBe(false);
  });

  it('keeps permission bits only, and 777 for a link', () => {
    expect(contentRow('file', { ...stats, mode: 0o106755 }, id, 20_000).mode).toBe(0o755);
    expect(contentRow('symlink', { ...stats, mode: 0o120700 }, id, 20_000).mode).toBe(0o777);
  });
});

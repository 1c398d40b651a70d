import { describe, expect, it } from 'vitest';
import { hasStrace } from '../project/support/committer.ts';
import { StoreFaults } from '../workspace/support/store-faults.ts';

describe.skipIf(!hasStrace)('a disk that fails under a store (needs strace)', () => {
  it.each([
    ...['EIO', 'ENOSPC', 'EINTR'].map((errno) => ['pwrite64', errno] as const),
    ...['EIO', 'ENOSPC', 'EINTR'].map((errno) => ['fsync', errno] as const),
    ...['EIO', 'EINTR'].map((errno) => ['ftruncate', errno] as const),
  ])(
    'is a typed error at 40 calls, and what failed has not happened: %s %s',
    async (call, errno) => {
      const faults = new StoreFaults(7);
      for (let when = 1; when <= 40; when++) await faults.fail(call, errno, when);
      expect.hasAssertions();
    },
  );
});

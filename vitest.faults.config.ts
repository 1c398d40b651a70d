/** The long fault tests, `npm run test:faults`: kills, failing disks, races. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.fault.ts'],
    pool: 'forks',
    globals: false,
    testTimeout: 600_000,
    reporters: ['default'],
  },
});

/** How the tests of the adapters run, on the packages that scripts/test-doors.mjs installs. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/doors/*.test.ts'],
    globalSetup: 'test/support/own-home.ts',
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

/** How the long fault tests run (`npm run test:faults`): one file after another, and as long as it takes. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The strategies, too, here with all their random operations.
    include: ['test/faults/**/*.{test,fault}.ts', 'test/runner/*-strategy.test.ts'],
    env: { SEEDS: 'all' },
    globalSetup: 'test/support/own-home.ts',
    pool: 'forks',
    fileParallelism: false,
    globals: false,
    testTimeout: 60 * 60_000,
    hookTimeout: 10 * 60_000,
    reporters: ['verbose'],
  },
});

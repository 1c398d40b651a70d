/** How the tests run: one process a file, so that a test may change directory or crash the driver. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**', 'test/doors/**'],
    globalSetup: 'test/support/own-home.ts',
    pool: 'forks',
    // Most of a test is waiting for a disk or a process, so one worker a core is not too many.
    maxWorkers: '100%',
    globals: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    reporters: ['default'],
  },
});

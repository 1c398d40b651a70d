/** How the tests run. */

import { defineConfig } from 'vitest/config';

/** What neither sets variables, nor counts on a process of its own, nor ends it. */
const SHARED = [
  'test/{tree,snapshot,archive,audit}/*.test.ts',
  'test/primitives/!(process-token).test.ts',
  'test/config/!(environment|file|*secret).test.ts',
  'test/store/!(database|open-store).test.ts',
  'test/disk/{ignore-pattern,wildcard,stat-index}.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: 'test/support/own-home.ts',
    pool: 'forks',
    // Most of a test is waiting for a disk or a process, so one worker a core is not too many.
    maxWorkers: '100%',
    globals: false,
    // No test is about how long something takes: these end what hangs, however busy the machine is.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    reporters: ['default'],
    projects: [
      {
        // One process for many of them, which loads the sources once.
        extends: true,
        test: { name: 'shared', include: SHARED, isolate: false },
      },
      {
        // One process a file, so that a test may change directory or crash the driver.
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: ['test/faults/**', 'test/doors/**', ...SHARED],
        },
      },
    ],
  },
});

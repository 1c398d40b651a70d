/** How the tests run. */

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** What looks at the process that it runs in, or changes the user of it. */
const APART = [
  'test/workspace/{event-loop,own-places,tar-memory,run-stream-memory}.test.ts',
  'test/runner/output-memory.test.ts',
];

export default defineConfig({
  test: {
    globalSetup: 'test/support/own-home.ts',
    pool: 'forks',
    // A third of a test is waiting for a disk or a process: so one more than there are cores.
    maxWorkers: availableParallelism() + 1,
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
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', 'test/faults/**', 'test/doors/**', ...APART],
          isolate: false,
        },
      },
      {
        // One process a file. After the others, as a process is only handed on between those.
        extends: true,
        test: { name: 'apart', include: APART, sequence: { groupOrder: 1 } },
      },
    ],
  },
});

/** How the long fault tests run (`npm run test:faults`): one file after another, and as long as it takes. */

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // And what is tried with more seeds and users here than in `npm test`.
    include: [
      'test/faults/**/*.{test,fault}.ts',
      'test/runner/{*-strategy,hostile-terminal}.test.ts',
      'test/workspace/ignored-content.test.ts',
    ],
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

/** Leases of one process on a store that others use as well. */

import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { encodeProcessToken, ownProcessToken } from '../../src/primitives/process-token.ts';
import { Store } from '../../src/store/store.ts';
import { LeaseKeeper } from '../../src/workspace/lease-keeper.ts';
import { TestProject } from '../support/test-project.ts';

const NOW = { waitMs: 0 };

function openStore(project: TestProject): Store {
  const process = encodeProcessToken(ownProcessToken());
  const store = new Store(join(project.dir, 'store.db'), {
    cacheBytes: 0,
    process,
    busyTimeoutMs: 1,
  });
  onTestFinished(() => store.close());
  return store;
}

it('keeps what was done with a lease that cannot be given back, and grants it anew', async () => {
  const project = new TestProject();
  const keeper = new LeaseKeeper(openStore(project));
  const { database } = openStore(project);
  const done = await keeper.hold('base', NOW, async () => {
    database.exec('BEGIN IMMEDIATE');
    return 'done';
  });
  database.exec('ROLLBACK');
  expect(done).toBe('done');
  expect(await keeper.hold('base', NOW, async () => 'again')).toBe('again');
});

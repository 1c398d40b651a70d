/** The program and a store that somebody keeps locked: it waits half a minute before it gives up. */

import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';

it('gives up on a store that stays locked, says so, and works again afterwards', async () => {
  const project = await cliProject({ 'a.txt': 'a\n' });
  const database = new Database(project.path('.agentfs/agentfs.db'));
  database.exec('BEGIN IMMEDIATE');
  const create = ['snapshot', 'create', 'w', '-n', 's'];
  const { status, stderr } = await project.run([...create, '--json']);
  expect(status).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'STORE_BUSY', hint: expect.any(String) },
  });
  database.exec('ROLLBACK');
  database.close();
  await project.ok(create);
});

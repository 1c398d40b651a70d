/** The libSQL remote against real servers, where there are any. */

import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { createClient } from '@libsql/client';
import { expect, it } from 'vitest';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import { describeRemote } from '../support/remote-contract.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';
import { type Place, pulled, pushed, treeOf } from '../support/replica.ts';
import { startTursoServer } from '../support/turso-server.ts';
import { whenDone } from '../support/when-done.ts';

const {
  AGENTFS_TEST_TURSODB: binary,
  AGENTFS_TEST_LIBSQL_URL: url,
  AGENTFS_TEST_LIBSQL_TOKEN: token,
} = process.env;

/** The contract, and a workspace that goes there and back. */
function describeServer(name: string, makeEmpty: () => Promise<Place>): void {
  describeRemote(name, async () => {
    const { tursoDb, token: authToken } = await makeEmpty();
    return { connect: () => new LibsqlRemote({ url: tursoDb, token: authToken }) };
  });

  it(`${name} carries a workspace to another machine and its changes back`, async () => {
    const place = await makeEmpty();
    const large = randomBytes(3 << 20);
    const here = await pushed(place, { 'a.txt': 'a', 'dir/large.bin': large });
    const there = await pulled(place);
    await there.workspace.writeFile('a.txt', 'changed');
    await there.workspace.snapshot.create('named');
    await there.workspace.sync.push();
    await here.workspace.sync.pull();
    expect(await treeOf(here.workspace)).toBe(await treeOf(there.workspace));
    expect((await here.workspace.snapshot.list()).map((each) => each.name)).toContain('named');
    expect((await here.workspace.sync.verify()).ok).toBe(true);
  });
}

if (binary === undefined) {
  it('tursodb --sync-server', ({ skip }) => skip('run it by npm run test:turso'));
} else {
  describeServer('tursodb --sync-server', async () => {
    const server = await startTursoServer(binary, temporaryDatabase());
    whenDone(() => server[Symbol.asyncDispose]());
    return { tursoDb: server.url };
  });
}

if (url === undefined) {
  it('a server of yours', ({ skip }) => skip('AGENTFS_TEST_LIBSQL_URL is not set'));
} else {
  let isOurs = false;
  describeServer('AGENTFS_TEST_LIBSQL_URL', async () => {
    await dropTables(url, isOurs);
    if (!isOurs) whenDone(() => dropTables(url, true));
    isOurs = true;
    return { tursoDb: url, ...(token === undefined ? {} : { token }) };
  });
}

/** Drops the tables of agentfs, if they were made by these tests. */
async function dropTables(database: string, isOurs: boolean): Promise<void> {
  const client = createClient({
    url: database,
    ...(token === undefined ? {} : { authToken: token }),
  });
  try {
    const { rows } = await client.execute(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'afs_*'",
    );
    if (rows.length > 0 && !isOurs) throw new Error(`${database} is in use; give an empty one.`);
    // Tables that refer to others were made after them.
    for (const { name } of rows.toReversed()) await client.execute(`DROP TABLE ${name}`);
  } finally {
    client.close();
  }
}

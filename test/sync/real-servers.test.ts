/** The libSQL remote against real servers, where there are any. */

import process from 'node:process';
import { createClient } from '@libsql/client';
import { it } from 'vitest';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import { describeRemote } from '../support/remote-contract.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';
import { startTursoServer } from '../support/turso-server.ts';
import { whenDone } from '../support/when-done.ts';

const {
  AGENTFS_TEST_TURSODB: binary,
  AGENTFS_TEST_LIBSQL_URL: url,
  AGENTFS_TEST_LIBSQL_TOKEN: token,
} = process.env;

if (binary === undefined) {
  it('a remote over tursodb --sync-server', ({ skip }) => skip('run it by npm run test:turso'));
} else {
  describeRemote('tursodb --sync-server', async () => {
    const server = await startTursoServer(binary, temporaryDatabase());
    whenDone(() => server[Symbol.asyncDispose]());
    return { connect: () => new LibsqlRemote({ url: server.url }) };
  });
}

if (url === undefined) {
  it('a remote over a server of yours', ({ skip }) => skip('AGENTFS_TEST_LIBSQL_URL is not set'));
} else {
  let isOurs = false;
  describeRemote('AGENTFS_TEST_LIBSQL_URL', async () => {
    const client = createClient({ url, ...(token === undefined ? {} : { authToken: token }) });
    const drop = async () => {
      const { rows } = await client.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'afs_*'",
      );
      if (rows.length > 0 && !isOurs) throw new Error(`${url} is in use; give an empty database.`);
      // Tables that refer to others were made after them.
      for (const { name } of rows.toReversed()) await client.execute(`DROP TABLE ${name}`);
    };
    await drop();
    if (!isOurs) whenDone(() => drop().finally(() => client.close()));
    isOurs = true;
    return { connect: () => new LibsqlRemote({ url, token }) };
  });
}

/** The libSQL remote over each way to reach a database that needs nothing but this machine. */

import { pathToFileURL } from 'node:url';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import { describeRemote } from '../support/remote-contract.ts';
import { startServer, temporaryDatabase } from '../support/remote-fixture.ts';

describeRemote('a file', async () => {
  const url = pathToFileURL(temporaryDatabase()).href;
  return { connect: () => new LibsqlRemote({ url }) };
});

describeRemote('HTTP', async () => {
  const { url } = await startServer({ token: 'good-token' });
  return { connect: () => new LibsqlRemote({ url, token: 'good-token' }) };
});

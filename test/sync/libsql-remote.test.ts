import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LibsqlClient } from '../../src/sync/libsql-client.ts';
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

describe('a libSQL database', () => {
  it('is refused when somebody else made its tables', async () => {
    const url = pathToFileURL(temporaryDatabase()).href;
    const client = new LibsqlClient({ url });
    await client.execute({ sql: 'CREATE TABLE afs_objects (x)' });
    const opened = new LibsqlRemote({ url }).open('');
    await expect(opened).rejects.toMatchObject({ code: 'REMOTE_FOREIGN' });
    const tables = await client.execute({ sql: 'SELECT name FROM sqlite_schema' });
    expect(tables).toEqual([{ name: 'afs_objects' }]);
  });

  it('is refused when a newer agentfs made its tables', async () => {
    const url = pathToFileURL(temporaryDatabase()).href;
    await new LibsqlRemote({ url }).open('');
    const newer = "UPDATE afs_meta SET value = '99' WHERE key = 'schema'";
    await new LibsqlClient({ url }).execute({ sql: newer });
    const opened = new LibsqlRemote({ url }).open('');
    await expect(opened).rejects.toMatchObject({ code: 'REMOTE_NEWER' });
  });

  it('can be opened when its directory is there, also by who came too early', async () => {
    const directory = join(dirname(temporaryDatabase()), 'later');
    const remote = new LibsqlRemote({ url: pathToFileURL(join(directory, 'remote.db')).href });
    await expect(remote.open('')).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    mkdirSync(directory);
    expect(await remote.open('')).toEqual({ schema: 2, seal: '' });
  });

  it('may hold other tables as well', async () => {
    const url = pathToFileURL(temporaryDatabase()).href;
    const client = new LibsqlClient({ url });
    await client.batch([{ sql: 'CREATE TABLE mine (x)' }, { sql: 'INSERT INTO mine VALUES (1)' }]);
    expect(await new LibsqlRemote({ url }).open('')).toEqual({ schema: 2, seal: '' });
    expect(await client.execute({ sql: 'SELECT x FROM mine' })).toEqual([{ x: 1 }]);
  });
});

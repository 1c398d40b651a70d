import { createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/primitives/object-id.ts';
import { SealedRemote } from '../../src/sync/encrypted-remote.ts';
import { checkSeal, SealKey } from '../../src/sync/encryption.ts';
import { LibsqlClient } from '../../src/sync/libsql-client.ts';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import type { HeadMove, Remote, RemoteObject } from '../../src/sync/remote.ts';
import { bytesAt } from '../../src/sync/row-values.ts';
import { describeRemote } from '../support/remote-contract.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';

function newKey(): SealKey {
  return new SealKey(randomBytes(32).toString('base64'));
}

function newUrl(): string {
  return pathToFileURL(temporaryDatabase()).href;
}

describeRemote('an encrypted file', async () => {
  const [url, key] = [newUrl(), newKey()];
  const connect = () => new SealedRemote(new LibsqlRemote({ url }), key);
  return { connect, codecs: ['raw', 'deflate'] };
});

function content(text: string): RemoteObject {
  const payload = Buffer.from(text);
  return { id: contentId(payload), kind: 'content', codec: 'raw', size: payload.length, payload };
}

const OBJECTS = [content('a canary of content'), content('b canary of content')] as const;
const [FIRST] = OBJECTS;

const MOVE: HeadMove = {
  move: 'move',
  workspace: {
    ...{ uuid: 'uuid', name: 'shared', createdAt: 1 },
    ...{ description: 'canary of a description', tags: ['canary of a tag'] },
  },
  revision: { version: 1, tree: 'canary of a tree', clock: 1, replica: 'one', createdAt: 1 },
  objects: OBJECTS,
  records: [{ kind: 'audit', id: 'r', replica: 'one', data: Buffer.from('canary of a record') }],
};

async function sealed(): Promise<{ url: string; remote: Remote; client: LibsqlClient }> {
  const url = newUrl();
  const remote = new SealedRemote(new LibsqlRemote({ url }), newKey());
  await remote.open('a name');
  await remote.moveHead(MOVE);
  return { url, remote, client: new LibsqlClient({ url }) };
}

describe('a sealed remote', () => {
  it('keeps nothing that can be read or asked for without the key', async () => {
    const { url, client } = await sealed();
    await client.execute({ sql: 'PRAGMA wal_checkpoint(TRUNCATE)' });
    const bytes = readFileSync(fileURLToPath(url), 'latin1');
    expect(bytes).not.toContain('canary');
    expect(bytes).not.toContain(FIRST.id);
    expect(bytes).not.toContain(Buffer.from(FIRST.id, 'hex').toString('latin1'));
    expect(bytes).toContain('shared');
    const plain = new LibsqlRemote({ url });
    expect(await plain.present([FIRST.id])).toEqual(new Set());
  });

  it('cannot be read with another key', async () => {
    const { url } = await sealed();
    const other = new SealedRemote(new LibsqlRemote({ url }), newKey());
    expect(await other.readObjects([FIRST.id])).toEqual([]);
    const refused = { code: 'REMOTE_CORRUPT' };
    await expect(other.readHead('shared')).rejects.toMatchObject(refused);
    const range = { after: 0, except: '' };
    await expect(other.readRecords('uuid', range)).rejects.toMatchObject(refused);
  });

  it.each([
    ['a byte was added to a payload', "data = CAST(data || x'00' AS BLOB)"],
    [
      'the payloads of two objects were exchanged',
      'data = (SELECT data FROM afs_objects o WHERE o.id <> afs_objects.id)',
    ],
    ['an object has another size', 'size = size + 1'],
    ['an object has another kind', 'kind = 3'],
    ['an object was replaced by one in the clear', "codec = 0, data = x'78'"],
    ['an object is too short to have been sealed', "data = x'01'"],
  ])('refuses it when %s, and names the object', async (_, change) => {
    const { remote, client } = await sealed();
    await client.execute({ sql: `UPDATE afs_objects SET ${change}` });
    await expect(remote.readObjects([FIRST.id])).rejects.toMatchObject({
      code: 'REMOTE_CORRUPT',
      message: expect.stringContaining(FIRST.id),
    });
  });

  it.each([
    ['revision', "UPDATE afs_revisions SET version = 2, move = 'other'"],
    ['clock', 'UPDATE afs_revisions SET clock = 2'],
    ['replica', "UPDATE afs_revisions SET replica = 'two'"],
    ['description', "UPDATE afs_workspaces SET description = 'x'"],
  ])('refuses a head whose %s was changed', async (_, sql) => {
    const { remote, client } = await sealed();
    await client.execute({ sql });
    await expect(remote.readHead('shared')).rejects.toMatchObject({ code: 'REMOTE_CORRUPT' });
  });

  it('refuses a record that was given another name', async () => {
    const { remote, client } = await sealed();
    await client.execute({ sql: "UPDATE afs_records SET id = 'other'" });
    const records = remote.readRecords('uuid', { after: 0, except: '' });
    await expect(records).rejects.toMatchObject({ code: 'REMOTE_CORRUPT' });
  });
});

describe('the encryption', () => {
  it('is as docs/FORMAT.md says', async () => {
    const key = randomBytes(32);
    const derive = (purpose: string) =>
      Buffer.from(hkdfSync('sha256', key, '', `agentfs remote: ${purpose}`, 32));
    const sealKey = new SealKey(key.toString('base64'));
    expect(sealKey.name).toBe(`aes-256-gcm:${derive('name').toString('hex').slice(0, 32)}`);

    const url = newUrl();
    const remote = new SealedRemote(new LibsqlRemote({ url }), sealKey);
    await remote.open(sealKey.name);
    await remote.writeObjects([FIRST]);
    const id = createHmac('sha256', derive('object ids')).update(FIRST.id, 'hex').digest('hex');
    const [row] = await new LibsqlClient({ url }).execute({
      sql: 'SELECT lower(hex(id)) AS id, data FROM afs_objects',
    });
    expect(row?.['id']).toBe(id);
    const data = bytesAt(row ?? {}, 'data');
    const context = JSON.stringify(['object', id, 'content', 'sealed-raw', FIRST.size]);
    const decipher = createDecipheriv('aes-256-gcm', derive('values'), data.subarray(0, 12))
      .setAAD(Buffer.from(context))
      .setAuthTag(data.subarray(-16));
    const plain = Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
    expect(plain.equals(FIRST.payload)).toBe(true);
  });
});

describe('the key of a remote', () => {
  it('has a name, which is the same wherever the key is', () => {
    const text = randomBytes(32).toString('base64');
    expect(new SealKey(`${text}\n`).name).toBe(new SealKey(text).name);
    expect(newKey().name).not.toBe(newKey().name);
    expect(new SealKey(text).name).not.toContain(text.slice(0, 8));
  });

  it('seals the same bytes in another way each time', () => {
    const key = newKey();
    const [one, two] = [key.seal(Buffer.from('x'), ['a']), key.seal(Buffer.from('x'), ['a'])];
    expect(one.equals(two)).toBe(false);
    expect(key.open(one, ['a'])?.toString()).toBe('x');
    expect(key.open(one, ['b'])).toBeUndefined();
  });

  it.each(['', 'secret', randomBytes(31).toString('base64'), randomBytes(32).toString('hex')])(
    'is 32 bytes in Base64, not %j',
    (text) => {
      expect(() => new SealKey(text)).toThrow(expect.objectContaining({ code: 'REMOTE_KEY' }));
    },
  );

  it('has to be the one that the remote was made with', () => {
    const [mine, theirs] = [newKey().name, newKey().name];
    expect(() => checkSeal({ schema: 1, seal: mine }, mine, 'it')).not.toThrow();
    for (const [seal, name] of [
      [theirs, mine],
      ['', mine],
      [theirs, ''],
    ] as const) {
      expect(() => checkSeal({ schema: 1, seal }, name, 'it')).toThrow(
        expect.objectContaining({ code: 'REMOTE_KEY' }),
      );
    }
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { contentId, type ObjectId } from '../../src/primitives/object-id.ts';
import { LibsqlClient } from '../../src/sync/libsql-client.ts';
import { LibsqlRemote } from '../../src/sync/libsql-remote.ts';
import type { HeadMove, RemoteObject } from '../../src/sync/remote.ts';

const directory = mkdtempSync(join(tmpdir(), 'agentfs-remote-'));
let url: string;
let remote: LibsqlRemote;

beforeEach(async () => {
  url = `file:${join(directory, `${randomUUID()}.db`)}`;
  remote = new LibsqlRemote({ url });
  await remote.open('');
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('a libSQL remote in a file', () => {
  it('says what it is, once it was made', async () => {
    expect(await remote.open('')).toEqual({ schema: 1, seal: '' });
    expect(await new LibsqlRemote({ url }).open('another')).toEqual({ schema: 1, seal: '' });
  });

  it('is refused when somebody else made its tables, or a newer agentfs', async () => {
    const other = `file:${join(directory, 'other.db')}`;
    const client = new LibsqlClient({ url: other });
    await client.execute({ sql: 'CREATE TABLE afs_objects (x)' });
    await expect(new LibsqlRemote({ url: other }).open('')).rejects.toMatchObject({
      code: 'REMOTE_FOREIGN',
    });
    await new LibsqlClient({ url }).execute({
      sql: "UPDATE afs_meta SET value = '99' WHERE key = 'schema'",
    });
    await expect(remote.open('')).rejects.toMatchObject({ code: 'REMOTE_NEWER' });
  });

  it('gives back objects of every size, as many at once as fit', async () => {
    const objects = [0, 2, 600_000, 1_048_576].map((size) => content(Buffer.alloc(size, size % 7)));
    for (const object of objects) await remote.writeObjects([object, object]);
    const ids = objects.map(({ id }) => id);
    expect(await remote.present([...ids, contentId(Buffer.from('absent'))])).toEqual(new Set(ids));
    const rest = new Map<ObjectId, RemoteObject>(objects.map((object) => [object.id, object]));
    let answers = 0;
    while (rest.size > 0) {
      for (const object of await remote.readObjects([...rest.keys()])) {
        const { payload, ...facts } = object;
        const { payload: expected, ...expectedFacts } = rest.get(object.id) ?? object;
        expect(facts).toEqual(expectedFacts);
        expect(Buffer.compare(payload, expected)).toBe(0);
        rest.delete(object.id);
      }
      answers += 1;
    }
    // A part counts as a whole one.
    expect(answers).toBe(3);
  });

  it('moves the head from the revision before, once, however often it is asked', async () => {
    const first = move(1);
    expect(await remote.moveHead(first)).toBe(true);
    expect(await remote.moveHead(move(1))).toBe(false);
    expect(await remote.moveHead(move(3))).toBe(false);
    const second = move(2);
    expect(await remote.moveHead(second)).toBe(true);
    expect(await remote.moveHead(first)).toBe(true);
    expect(await remote.readHead('shared')).toEqual({
      workspace: second.workspace,
      revision: second.revision,
    });
    expect(await remote.readRevision('w', { at: 15 })).toEqual(first.revision);
    expect(await remote.readRevision('w', { version: 1 })).toEqual(first.revision);
    expect(await remote.readRevision('w', { version: 3 })).toBeUndefined();
  });

  it('leaves a name to the workspace that came first', async () => {
    await remote.moveHead(move(1));
    const other = move(1);
    const workspace = { ...other.workspace, uuid: 'another' };
    expect(await remote.moveHead({ ...other, workspace })).toBe(false);
  });

  it('hands out the records of others, those of a failed move never', async () => {
    await remote.moveHead({ ...move(1), records: [record('a', 'here'), record('b', 'there')] });
    await remote.moveHead({ ...move(1), records: [record('c', 'there')] });
    await remote.moveHead({ ...move(2), records: [record('b', 'there'), record('d', 'there')] });
    const found = await remote.readRecords('w', { after: 0, except: 'here' });
    expect(found.map(({ id }) => id)).toEqual(['b', 'd']);
    const [first] = found;
    const later = await remote.readRecords('w', { after: first?.number ?? 0, except: 'here' });
    expect(later.map(({ id }) => id)).toEqual(['d']);
  });
});

function content(payload: Buffer): RemoteObject {
  return { id: contentId(payload), kind: 'content', codec: 'raw', size: payload.length, payload };
}

function move(version: number): HeadMove {
  const workspace = { uuid: 'w', name: 'shared', description: '', tags: [], createdAt: 1 };
  const revision = {
    version,
    tree: `t${version}`,
    clock: 1,
    replica: 'r',
    createdAt: version * 10,
  };
  return { move: randomUUID(), workspace, revision, objects: [], records: [] };
}

function record(id: string, replica: string): HeadMove['records'][number] {
  return { kind: 'snapshot', id, replica, data: Buffer.from(id) };
}

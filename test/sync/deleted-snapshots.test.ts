/** A snapshot that is deleted on one machine is deleted on all that share it, and stays deleted. */

import { randomBytes, randomUUID } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { HostileRemote } from '../support/hostile-remote.ts';
import { newPlace, pulled, pushed } from '../support/replica.ts';
import { engineReplica } from './support/engine-replicas.ts';
import { fileRemote, pair } from './support/replicas.ts';

const FILES = { 'f.txt': 'one\n' };

async function namesOf({ snapshot }: Workspace): Promise<string[]> {
  return (await snapshot.list()).map(({ name }) => name).sort();
}

/** Two replicas that both have the snapshots `a` and `b`, of the first and of the second. */
async function sharing() {
  const { url, a, b } = await pair(FILES);
  await a.workspace.snapshot.create('a');
  await a.workspace.sync.push();
  await b.workspace.snapshot.create('b');
  await b.workspace.sync.push();
  await a.workspace.sync.pull();
  return { url, a: a.workspace, b: b.workspace };
}

describe('the deletion of a snapshot', () => {
  it('travels from and to the replica that has taken it, and alone is worth a push', async () => {
    const { a, b } = await sharing();
    expect(await namesOf(b)).toEqual(['a', 'b']);
    await a.snapshot.delete('a');
    await a.snapshot.delete('b');
    expect(await a.sync.push()).toMatchObject({ upToDate: false });
    await b.sync.pull();
    expect(await namesOf(b)).toEqual([]);
    expect(await b.readText('f.txt')).toBe('one\n');
    // Nothing goes back and forth.
    expect(await b.sync.push()).toMatchObject({ upToDate: true });
    expect(await a.sync.push()).toMatchObject({ upToDate: true });
  });

  it('is in the audit log, with the tree that the snapshot had', async () => {
    const { a, b } = await sharing();
    const { tree } = await b.snapshot.get('a');
    await a.snapshot.delete('a');
    await a.sync.push();
    await b.sync.pull();
    const entries = await b.audit.logs({ operation: 'sync' });
    expect(entries.map(({ metadata }) => metadata)).toContainEqual(
      expect.objectContaining({ direction: 'pull', deleted: 'a', tree }),
    );
    expect(await b.audit.verify()).toMatchObject({ ok: true });
  });

  it('reaches a new replica before the snapshot does', async () => {
    const { url, a } = await sharing();
    await a.snapshot.delete('b');
    await a.sync.push();
    const c = await engineReplica(url);
    await c.pull();
    expect(await namesOf(c.workspace)).toEqual(['a']);
  });

  it('of both replicas at once is one', async () => {
    const { a, b } = await sharing();
    await a.snapshot.delete('a');
    await b.snapshot.delete('a');
    await a.sync.push();
    await b.sync.push({ force: true });
    await a.sync.pull();
    await b.sync.pull();
    expect(await namesOf(a)).toEqual(['b']);
    expect(await namesOf(b)).toEqual(['b']);
    expect(await b.sync.push()).toMatchObject({ upToDate: true });
  });

  it('leaves a new one of the same name alone', async () => {
    const { a, b } = await sharing();
    await b.snapshot.delete('a');
    await b.writeFile('f.txt', 'two\n');
    const { id } = await b.snapshot.create('a');
    await a.snapshot.delete('a');
    await a.sync.push();
    await b.sync.push();
    await a.sync.pull();
    expect(await a.snapshot.get('a')).toMatchObject({ id });
    expect(await b.snapshot.get('a')).toMatchObject({ id });
  });

  it('comes while conflicts wait for decisions', async () => {
    const { a, b } = await sharing();
    await a.snapshot.delete('a');
    await a.writeFile('f.txt', 'of a\n');
    await a.sync.push();
    await b.writeFile('f.txt', 'of b\n');
    await expect(b.sync.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    expect(await namesOf(b)).toEqual(['b']);
    await b.sync.push({ onConflict: 'ours' });
    await a.sync.pull();
    expect(await namesOf(a)).toEqual(['b']);
  });

  it('does not travel when it is to be onlyHere', async () => {
    const { a, b } = await sharing();
    await a.snapshot.delete('a', { onlyHere: true });
    await a.snapshot.delete('b', { onlyHere: true });
    expect(await a.sync.push()).toMatchObject({ upToDate: true });
    await b.writeFile('f.txt', 'two\n');
    await b.sync.push();
    await a.sync.pull();
    expect(await namesOf(a)).toEqual([]);
    expect(await namesOf(b)).toEqual(['a', 'b']);
  });

  it('is nothing to push when the snapshot was never sent', async () => {
    const { a } = await sharing();
    await a.snapshot.create('own');
    await a.snapshot.delete('own');
    expect(await a.sync.push()).toMatchObject({ upToDate: true });
  });

  it('travels encrypted', async () => {
    const place = { ...newPlace(), encryptionKey: randomBytes(32).toString('base64') };
    const { workspace: a } = await pushed(place, FILES);
    await a.snapshot.create('a');
    await a.sync.push();
    const { workspace: b } = await pulled(place);
    expect(await namesOf(b)).toEqual(['a']);
    await a.snapshot.delete('a');
    await a.sync.push();
    await b.sync.pull();
    expect(await namesOf(b)).toEqual([]);
  });
});

describe('a deleted snapshot', () => {
  it('stays so where a replica that has not heard of it fills a new remote', async () => {
    const { a, b } = await sharing();
    await a.snapshot.delete('a');
    const place = newPlace();
    for (const each of [a, b]) {
      await each.sync.disable();
      await each.sync.enable(place);
    }
    await b.sync.push();
    await a.sync.pull({ force: true });
    expect(await namesOf(a)).toEqual(['b']);
    await a.sync.push();
    await b.sync.pull();
    expect(await namesOf(b)).toEqual(['b']);
    expect(await a.sync.push()).toMatchObject({ upToDate: true });
  });

  it.each(['before', 'after'] as const)(
    'is deleted everywhere although the push that sends it breaks off %s its last call',
    async (when) => {
      const url = fileRemote();
      const a = await engineReplica(url, FILES);
      await a.push();
      const b = await engineReplica(url);
      await a.workspace.snapshot.create('s');
      a.counted.failAt(a.counted.calls.length + 2, when);
      await expect(a.push()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
      expect(a.counted.calls.at(-1)).toBe('moveHead');
      await b.pull();
      expect(await namesOf(b.workspace)).toEqual(when === 'after' ? ['s'] : []);
      await a.workspace.snapshot.delete('s');
      await a.push();
      await b.pull();
      expect(await namesOf(b.workspace)).toEqual([]);
    },
  );

  it('is deleted once, although the answer to the push that says so is lost', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.workspace.snapshot.create('s');
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    await a.workspace.snapshot.delete('s');
    a.counted.failAt(a.counted.calls.length + 2, 'after');
    await expect(a.push()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(a.counted.calls.at(-1)).toBe('moveHead');
    await b.pull();
    await a.push();
    await b.pull();
    expect(await namesOf(b.workspace)).toEqual([]);
    expect(b.tree()).toBe(a.tree());
  });
});

describe('somebody who writes to the remote', () => {
  /** A replica to which the remote says this of a snapshot that it has, and of one it has sent. */
  async function attacked(id: (uuid: string) => string, data: Uint8Array): Promise<Workspace> {
    const place = newPlace();
    const { workspace } = await pushed(place, FILES);
    const { id: shared } = await workspace.snapshot.create('shared');
    await workspace.sync.push();
    const { id: own } = await workspace.snapshot.create('own');
    using remote = new HostileRemote(place.file);
    remote.move(String(remote.values('SELECT tree FROM afs_revisions ORDER BY version DESC')[0]));
    for (const each of [own, shared]) {
      remote.change(
        `INSERT OR IGNORE INTO afs_records (workspace, replica, kind, id, data)
         SELECT uuid, '00000000-0000-4000-8000-000000000000', 1, ?, ? FROM afs_workspaces`,
        ...[id(each), data],
      );
    }
    return workspace;
  }

  const NOTHING = deflateRawSync('{}');

  it('cannot delete a snapshot that was never sent, not even by its uuid', async () => {
    const workspace = await attacked((uuid) => `${uuid}:deleted`, NOTHING);
    await workspace.sync.pull();
    expect(await namesOf(workspace)).toEqual(['own']);
    // And it can still be shared.
    await workspace.sync.push();
    expect(await namesOf(workspace)).toEqual(['own']);
  });

  it.each<[string, (uuid: string) => string, Uint8Array]>([
    ['names no snapshot', () => 'x:deleted', NOTHING],
    ['names two', (uuid) => `${uuid}:deleted:deleted`, NOTHING],
    ['cannot be read', (uuid) => `${uuid}:deleted`, randomBytes(50)],
    ['expands', (uuid) => `${uuid}:deleted`, deflateRawSync(Buffer.alloc(64 * 1024 * 1024, ' '))],
    ['says nothing', (uuid) => `${uuid}:deleted`, deflateRawSync('null')],
  ])('deletes nothing by a record that %s', async (_, id, data) => {
    const workspace = await attacked(id, data);
    await expect(workspace.sync.pull()).rejects.toMatchObject({ code: 'REMOTE_CORRUPT' });
    expect(await namesOf(workspace)).toEqual(['own', 'shared']);
  });

  it('remembers deletions of what was never there, and no more', async () => {
    const workspace = await attacked(() => `${randomUUID()}:deleted`, NOTHING);
    await workspace.sync.pull();
    expect(await namesOf(workspace)).toEqual(['own', 'shared']);
  });

  it('deletes nothing without the key of an encrypted remote', async () => {
    const place = newPlace();
    const sealed = { ...place, encryptionKey: randomBytes(32).toString('base64') };
    const { workspace: a } = await pushed(sealed, FILES);
    await a.snapshot.create('s');
    await a.sync.push();
    const { workspace: b } = await pulled(sealed);
    await a.writeFile('f.txt', 'two\n');
    await a.sync.push();
    using remote = new HostileRemote(place.file);
    // The sealed data of the snapshot itself, under the id of its deletion.
    remote.change(
      `INSERT INTO afs_records (workspace, replica, kind, id, data)
       SELECT workspace, replica, kind, id || ':deleted', data FROM afs_records WHERE kind = 1`,
    );
    await expect(b.sync.pull()).rejects.toMatchObject({ name: 'SyncError' });
    expect(await namesOf(b)).toEqual(['s']);
  });
});

/**
 * What every remote promises, whatever database stands behind it. An adapter's own test calls this
 * with a function that makes an empty database, and adds only what is particular to it.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { contentId, type ObjectId, structureId } from '../../src/primitives/object-id.ts';
import type {
  HeadMove,
  NumberedRecord,
  PayloadCodec,
  Remote,
  RemoteObject,
  RemoteRecord,
  RemoteWorkspace,
} from '../../src/sync/remote.ts';

/** An empty database, and as many connections to it as a test wants. */
export interface TestDatabase {
  /** A remote of its own, as another machine has one. */
  connect(): Remote;
  /** Those that payloads may have; without it, all. */
  readonly codecs?: readonly PayloadCodec[];
}

/** Makes a database that goes away with the test file. */
export type DatabaseFactory = () => Promise<TestDatabase>;

const OTHER_REPLICA = 'a replica that has nothing';

let workspaces = 0;

/** A workspace that no other test knows. */
function newWorkspace(name = `workspace-${++workspaces}`): RemoteWorkspace {
  return { uuid: randomUUID(), name, description: "it's", tags: ['a', 'ü'], createdAt: 1_700_000 };
}

function content(bytes: Uint8Array = randomBytes(40)): RemoteObject {
  const { length: size } = bytes;
  return { id: contentId(bytes), kind: 'content', codec: 'raw', size, payload: bytes };
}

function record(id: string, fields: Partial<RemoteRecord> = {}): RemoteRecord {
  return { kind: 'snapshot', id, replica: 'one', data: Buffer.from(`data of ${id}`), ...fields };
}

/** The move of a workspace to its revision `version`. */
function moveOf(
  workspace: RemoteWorkspace,
  version: number,
  fields: Partial<HeadMove> = {},
): HeadMove {
  const tree = structureId(Buffer.from(`${workspace.uuid} ${version}`));
  const revision = { version, tree, clock: 2 ** 45 + version, replica: 'one', createdAt: version };
  return { move: randomUUID(), workspace, revision, objects: [], records: [], ...fields };
}

/** In the form in which objects can be compared, whatever kind of array holds the payload. */
function plain(objects: readonly RemoteObject[]): unknown[] {
  return objects
    .map((object) => ({ ...object, payload: Buffer.from(object.payload).toString('hex') }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function idsOf(objects: readonly RemoteObject[]): ObjectId[] {
  return objects.map(({ id }) => id);
}

/** Reads all of them, however many answers that takes. */
async function readAll(remote: Remote, ids: readonly ObjectId[]): Promise<RemoteObject[]> {
  const found: RemoteObject[] = [];
  let missing = [...ids];
  for (;;) {
    const answer = missing.length === 0 ? [] : await remote.readObjects(missing);
    if (answer.length === 0) return found;
    found.push(...answer);
    const got = new Set(idsOf(answer));
    missing = missing.filter((id) => !got.has(id));
  }
}

async function readRecords(remote: Remote, workspace: string, except = OTHER_REPLICA) {
  const found: NumberedRecord[] = [];
  for (let after = 0; ; after = found.at(-1)?.number ?? 0) {
    const answer = await remote.readRecords(workspace, { after, except });
    if (answer.length === 0) return found;
    found.push(...answer);
  }
}

/** Describes the remote by what it promises. */
export function describeRemote(label: string, factory: DatabaseFactory): void {
  describe(`a remote over ${label}`, () => {
    let database: TestDatabase;
    let remote: Remote;
    let other: Remote;
    beforeAll(async () => {
      database = await factory();
      remote = database.connect();
      other = database.connect();
      await remote.open('');
      await other.open('');
      return () => {
        remote.close();
        other.close();
      };
    });

    describe('is opened', () => {
      it('by several at once, who all see the same', async () => {
        const fresh = await factory();
        const remotes = [fresh.connect(), fresh.connect(), fresh.connect()];
        const infos = await Promise.all(remotes.map((each, i) => each.open(`seal ${i}`)));
        expect(new Set(infos.map(({ seal }) => seal)).size).toBe(1);
        expect(infos.map(({ schema }) => schema)).toEqual([2, 2, 2]);
        for (const each of remotes) each.close();
      });

      it('again and again, and keeps the seal that it was made with', async () => {
        const fresh = await factory();
        const first = fresh.connect();
        const made = await first.open('the first key');
        await first.writeObjects([content()]);
        expect(await first.open('the first key')).toEqual(made);
        const second = fresh.connect();
        expect(await second.open('another key')).toEqual({ ...made, seal: 'the first key' });
        first.close();
        second.close();
      });

      it('and closed twice without harm', () => {
        const unused = database.connect();
        unused.close();
        unused.close();
      });
    });

    describe('holds objects', () => {
      it('of each kind and codec, byte for byte', async () => {
        const kinds = ['content', 'node', 'manifest'] as const;
        const { codecs = ['raw', 'deflate', 'sealed-raw', 'sealed-deflate'] } = database;
        const objects = kinds.flatMap((kind) =>
          codecs.map((codec, size) => ({ ...content(), kind, codec, size })),
        );
        objects.push({ ...content(), kind: 'content', codec: 'raw', size: 2 ** 40 });
        await remote.writeObjects(objects);
        expect(plain(await readAll(other, idsOf(objects)))).toEqual(plain(objects));
      });

      it('that are empty, and that are larger than what one call may carry', async () => {
        const large = content(randomBytes(remote.limits.bytes + 1000));
        const objects = [content(Buffer.alloc(0)), large, content()];
        for (const object of objects) await remote.writeObjects([object]);
        const found = await readAll(other, idsOf(objects));
        expect(idsOf(found).sort()).toEqual(idsOf(objects).sort());
        const returned = found.find(({ id }) => id === large.id);
        expect(Buffer.compare(returned?.payload ?? Buffer.alloc(0), large.payload)).toBe(0);
      });

      it('and says which are there', async () => {
        const [here, there, nowhere] = [content(), content(), content()];
        await remote.writeObjects([here, there]);
        expect(await other.present(idsOf([nowhere, there, here]))).toEqual(
          new Set(idsOf([here, there])),
        );
        expect(await other.present([])).toEqual(new Set());
        expect(await other.readObjects([nowhere.id])).toEqual([]);
      });

      it('as they came first, when they come again in another form', async () => {
        const object = content();
        await remote.writeObjects([object]);
        const again = { ...object, codec: 'deflate', payload: randomBytes(9) } as const;
        await other.writeObjects([again, object]);
        expect(plain(await remote.readObjects([object.id]))).toEqual(plain([object]));
      });

      it('as many in a call as its limits say', async () => {
        const { rows, ids } = remote.limits;
        const objects = Array.from({ length: rows }, (_, i) => content(Buffer.from(`row ${i}`)));
        await remote.writeObjects(objects);
        const unknown = Array.from({ length: ids - rows }, (_, i) => contentId(Buffer.from([i])));
        const asked = [...unknown, ...idsOf(objects)].slice(-ids);
        expect((await other.present(asked)).size).toBe(Math.min(rows, ids));
        expect(await readAll(other, asked)).toHaveLength(Math.min(rows, ids));
      });

      it('and answers with no more bytes than its limits say', async () => {
        const { bytes } = remote.limits;
        const objects = [0, 1, 2, 3, 4].map(() => content(randomBytes(Math.ceil(bytes / 4))));
        for (const object of objects) await remote.writeObjects([object]);
        const answer = await other.readObjects(idsOf(objects));
        const total = answer.reduce((sum, { payload }) => sum + payload.length, 0);
        expect(total).toBeGreaterThan(0);
        expect(total).toBeLessThanOrEqual(bytes);
        expect(idsOf(await readAll(other, idsOf(objects))).sort()).toEqual(idsOf(objects).sort());
      });
    });

    describe('has a head', () => {
      it('which is not there before the first move', async () => {
        expect(await remote.readHead('nobody')).toBeUndefined();
      });

      it('that everyone sees when it has been moved', async () => {
        const workspace = newWorkspace();
        const objects = [content(), content()];
        const first = moveOf(workspace, 1, { objects });
        expect(await remote.moveHead(first)).toBe(true);
        expect(await other.readHead(workspace.name)).toEqual({
          workspace,
          revision: first.revision,
        });
        expect((await other.present(idsOf(objects))).size).toBe(2);
        const second = moveOf(workspace, 2);
        expect(await other.moveHead(second)).toBe(true);
        expect((await remote.readHead(workspace.name))?.revision).toEqual(second.revision);
      });

      it('under names that mean something to SQL', async () => {
        for (const name of ["'; DROP TABLE afs_objects; --", '%', '_', 'ünï', '🙂', '"']) {
          const workspace = newWorkspace(name);
          await remote.moveHead(moveOf(workspace, 1));
          expect((await other.readHead(name))?.workspace).toEqual(workspace);
        }
      });

      it('that is moved from where it is, and from nowhere else', async () => {
        const workspace = newWorkspace();
        await remote.moveHead(moveOf(workspace, 1));
        const records = [record('too-late')];
        for (const version of [1, 3, 7]) {
          expect(await other.moveHead(moveOf(workspace, version, { records }))).toBe(false);
        }
        expect((await remote.readHead(workspace.name))?.revision.version).toBe(1);
        expect(await readRecords(remote, workspace.uuid)).toEqual([]);
      });

      it('that belongs to whoever was first to use the name', async () => {
        const mine = newWorkspace();
        const theirs = newWorkspace(mine.name);
        await remote.moveHead(moveOf(mine, 1));
        expect(await other.moveHead(moveOf(theirs, 1, { records: [record('no')] }))).toBe(false);
        expect((await other.readHead(mine.name))?.workspace.uuid).toBe(mine.uuid);
        expect(await readRecords(other, theirs.uuid)).toEqual([]);
      });

      it('that one of several moves at once', async () => {
        const workspace = newWorkspace();
        await remote.moveHead(moveOf(workspace, 1));
        const remotes = [remote, other, database.connect()];
        await remotes[2]?.open('');
        const moves = remotes.map((_, i) => moveOf(workspace, 2, { records: [record(`by ${i}`)] }));
        const outcomes = await Promise.all(
          moves.map((move, i) => (remotes[i] ?? remote).moveHead(move)),
        );
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        const winner = outcomes.indexOf(true);
        const ids = (await readRecords(remote, workspace.uuid)).map(({ id }) => id);
        expect(ids).toEqual([`by ${winner}`]);
        remotes[2]?.close();
      });

      it('that stands still when a move comes again, also after later moves', async () => {
        const workspace = newWorkspace();
        const first = moveOf(workspace, 1, { records: [record('one')], objects: [content()] });
        const second = moveOf(workspace, 2, { records: [record('two')] });
        for (const move of [first, first, second, first, second]) {
          expect(await remote.moveHead(move)).toBe(true);
        }
        expect((await other.readHead(workspace.name))?.revision).toEqual(second.revision);
        const ids = (await readRecords(other, workspace.uuid)).map(({ id }) => id);
        expect(ids).toEqual(['one', 'two']);
      });
    });

    describe('keeps every revision', () => {
      it('by version and by time', async () => {
        const workspace = newWorkspace();
        const moves = [1, 2, 3].map((version) => {
          const move = moveOf(workspace, version);
          return { ...move, revision: { ...move.revision, createdAt: version * 1000 } };
        });
        for (const move of moves) await remote.moveHead(move);
        const [first, second, third] = moves.map(({ revision }) => revision);
        const read = (which: { version: number } | { at: number }) =>
          other.readRevision(workspace.uuid, which);
        expect(await read({ version: 1 })).toEqual(first);
        expect(await read({ version: 3 })).toEqual(third);
        expect(await read({ version: 4 })).toBeUndefined();
        expect(await read({ at: 999 })).toBeUndefined();
        expect(await read({ at: 2000 })).toEqual(second);
        expect(await read({ at: 2999 })).toEqual(second);
        expect(await read({ at: 2 ** 50 })).toEqual(third);
        expect(await other.readRevision('no such workspace', { version: 1 })).toBeUndefined();
      });
    });

    describe('hands on records', () => {
      it('in the order in which they came, once each, with all they hold', async () => {
        const workspace = newWorkspace();
        const kinds = ['snapshot', 'commit', 'audit'] as const;
        const records = kinds.map((kind) => record('same id', { kind, data: randomBytes(300) }));
        await remote.moveHead(moveOf(workspace, 1, { records }));
        const again = [...records, record('later'), record('theirs', { replica: 'two' })];
        await remote.moveHead(moveOf(workspace, 2, { records: again }));
        const found = await readRecords(other, workspace.uuid);
        const numbers = found.map(({ number }) => number);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        const bare = ({ kind, id, replica, data }: RemoteRecord) => ({
          ...{ kind, id, replica },
          data: Buffer.from(data).toString('hex'),
        });
        expect(found.map(bare)).toEqual([...records, ...again.slice(-2)].map(bare));
        const foreign = await readRecords(other, workspace.uuid, 'one');
        expect(foreign.map(({ id }) => id)).toEqual(['theirs']);
        const after = found[3]?.number ?? 0;
        const rest = await other.readRecords(workspace.uuid, { after, except: OTHER_REPLICA });
        expect(rest.map(({ id }) => id)).toEqual(['theirs']);
      });

      it('no more at once than its limits say, but at least one', async () => {
        const workspace = newWorkspace();
        const { bytes } = remote.limits;
        const records = [bytes + 1, bytes - 1, 10, 20].map((size, i) =>
          record(`${i}`, { data: Buffer.alloc(size, i) }),
        );
        for (const [i, each] of records.entries()) {
          await remote.moveHead(moveOf(workspace, i + 1, { records: [each] }));
        }
        const range = { after: 0, except: OTHER_REPLICA };
        const [first, ...rest] = await other.readRecords(workspace.uuid, range);
        expect([first?.id, rest]).toEqual(['0', []]);
        expect(await readRecords(other, workspace.uuid)).toHaveLength(4);
      });
    });

    describe('gives up', () => {
      it('when the signal is aborted, with its reason', async () => {
        const reason = new Error('enough');
        const signal = AbortSignal.abort(reason);
        await expect(remote.readHead('x', { signal })).rejects.toBe(reason);
        await expect(remote.writeObjects([content()], { signal })).rejects.toBe(reason);
        const controller = new AbortController();
        const answer = remote.present([content().id], { signal: controller.signal });
        controller.abort(reason);
        await expect(answer).rejects.toBe(reason);
      });
    });
  });
}

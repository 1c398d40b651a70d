/**
 * A remote that somebody has altered by hand: whatever is in it, a pull takes over something that is
 * sound or nothing at all, and says which object was refused.
 */

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { AgentFSError } from '../../src/index.ts';
import { contentId, type ObjectId, structureId } from '../../src/primitives/object-id.ts';
import { HostileRemote, type RawEntry, rawLeaf } from '../support/hostile-remote.ts';
import { newPlace, pulled, pushed, type Replica, treeOf } from '../support/replica.ts';
import { whenDone } from '../support/when-done.ts';
import { REFUSED_PATHS, STRANGE_NAMES } from '../workspace/support/hostile-names.ts';

const MEBIBYTE = 1024 * 1024;
/** UTF-8 has no form for it; this is how it would look. */
const LONE_SURROGATE = Buffer.from([0xed, 0xa0, 0x80]);

let remote: HostileRemote;
let replica: Replica;
let tree: string;
let version: number;

beforeAll(async () => {
  const place = newPlace();
  await pushed(place, { 'a.txt': 'a', 'dir/b.txt': 'b' });
  replica = await pulled(place);
  tree = await treeOf(replica.workspace);
  remote = new HostileRemote(place.file);
  whenDone(() => remote[Symbol.dispose]());
  version = Number(remote.values('SELECT max(version) FROM afs_revisions')[0]);
});

/** What a pull says when the head is `hostile`; the head is what it was afterwards. */
async function pullOf(hostile: string, clock?: number): Promise<AgentFSError> {
  remote.move(hostile, clock === undefined ? {} : { clock });
  try {
    await replica.workspace.sync.pull();
  } catch (error) {
    if (error instanceof AgentFSError) return error;
    throw error;
  } finally {
    remote.moveBack(version);
  }
  throw new Error('The pull should have been refused.');
}

async function expectUnchanged(): Promise<void> {
  expect(await treeOf(replica.workspace)).toBe(tree);
  expect(replica.project.list()).toEqual([]);
}

async function expectRefused(hostile: ObjectId, named: string = hostile): Promise<void> {
  const error = await pullOf(hostile);
  expect(error).toMatchObject({ name: 'SyncError', code: 'REMOTE_CORRUPT' });
  expect(error.message).toContain(named);
  expect(error.hint).toBeTruthy();
  await expectUnchanged();
}

/** A file at a path, and the directories that lead there. */
function at(path: string): ObjectId {
  const names = path.split('/');
  const entry = names.reduceRight<RawEntry | undefined>((below, name) => {
    const bytes = name.isWellFormed() ? name : LONE_SURROGATE;
    return below === undefined ? remote.file(bytes) : remote.directory(bytes, [below]);
  }, undefined);
  return remote.tree(entry === undefined ? [] : [entry]);
}

describe('a pull refuses a tree with the path', () => {
  const paths = REFUSED_PATHS.filter((path) => typeof path === 'string');
  it.each([...paths, 'a/b/../c', './x', 'a//b'].map((path) => [path.slice(0, 60), path]))(
    '%j',
    async (_, path) => {
      const error = await pullOf(at(path));
      expect(error.code).toBe('REMOTE_CORRUPT');
      await expectUnchanged();
    },
  );

  it('of more directories than a path can have', async () => {
    const error = await pullOf(at(Array.from({ length: 250 }, () => 'd'.repeat(20)).join('/')));
    expect(error.code).toBe('REMOTE_CORRUPT');
    await expectUnchanged();
  });
});

describe('a pull takes over a tree with the name', () => {
  it('whatever it is, when it is allowed', async () => {
    const place = newPlace();
    await pushed(place, {});
    const target = await pulled(place);
    using friendly = new HostileRemote(place.file);
    const names = [...STRANGE_NAMES].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    friendly.move(friendly.tree(names.map((name) => friendly.file(name, name))));
    await target.workspace.sync.pull();
    for (const name of names) expect(await target.workspace.readText(name)).toBe(name);
  });
});

describe('a pull refuses a directory', () => {
  it.each<[string, () => readonly RawEntry[]]>([
    ['with a slash in a name', () => [remote.file('a/b')]],
    ['with a NUL in a name', () => [remote.file('a\0b')]],
    ['with a name that is not UTF-8', () => [remote.file(Buffer.from([0xff, 0xfe]))]],
    ['with a name twice', () => [remote.file('a'), remote.file('a', 'y')]],
    ['with names out of order', () => [remote.file('b'), remote.file('a')]],
    [
      'with a link and files below it',
      () => [remote.link('a', '/etc'), remote.directory('a', [remote.file('passwd')])],
    ],
    ['with an unknown kind', () => [{ ...remote.file('a'), kind: 3 }]],
    ['with a set-user-id bit', () => [{ ...remote.file('a'), mode: 0o4755 }]],
    ['with a link that has a mode', () => [{ ...remote.link('a', 'b'), mode: 0o644 }]],
    ['with a link to nothing', () => [remote.link('a', '')]],
    ['with a link too long for any disk', () => [remote.link('a', 'x'.repeat(4096))]],
  ])('%s', async (_, entries) => {
    await expectRefused(remote.tree(entries()));
  });

  it('that adds up its files wrong', async () => {
    const inner = remote.directory('d', [remote.file('a')]);
    await expectRefused(remote.tree([{ ...inner, files: 2 }]), inner.id);
    await expectRefused(remote.tree([{ ...inner, size: 2 }]), inner.id);
  });

  it.each<[string, () => Buffer]>([
    ['is of an unknown version', () => rawLeaf([remote.file('a')], [2, 0])],
    ['has bytes left over', () => Buffer.concat([rawLeaf([remote.file('a')]), Buffer.alloc(1)])],
    ['is cut short', () => rawLeaf([remote.file('a')]).subarray(0, -1)],
    ['is empty', () => Buffer.alloc(0)],
    ['is an index of nothing', () => Buffer.from([1, 1, 0])],
    ['has a number in a long form', () => Buffer.from([1, 0, 0x80, 0])],
    ['promises more entries than there are', () => Buffer.from([1, 0, 0xff, 0xff, 0xff, 0x7f])],
    ['is random', () => randomBytes(1000)],
  ])('whose encoding %s', async (_, encode) => {
    await expectRefused(remote.put('node', encode()));
  });

  it('that is split although it is small', async () => {
    const leaf = rawLeaf([remote.file('a')]);
    const id = remote.put('node', leaf);
    const facts = Buffer.from([1, 1, 1, 1, 0x61, 1, 1, 1]);
    await expectRefused(remote.put('node', Buffer.concat([facts, Buffer.from(id, 'hex')])));
  });

  it('that contains itself, or is not what its id says', async () => {
    const id = structureId(randomBytes(8));
    const itself = { name: 'd', kind: 1, mode: 0o755, size: 1, files: 1, id };
    remote.put('node', rawLeaf([itself]), { id });
    await expectRefused(id);
  });
});

describe('a pull refuses an object', () => {
  it('whose bytes have another hash', async () => {
    const file = remote.file('a', randomBytes(8));
    remote.put('content', randomBytes(8), { id: file.id });
    await expectRefused(remote.tree([file]), file.id);
  });

  it('that the remote does not have', async () => {
    const lost = { ...remote.file('a'), id: contentId(randomBytes(8)) };
    const error = await pullOf(remote.tree([lost]));
    expect(error).toMatchObject({ code: 'REMOTE_INCOMPLETE' });
    expect(error.message).toContain(lost.id);
    const nowhere = structureId(randomBytes(8));
    expect(await pullOf(nowhere)).toMatchObject({ code: 'REMOTE_INCOMPLETE' });
    await expectUnchanged();
  });

  it('of another kind than its place asks for', async () => {
    const leaf = rawLeaf([]);
    const asFile = { ...remote.file('a'), id: remote.put('node', leaf), size: leaf.length };
    await expectRefused(remote.tree([asFile]), asFile.id);
    const asNode = remote.put('content', rawLeaf([remote.file('b')]));
    await expectRefused(asNode);
  });

  it('of another size than its place asks for', async () => {
    const file = remote.file('a', randomBytes(10));
    await expectRefused(remote.tree([{ ...file, size: 11 }]), file.id);
  });

  it('with a manifest that is not that of the file', async () => {
    const size = 2 * MEBIBYTE;
    const chunk = contentId(Buffer.alloc(256 * 1024));
    const bytes = Buffer.concat([
      Buffer.from([1, 0x81, 0x80, 0x80, 0x01]),
      ...Array.from({ length: 9 }, () => Buffer.from(chunk, 'hex')),
    ]);
    const id = remote.put('manifest', bytes);
    await expectRefused(remote.tree([{ ...remote.file('a'), size, id }]), id);
  });

  it('with a manifest whose parts are not what it says of them', async () => {
    const node = (level: number, ...parts: [bytes: number[], id: string][]): Buffer =>
      Buffer.concat([
        Buffer.from([2, level, parts.length]),
        ...parts.map(([bytes, id]) => Buffer.from([...bytes, ...Buffer.from(id, 'hex')])),
      ]);
    const mebibyte = [0x80, 0x80, 0x40];
    const chunk = remote.put('content', Buffer.alloc(MEBIBYTE));
    const leaf = remote.put('manifest', node(0, [mebibyte, chunk]));
    const file = (bytes: Buffer, size = 2 * MEBIBYTE): [tree: ObjectId, id: ObjectId] => {
      const id = remote.put('manifest', bytes);
      return [remote.tree([{ ...remote.file('a'), size, id }]), id];
    };
    // Of another level than what is above it; and of another size.
    const [higher] = file(node(2, [mebibyte, leaf], [mebibyte, leaf]));
    await expectRefused(higher, leaf);
    const [shorter] = file(node(1, [[0x80, 0x80, 0x20], leaf], [[0x80, 0x80, 0x60], leaf]));
    await expectRefused(shorter, leaf);
    const [unlike] = file(node(0, [[0x80, 0x80, 0x20], chunk], [[0x80, 0x80, 0x60], chunk]));
    await expectRefused(unlike, chunk);
    await expectRefused(...file(node(1, [mebibyte, leaf], [mebibyte, leaf]), 3 * MEBIBYTE));
    // A few objects that stand for more than any disk holds.
    const huge = 2 ** 52;
    const half = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x04];
    await expectRefused(...file(node(1, [half, leaf], [half, leaf]), huge));
  });

  it('that expands to more than it says', async () => {
    const node = remote.bomb('node', structureId(randomBytes(8)), 1000, 32 * MEBIBYTE);
    await expectRefused(node);
    const content = remote.bomb('content', contentId(randomBytes(8)), 1000, 32 * MEBIBYTE);
    await expectRefused(remote.tree([{ ...remote.file('a'), size: 1000, id: content }]), content);
  });

  it('that says it has more bytes than a node can have', async () => {
    for (const size of [64 * MEBIBYTE, Number.MAX_SAFE_INTEGER]) {
      const id = structureId(randomBytes(8));
      await expectRefused(remote.bomb('node', id, size, MEBIBYTE));
    }
  });

  it('that says it is spread over more rows than it can be', async () => {
    await expectRefused(remote.put('node', randomBytes(8), { parts: 2 ** 31 }));
    await expectRefused(remote.put('node', randomBytes(9), { parts: 3 }));
  });

  it('of 2^53 - 1 bytes', async () => {
    const file = { ...remote.file('a'), size: Number.MAX_SAFE_INTEGER };
    await expectRefused(remote.tree([file]), file.id);
  });

  it('that cannot be decompressed', async () => {
    await expectRefused(remote.put('node', randomBytes(10), { codec: 1 }));
  });

  it('that is encrypted, where nothing should be', async () => {
    await expectRefused(remote.put('node', randomBytes(10), { codec: 2 }));
  });
});

describe('a pull refuses a few objects that stand for more than any disk holds', () => {
  function tower(levels: number, width: number, top: readonly RawEntry[]): ObjectId {
    let entry = remote.directory('d', top);
    for (let level = 0; level < levels; level++) {
      const names = Array.from({ length: width }, (_, i) => `d${i}`);
      entry = remote.directory(
        'd',
        names.map((name) => ({ ...entry, name })),
      );
    }
    return remote.tree([entry]);
  }

  it('as files', async () => {
    expect((await pullOf(tower(12, 10, [remote.file('a')]))).code).toBe('REMOTE_CORRUPT');
    await expectUnchanged();
  });

  it('as directories', async () => {
    expect((await pullOf(tower(12, 10, []))).code).toBe('REMOTE_CORRUPT');
    await expectUnchanged();
  });
});

describe('a pull refuses a revision', () => {
  it.each(['', 'x', '../../etc/passwd', 'A'.repeat(64), `${'0'.repeat(63)}'`])(
    'whose tree is %j',
    async (text) => {
      expect(await pullOf(text)).toMatchObject({ code: 'REMOTE_CORRUPT' });
      await expectUnchanged();
    },
  );

  it('with a number that JavaScript cannot hold', async () => {
    remote.move(tree);
    remote.change(
      'UPDATE afs_revisions SET clock = 9223372036854775807 WHERE version > ?',
      version,
    );
    const pull = replica.workspace.sync.pull().finally(() => remote.moveBack(version));
    await expect(pull).rejects.toMatchObject({ name: 'SyncError' });
    await expectUnchanged();
  });
});

describe('a pull refuses a record', () => {
  it.each<[string, string, Uint8Array]>([
    ['that is random', '00000000-0000-4000-8000-000000000001', randomBytes(100)],
    ['that is empty', '00000000-0000-4000-8000-000000000002', Buffer.alloc(0)],
  ])('%s', async (_, id, data) => {
    const files = [remote.file('new.txt')];
    remote.move(remote.tree(files));
    remote.change(
      `INSERT INTO afs_records (workspace, replica, kind, id, data)
       SELECT uuid, '00000000-0000-4000-8000-000000000000', 1, ?, ? FROM afs_workspaces`,
      ...[id, data],
    );
    const pull = replica.workspace.sync.pull().finally(() => {
      remote.moveBack(version);
      remote.change('DELETE FROM afs_records WHERE id = ?', id);
    });
    await expect(pull).rejects.toMatchObject({ code: 'REMOTE_CORRUPT' });
    await expectUnchanged();
  });
});

describe('after all of that', () => {
  it('the store is sound, and the next honest revision is taken over', async () => {
    expect((await replica.afs.verify()).ok).toBe(true);
    remote.move(remote.tree([remote.file('honest.txt', 'honest')]));
    await replica.workspace.sync.pull();
    expect(await replica.workspace.readText('honest.txt')).toBe('honest');
  });
});

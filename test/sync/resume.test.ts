import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/maintenance/collect.ts';
import type { TreePath } from '../../src/primitives/path.ts';
import { LibsqlClient } from '../../src/sync/libsql-client.ts';
import { type EngineReplica, engineReplica } from './support/engine-replicas.ts';
import { fileRemote } from './support/replicas.ts';

const FILES = {
  'a.txt': 'a\n',
  'd/b.txt': 'b\n',
  'd/e/c.txt': 'c\n',
  'large.bin': Buffer.alloc(2_000_000, 'large'),
};

const WHEN = ['before', 'after'] as const;

describe('a sync that breaks off', () => {
  it.each(WHEN)('in a push, %s any of its calls, is made up for by the next', async (when) => {
    for (let at = 1; ; at++) {
      const url = fileRemote();
      const a = await engineReplica(url, FILES);
      const hasFailed = await breaksOff(a, at, when, () => a.push());
      // What is written between the attempts must not meet what the first one has pushed.
      await a.workspace.writeFile('a.txt', 'changed meanwhile\n');
      await a.push();
      const b = await engineReplica(url);
      await b.pull();
      expect(b.tree()).toBe(a.tree());
      if (!hasFailed) return;
    }
  });

  it.each(WHEN)('in a pull, %s any of its calls, has changed nothing and goes on', async (when) => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.workspace.snapshot.create('s');
    await a.push();
    for (let at = 1; ; at++) {
      const b = await engineReplica(url, { 'mine.txt': 'mine\n' });
      const before = b.tree();
      const hasFailed = await breaksOff(b, at, when, () => b.pull());
      if (hasFailed) expect(b.tree()).toBe(before);
      await b.pull();
      expect(b.tree()).toBe(a.tree());
      if (!hasFailed) return;
    }
  });

  it('fetches nothing twice', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    const whole = await engineReplica(url);
    await whole.pull();
    const b = await engineReplica(url);
    expect(await breaksOff(b, 7, 'before', () => b.pull())).toBe(true);
    await b.pull();
    expect(b.sync.traffic.objects).toBe(whole.sync.traffic.objects);
  });

  it('leaves a store that can be collected and verified at any point', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    const b = await engineReplica(url);
    expect(await breaksOff(b, 7, 'before', () => b.pull())).toBe(true);
    const steps = collectGarbage(b.engine.store, { now: 0 });
    while (steps.next().done !== true);
    await b.pull();
    expect(b.tree()).toBe(a.tree());
  });
});

describe('garbage collection while a tree is fetched', () => {
  it('leaves alone what was found here and nothing else refers to', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, { 'a.txt': 'a\n', 'd/b.txt': 'b\n', 'd/e/c.txt': 'c\n' });
    await a.push();
    const b = await engineReplica(url);
    const { store } = b.engine;
    const { remote } = b.counted;
    const paths = ['d/e/c.txt', 'd/e', 'd/b.txt', 'd'];
    const collecting = {
      ...remote,
      readObjects: async (...args: Parameters<typeof remote.readObjects>) => {
        const steps = collectGarbage(store, { now: 0 });
        while (steps.next().done !== true);
        const answer = await remote.readObjects(...args);
        // As another workspace leaves it that had the same directory, and is deleted meanwhile.
        for (const path of paths.splice(0)) copyEntry(a, b, path);
        return answer;
      },
    };
    Object.assign(b.sync, { remote: collecting });
    await b.pull();
    expect(b.tree()).toBe(a.tree());
    expect(await b.workspace.readText('d/e/c.txt')).toBe('c\n');
  });
});

describe('a remote', () => {
  it('that lost a chunk of a large file is mended by a push with force', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    const client = new LibsqlClient({ url });
    const LARGEST = 'SELECT id FROM afs_objects WHERE kind = 1 ORDER BY size DESC LIMIT 1';
    await client.execute({ sql: `DELETE FROM afs_parts WHERE object = (${LARGEST})` });
    await client.execute({ sql: `DELETE FROM afs_objects WHERE id = (${LARGEST})` });
    client.close();
    await a.push(true);
    const b = await engineReplica(url);
    await b.pull();
    expect(b.tree()).toBe(a.tree());
  });

  it('that was set back gets its records again, too, and gives all of them', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    await a.workspace.snapshot.create('lost');
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    await b.workspace.snapshot.create('of-b');
    await b.push();
    const client = new LibsqlClient({ url });
    await client.execute({ sql: 'DELETE FROM afs_revisions WHERE version > 1' });
    await client.execute({ sql: 'DELETE FROM afs_records' });
    await client.execute({ sql: "DELETE FROM sqlite_sequence WHERE name = 'afs_records'" });
    client.close();
    await a.workspace.snapshot.create('after');
    await a.push(true);
    await b.pull({ force: true });
    await b.workspace.writeFile('b.txt', 'b\n');
    await b.push();
    const c = await engineReplica(url);
    await c.pull();
    const namesOf = async ({ workspace }: EngineReplica): Promise<string[]> =>
      (await workspace.snapshot.list()).map(({ name }) => name).sort();
    expect(await namesOf(b)).toEqual(['after', 'lost', 'of-b']);
    expect(await namesOf(c)).toEqual(['after', 'lost', 'of-b']);
  });

  it('that was emptied is filled again', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.workspace.snapshot.create('s');
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    await empty(url);
    await a.workspace.writeFile('a.txt', 'after\n');
    await expect(a.pull()).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
    await a.push();
    // For b it is another history now, and nobody can know what of it came before what b has.
    await expect(b.pull()).rejects.toMatchObject({ code: 'UNRELATED' });
    await b.pull({ force: true });
    expect(b.tree()).toBe(a.tree());
  });

  it('that others move all the time gives up in the end, with nothing lost', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, FILES);
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    await b.workspace.writeFile('b.txt', 'b\n');
    const { remote } = b.counted;
    let count = 0;
    const busy = {
      ...remote,
      moveHead: async (...args: Parameters<typeof remote.moveHead>) => {
        await a.workspace.writeFile('a.txt', `${count++}\n`);
        await a.push();
        return remote.moveHead(...args);
      },
    };
    Object.assign(b.sync, { remote: busy });
    await expect(b.push()).rejects.toMatchObject({ code: 'HEAD_MOVED' });
    Object.assign(b.sync, { remote });
    await b.push();
    await a.pull();
    expect(a.tree()).toBe(b.tree());
    expect(await a.workspace.readText('b.txt')).toBe('b\n');
  });
});

/** Whether the action met the fault. */
async function breaksOff(
  replica: EngineReplica,
  at: number,
  when: 'before' | 'after',
  action: () => Promise<unknown>,
): Promise<boolean> {
  replica.counted.failAt(replica.counted.calls.length + at, when);
  try {
    await action();
    replica.counted.failAt(0, when);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    return true;
  }
}

/** Stores what one replica has at a path in the other, with nothing that refers to it. */
function copyEntry(from: EngineReplica, to: EngineReplica, path: string): void {
  const entry = from.engine.trees.lookup(from.core.working.foldedRoot(), path as TreePath);
  if (entry === undefined) throw new Error(`There is nothing at ${path}.`);
  const kind = entry.kind === 'directory' ? 'node' : 'content';
  const bytes = from.engine.store.objects.read(entry.id, kind);
  to.engine.store.objects.put({ id: entry.id, kind, bytes });
}

async function empty(url: string): Promise<void> {
  const client = new LibsqlClient({ url });
  for (const table of ['records', 'revisions', 'workspaces', 'parts', 'objects']) {
    await client.execute({ sql: `DELETE FROM afs_${table}` });
  }
  client.close();
}

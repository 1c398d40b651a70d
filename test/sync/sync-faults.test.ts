/** Pushes and pulls over a bad line, with a bad server, a bad clock, and at bad times. */

import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AgentFS, type Workspace } from '../../src/index.ts';
import { HostileRemote } from '../support/hostile-remote.ts';
import type { Fault } from '../support/hrana-server/fault.ts';
import type { HranaServer } from '../support/hrana-server/server.ts';
import { until } from '../support/processes.ts';
import { startServer } from '../support/remote-fixture.ts';
import { newPlace, type Place, pulled, pushed, type Replica, treeOf } from '../support/replica.ts';
import { textsOf } from '../support/test-project.ts';
import { killAtRequest } from './support/sync-kills.ts';

const TOKEN = 'good-token';
const FILES = { 'a.txt': 'a\n', 'dir/b.txt': 'b\n', 'dir/large.bin': Buffer.alloc(2 << 20, 7) };
const HOUR = 3_600_000;
const TEN_YEARS = 10 * 365 * 24 * HOUR;

async function serve(): Promise<{ server: HranaServer; place: Place }> {
  const server = await startServer({ token: TOKEN });
  return { server, place: { tursoDb: server.url, token: TOKEN } };
}

/** What a failed call says; the call has to fail. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (error === undefined) throw new Error('It should have failed.');
  expect(error.hint).toBeTruthy();
  return error.code;
}

describe('a line on which every other request fails', () => {
  // Each request by itself, with each fault, is in test/faults.
  const FAULTS: readonly Fault[] = [
    { kind: 'reset-after' },
    { kind: 'cut-body' },
    { kind: 'reset-before' },
    { kind: 'status', status: 503 },
  ];

  it('is no hindrance to a push, nor to a pull', async () => {
    const { server, place } = await serve();
    const source = await pushed(place, FILES);
    await source.workspace.writeFile('new.txt', 'new\n');
    await source.workspace.snapshot.create('named');
    server.play(({ number }) => (number % 2 === 0 ? FAULTS[(number / 2) % 4] : undefined));
    await source.workspace.sync.push();
    expect((await source.workspace.sync.status()).pendingChanges).toBe(0);
    const target = await pulled(place);
    expect(await treeOf(target.workspace)).toBe(await treeOf(source.workspace));
    expect((await target.workspace.snapshot.list()).map(({ name }) => name)).toEqual(['named']);
  });
});

describe('a process that is killed', () => {
  // All requests, each before and after it is applied, are in test/faults.
  it.each([
    ['push', 'after'],
    ['pull', 'before'],
  ] as const)('in a %s leaves what the next one finishes', async (kind, moment) => {
    expect(await killAtRequest(kind, moment, 3)).toBe(true);
  });
});

describe('a server that', () => {
  it('refuses the token, is told from one that is away', async () => {
    const { server, place } = await serve();
    const { workspace } = await pushed(place, { 'a.txt': 'a' });
    server.play(() => ({ kind: 'status', status: 401 }));
    expect(await codeOf(workspace.sync.push())).toBe('REMOTE_AUTH');
    expect(await workspace.sync.status()).toMatchObject({ state: 'error' });
    server.play(() => undefined);
    await workspace.sync.push();
    expect((await workspace.sync.status()).state).toBe('synced');
  });

  it('does not answer, keeps nobody from working, and is given up in time', async () => {
    const { server, place } = await serve();
    const { workspace } = await pushed(place, { 'a.txt': 'a' });
    await workspace.sync.config({ timeout: 1 });
    let asked = 0;
    server.play(() => {
      asked += 1;
      return { kind: 'black-hole' };
    });
    await workspace.writeFile('a.txt', 'b');
    const push = codeOf(workspace.sync.push());
    await until(() => asked > 0);
    await workspace.writeFile('a.txt', 'c');
    expect((await workspace.run('cat a.txt')).stdout.toString()).toBe('c');
    await workspace.snapshot.create('meanwhile');
    expect(await push).toBe('REMOTE_TIMEOUT');
    expect(await workspace.readText('a.txt')).toBe('c');
  });

  it('was emptied behind our back, gets everything again', async () => {
    const place = newPlace();
    const { workspace } = await pushed(place, FILES);
    const other = await pulled(place);
    using remote = new HostileRemote(place.file);
    for (const table of ['records', 'revisions', 'workspaces', 'parts', 'objects']) {
      remote.change(`DELETE FROM afs_${table}`);
    }
    expect(await codeOf(other.workspace.sync.pull())).toBe('REMOTE_NOT_FOUND');
    expect(await other.workspace.readText('a.txt')).toBe('a\n');
    await workspace.writeFile('later.txt', 'later');
    await workspace.sync.push();
    const fresh = await pulled(place);
    expect(await treeOf(fresh.workspace)).toBe(await treeOf(workspace));
  });

  it('was replaced by an empty one, gets everything again', async () => {
    const { server, place } = await serve();
    const { workspace } = await pushed(place, FILES);
    await server.close();
    const other = await serve();
    await workspace.sync.enable(other.place);
    await workspace.sync.push();
    const fresh = await pulled(other.place);
    expect(await treeOf(fresh.workspace)).toBe(await treeOf(workspace));
  });

  it('lost its newest revisions, is not taken for one that is ahead', async () => {
    const place = newPlace();
    const { workspace } = await pushed(place, { 'a.txt': 'a' });
    await workspace.writeFile('a.txt', 'b');
    await workspace.sync.push();
    using remote = new HostileRemote(place.file);
    remote.moveBack(1);
    expect(await codeOf(workspace.sync.pull())).toBe('UNRELATED');
    expect(await codeOf(workspace.sync.push())).toBe('UNRELATED');
    await workspace.sync.push({ force: true });
    const fresh = await pulled(place);
    expect(await fresh.workspace.readText('a.txt')).toBe('b');
  });
});

describe('a server that was set back', () => {
  it('and went on from there is not taken for one with a common past', async () => {
    const place = newPlace();
    const { workspace } = await pushed(place, { 'a.txt': 'a', 'b.txt': 'b' });
    await workspace.writeFile('a.txt', 'newer');
    await workspace.sync.push();
    using remote = new HostileRemote(place.file);
    remote.moveBack(1);
    remote.move(remote.tree([remote.file('b.txt', 'b')]));
    remote.move(remote.tree([remote.file('c.txt', 'c')]));
    // Merged with what it had last, this would be two deletions.
    expect(await codeOf(workspace.sync.pull())).toBe('UNRELATED');
    expect(await codeOf(workspace.sync.push())).toBe('UNRELATED');
    expect(Object.keys(await textsOf(workspace))).toEqual(['a.txt', 'b.txt']);
    await workspace.sync.push({ force: true });
    expect(Object.keys(await textsOf((await pulled(place)).workspace))).toEqual(['a.txt', 'b.txt']);
  });
});

describe('a database that', () => {
  async function enabled(place: Place): Promise<Workspace> {
    const { workspace } = await pushed(newPlace(), { 'a.txt': 'a' });
    await workspace.sync.enable(place);
    return workspace;
  }

  it.each([
    ['ftp://example.org', 'REMOTE_URL'],
    ['http://example.org', 'REMOTE_URL'],
    ['https://example.org?authToken=secret', 'REMOTE_URL'],
    ['nonsense', 'REMOTE_URL'],
  ])('has the address %s is refused', async (tursoDb, code) => {
    expect(await codeOf(enabled({ tursoDb }).then((w) => w.sync.push()))).toBe(code);
  });

  it('has tables of somebody else is left alone', async () => {
    const place = newPlace();
    using remote = new HostileRemote(place.file);
    remote.change('CREATE TABLE afs_objects (x)');
    const code = await codeOf(enabled(place).then((workspace) => workspace.sync.push()));
    expect(code).toBe('REMOTE_FOREIGN');
    expect(remote.values('SELECT name FROM sqlite_schema')).toEqual(['afs_objects']);
  });

  it('is no database is left alone', async () => {
    const place = newPlace();
    writeFileSync(place.file, 'not a database, but longer than its header would be. '.repeat(20));
    const code = await codeOf(enabled(place).then((workspace) => workspace.sync.push()));
    expect(code).toBe('REMOTE_FOREIGN');
  });

  it('was made by a newer agentfs is left alone', async () => {
    const place = newPlace();
    await pushed(place, { 'a.txt': 'a' });
    using remote = new HostileRemote(place.file);
    remote.change("UPDATE afs_meta SET value = '99' WHERE key = 'schema'");
    const code = await codeOf(enabled(place).then((workspace) => workspace.sync.push()));
    expect(code).toBe('REMOTE_NEWER');
  });

  it('has another workspace of the name is not pushed to, until it was pulled', async () => {
    const place = newPlace();
    await pushed(place, { 'theirs.txt': 'theirs' });
    const workspace = await enabled(place);
    await workspace.writeFile('mine.txt', 'mine');
    expect(await codeOf(workspace.sync.push())).toBe('UNRELATED');
    await workspace.sync.pull();
    await workspace.sync.push();
    const { workspace: fresh } = await pulled(place);
    const both = { 'mine.txt': 'mine', 'theirs.txt': 'theirs' };
    expect(await textsOf(fresh)).toMatchObject(both);
  });
});

describe('a pull into a workspace', () => {
  async function behind(): Promise<Replica> {
    const place = newPlace();
    const source = await pushed(place, { 'a.txt': 'a' });
    const target = await pulled(place);
    await source.workspace.writeFile('a.txt', 'b');
    await source.workspace.sync.push();
    return target;
  }

  it.each([
    ['is read-only', { readOnly: true }, 'READ_ONLY'],
    ['has expired', { expires: new Date(0) }, 'WORKSPACE_EXPIRED'],
  ])('that %s is refused, and goes through later', async (_, settings, code) => {
    const { workspace, afs } = await behind();
    await workspace.update(settings);
    expect(await codeOf(workspace.sync.pull())).toBe(code);
    await workspace.update({ readOnly: false, expires: null });
    expect(await workspace.readText('a.txt')).toBe('a');
    await workspace.sync.pull();
    expect(await workspace.readText('a.txt')).toBe('b');
    expect((await afs.verify()).ok).toBe(true);
  });
});

describe('a clock that is ten years off', () => {
  it.each([
    ['fast', TEN_YEARS],
    ['slow', -TEN_YEARS],
  ])('and %s does not decide whose change is the last', async (_, offset) => {
    const place = newPlace();
    const clock = { now: () => Date.now() + offset };
    const wrong = await pushed(place, { 'a.txt': 'first' }, { clock });
    const right = await pulled(place);
    for (const { workspace } of [wrong, right]) {
      await workspace.sync.config({ conflictResolution: 'last-write-wins' });
    }
    // Each has seen the change of the other before it makes its own.
    for (const [i, from] of [wrong, right, wrong, right].entries()) {
      const to = from === wrong ? right : wrong;
      await to.workspace.writeFile('a.txt', `older than ${i}`);
      await to.workspace.sync.push();
      await from.workspace.sync.pull();
      await from.workspace.writeFile('a.txt', `${i}`);
      await from.workspace.sync.push();
      await to.workspace.sync.pull();
      expect(await to.workspace.readText('a.txt')).toBe(`${i}`);
    }
  });

  it('in a revision does not keep later changes from counting', async () => {
    const place = newPlace();
    const { workspace } = await pushed(place, { 'a.txt': 'first' });
    using remote = new HostileRemote(place.file);
    remote.move(remote.tree([remote.file('a.txt', 'second')]), { clock: Number.MAX_SAFE_INTEGER });
    await workspace.sync.pull();
    await workspace.writeFile('a.txt', 'third');
    await workspace.sync.push();
    const fresh = await pulled(place);
    expect(await fresh.workspace.readText('a.txt')).toBe('third');
  });
});

describe('a push that nobody answers', () => {
  it('ends with its signal, and leaves nothing to complain about', async () => {
    const { server, place } = await serve();
    const { workspace } = await pushed(place, { 'a.txt': 'a' });
    server.play(() => ({ kind: 'black-hole' }));
    server.forget();
    const controller = new AbortController();
    const push = workspace.sync.push({ signal: controller.signal }).catch(({ code }) => code);
    await until(() => server.traffic.requests > 0);
    controller.abort();
    expect(await push).toBe('ABORTED');
    expect(await workspace.sync.status()).toMatchObject({ lastError: null, state: 'synced' });
  });
});

describe('an AgentFS that is closed', () => {
  it('in the middle of a push ends it, and the next push finishes it', async () => {
    const { server, place } = await serve();
    const { afs, project, workspace } = await pushed(place, { 'a.txt': 'a' });
    await workspace.writeFile('a.txt', 'b');
    server.play(() => ({ kind: 'black-hole' }));
    server.forget();
    const push = codeOf(workspace.sync.push());
    await until(() => server.traffic.requests > 0);
    await afs.close();
    expect(await push).toBe('CLOSED');
    server.play(() => undefined);
    await using again = new AgentFS(project.dir);
    const reopened = await again.workspace.get('shared');
    await reopened.sync.enable(place);
    await reopened.sync.push();
    expect(await (await pulled(place)).workspace.readText('a.txt')).toBe('b');
  });
});

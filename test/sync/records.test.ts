import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../src/maintenance/collect.ts';
import { textsOf } from '../support/test-project.ts';
import { engineReplica } from './support/engine-replicas.ts';
import { fileRemote, pair } from './support/replicas.ts';

describe('what belongs to a workspace', () => {
  it('comes along: snapshots with their trees, and where they lead', async () => {
    const { a, b } = await pair({ 'f.txt': 'one\n' });
    const details = { description: 'before it all', tags: ['safe'] };
    await a.workspace.snapshot.create('first', details);
    await a.workspace.writeFile('f.txt', 'two\n');
    await a.workspace.sync.push();
    await b.workspace.sync.pull();
    expect(await b.workspace.snapshot.list()).toMatchObject([{ name: 'first', ...details }]);
    await b.workspace.snapshot.restore('first');
    expect(await textsOf(b.workspace)).toEqual({ 'f.txt': 'one\n' });
    expect(await b.afs.verify()).toMatchObject({ ok: true });
  });

  it('has its name here, and a part of its uuid behind it where that is taken', async () => {
    const { a, b } = await pair({ 'f.txt': 'one\n' });
    await a.workspace.snapshot.create('same');
    await a.workspace.sync.push();
    await b.workspace.writeFile('f.txt', 'b\n');
    await b.workspace.snapshot.create('same');
    await b.workspace.sync.pull();
    const names = (await b.workspace.snapshot.list()).map(({ name }) => name);
    expect(names).toHaveLength(2);
    expect(names[0]).toBe('same');
    expect(names[1]).toMatch(/^same\.[0-9a-f-]{36}$/);
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await a.workspace.snapshot.list()).toHaveLength(2);
  });

  it('comes along to a second workspace of the same store, too', async () => {
    const { url, a } = await pair({ 'f.txt': 'one\n' });
    const { id } = await a.workspace.snapshot.create('first');
    await a.workspace.sync.push();
    const fromSync = { tursoDb: url, name: 'shared' };
    const second = await a.afs.workspace.create('second', { fromSync });
    expect(await second.snapshot.list()).toMatchObject([{ name: 'first', id }]);
    await second.snapshot.delete('first');
    await second.sync.push();
    await a.workspace.sync.pull();
    expect(await a.workspace.snapshot.list()).toEqual([]);
  });

  it('can be gone back to by the name of a snapshot, or by time', async () => {
    let now = 1_800_000_000_000;
    const { a, b } = await pair({ 'f.txt': 'one\n' }, { clock: { now: () => now } });
    await a.workspace.snapshot.create('first');
    now += 60_000;
    await a.workspace.writeFile('f.txt', 'two\n');
    await a.workspace.sync.push();
    await b.workspace.sync.pull({ version: 'first' });
    expect(await b.workspace.readText('f.txt')).toBe('one\n');
    await b.workspace.undo();
    expect(await b.workspace.readText('f.txt')).toBe('two\n');
    await b.workspace.sync.pull({ at: new Date(now - 1000) });
    expect(await b.workspace.readText('f.txt')).toBe('one\n');
    // That is a change of its own now, which the next push makes the head.
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await a.workspace.readText('f.txt')).toBe('one\n');
    await expect(a.workspace.sync.pull({ at: 0 })).rejects.toMatchObject({
      code: 'REMOTE_NOT_FOUND',
    });
    await a.workspace.writeFile('f.txt', 'not pushed\n');
    await expect(a.workspace.sync.pull({ version: 'first' })).rejects.toMatchObject({
      code: 'WORKSPACE_DIRTY',
    });
  });

  it('lists the commits of others, and leaves the log of this base alone', async () => {
    const { a, b } = await pair({ 'f.txt': 'one\n' });
    await a.workspace.writeFile('f.txt', 'two\n');
    const { id } = await a.workspace.commit('Say two', { author: 'Ann <ann@example.org>' });
    await a.workspace.sync.push();
    await b.workspace.sync.pull();
    expect(await b.workspace.sync.log()).toMatchObject([
      { id, message: 'Say two', authorName: 'Ann', replica: a.workspace.id },
    ]);
    expect(await b.afs.log()).toEqual([]);
    expect(await a.workspace.sync.log()).toEqual([]);
  });

  it('has an audit chain for each replica, both whole', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, { 'f.txt': 'one\n' });
    for (let i = 0; i < 600; i++) await a.workspace.writeFile('f.txt', `${i}\n`);
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    await a.workspace.writeFile('f.txt', 'end\n');
    await a.push();
    await b.pull();
    const runs = b.engine.store.sharedRecords
      .list(b.core.number, 'audit')
      .map(({ replica, data }) => ({ replica, ...JSON.parse(data) }));
    expect(runs.map(({ replica }) => replica)).toEqual(Array(3).fill(a.core.uuid));
    // All rows up to the last push, which recorded itself afterwards.
    const { auditCount } = a.core.working.row();
    expect(runs.at(-1).sequence).toBe(auditCount - 1);
    expect(await a.workspace.audit.verify()).toMatchObject({ ok: true });
    expect(await b.workspace.audit.verify()).toMatchObject({ ok: true });
    const told = await b.workspace.sync.audit();
    expect(told.map(({ id }) => id)).toEqual(told.map((_, i) => i + 1));
    expect(told.at(-1)).toMatchObject({
      operation: 'write',
      path: 'f.txt',
      workspaceId: a.core.uuid,
      details: { sizeAfter: 4 },
    });
    // The answer to a push is lost, and more happens before the next: no row is lost or told twice.
    await a.workspace.writeFile('f.txt', 'once more\n');
    a.counted.failAt(a.counted.calls.length + 3, 'after');
    await expect(a.push()).rejects.toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    expect(a.counted.calls.at(-1)).toBe('moveHead');
    await a.workspace.writeFile('f.txt', 'and more\n');
    await a.push();
    await b.pull();
    const all = await b.workspace.sync.audit();
    expect(all.map(({ id }) => id)).toEqual(all.map((_, i) => i + 1));
    expect(all).toHaveLength(a.core.working.row().auditCount - 1);
    const operations = (await b.workspace.audit.logs({ operation: 'sync' })).map(
      ({ metadata }) => metadata?.['direction'] ?? 'enable',
    );
    expect(operations).toEqual(['enable', 'pull', 'pull', 'pull']);
  });

  it('is told on when retention has removed rows that were not sent', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, { 'f.txt': 'one\n' });
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    for (let i = 0; i < 5; i++) await a.workspace.writeFile('f.txt', `${i}\n`);
    const steps = collectGarbage(a.engine.store, { now: Number.MAX_SAFE_INTEGER, auditDays: 0 });
    while (steps.next().done !== true);
    for (const text of ['two\n', 'three\n']) {
      await a.workspace.writeFile('f.txt', text);
      await a.push();
      await b.pull();
      expect(await b.workspace.readText('f.txt')).toBe(text);
    }
    const { sequence } = JSON.parse(
      b.engine.store.sharedRecords.list(b.core.number, 'audit').at(-1)?.data ?? '{}',
    );
    expect(sequence).toBe(a.core.working.row().auditCount - 1);
  });

  it('is sent in records that no replica refuses, however much a row says', async () => {
    const url = fileRemote();
    const a = await engineReplica(url, { 'f.txt': 'one\n' });
    for (let i = 0; i < 10; i++) {
      a.core.working.change((draft) => a.sync.record(draft, { [i]: 'x'.repeat(1_000_000) }));
    }
    await a.push();
    const b = await engineReplica(url);
    await b.pull();
    expect(await b.workspace.sync.audit()).toHaveLength(a.core.working.row().auditCount - 1);
  });
});

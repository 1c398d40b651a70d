import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { runCrowd } from '../workspace/support/store-crowd.ts';
import { runProcess } from '../workspace/support/store-process.ts';
import {
  batchTogether,
  commitTogether,
  openTogether,
  writeTogether,
} from '../workspace/support/together.ts';

function newBase(): string {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-crowd-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  return base;
}

describe('many processes on one store', () => {
  it('write 600 times each, 8 at once, within a second for 99 of 100', async () => {
    const base = newBase();
    await using afs = new AgentFS(base);
    await afs.workspace.create('shared');
    const script = `
      const workspace = await new AgentFS(task.base).workspace.get('shared');
      print('working');
      for (let i = 0; i < 600; i++) {
        const start = performance.now();
        await workspace.writeFile(task.index + '/' + i, 'content ' + i);
        print(String(performance.now() - start));
      }
    `;
    const writers = Array.from({ length: 8 }, (_, index) => runProcess(script, { base, index }));
    const ends = await Promise.all(writers);
    for (const end of ends) expect(end).toMatchObject({ errors: '', status: 0 });
    const times = ends.flatMap(({ lines }) => lines.map(Number)).toSorted((a, b) => a - b);
    expect(times).toHaveLength(4800);
    expect(times[4752]).toBeLessThan(1000);
    const shared = await afs.workspace.get('shared');
    for (let index = 0; index < 8; index++) {
      expect(await shared.readdir(String(index))).toHaveLength(600);
    }
  });

  it('keep the log small while somebody reads without an end', async () => {
    const base = newBase();
    await using afs = new AgentFS(base);
    const workspace = await afs.workspace.create('shared');
    for (let i = 0; i < 200; i++) await workspace.writeFile(`of-before/${i}`, `before ${i}`);
    await workspace.snapshot.create('walked');
    const writer = `
      import { randomBytes } from 'node:crypto';
      const workspace = await new AgentFS(task.base).workspace.get('shared');
      print('working');
      const end = performance.now() + 60_000;
      for (let i = 0; performance.now() < end; i++) {
        await workspace.writeFile(task.index + '/' + (i % 100), randomBytes(20_000));
      }
    `;
    const reader = `
      const afs = new AgentFS(task.base);
      const walked = await afs.workspace.create('walker', { fromSnapshot: 'shared/walked' });
      print('working');
      const end = performance.now() + 60_000;
      for (let rounds = 0; performance.now() < end; rounds++) {
        for (const name of await walked.readdir('of-before')) await walked.readFile('of-before/' + name);
        for await (const entry of afs.audit.stream()) if (performance.now() > end) break;
      }
    `;
    let largest = 0;
    const watch = setInterval(() => {
      largest = Math.max(largest, statSync(join(base, '.agentfs/agentfs.db-wal')).size);
    }, 20);
    onTestFinished(() => clearInterval(watch));
    const writers = Array.from({ length: 8 }, (_, index) => runProcess(writer, { base, index }));
    const ends = await Promise.all([runProcess(reader, { base }), ...writers]);
    for (const end of ends) expect(end).toMatchObject({ errors: '', status: 0 });
    // Four times the 4,000 pages after which the log is written back.
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(4 * 4000 * 4096);
    expect(await afs.verify()).toMatchObject({ ok: true });
  });

  it('lose nothing to garbage collection while they take snapshots, fork and restore', async () => {
    await runCrowd({ writes: 4000, keeps: 180, collections: 400 });
    expect.hasAssertions();
  });

  it('keep all of 8 x 150 writes to one workspace', async () => {
    await writeTogether(8, 150);
    expect.hasAssertions();
  });

  it('never mix 80 batches, and never see half of one', async () => {
    await batchTogether(4, 20);
    expect.hasAssertions();
  });

  it('open one new store, 16 at once', async () => {
    await openTogether(16);
    expect.hasAssertions();
  });

  it('commit one after another, 4 at once', async () => {
    await commitTogether(4, 5);
    expect.hasAssertions();
  });

  it('commit 200 times from two workspaces, one after another', async () => {
    const base = newBase();
    writeFileSync(join(base, 'shared'), 'start');
    const script = `
      const afs = new AgentFS(task.base);
      const workspace = await afs.workspace.create('w' + task.index);
      print('working');
      for (let i = 0; i < 100; i++) {
        await workspace.writeFile('own-' + task.index + '/' + i, 'content ' + i);
        await workspace.writeFile('shared', 'by ' + task.index + ', ' + i);
        const message = task.index + ' ' + i;
        const first = await workspace.commit(message).then(() => 'done', codeOf);
        if (first === 'CONFLICT') await workspace.commit(message, { onConflict: 'ours' });
        print(first);
      }
    `;
    const ends = await Promise.all([0, 1].map((index) => runProcess(script, { base, index })));
    for (const { lines, errors } of ends) {
      expect([lines.length, errors]).toEqual([100, '']);
      expect(lines.filter((line) => line !== 'done' && line !== 'CONFLICT')).toEqual([]);
    }
    expect(ends.flatMap(({ lines }) => lines)).toContain('CONFLICT');
    await using afs = new AgentFS(base);
    const log = await afs.log({ limit: 1000 });
    expect(log).toHaveLength(200);
    expect(log.map(({ parent }) => parent)).toEqual([...log.slice(1).map(({ id }) => id), null]);
    const [newest] = log;
    expect(readFileSync(join(base, 'shared'), 'utf8')).toBe(
      `by ${newest?.message.replace(' ', ', ')}`,
    );
    for (const index of [0, 1]) {
      expect(readdirSync(join(base, `own-${index}`))).toHaveLength(100);
    }
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});

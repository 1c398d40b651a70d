import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RateLimit, Slots } from '../../src/server/core/limits.ts';
import { ServerCore } from '../../src/server/core/server-core.ts';
import { testCore } from '../support/server-core.ts';

const MIB = 1024 * 1024;

describe('events', () => {
  it('come to every reader once and in order, however it reads', async () => {
    const { core } = await testCore();
    const after = core.events.newest;
    for (let number = 0; number < 2500; number += 1) {
      core.events.emit({ type: number % 2 === 0 ? 'EVEN' : 'ODD', data: { number } });
    }
    for (const limit of [1, 7, 1000, 5000]) {
      const seen: unknown[] = [];
      let cursor = after;
      for (;;) {
        const page = core.events.read({ after: cursor, types: new Set(['ODD']), limit });
        seen.push(...page.events.map(({ data }) => data['number']));
        cursor = page.cursor;
        if (page.events.length === 0) break;
      }
      expect(seen).toEqual(Array.from({ length: 1250 }, (_, index) => 2 * index + 1));
    }
  });

  it('come to every reader, too, where they are more than stays in memory', async () => {
    const { core } = await testCore();
    const text = 'x'.repeat(MIB);
    for (let n = 0; n < 50; n += 1) core.events.emit({ type: 'A', data: { n, text } });
    const seen: unknown[] = [];
    for (let cursor = 0; cursor < core.events.newest; ) {
      const page = core.events.read({ after: cursor, limit: 7 });
      for (const { data, json } of page.events) {
        expect(JSON.parse(json)).toEqual(data);
        seen.push(data['n']);
      }
      cursor = page.cursor;
    }
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('are read in pages that hold no more than an answer should', async () => {
    const { core } = await testCore();
    const text = 'x'.repeat(300 * 1024);
    for (let n = 1; n <= 150; n += 1) core.events.emit({ type: 'A', data: { text } });
    // The first ones are in the store alone, the last ones in memory.
    for (const after of [0, 140]) {
      const { events, cursor } = core.events.read({ after, limit: 1000 });
      expect([events.length, cursor]).toEqual([3, after + 3]);
    }
    core.events.emit({ type: 'LARGE', data: { text: text.repeat(5) } });
    const { events } = core.events.read({ after: 150 });
    expect(events.map(({ type }) => type)).toEqual(['LARGE']);
  });

  it('are forgotten where there are too many, the oldest first', async () => {
    const { core } = await testCore();
    core.commits.group(() => {
      for (let n = 0; n < 125_000; n += 1) core.events.emit({ type: 'A', data: {} });
    });
    const [oldest] = core.events.read({ after: 0, limit: 1 }).events;
    expect([oldest?.number, core.events.newest]).toEqual([20_001, 125_000]);
  });

  it('are forgotten where they are too large together, so that no agent fills the disk', async () => {
    const { core, afs } = await testCore();
    const text = 'x'.repeat(MIB);
    for (let n = 0; n < 300; n += 1) core.events.emit({ type: 'A', data: { text } });
    const [oldest] = core.events.read({ after: 0, limit: 1 }).events;
    const kept = 301 - Number(oldest?.number);
    expect(kept).toBeGreaterThanOrEqual(127);
    expect(kept).toBeLessThanOrEqual(144);
    expect(statSync(afs.storage.path).size).toBeLessThan(160 * MIB);
    expect(core.events.newest).toBe(300);
  });

  it('for one reader are read by that one alone, also after a restart', async () => {
    const { core, afs } = await testCore();
    core.events.emit({ type: 'A', data: {}, target: 5 });
    core.events.emit({ type: 'B', data: {} });
    const types = (from: ServerCore, reader: number): string[] =>
      from.events.read({ after: 0, reader }).events.map(({ type }) => type);
    expect([types(core, 5), types(core, 6)]).toEqual([['A', 'B'], ['B']]);
    await core.close();
    await using next = await ServerCore.open({ projects: [afs], version: '0' });
    next.events.emit({ type: 'C', data: {}, target: 6 });
    expect([types(next, 5), types(next, 6)]).toEqual([
      ['A', 'B'],
      ['B', 'C'],
    ]);
  });

  it('wake who waits for them', async () => {
    const { core } = await testCore();
    const { newest } = core.events;
    const woken = core.events.waitAfter(newest, new AbortController().signal);
    core.events.emit({ type: 'A', data: {} });
    await woken;
    await core.events.waitAfter(newest, new AbortController().signal);
    await core.events.waitAfter(newest + 9, AbortSignal.abort());
  });
});

describe('the state', () => {
  it('lives as long as it was told to, whichever way the clock goes', async () => {
    const { core, clock } = await testCore();
    const key = { scope: 'global', owner: 0, key: 'k' };
    core.state.put({ ...key, value: { a: [1] }, ttlMs: 1000 });
    expect(core.state.get(key)).toEqual({ value: { a: [1] } });
    clock.move(-3_600_000);
    expect(core.state.get(key)).toBeDefined();
    clock.move(3_601_000);
    expect(core.state.get(key)).toBeUndefined();
    expect(core.state.list('global', 0)).toEqual([]);
    expect(core.state.delete(key)).toBe(false);
    core.state.put({ ...key, value: null });
    clock.move(1e12);
    expect(core.state.get(key)).toEqual({ value: null });
    const { events } = core.events.read({ after: 0 });
    expect(events.map(({ data }) => data)).toEqual([
      { key: 'k', action: 'store', agent_id: 0 },
      { key: 'k', action: 'store', agent_id: 0 },
    ]);
  });

  it('of a session ends with the daemon, all other outlives it', async () => {
    const { core, afs } = await testCore();
    for (const scope of ['global', 'agent', 'session']) {
      core.state.put({ scope, owner: 3, key: 'a%b', value: scope });
      core.state.put({ scope, owner: 4, key: 'a%b', value: 'other' });
    }
    await core.close();
    await using next = await ServerCore.open({ projects: [afs], version: '0' });
    const left = ['global', 'agent', 'session'].map((scope) => next.state.list(scope, 3, 'a%'));
    const entry = (value: string): object[] => [{ key: 'a%b', value }];
    expect(left).toEqual([entry('global'), entry('agent'), []]);
    expect(() => next.state.put({ scope: 'global', owner: 0, key: '', value: 1 })).toThrow(/key/);
  });
});

describe('limits', () => {
  it('let each client do so much, and say when more is allowed', () => {
    let now = 0;
    const rate = new RateLimit({ perSecond: 10, burst: 2 }, () => now);
    for (const client of ['a', 'a', 'b']) rate.take(client);
    expect(() => rate.take('a')).toThrow(
      expect.objectContaining({ code: 'RATE_LIMITED', details: { retryAfterMs: 100 } }),
    );
    now += 100;
    rate.take('a');
    rate.charge('a', 5);
    now += 500;
    expect(() => rate.take('a')).toThrow(/Rate limit/);
    const slots = new Slots('sessions', 1);
    const close = slots.take();
    expect(() => slots.take()).toThrow(expect.objectContaining({ code: 'LIMIT_REACHED' }));
    close();
    close();
    slots.take();
    expect(slots.taken).toBe(1);
  });
});

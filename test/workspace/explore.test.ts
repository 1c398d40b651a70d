/** Exploring: several ways at once, of which the best is kept or landed. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentFS, ExploredCandidate } from '../../src/index.ts';
import { tournament } from '../../src/workspace/exploring/tournament.ts';
import { setUp } from '../support/test-project.ts';

async function names(afs: AgentFS): Promise<string[]> {
  return (await afs.workspace.list()).map(({ name }) => name);
}

describe('explore', () => {
  it('runs commands, ranks them by a judge, keeps the best and drops the rest', async () => {
    const { afs } = await setUp({ n: '0\n' });
    const seen: ExploredCandidate[] = [];
    const result = await afs.explore({
      candidates: [
        { run: 'echo $AGENTFS_CANDIDATE_NUMBER > n' },
        { name: 'three', run: 'echo 3 > n; echo more > m' },
        { name: 'broken', run: 'echo out; exit 7' },
        { name: 'two', run: 'echo 2 > n' },
      ],
      judge: { command: 'touch rubbish; cat n' },
      onProgress: (candidate) => seen.push(candidate),
    });
    expect(
      result.ranking.map(({ name, state, score, exitCode }) => [name, state, score, exitCode]),
    ).toEqual([
      ['three', 'succeeded', 3, 0],
      ['two', 'succeeded', 2, 0],
      ['1', 'succeeded', 1, 0],
      ['broken', 'failed', null, 7],
    ]);
    expect(result.best).toMatchObject({ name: 'three', stats: { files: 2 } });
    expect(result.ranking[3]).toMatchObject({ output: 'out\n', workspace: null });
    expect(seen.filter(({ name }) => name === 'two').map(({ state }) => state)).toEqual([
      'running',
      'judging',
      'succeeded',
      'succeeded',
    ]);
    expect(await names(afs)).toEqual(['w', `explore-${result.id}-three`]);
    const best = await afs.workspace.get(result.best?.workspace ?? '');
    expect(await best.exists('rubbish')).toBe(false);
    expect(await afs.explore.status(result.id)).toEqual([
      { name: 'three', workspace: best.name, state: 'succeeded', score: 3, rank: 1 },
    ]);
  });

  it('lands the best in the project', async () => {
    const { afs, project } = await setUp({ n: '0' });
    const { commit, best } = await afs.explore({
      candidates: [1, 5, 3].map((n) => ({
        run: async (ws) => {
          await ws.writeFile('n', String(n));
          return n;
        },
      })),
      judge: (_, { value }) => Number(value),
      keep: 'none',
      commit: 'The best one',
    });
    expect(commit?.message).toBe('The best one');
    expect(best).toMatchObject({ name: '2', workspace: null, score: 5 });
    expect(readFileSync(project.path('n'), 'utf8')).toBe('5');
    expect(await names(afs)).toEqual(['w']);
  });

  it('goes on from a workspace, in a candidate of another, and lands in it', async () => {
    const { afs } = await setUp({ a: 'a' });
    const { best } = await afs.explore({
      candidates: [
        {
          name: 'outer',
          run: async (ws) => {
            await ws.writeFile('outer', 'outer');
            const inner = await afs.explore({
              base: ws.name,
              candidates: [{ run: 'echo 1 > inner' }, { run: 'echo 22 > inner' }],
              judge: async (each) => (await each.stat('inner')).size,
              keep: 'none',
              commit: 'inner',
            });
            expect(inner.merge?.changes.map(({ path }) => path)).toEqual(['inner']);
            expect(inner.best?.stats?.files).toBe(1);
          },
        },
      ],
    });
    const kept = await afs.workspace.get(best?.workspace ?? '');
    expect((await kept.status()).added.map(({ path }) => path)).toEqual(['inner', 'outer']);
    expect(await names(afs)).toEqual(['w', kept.name]);
  });

  it('ends the others as soon as one has succeeded', async () => {
    const { afs } = await setUp();
    const { ranking } = await afs.explore({
      candidates: [{ run: 'sleep 1000' }, { run: 'echo done' }],
      judge: 'first-success',
    });
    expect(ranking.map(({ name, state }) => [name, state])).toEqual([
      ['2', 'succeeded'],
      ['1', 'cancelled'],
    ]);
  });

  it('compares two at a time', async () => {
    const { afs } = await setUp();
    let comparisons = 0;
    const { ranking } = await afs.explore({
      candidates: [2, 9, 4, 7, 1].map((n) => ({ name: `n${n}`, run: `echo ${n} > n` })),
      judge: {
        compare: async (one, other) => {
          comparisons += 1;
          return Number(await other.readText('n')) - Number(await one.readText('n'));
        },
      },
      keep: 'all',
    });
    expect(comparisons).toBe(4);
    expect(ranking[0]).toMatchObject({ name: 'n9', state: 'succeeded' });
    expect(ranking.every(({ workspace }) => workspace !== null)).toBe(true);
  });

  it('gives a candidate no more time than it has', async () => {
    const { afs } = await setUp();
    const never = new Promise<never>(() => undefined);
    const { ranking, best } = await afs.explore({
      candidates: [{ run: 'sleep 1000' }, { run: () => never }],
      timeout: 50,
    });
    expect(ranking.map(({ state }) => state)).toEqual(['timed-out', 'timed-out']);
    expect(best).toBeUndefined();
    expect(await names(afs)).toEqual(['w']);
  });

  it('leaves nothing when it is stopped, and runs no more than it may at a time', async () => {
    const { afs } = await setUp();
    const stopping = new AbortController();
    let running = 0;
    let most = 0;
    const candidates = Array.from({ length: 6 }, (_, index) => ({
      run: async (_ws: unknown, context: { signal: AbortSignal }): Promise<void> => {
        running += 1;
        most = Math.max(most, running);
        if (index === 3) stopping.abort(new Error('enough'));
        if (index >= 2)
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        running -= 1;
      },
    }));
    const { signal } = stopping;
    const stopped = afs.explore({ candidates, concurrency: 2, signal });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    expect(most).toBe(2);
    expect(await names(afs)).toEqual(['w']);
    await expect(afs.explore({ candidates, signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('ends commands when it is stopped, and leaves nothing', async () => {
    const { afs } = await setUp();
    const stopping = new AbortController();
    const stopped = afs.explore({
      candidates: [{ run: 'echo up; exec sleep 1000' }, { run: async (ws) => ws.run('true') }],
      signal: stopping.signal,
      onProgress: ({ name, state }) => {
        if (name === '2' && state === 'succeeded') stopping.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await names(afs)).toEqual(['w']);
  });

  it('leaves nothing when a judge fails, and the best when it cannot land', async () => {
    const { afs, project } = await setUp({ a: 'a' });
    const judge = (): never => {
      throw new Error('I cannot judge that.');
    };
    const candidates = [{ run: 'echo b > a' }];
    await expect(afs.explore({ candidates, judge })).rejects.toThrow('I cannot judge that.');
    expect(await names(afs)).toEqual(['w']);
    const conflicting = [
      {
        run: async (ws: { writeFile(path: string, data: string): Promise<void> }) => {
          await ws.writeFile('a', 'theirs');
          project.write('a', 'mine');
        },
      },
    ];
    const failed = afs.explore({ candidates: conflicting, keep: 'none', commit: 'no' });
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await names(afs)).toHaveLength(2);
  });

  it('lets somebody choose later', async () => {
    const { afs } = await setUp();
    const { id } = await afs.explore({
      candidates: [
        { name: 'one', run: 'echo 1 > n' },
        { name: 'two', run: 'exit 1' },
      ],
      keep: 'all',
    });
    expect((await afs.explore.status(id)).map(({ name, state }) => [name, state])).toEqual([
      ['one', 'succeeded'],
      ['two', 'failed'],
    ]);
    const unknown = afs.explore.choose(id, 'three');
    await expect(unknown).rejects.toMatchObject({
      code: 'EXPLORATION_NOT_FOUND',
      hint: /one, two/,
    });
    expect((await afs.explore.choose(id, 'two'))?.name).toBe(`explore-${id}-two`);
    expect(await afs.explore.choose(id)).toBeUndefined();
    await expect(afs.explore.status(id)).rejects.toMatchObject({ code: 'EXPLORATION_NOT_FOUND' });
  });

  it.each([
    [{ candidates: [] }, 'candidates'],
    [{ candidates: 'ls' }, 'candidates'],
    [{ candidates: [{ name: 'a' }] }, 'run'],
    [
      {
        candidates: [
          { name: 'a', run: 'a' },
          { name: 'a', run: 'b' },
        ],
      },
      'candidates',
    ],
    [{ candidates: [{ run: 'a' }], concurrency: 0 }, 'concurrency'],
    [{ candidates: [{ run: 'a' }], judge: 'best' }, 'judge'],
    [{ candidates: [{ run: 'a' }], keep: 'worst' }, 'keep'],
    [{ candidates: [{ run: 'a' }], timeout: 'soon' }, 'timeout'],
  ])('refuses %j', async (options, name) => {
    const { afs } = await setUp();
    const message = expect.stringMatching(new RegExp(`^${name} `));
    await expect(afs.explore(options as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message,
    });
    expect(await names(afs)).toEqual(['w']);
  });

  it('names what it cannot start from', async () => {
    const { afs } = await setUp();
    const candidates = [{ run: 'true' }];
    const from = (base: string): Promise<unknown> => afs.explore({ candidates, base });
    await expect(from('none')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    await expect(from('w/none')).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' });
  });
});

describe('a tournament', () => {
  it('finds the best by n - 1 comparisons, and loses nobody', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer(), { minLength: 1 }), async (items) => {
        let comparisons = 0;
        const ranked = await tournament(items, async (one, other) => {
          comparisons += 1;
          return one > other ? -1 : 1;
        });
        expect(ranked[0]).toBe(Math.max(...items));
        expect([...ranked].sort()).toEqual([...items].sort());
        expect(comparisons).toBe(items.length - 1);
      }),
    );
  });
});

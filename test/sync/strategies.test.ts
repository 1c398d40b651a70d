import { describe, expect, it } from 'vitest';
import type { Clock, SyncStrategy } from '../../src/index.ts';
import { pair, type Replica, treeOf } from './support/replicas.ts';

const LINES = 'one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n';

/** Both change `f.txt`, `a` first; then `b` synchronises with this strategy. */
async function settled(
  conflictResolution: SyncStrategy,
  [ofA, ofB]: readonly [string, string],
  options: { clock?: Clock } = {},
): Promise<{ readonly a: Replica; readonly b: Replica }> {
  const { a, b } = await pair({ 'f.txt': LINES }, options);
  await a.workspace.writeFile('f.txt', ofA);
  await a.workspace.sync.push();
  await b.workspace.writeFile('f.txt', ofB);
  await b.workspace.sync.config({ conflictResolution });
  await b.workspace.sync.push();
  await a.workspace.sync.pull();
  expect(await treeOf(a)).toBe(await treeOf(b));
  return { a, b };
}

describe('the strategy', () => {
  it('local-wins keeps what is here', async () => {
    const { a } = await settled('local-wins', ['a\n', 'b\n']);
    expect(await a.workspace.readText('f.txt')).toBe('b\n');
  });

  it('remote-wins takes what is there', async () => {
    const { a } = await settled('remote-wins', ['a\n', 'b\n']);
    expect(await a.workspace.readText('f.txt')).toBe('a\n');
  });

  it('last-write-wins takes the later change, also when clocks are years off', async () => {
    let now = Date.UTC(2036, 0);
    const clock = { now: () => now++ };
    const { a, b } = await settled('last-write-wins', ['a\n', 'b\n'], { clock });
    expect(await a.workspace.readText('f.txt')).toBe('b\n');
    // The clock goes back ten years; what is written after a sync is still later than what was seen.
    now = Date.UTC(2026, 0);
    await b.workspace.writeFile('f.txt', 'later\n');
    await a.workspace.writeFile('other.txt', 'x\n');
    await a.workspace.sync.push();
    await b.workspace.sync.push();
    expect(await b.workspace.readText('f.txt')).toBe('later\n');
  });

  it('last-write-wins takes the remote side when that is later', async () => {
    let now = 1_800_000_000_000;
    const { a, b } = await pair({ 'f.txt': LINES }, { clock: { now: () => now } });
    now += 1000;
    await b.workspace.writeFile('f.txt', 'b first\n');
    now += 1000;
    await a.workspace.writeFile('f.txt', 'a later\n');
    await a.workspace.sync.push();
    await b.workspace.sync.config({ conflictResolution: 'last-write-wins' });
    await b.workspace.sync.push();
    expect(await b.workspace.readText('f.txt')).toBe('a later\n');
  });

  it('merge puts changes to different lines together, and leaves the rest to the user', async () => {
    const { a, b } = await settled('merge', [
      LINES.replace('one', 'ONE'),
      LINES.replace('nine', 'NINE'),
    ]);
    const merged = LINES.replace('one', 'ONE').replace('nine', 'NINE');
    expect(await a.workspace.readText('f.txt')).toBe(merged);
    await a.workspace.writeFile('f.txt', merged.replace('five', 'a'));
    await a.workspace.sync.push();
    await b.workspace.writeFile('f.txt', merged.replace('five', 'b'));
    await expect(b.workspace.sync.push()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  });

  it('manual leaves it all to the user, other lines too', async () => {
    const changes = [LINES.replace('one', 'ONE'), LINES.replace('nine', 'NINE')] as const;
    await expect(settled('manual', changes)).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
  });

  it('takes a side for the lines that both changed, and merges all others', async () => {
    const both = [
      LINES.replace('one', 'ONE').replace('five', 'a'),
      LINES.replace('nine', 'NINE').replace('five', 'b'),
    ] as const;
    const kept = await settled('local-wins', both);
    const merged = LINES.replace('one', 'ONE').replace('nine', 'NINE');
    expect(await kept.a.workspace.readText('f.txt')).toBe(merged.replace('five', 'b'));
    const taken = await settled('remote-wins', both);
    expect(await taken.a.workspace.readText('f.txt')).toBe(merged.replace('five', 'a'));
  });
});

describe('what one pull decides', () => {
  const A = LINES.replace('one', 'ONE').replace('five', 'a');
  const B = LINES.replace('nine', 'NINE').replace('five', 'b');

  async function contested(...names: string[]): Promise<{ readonly b: Replica }> {
    const { a, b } = await pair(Object.fromEntries(names.map((name) => [name, LINES])));
    for (const name of names) await a.workspace.writeFile(name, A);
    await a.workspace.sync.push();
    for (const name of names) await b.workspace.writeFile(name, B);
    return { b };
  }

  it('is decided as a commit is, and named', async () => {
    const { b } = await contested('f.txt', 'g.txt');
    const { sync } = b.workspace;
    const { conflicts } = await sync.pull({ onConflict: 'theirs', ours: ['g.txt'] });
    expect(conflicts).toMatchObject([
      { path: 'f.txt', took: 'theirs', hunks: 1 },
      { path: 'g.txt', took: 'ours', hunks: 1 },
    ]);
    const merged = LINES.replace('one', 'ONE').replace('nine', 'NINE');
    expect(await b.workspace.readText('f.txt')).toBe(merged.replace('five', 'a'));
    expect(await b.workspace.readText('g.txt')).toBe(merged.replace('five', 'b'));
    await b.workspace.undo();
    expect(await b.workspace.readText('f.txt')).toBe(B);
  });

  it('is remembered while other paths wait', async () => {
    const { b } = await contested('f.txt', 'g.txt');
    const { sync } = b.workspace;
    const pull = sync.pull({ theirs: ['f.txt'], wholeFile: true });
    await expect(pull).rejects.toMatchObject({ conflicts: [{ path: 'g.txt' }] });
    expect(await b.workspace.readText('f.txt')).toBe(B);
    expect(await sync.resolve('g.txt', 'ours', { wholeFile: true })).toEqual({ remaining: 0 });
    expect(await b.workspace.readText('f.txt')).toBe(A);
    expect(await b.workspace.readText('g.txt')).toBe(B);
  });

  it('is refused for a path where nothing is', async () => {
    const { b } = await contested('f.txt');
    const pull = b.workspace.sync.pull({ onConflict: 'ours', theirs: ['h.txt'] });
    await expect(pull).rejects.toMatchObject({ code: 'ENOENT', path: 'h.txt' });
    expect(await b.workspace.readText('f.txt')).toBe(B);
  });
});

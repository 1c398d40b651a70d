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
});

import { describe, expect, it } from 'vitest';
import type { Fault } from '../support/hrana-server/fault.ts';
import { startServer } from '../support/remote-fixture.ts';
import { type Place, pulled, pushed, treeOf } from '../support/replica.ts';

const FILES = { 'a.txt': 'a\n', 'dir/b.txt': 'b\n', 'dir/large.bin': Buffer.alloc(2 << 20, 7) };
const FAULTS: [string, Fault][] = [
  ['a reset before a request is applied', { kind: 'reset-before' }],
  ['a reset after it was applied', { kind: 'reset-after' }],
  ['an answer that is cut', { kind: 'cut-body' }],
  ['a request that is delivered twice', { kind: 'replay' }],
  ['a server that fails', { kind: 'status', status: 503 }],
  ['a server that asks to wait', { kind: 'status', status: 429, retryAfter: '1' }],
];

/**
 * Makes the first request of an action fail, then the second, until there is none left; returns how
 * many there were. `tryOnce` calls `during` with what it tries.
 */
async function eachRequest(
  fault: Fault,
  tryOnce: (
    place: Place,
    during: (action: () => Promise<unknown>) => Promise<void>,
  ) => Promise<void>,
): Promise<number> {
  for (let number = 1; ; number++) {
    const server = await startServer();
    let hasFailed = false;
    await tryOnce({ tursoDb: server.url }, async (action) => {
      server.forget();
      server.play((request) => {
        if (request.number !== number) return undefined;
        hasFailed = true;
        return fault;
      });
      await action();
      server.play(() => undefined);
    });
    await server.close();
    if (!hasFailed) return number - 1;
  }
}

describe.each(FAULTS)('%s, whichever request it meets,', (_, fault) => {
  it('is no hindrance to a push', async () => {
    const requests = await eachRequest(fault, async (place, during) => {
      const source = await pushed(place, FILES);
      await source.workspace.writeFile('new.txt', 'new\n');
      await source.workspace.snapshot.create('named');
      await during(() => source.workspace.sync.push());
      expect((await source.workspace.sync.status()).pendingChanges).toBe(0);
      const target = await pulled(place);
      expect(await treeOf(target.workspace)).toBe(await treeOf(source.workspace));
      expect((await target.workspace.snapshot.list()).map(({ name }) => name)).toEqual(['named']);
    });
    expect(requests).toBeGreaterThan(2);
  });

  it('is no hindrance to a pull', async () => {
    const requests = await eachRequest(fault, async (place, during) => {
      const source = await pushed(place, {});
      const target = await pulled(place);
      for (const [path, content] of Object.entries(FILES)) {
        await source.workspace.writeFile(path, content);
      }
      await source.workspace.sync.push();
      await during(() => target.workspace.sync.pull());
      expect(await treeOf(target.workspace)).toBe(await treeOf(source.workspace));
    });
    expect(requests).toBeGreaterThan(2);
  });
});

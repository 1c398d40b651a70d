/** What a sync costs, counted in requests and bytes, follows what has changed. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HranaServer } from '../support/hrana-server/server.ts';
import { startServer } from '../support/remote-fixture.ts';
import { pulled, pushed } from '../support/replica.ts';

const FILES = Object.fromEntries(
  Array.from({ length: 500 }, (_, i) => [
    `dir-${i % 5}/dir-${i % 50}/file-${i}.txt`,
    `file ${i}\n`.repeat(100),
  ]),
);

async function costOf(server: HranaServer, action: () => Promise<unknown>) {
  server.forget();
  await action();
  return server.traffic;
}

describe('in a project of 500 files', () => {
  it('ten changes take at most six round trips and twice their bytes, both ways', async () => {
    const server = await startServer();
    const place = { tursoDb: server.url };
    const source = await pushed(place, FILES);
    const target = await pulled(place);
    let bytes = 0;
    for (const path of Object.keys(FILES).slice(0, 10)) {
      // Text of the project that is new, which deflate makes smaller as it does with most.
      const content = randomBytes(4000).toString('hex');
      bytes += content.length;
      await source.workspace.writeFile(path, content);
    }
    const push = await costOf(server, () => source.workspace.sync.push());
    expect(push.requests).toBeLessThanOrEqual(6);
    expect(push.receivedBytes).toBeLessThanOrEqual(2 * bytes);
    const pull = await costOf(server, () => target.workspace.sync.pull());
    expect(pull.requests).toBeLessThanOrEqual(12);
    expect(pull.sentBytes).toBeLessThanOrEqual(2 * bytes);
  });

  it('nothing changed costs a few questions', async () => {
    const server = await startServer();
    const { workspace } = await pushed({ tursoDb: server.url }, FILES);
    for (const action of ['push', 'pull'] as const) {
      const { requests, receivedBytes } = await costOf(server, () => workspace.sync[action]());
      expect(requests).toBeLessThanOrEqual(3);
      expect(receivedBytes).toBeLessThan(5000);
    }
  });

  it('a file that was there before under another name is not sent again', async () => {
    const server = await startServer();
    const { workspace } = await pushed({ tursoDb: server.url }, { 'a.bin': randomBytes(500_000) });
    await workspace.copy('a.bin', 'b.bin');
    const { receivedBytes } = await costOf(server, () => workspace.sync.push());
    expect(receivedBytes).toBeLessThan(10_000);
  });

  it('a change within a large file sends one piece of it', async () => {
    const server = await startServer();
    const large = randomBytes(8 << 20);
    const { workspace } = await pushed({ tursoDb: server.url }, { 'large.bin': large });
    await workspace.patchFile('large.bin', randomBytes(4096), 4 << 20);
    const { receivedBytes, requests } = await costOf(server, () => workspace.sync.push());
    expect(receivedBytes).toBeLessThan(400_000);
    expect(requests).toBeLessThanOrEqual(6);
  });
});

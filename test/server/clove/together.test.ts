/** Requests that come in one piece: answered in their order, and kept together. */

import { renameSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OPCODES } from '../../../src/neighbours/clove/index.ts';
import { RawConnection, rawFrame, testKernel } from '../../support/clove-kernel.ts';

const frame = (name: keyof typeof OPCODES, request: object): Buffer =>
  rawFrame(OPCODES[name], JSON.stringify(request));

it('all are answered that come in pieces while a call takes its time', async () => {
  const { path } = await testKernel();
  const connection = await RawConnection.open(path);
  const send = (bytes: Buffer): Promise<unknown> =>
    new Promise((resolve) => connection.socket.write(bytes, resolve));
  const many = (from: number, to: number): Buffer =>
    Buffer.concat(Array.from({ length: to - from }, (_, at) => rawFrame(0, `n${from + at}`)));
  await send(Buffer.concat([frame('EXEC', { command: 'sleep 0.1' }), many(0, 100)]));
  for (let from = 100; from < 600; from += 50) {
    await send(many(from, from + 50));
    await turn();
  }
  await expect.poll(() => connection.replies().length).toBe(601);
  const [, ...texts] = connection.replies().map(({ text }) => text);
  expect(texts).toEqual(Array.from({ length: 600 }, (_, at) => `n${at}`));
});

it('each sees what those before it have done', async () => {
  const { path } = await testKernel();
  const connection = await RawConnection.open(path);
  connection.socket.write(
    Buffer.concat([
      frame('SUBSCRIBE', { event_types: ['CUSTOM', 'STATE_CHANGED'] }),
      frame('STORE', { key: 'k', value: 1, scope: 'session' }),
      frame('STORE', { key: 'k', value: 2 }),
      frame('EMIT', { event_type: 'CUSTOM', data: { n: 1 } }),
      frame('FETCH', { key: 'k' }),
      frame('DELETE', { key: 'k' }),
      frame('EMIT', { event_type: 'CUSTOM', data: { n: 2 } }),
      frame('FETCH', { key: 'k' }),
      frame('POLL_EVENTS', { max: 10 }),
    ]),
  );
  await expect.poll(() => connection.replies().length).toBe(9);
  const replies = connection.replies().map(({ text }) => JSON.parse(text));
  expect(replies[4]).toMatchObject({ exists: true, value: 2, scope: 'global' });
  expect(replies.slice(5, 8)).toMatchObject([{ deleted: true }, {}, { exists: false }]);
  const { events } = replies[8] as { events: { data: object; age_ms: number }[] };
  expect(events.map(({ data }) => data)).toMatchObject([
    ...[{ key: 'k', action: 'store' }, { n: 1 }, { key: 'k', action: 'delete' }, { n: 2 }],
  ]);
  expect(events[0]?.age_ms).toBe(0);
});

it('none is told that something is kept which is not', async () => {
  const { path, core, afs, client } = await testKernel();
  const other = client();
  await other.subscribe(['CUSTOM', 'STATE_CHANGED']);
  await other.store('before', 1, { scope: 'agent' });
  const connection = await RawConnection.open(path);
  connection.send(0, 'here');
  await expect.poll(() => connection.replies().length).toBe(1);
  const { newest } = core.events;
  const { path: store } = afs.storage;
  renameSync(store, `${store}.gone`);
  connection.socket.write(
    Buffer.concat([
      rawFrame(0, 'first'),
      frame('EMIT', { event_type: 'CUSTOM', data: {} }),
      frame('STORE', { key: 'k', value: 1 }),
      frame('FETCH', { key: 'k' }),
      frame('GET_PERMS', {}),
    ]),
  );
  await expect.poll(() => connection.replies().length).toBe(6);
  renameSync(`${store}.gone`, store);
  const [, first, ...rest] = connection.replies().map(({ text }) => text);
  expect(first).toBe('first');
  const gone = { success: false, error: expect.stringContaining('removed or replaced') };
  expect(rest.map((text) => JSON.parse(text))).toMatchObject([
    { ...gone, delivered_to: 0 },
    gone,
    { ...gone, exists: false },
    { success: true },
  ]);
  expect(core.events.newest).toBe(newest);
  expect(await other.fetch('k')).toMatchObject({ exists: false });
  expect((await other.pollEvents()).events).toEqual([]);
  expect(await other.emitEvent('CUSTOM', {})).toMatchObject({ success: true });
});

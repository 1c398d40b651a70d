import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutputChunk, OutputCollector, OutputQueue } from '../../src/runner/process/output.ts';
import { OutputReader } from '../../src/runner/process/output-reader.ts';

describe('OutputCollector', () => {
  it('keeps exactly the first bytes and counts the others', () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(chunks, fc.nat(150_000), (pieces, limit) => {
        const collector = new OutputCollector(limit);
        for (const piece of pieces) collector.add(Buffer.from(piece));
        const all = Buffer.concat(pieces);
        expect(collector.bytes().equals(all.subarray(0, limit))).toBe(true);
        expect(collector.totalBytes).toBe(all.length);
        expect(collector.droppedBytes).toBe(Math.max(0, all.length - limit));
      }),
      { numRuns: 50 },
    );
  });

  it('can be read while it goes on', () => {
    const collector = new OutputCollector(100);
    collector.add(Buffer.from('one'));
    expect(collector.bytes().toString()).toBe('one');
    collector.add(Buffer.from('two'));
    expect(collector.bytes().toString()).toBe('onetwo');
  });
});

const BLOCK = 64 * 1024;

function chunk(text: string, stream: OutputChunk['stream'] = 'stdout'): OutputChunk {
  return { stream, bytes: Buffer.from(text) };
}

function joined(chunks: readonly OutputChunk[] | undefined): string | undefined {
  return chunks?.map(({ stream, bytes }) => `${stream}:${bytes.toString()}`).join(' ');
}

/** Whether the promise is settled once everything that is ready to run has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('OutputQueue', () => {
  it('gives chunks in their order, small neighbours of one stream put together', async () => {
    const queue = new OutputQueue(1000);
    await queue.push(chunk('a'));
    await queue.push(chunk('b'));
    await queue.push(chunk('c', 'stderr'));
    await queue.push(chunk('d'));
    expect(joined(await queue.take())).toBe('stdout:ab stderr:c stdout:d');
  });

  it('lets the reader wait for the next chunk and for the end', async () => {
    const queue = new OutputQueue(1000);
    const first = queue.take();
    expect(await isSettled(first)).toBe(false);
    await queue.push(chunk('a'));
    expect(joined(await first)).toBe('stdout:a');
    const second = queue.take();
    queue.end();
    expect(await second).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
  });

  it('holds the producer back while a reader lags behind', async () => {
    const queue = new OutputQueue(10 * BLOCK);
    const block = chunk('x'.repeat(BLOCK));
    await queue.push(block);
    await queue.take();
    for (let i = 0; i < 4; i++) await queue.push(block);
    const held = queue.push(block);
    expect(await isSettled(held)).toBe(false);
    expect((await queue.take())?.length).toBeGreaterThan(0);
    expect(await isSettled(held)).toBe(true);
  });

  it('holds nobody back before there is a reader, and keeps the first bytes for one', async () => {
    const queue = new OutputQueue(6 * BLOCK);
    for (const name of 'abcdefgh') await queue.push(chunk(name.repeat(BLOCK)));
    queue.end();
    const kept = (await queue.take())?.map(({ bytes }) => String.fromCharCode(bytes[0] ?? 0));
    expect(kept?.join('')).toBe('abcdef');
  });

  it.each(['release', 'abandon'] as const)('lets the producer on with %s()', async (end) => {
    const queue = new OutputQueue(10 * BLOCK);
    for (let i = 0; i < 2; i++) await queue.push(chunk('x'));
    await queue.take();
    const held = queue.push(chunk('y'.repeat(5 * BLOCK)));
    expect(await isSettled(held)).toBe(false);
    queue[end]();
    expect(await isSettled(held)).toBe(true);
    await queue.push(chunk('z'.repeat(9 * BLOCK)));
    queue.end();
    expect((await queue.take())?.length).toBe(end === 'release' ? 2 : undefined);
  });
});

it('that waits in a pipe when the command has ended is read, also where the event loop is held up', async () => {
  const child = spawn('head', ['-c', '500000', '/dev/zero'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const reader = new OutputReader(child, { limitBytes: 1000, isStreamed: true, copies: [] });
  const pieces = reader.lines({ streams: 'both', partial: true }, () => undefined);
  const first = await pieces.next();
  await once(child, 'exit');
  const finished = reader.finish();
  for (const end = performance.now() + 1100; performance.now() < end; );
  await finished;
  let length = String(first.value).length;
  for await (const piece of pieces) length += piece.length;
  expect(length).toBe(500_000);
});

/** Streams in and out of a workspace: ranges, chunk borders, errors, and nothing half written. */

import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { setUp } from '../support/test-project.ts';

const CHUNK = 256 * 1024;

/** Bytes whose value tells where they are. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 16)) & 0xff;
  return bytes;
}

async function writeThrough(
  workspace: Workspace,
  path: string,
  pieces: Iterable<Uint8Array | string>,
  options?: { mode?: number; flag?: 'w' | 'wx' },
): Promise<void> {
  await pipeline(Readable.from(pieces), workspace.createWriteStream(path, options));
}

describe('createWriteStream', () => {
  it('stores the same as writeFile does, at and around every border of chunks', async () => {
    const { workspace } = await setUp();
    const sizes = [0, 1, CHUNK, 4 * CHUNK - 1, 4 * CHUNK, 4 * CHUNK + 1, 9 * CHUNK + 17];
    for (const size of sizes) {
      const bytes = pattern(size);
      await workspace.writeFile('/whole', bytes);
      const pieces = Array.from({ length: Math.ceil(size / 99_991) }, (_, i) =>
        bytes.subarray(i * 99_991, (i + 1) * 99_991),
      );
      await writeThrough(workspace, '/streamed', pieces);
      const [whole, streamed] = [await workspace.stat('/whole'), await workspace.stat('/streamed')];
      expect(streamed.size).toBe(size);
      expect(streamed.hash).toBe(whole.hash);
      expect((await workspace.readFile('/streamed')).equals(bytes)).toBe(true);
    }
  });

  it('shows nothing before it has finished, and everything then', async () => {
    const { workspace } = await setUp({ 'a.txt': 'old' });
    const stream = workspace.createWriteStream('/a.txt', { mode: 0o755 });
    const fresh = workspace.createWriteStream('/dir/new.bin');
    for (const each of [stream, fresh]) {
      each.write(pattern(2_000_000));
      each.write('end');
    }
    expect(await workspace.readText('/a.txt')).toBe('old');
    expect(await workspace.exists('/dir')).toBe(false);
    for (const each of [stream, fresh]) {
      each.end();
      await once(each, 'finish');
    }
    expect(await workspace.stat('/a.txt')).toMatchObject({ size: 2_000_003, mode: 0o755 });
    expect((await workspace.stat('/dir/new.bin')).size).toBe(2_000_003);
    expect(await workspace.audit.logs({ path: 'a.txt' })).toHaveLength(1);
  });

  it('leaves nothing behind when it is destroyed', async () => {
    const { afs, workspace } = await setUp();
    const stream = workspace.createWriteStream('/a.bin');
    stream.write(pattern(3_000_000));
    stream.destroy();
    await once(stream, 'close');
    expect(await workspace.exists('/a.bin')).toBe(false);
    expect((await workspace.status()).hasChanges).toBe(false);
    await afs.gc();
    expect((await afs.storage.usage()).reclaimable.objects).toBe(0);
    expect((await afs.verify({ readData: true })).ok).toBe(true);
  });

  it('leaves the file as it was when its source fails', async () => {
    const { workspace } = await setUp({ 'a.txt': 'old' });
    const source = Readable.from(
      (function* () {
        yield pattern(1_500_000);
        throw new Error('the source has failed');
      })(),
    );
    const writing = pipeline(source, workspace.createWriteStream('/a.txt'));
    await expect(writing).rejects.toThrow('the source has failed');
    expect(await workspace.readText('/a.txt')).toBe('old');
  });

  it('fails through the stream where nothing can be written', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    const write = (path: string, flag: 'w' | 'wx' = 'w'): Promise<void> =>
      writeThrough(workspace, path, ['x'], { flag });
    await expect(write('/dir')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(write('/dir/a.txt/b')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(write('/dir/a.txt', 'wx')).rejects.toMatchObject({ code: 'EEXIST' });
    await write('/dir/b.txt', 'wx');
    expect(await workspace.readText('/dir/a.txt')).toBe('a');
    expect(await workspace.readText('/dir/b.txt')).toBe('x');
    expect(() => workspace.createWriteStream('/../x')).toThrow(/INVALID_PATH|leads above/);
    expect(() =>
      Reflect.apply(workspace.createWriteStream, workspace, ['/x', { flag: 'a' }]),
    ).toThrow(/flag must be one of/);
  });

  it('survives a collection of garbage while it is under way', async () => {
    const { afs, workspace } = await setUp();
    const bytes = pattern(4_000_000);
    const stream = workspace.createWriteStream('/big.bin');
    stream.write(bytes.subarray(0, 2_500_000));
    await afs.gc();
    stream.end(bytes.subarray(2_500_000));
    await once(stream, 'finish');
    await afs.gc();
    expect((await workspace.readFile('/big.bin')).equals(bytes)).toBe(true);
  });
});

describe('createReadStream and readStream', () => {
  it('give the whole content, whatever its size', async () => {
    const { workspace } = await setUp();
    for (const size of [0, 1, CHUNK, 4 * CHUNK, 4 * CHUNK + 1, 9 * CHUNK + 17]) {
      const bytes = pattern(size);
      await workspace.writeFile('/a', bytes);
      expect((await buffer(workspace.createReadStream('/a'))).equals(bytes)).toBe(true);
      expect((await buffer(workspace.readStream('/a'))).equals(bytes)).toBe(true);
    }
  });

  it('give the bytes from start to end, both inclusive, across chunks', async () => {
    const { workspace } = await setUp();
    const bytes = pattern(9 * CHUNK);
    await workspace.writeFile('/big', bytes);
    await workspace.writeFile('/small', bytes.subarray(0, 1000));
    const ranges = [
      [0, 0],
      [CHUNK - 1, CHUNK],
      [CHUNK, 3 * CHUNK - 1],
      [5, 9 * CHUNK + 100],
      [9 * CHUNK, 9 * CHUNK + 1],
      [500, 700],
    ] as const;
    for (const [start, end] of ranges) {
      const big = await buffer(workspace.createReadStream('/big', { start, end }));
      expect(big.equals(bytes.subarray(start, end + 1)), `${start}-${end}`).toBe(true);
      const small = await buffer(workspace.readStream('/small', { start, end }));
      expect(small.equals(bytes.subarray(0, 1000).subarray(start, end + 1))).toBe(true);
    }
  });

  it('go on with what they began to read when the file is replaced meanwhile', async () => {
    const { afs, workspace } = await setUp();
    const bytes = pattern(8 * CHUNK);
    await workspace.writeFile('/a', bytes);
    const pieces: Buffer[] = [];
    for await (const piece of workspace.readStream('/a')) {
      if (pieces.push(piece) === 1) {
        await workspace.delete('/a');
        await afs.gc();
      }
    }
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
    expect(await workspace.exists('/a')).toBe(false);
  });

  it('give errors through the stream', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    const read = (path: string): Promise<Buffer> => buffer(workspace.createReadStream(path));
    await expect(read('/no')).rejects.toMatchObject({ code: 'ENOENT', path: '/no' });
    await expect(read('/dir')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(buffer(workspace.readStream('/no'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(() => workspace.createReadStream('/a', { start: -1 })).toThrow(/start must be/);
    expect(() => workspace.createReadStream('/a', { end: 0.5 })).toThrow(/end must be/);
    expect(() => workspace.readStream('/a', { highWaterMark: 0 })).toThrow(/highWaterMark/);
  });

  it('copy from one workspace into another without holding the file', async () => {
    const { afs, workspace } = await setUp();
    const other = await afs.workspace.create('other');
    await workspace.writeFile('/a', pattern(2_000_000));
    await pipeline(workspace.createReadStream('/a'), other.createWriteStream('/b'));
    expect((await other.stat('/b')).hash).toBe((await workspace.stat('/a')).hash);
  });

  it('can be awaited, as every other method', async () => {
    const { workspace } = await setUp({ 'a.txt': 'hello' });
    const stream = await workspace.createReadStream('/a.txt');
    expect((await buffer(stream)).toString()).toBe('hello');
  });
});

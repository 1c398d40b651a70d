/** Reading one file as one version, while others write it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  MAX_FILE_BYTES,
  type ReadOptions,
  readBuffer,
  readStable,
  type StableFile,
} from '../../src/disk/read-file.ts';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { runInSlices, type Steps } from '../../src/disk/time-slices.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { MemorySink } from './support/memory-sink.ts';
import { FAR_CLOCK } from './support/scanned-directory.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';

const MEBIBYTE = 1024 * 1024;

function openAt(root: string): SafeDirectory {
  const directory = SafeDirectory.open(root);
  onTestFinished(() => directory.close());
  return directory;
}

/** Reads to the end; `between` runs after each step. */
async function read(
  root: string,
  name: string,
  options: Partial<ReadOptions> = {},
  between: () => void = () => {},
): Promise<{ readonly file: StableFile; readonly sink: MemorySink }> {
  const directory = openAt(root);
  const sink = new MemorySink();
  const path = parsePath(name);
  const source = { path, open: () => directory.openRead(path) };
  const steps = readStable(source, { sink, clock: FAR_CLOCK, ...options });
  function* observed(): Steps<StableFile> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      between();
      yield step.value;
    }
  }
  return { file: await runInSlices(observed()), sink };
}

describe('reading a file', () => {
  it.each([0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 3 * MEBIBYTE + 7])(
    'gives its content: %i bytes',
    async (size) => {
      const content = Buffer.alloc(size, 'abcdefg');
      const root = temporaryDirectory();
      writeFileSync(join(root, 'f'), content);
      const { file, sink } = await read(root, 'f');
      expect(file.id).toBe(contentId(content));
      expect(file.size).toBe(size);
      expect(sink.longestPiece).toBeLessThanOrEqual(256 * 1024);
    },
  );

  it('refuses everything that is not a regular file, without blocking', async () => {
    const root = temporaryDirectory({ target: 'x', 'dir/': '' });
    execFileSync('mkfifo', [join(root, 'fifo')]);
    symlinkSync('target', join(root, 'link'));
    await expect(read(root, 'fifo')).rejects.toThrow(expect.objectContaining({ code: 'EINVAL' }));
    await expect(read(root, 'dir')).rejects.toThrow(expect.objectContaining({ code: 'EINVAL' }));
    await expect(read(root, 'link')).rejects.toThrow(expect.objectContaining({ code: 'ELOOP' }));
    await expect(read(root, 'none')).rejects.toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('refuses files above the limit', async () => {
    const root = temporaryDirectory({ f: '' });
    truncateSync(join(root, 'f'), MAX_FILE_BYTES + 1);
    await expect(read(root, 'f')).rejects.toThrow(expect.objectContaining({ code: 'EFBIG' }));
    await expect(read(root, 'f', { maxFileBytes: 5 })).rejects.toThrow('more than the limit of 5');
  });

  it('reads a file again that moved while it was read, and drops the first reading', async () => {
    const root = temporaryDirectory({ f: 'a'.repeat(2 * MEBIBYTE) });
    let edits = 0;
    const { file, sink } = await read(root, 'f', {}, () => {
      if (edits++ === 0) writeFileSync(join(root, 'f'), 'the second version');
    });
    expect(sink.text(file.id)).toBe('the second version');
  });

  it('gives up on a file that never stops changing', async () => {
    const root = temporaryDirectory({ f: 'a'.repeat(2 * MEBIBYTE) });
    const append = (): void => appendFileSync(join(root, 'f'), 'more');
    await expect(read(root, 'f', {}, append)).rejects.toThrow(
      expect.objectContaining({ code: 'FILE_UNSTABLE', path: 'f', details: { attempts: 5 } }),
    );
  });

  it('closes the file when the reading is given up half-way', async () => {
    const root = temporaryDirectory({ f: 'a'.repeat(2 * MEBIBYTE) });
    const sink = new MemorySink();
    let descriptor = -1;
    const open = (): number => {
      descriptor = openSync(join(root, 'f'), constants.O_RDONLY);
      return descriptor;
    };
    const steps = readStable({ path: 'f', open }, { sink, clock: FAR_CLOCK });
    steps.next();
    steps.return(undefined as never);
    expect(() => closeSync(descriptor)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('takes young content at once when it is known, or when nobody else writes', async () => {
    const root = temporaryDirectory({ f: 'young' });
    const young = { clock: { now: () => 0 } };
    let waits = 0;
    const count = (): void => {
      waits++;
    };
    await read(root, 'f', { ...young, quiescent: true }, count);
    await read(root, 'f', { ...young, expected: contentId(Buffer.from('young')) }, count);
    expect(waits).toBe(0);
    const { file } = await read(root, 'f', young, count);
    expect(waits).toBe(1);
    expect(file.id).toBe(contentId(Buffer.from('young')));
  });

  it.each([
    ['one write', 400_000],
    ['one write, in chunks when read', 3 * MEBIBYTE],
  ])('never mixes two versions of a file that another process rewrites by %s', async (_, size) => {
    const root = temporaryDirectory();
    mkdirSync(join(root, 'd'));
    const writer = await startWriter(join(root, 'd/f'), size);
    const pure = [contentId(Buffer.alloc(size, 'A')), contentId(Buffer.alloc(size, 'B'))];
    let readings = 0;
    let refusals = 0;
    for (let round = 0; round < 15; round++) {
      try {
        const { file } = await read(root, 'd/f', { clock: { now: () => Date.now() } });
        expect(pure).toContain(file.id);
        readings++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'FILE_UNSTABLE' });
        refusals++;
      }
    }
    expect(readings + refusals).toBe(15);
    writer.stdin?.end();
    await once(writer, 'exit');
    // Once nobody writes, it has to be readable.
    expect(pure).toContain((await read(root, 'd/f')).file.id);
  });
});

describe('reading a small file at once', () => {
  it('gives the bytes, and refuses what is too large', async () => {
    const directory = openAt(temporaryDirectory({ f: 'hello' }));
    const source = { path: 'f', open: () => directory.openRead(parsePath('f')) };
    expect(readBuffer(source, 5).toString()).toBe('hello');
    expect(() => readBuffer(source, 4)).toThrow(expect.objectContaining({ code: 'EFBIG' }));
  });
});

/** A process that rewrites the file in place, all A, all B, until its input ends. */
async function startWriter(path: string, size: number): Promise<ChildProcess> {
  const script = `
import os, select, sys
path, size = sys.argv[1], int(sys.argv[2])
versions = [b"A" * size, b"B" * size]
file = os.open(path, os.O_RDWR | os.O_CREAT)
os.pwrite(file, versions[0], 0)
print("ready", flush=True)
turn = 0
while not select.select([0], [], [], [0.001, 0.04, 0.07][turn % 3])[0]:
    turn += 1
    os.pwrite(file, versions[turn % 2], 0)
`;
  const writer = spawn('python3', ['-c', script, path, String(size)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    writer.kill('SIGKILL');
  });
  if (writer.stdout !== null) await once(writer.stdout, 'data');
  return writer;
}

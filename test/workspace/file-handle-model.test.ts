/** A file handle does what that of node:fs/promises does, whatever is done with it. */

import {
  mkdtemp,
  type FileHandle as NodeHandle,
  open,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { setUp } from '../support/test-project.ts';

/** What the two kinds of handle share. */
type Handle = Pick<
  NodeHandle,
  'read' | 'write' | 'readv' | 'writev' | 'truncate' | 'readFile' | 'writeFile' | 'appendFile'
>;

type Act = (handle: Handle) => Promise<unknown>;

const CHUNK = 256 * 1024;
const place = fc.oneof(
  fc.constantFrom(null, -1),
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(CHUNK - 3, CHUNK, 4 * CHUNK - 2, 4 * CHUNK + 1, 5 * CHUNK),
);
const bytes = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(CHUNK, CHUNK + 5)), fc.nat(255))
  .map(([size, seed]) =>
    Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed) & 255)),
  );

const act: fc.Arbitrary<readonly [string, Act]> = fc.oneof(
  fc.tuple(bytes, place).map(([data, position]) =>
    named(`write ${data.length} at ${position}`, async (handle) => {
      const at = position === -1 ? null : position;
      return (await handle.write(data, 0, data.length, at)).bytesWritten;
    }),
  ),
  fc.tuple(fc.string({ maxLength: 9 }), place).map(([text, position]) =>
    named(`write '${text}' at ${position}`, async (handle) => {
      const at = position === -1 ? null : position;
      return (await handle.write(text, at)).bytesWritten;
    }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat(9), place).map(([length, offset, position]) =>
    named(`read ${length} at ${position}`, async (handle) => {
      const buffer = Buffer.alloc(length + offset, 1);
      const { bytesRead } = await handle.read(buffer, offset, length, position);
      return [bytesRead, buffer.toString('hex')];
    }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 9 }), place).map(([size, position]) =>
    named(`readv at ${position}`, async (handle) => {
      const buffers = [Buffer.alloc(size), new Uint8Array(3), Buffer.alloc(size * 2)];
      const { bytesRead } = await handle.readv(buffers, position === null ? undefined : position);
      return [bytesRead, Buffer.concat(buffers).toString('hex')];
    }),
  ),
  fc.tuple(bytes, bytes, place).map(([one, two, position]) =>
    named(`writev at ${position}`, async (handle) => {
      const at = position === null || position === -1 ? undefined : position;
      return (await handle.writev([one, two], at)).bytesWritten;
    }),
  ),
  place.map((length) =>
    named(`truncate ${length}`, async (handle) => handle.truncate(length ?? undefined)),
  ),
  fc.constant(named('readFile', async (handle) => (await handle.readFile()).toString('base64'))),
  bytes.map((data) => named('writeFile', async (handle) => handle.writeFile(data))),
  fc
    .string({ maxLength: 9 })
    .map((data) => named('appendFile', async (handle) => handle.appendFile(data))),
);

function named(name: string, action: Act): readonly [string, Act] {
  return [name, action];
}

async function outcome(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    (value) => ({ value }),
    (error) => ({ code: error.code, errno: error.errno, syscall: error.syscall }),
  );
}

describe('a file handle', () => {
  it('does the same as one of node:fs', async () => {
    const { workspace } = await setUp();
    const directory = await mkdtemp(join(tmpdir(), 'agentfs-handles-'));
    const flags = fc.constantFrom('r', 'r+', 'w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax', 'ax+');
    let count = 0;
    const acts = fc.array(act, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.option(bytes), flags, acts, async (before, flag, list) => {
        count += 1;
        const [real, ours] = [join(directory, `${count}`), `/${count}`];
        if (before !== null) {
          await workspace.writeFile(ours, before);
          await writeFile(real, before);
        }
        const opened = await Promise.allSettled([open(real, flag), workspace.open(ours, flag)]);
        const [one, two] = opened;
        if (one.status === 'rejected' || two.status === 'rejected') {
          const codes = opened.map((each) => (each.status === 'rejected' ? each.reason.code : ''));
          expect(codes[1]).toBe(codes[0]);
          if (one.status === 'fulfilled') await one.value.close();
          return;
        }
        try {
          for (const [name, action] of list) {
            const expected = await outcome(action(one.value));
            const actual = await outcome(action(two.value as unknown as Handle));
            expect({ [name]: actual }).toEqual({ [name]: expected });
          }
          const { size } = await one.value.stat();
          expect((await two.value.stat()).size).toBe(size);
        } finally {
          await one.value.close();
          await two.value.close();
        }
        const content = await readFile(real);
        expect((await workspace.readFile(ours)).equals(content)).toBe(true);
      }),
      { numRuns: 60 },
    );
    await rm(directory, { recursive: true });
  });
});

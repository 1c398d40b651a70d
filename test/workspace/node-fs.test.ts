/** The file system of a workspace beside that of node: the same calls, answers and errors. */

import * as nodeFs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { setUp } from '../support/test-project.ts';
import { whenDone } from '../support/when-done.ts';

type Fs = typeof nodeFs;
type Step = (fs: Fs, at: (path: string) => string) => Promise<unknown>;

/** Calls in order, each on what the ones before have left; what they give is compared. */
const STEPS: Readonly<Record<string, Step>> = {
  'makes directories': (fs, at) => fs.mkdir(at('a/b/c'), { recursive: true }),
  'makes them once': (fs, at) => fs.mkdir(at('a')),
  'makes no parents': (fs, at) => fs.mkdir(at('x/y')),
  'makes none below a file, once there is one': async (fs, at) => {
    await fs.writeFile(at('a/file'), 'one');
    return fs.mkdir(at('a/file/b'), { recursive: true });
  },
  'makes no directory over a file': (fs, at) => fs.mkdir(at('a/file'), { recursive: true }),
  'reads text': (fs, at) => fs.readFile(at('a/file'), 'utf8'),
  'reads bytes as text': (fs, at) => fs.readFile(at('a/file'), { encoding: 'base64' }),
  'reads no directory': (fs, at) => fs.readFile(at('a')).then(String),
  'reads nothing': (fs, at) => fs.readFile(at('none'), 'utf8'),
  'reads nothing below a file': (fs, at) => fs.readFile(at('a/file/none'), 'utf8'),
  'writes nothing without a directory': (fs, at) => fs.writeFile(at('none/file'), ''),
  'writes over no directory': (fs, at) => fs.writeFile(at('a'), ''),
  'writes new files only': (fs, at) => fs.writeFile(at('a/file'), 'x', { flag: 'wx' }),
  appends: async (fs, at) => {
    await fs.appendFile(at('a/file'), Buffer.from(' two'));
    await fs.appendFile(at('a/new'), 'three', { mode: 0o755 });
    return [await fs.readFile(at('a/file'), 'utf8'), (await fs.stat(at('a/new'))).mode];
  },
  'writes in place': async (fs, at) => {
    await fs.writeFile(at('a/file'), 'ONE', { flag: 'r+' });
    return fs.readFile(at('a/file'), 'utf8');
  },
  'writes what a stream has': async (fs, at) => {
    await fs.writeFile(at('a/streamed'), Readable.from(['one', 'two']));
    return fs.readFile(at('a/streamed'), 'utf8');
  },
  'cuts off': async (fs, at) => {
    await fs.truncate(at('a/streamed'), 2);
    return fs.readFile(at('a/streamed'), 'utf8');
  },
  // Before there are links to directories, which node of some versions lists too.
  'lists names at any depth': async (fs, at) =>
    (await fs.readdir(at('a'), { recursive: true })).sort(),
  links: async (fs, at) => {
    await fs.symlink('file', at('a/link'));
    await fs.symlink('b', at('a/down'));
    const [link, file] = [await fs.lstat(at('a/link')), await fs.stat(at('a/link'))];
    return [
      await fs.readlink(at('a/link')),
      (await fs.realpath(at('a/down/c'))).slice(-6),
      link.isSymbolicLink(),
      link.mode,
      file.isFile(),
      file.size,
      await fs.readFile(at('a/link'), 'utf8'),
    ];
  },
  'links once': (fs, at) => fs.symlink('b', at('a/link')),
  'reads no link where there is none': (fs, at) => fs.readlink(at('a/file')),
  'lists names': async (fs, at) => (await fs.readdir(at('a'))).sort(),
  'lists kinds': async (fs, at) =>
    (await fs.readdir(at('a'), { withFileTypes: true }))
      .map((each) => [each.name, each.isFile(), each.isDirectory(), each.isSymbolicLink()].join())
      .sort(),
  'lists bytes': async (fs, at) => (await fs.readdir(at('a'), 'buffer')).map(String).sort(),
  'lists no file': (fs, at) => fs.readdir(at('a/file')),
  'opens directories': async (fs, at) => {
    const names = [];
    for await (const { name } of await fs.opendir(at('a'))) names.push(name);
    return names.sort();
  },
  copies: async (fs, at) => {
    await fs.copyFile(at('a/file'), at('a/copy'));
    await fs.cp(at('a'), at('copied'), { recursive: true });
    return namesBelow(fs, at('copied'));
  },
  'copies what the filter lets': async (fs, at) => {
    const filter = (from: string): boolean => !from.endsWith('b');
    await fs.cp(at('a'), at('filtered'), { recursive: true, filter });
    return namesBelow(fs, at('filtered'));
  },
  'copies into no missing directory': (fs, at) => fs.copyFile(at('a/file'), at('none/copy')),
  'copies over nothing': (fs, at) => fs.copyFile(at('a/file'), at('a/copy'), 1),
  moves: async (fs, at) => {
    await fs.rename(at('copied'), at('moved'));
    return (await fs.readdir(at('.'))).sort();
  },
  'moves nothing': (fs, at) => fs.rename(at('none'), at('moved')),
  'moves over no full directory': (fs, at) => fs.rename(at('filtered'), at('moved')),
  'moves over no directory': (fs, at) => fs.rename(at('a/file'), at('moved')),
  'moves into no missing directory': (fs, at) => fs.rename(at('a/file'), at('none/file')),
  'moves nothing into itself': (fs, at) => fs.rename(at('a'), at('a/b/d')),
  'changes permissions': async (fs, at) => {
    await fs.chmod(at('a/file'), 0o751);
    return (await fs.stat(at('a/file'))).mode;
  },
  'changes times': async (fs, at) => {
    await fs.utimes(at('a/file'), 5, new Date(1_234_567_890_123));
    return (await fs.stat(at('a/file'))).mtime.toISOString();
  },
  'grants access': (fs, at) => fs.access(at('a/file'), fs.constants.X_OK | fs.constants.W_OK),
  'grants no access to nothing': (fs, at) => fs.access(at('none')),
  'makes directories with random names': async (fs, at) => {
    const path = await fs.mkdtemp(at('temp-'));
    return [path.length, (await fs.stat(path)).mode];
  },
  deletes: async (fs, at) => {
    await fs.unlink(at('a/down'));
    await fs.rm(at('a/copy'));
    await fs.rm(at('a/none'), { force: true });
    await fs.rmdir(at('a/b/c'));
    return (await fs.readdir(at('a'))).sort();
  },
  'deletes nothing twice': (fs, at) => fs.unlink(at('a/down')),
  'deletes no full directory': (fs, at) => fs.rmdir(at('a')),
  'deletes no file as a directory': (fs, at) => fs.rmdir(at('a/file')),
  'deletes no missing file': (fs, at) => fs.rm(at('none')),
  'deletes all below': async (fs, at) => {
    await fs.rm(at('a'), { recursive: true });
    return (await fs.readdir(at('.'))).filter((name) => !name.startsWith('temp-')).sort();
  },
};

/** Without what is behind links, which node lists too unless it looks at kinds. */
async function namesBelow(fs: Fs, path: string): Promise<string[]> {
  const found = await fs.readdir(path, { recursive: true, withFileTypes: true });
  return found.map(({ name, path: where }) => join(where.slice(path.length), name)).sort();
}

/** The errors of node:fs name absolute paths, and their calls differ where one is several. */
async function outcome(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    (value) => (typeof value === 'string' && value.startsWith('/') ? 'a path' : value),
    ({ code, errno }) => ({ code, errno }),
  );
}

describe('the file system of a workspace', () => {
  it('answers as that of node does', async () => {
    const { workspace } = await setUp();
    const directory = await nodeFs.mkdtemp(join(tmpdir(), 'agentfs-node-'));
    whenDone(() => nodeFs.rm(directory, { recursive: true }));
    const ours = workspace.fs.promises as unknown as Fs;
    for (const [name, step] of Object.entries(STEPS)) {
      const expected = await outcome(step(nodeFs, (path) => join(directory, path)));
      const prefix = '/'.padEnd(directory.length, 'd');
      if (name === 'makes directories') await workspace.mkdir(prefix);
      expect({ [name]: await outcome(step(ours, (path) => join(prefix, path))) }).toEqual({
        [name]: expected,
      });
    }
  });

  it('says in its errors what was called with which paths, and what the workspace says', async () => {
    const { workspace } = await setUp({ a: 'a' });
    await expect(workspace.fs.readFile('/none')).rejects.toMatchObject({
      code: 'ENOENT',
      errno: -2,
      syscall: 'open',
      path: '/none',
      message: "ENOENT: no such file or directory, open '/none'",
      cause: { code: 'ENOENT' },
    });
    await expect(workspace.fs.rename('/none', '/b')).rejects.toMatchObject({
      syscall: 'rename',
      path: '/none',
      dest: '/b',
      message: "ENOENT: no such file or directory, rename '/none' -> '/b'",
    });
    await expect(workspace.fs.stat('/.git')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(workspace.fs.mkdir('/.git')).rejects.toMatchObject({ code: 'EPERM' });
    await expect(workspace.fs.stat('/../up')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(workspace.fs.stat('/a', { bigint: true } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(workspace.fs.readFile(7 as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await workspace.update({ readOnly: true });
    await expect(workspace.fs.unlink('/a')).rejects.toMatchObject({
      code: 'EROFS',
      cause: { code: 'READ_ONLY' },
    });
    await expect(workspace.fs.access('/a', workspace.fs.constants.W_OK)).rejects.toMatchObject({
      code: 'EROFS',
    });
  });

  it('streams', async () => {
    const { workspace } = await setUp({ a: 'content' });
    const { fs } = workspace;
    expect(await text(fs.createReadStream('/a', { start: 1, end: 3 }))).toBe('ont');
    await expect(text(fs.createReadStream('/none'))).rejects.toMatchObject({ syscall: 'open' });
    await pipeline(['one ', 'two'], fs.createWriteStream('/b'));
    await pipeline([' three'], fs.createWriteStream('/b', { flags: 'a' }));
    await pipeline(['TWO'], fs.createWriteStream('/b', { flags: 'r+', start: 4 }));
    expect(await fs.readFile('/b', 'utf8')).toBe('one TWO three');
    const missing = pipeline(['x'], fs.createWriteStream('/none/b'));
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT', path: '/none/b' });
    expect(() => fs.createWriteStream('/b', 'nonsense' as never)).toThrow(RangeError);
  });

  it('makes each write one transaction and one change', async () => {
    const { workspace } = await setUp();
    await workspace.fs.writeFile('/a', 'one', { mode: 0o600 });
    await workspace.fs.writeFile('/a', 'two', { mode: 0o755 });
    expect(await workspace.audit.logs({ path: 'a' })).toHaveLength(2);
    expect((await workspace.stat('/a')).mode).toBe(0o600);
  });

  it('tells of what happens at a path until its signal fires', async () => {
    const { workspace } = await setUp({ 'dir/a': 'a', b: 'b' });
    const controller = new AbortController();
    const events = workspace.fs.watch('/dir', { signal: controller.signal });
    const seen = collect(events, 2, controller);
    await change(workspace);
    await expect(seen).rejects.toMatchObject({ name: 'AbortError' });
    expect(await seen.catch(({ seen: list }) => list)).toEqual([
      { eventType: 'change', filename: 'a' },
      { eventType: 'rename', filename: 'c' },
    ]);
  });

  it('has another number for a file whose content is another', async () => {
    const { workspace } = await setUp({ a: 'one', b: 'one' });
    const number = async (path: string): Promise<number> => (await workspace.fs.stat(path)).ino;
    const before = await number('/a');
    expect(await number('/a')).toBe(before);
    expect(await number('/b')).not.toBe(before);
    await workspace.writeFile('/a', 'two');
    expect(await number('/a')).not.toBe(before);
  });
});

async function change(workspace: Workspace): Promise<void> {
  await workspace.writeFile('b', 'B');
  await workspace.batch((batch) => batch.writeFile('dir/a', 'A').writeFile('dir/c', 'C'));
}

async function collect(
  events: AsyncIterable<unknown>,
  count: number,
  controller: AbortController,
): Promise<never> {
  const seen: unknown[] = [];
  try {
    for await (const event of events) {
      seen.push(event);
      if (seen.length === count) controller.abort();
    }
  } catch (error) {
    throw Object.assign(error as Error, { seen });
  }
  throw new Error('The watch ended without a reason.');
}

/** Workspaces as tar archives: there and back, with real tar, and what is refused. */

import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { AgentFS, ArchiveSource, Workspace } from '../../src/index.ts';
import { type Member, makeTar } from '../support/tar-bytes.ts';
import { TestProject } from '../support/test-project.ts';

const tar = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)('tar', args, { env: { ...process.env, TZ: 'UTC' } })).stdout;

const LONG = `deep/${'n'.repeat(120)}/${'m'.repeat(200)}.txt`;

/** A workspace with everything that an archive has to carry. */
async function variedWorkspace(afs: AgentFS, name = 'varied'): Promise<Workspace> {
  const workspace = await afs.workspace.create(name);
  await workspace.writeFile('bin/run.sh', '#!/bin/sh\necho ran\n', { mode: 0o755 });
  await workspace.writeFile('secret', 'x', { mode: 0o600 });
  await workspace.writeFile(LONG, 'long\n');
  await workspace.writeFile('umläut/日本.txt', 'utf-8\n');
  await workspace.writeFile('empty', '');
  await workspace.writeFile('block', Buffer.alloc(512, 7));
  await workspace.writeFile('large.bin', Buffer.alloc(3 * 1024 * 1024 + 17, 'abc'));
  await workspace.mkdir('hollow/inner', { recursive: true });
  await workspace.symlink('../secret', 'bin/link');
  await workspace.symlink(`./${'t'.repeat(150)}`, 'long-link');
  return workspace;
}

/** All that a workspace holds, with modes and times. */
async function contentsOf(workspace: Workspace): Promise<unknown[]> {
  const infos = await workspace.listDir('/', { recursive: true });
  return infos.map(({ path, kind, mode, mtime, hash, target }) => ({
    ...{ path, kind, mode, mtime, hash, target },
  }));
}

function streamOf(...pieces: readonly Uint8Array[]): ArchiveSource {
  return Readable.from(pieces);
}

async function exported(workspace: Workspace, snapshot?: string): Promise<Buffer> {
  return buffer(workspace.exportTar({ snapshot }));
}

describe('an archive of a workspace', () => {
  it('becomes the same workspace again, to the permission and millisecond', async () => {
    const project = new TestProject({ 'base.txt': 'base\n' });
    const afs = project.open();
    const workspace = await variedWorkspace(afs);
    const archive = await exported(workspace);
    const copy = await afs.workspace.importTar('copy', streamOf(archive), { tags: ['imported'] });
    expect(await contentsOf(copy)).toEqual(await contentsOf(workspace));
    expect((await copy.diff({ against: 'varied' })).changes).toEqual([]);
    expect(copy.tags).toEqual(['imported']);
    // Both stand in the same relation to the base.
    expect((await copy.status()).added).toEqual((await workspace.status()).added);
  });

  it('is the same to the byte for equal workspaces, whatever their history', async () => {
    const project = new TestProject({ 'a/b.txt': 'b\n', 'a.txt': 'a\n' });
    const afs = project.open();
    const plain = await afs.workspace.create('plain');
    const moved = await afs.workspace.create('moved');
    await moved.writeFile('a/gone.txt', 'gone\n');
    await moved.snapshot.create('between');
    await moved.delete('a/gone.txt');
    expect((await exported(moved)).equals(await exported(plain))).toBe(true);
  });

  it('is unpacked by tar with contents, permissions, links and times', async () => {
    const project = new TestProject();
    const workspace = await variedWorkspace(project.open());
    await pipeline(workspace.exportTar(), createWriteStream(project.path('.agentfs/x.tar')));
    const target = project.path('unpacked');
    mkdirSync(target);
    await tar('-xpf', project.path('.agentfs/x.tar'), '-C', target);
    const unpacked = new TestProject();
    await promisify(execFile)('cp', ['-a', `${target}/.`, unpacked.dir]);
    const again = await unpacked.open().workspace.create('again');
    const withoutDirectoryTimes = (infos: unknown[]): unknown[] =>
      infos.map((info) => ({ ...(info as object), ...{ mtime: undefined } }));
    expect(withoutDirectoryTimes(await contentsOf(again))).toEqual(
      withoutDirectoryTimes(await contentsOf(workspace)),
    );
    const { mtime } = await workspace.stat('secret');
    expect(Math.floor(statSync(`${target}/secret`).mtimeMs)).toBe(mtime.getTime());
  });

  it('holds a snapshot instead when one is named, and says which ones there are not', async () => {
    const afs = new TestProject().open();
    const workspace = await afs.workspace.create('w');
    await workspace.writeFile('a', '1');
    await workspace.snapshot.create('first');
    await workspace.writeFile('b', '2');
    const copy = await afs.workspace.importTar('c', streamOf(await exported(workspace, 'first')));
    expect(await copy.readdir()).toEqual(['a']);
    expect(() => workspace.exportTar({ snapshot: 'second' })).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND' }),
    );
  });

  it('is compressed on demand, and taken in compressed', async () => {
    const afs = new TestProject().open();
    const workspace = await variedWorkspace(afs);
    const zipped = await buffer(workspace.exportTar({ gzip: true }));
    const bytes: number[] = [];
    afs.on('progress', ({ operation, done }) => {
      if (operation === 'import') bytes.push(done);
    });
    expect(gunzipSync(zipped).equals(await exported(workspace))).toBe(true);
    const copy = await afs.workspace.importTar('copy', streamOf(zipped));
    expect(await contentsOf(copy)).toEqual(await contentsOf(workspace));
    expect(bytes).toEqual([zipped.length]);
  });

  it('shows the workspace as it is when reading begins, also while it changes and is collected', async () => {
    const afs = new TestProject().open();
    const workspace = await afs.workspace.create('w');
    await workspace.writeFile('a', Buffer.alloc(4 * 1024 * 1024, 1));
    const reader = workspace.exportTar()[Symbol.asyncIterator]();
    const pieces: Buffer[] = [(await reader.next()).value];
    await workspace.delete('a');
    await afs.gc();
    for (let next = await reader.next(); next.done !== true; next = await reader.next()) {
      pieces.push(next.value);
    }
    const copy = await afs.workspace.importTar('copy', streamOf(...pieces));
    expect((await copy.stat('a')).size).toBe(4 * 1024 * 1024);
  });
});

describe('an archive made by tar', () => {
  it.each(['gnu', 'pax', 'ustar'])('is taken in: --format=%s', async (format) => {
    const project = new TestProject();
    const long = format === 'ustar' ? `${'n'.repeat(60)}/${'m'.repeat(60)}/file.txt` : LONG;
    project.writeAll({ 'in/a.txt': 'a\n', [`in/${long}`]: 'long\n', 'in/umläut': 'u\n' });
    project.write('in/run', 'x');
    const prepare =
      'chmod 4755 run && ln -s a.txt link && ln a.txt hard && mkdir -m 700 closed && touch -d "$0" a.txt';
    const time = format === 'pax' ? '@-1.5' : '@1.75';
    await promisify(execFile)('sh', ['-c', prepare, time], { cwd: project.path('in') });
    await tar(`--format=${format}`, '-cf', project.path('in.tar'), '-C', project.path('in'), '.');
    const afs = project.open();
    const source = createReadStream(project.path('in.tar'));
    const workspace = await afs.workspace.importTar('w', source);
    expect(await workspace.readFile(long, 'utf8')).toBe('long\n');
    expect(await workspace.readFile('hard', 'utf8')).toBe('a\n');
    expect(await workspace.readFile('umläut', 'utf8')).toBe('u\n');
    expect(await workspace.readlink('link')).toBe('a.txt');
    // Neither set-user-id nor other special bits come in.
    expect((await workspace.stat('run')).mode).toBe(0o755);
    expect((await workspace.stat('closed')).mode).toBe(0o700);
    // Only pax knows of fractions, and of times before 1970.
    expect((await workspace.stat('a.txt')).mtime.getTime()).toBe(format === 'pax' ? -1500 : 1000);
  });
});

describe('an import into a workspace that is there', () => {
  const archive = makeTar([
    { name: 'src/', type: '5', mode: 0o750 },
    { name: 'src/new.txt', content: 'new\n' },
    { name: 'a.txt', content: 'replaced\n' },
  ]);

  it('is laid over what is there, as one step with its audit rows', async () => {
    const afs = new TestProject({ 'a.txt': 'a\n', 'src/old.txt': 'old\n' }).open();
    const workspace = await afs.workspace.create('w');
    const heard: string[] = [];
    afs.on('change', (_workspace, changes) => heard.push(...changes.map(({ path }) => path)));
    const result = await workspace.importTar(streamOf(archive));
    expect(result.changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
      ...['modified a.txt', 'mode src', 'added src/new.txt'],
    ]);
    expect(heard).toEqual(['a.txt', 'src', 'src/new.txt']);
    expect(await workspace.readFile('src/old.txt', 'utf8')).toBe('old\n');
    const rows = await workspace.audit.logs({ path: 'src/*' });
    expect(rows.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'create src/new.txt',
    ]);
    const undone = await workspace.undo();
    expect(undone.operation).toMatchObject({ kind: 'import', summary: 'import of 3 entries' });
    expect((await workspace.status()).hasChanges).toBe(false);
  });

  it('deletes the rest with `replace`', async () => {
    const afs = new TestProject({ 'a.txt': 'a\n', 'src/old.txt': 'old\n' }).open();
    const workspace = await afs.workspace.create('w');
    await workspace.importTar(streamOf(archive), { replace: true });
    const paths = (await workspace.listDir('/', { recursive: true })).map(({ path }) => path);
    expect(paths).toEqual(['a.txt', 'src', 'src/new.txt']);
  });

  it.each([
    ['a directory over a file', { name: 'a.txt/', type: '5' }],
    ['a file over a directory', { name: 'src', content: 'x' }],
    ['a file below a file', { name: 'a.txt/below', content: 'x' }],
    ['a file below a link of the workspace', { name: 'link/below', content: 'x' }],
  ] as const)('refuses %s', async (_what, member) => {
    const afs = new TestProject({ 'a.txt': 'a\n', 'src/old.txt': 'old\n' }).open();
    const workspace = await afs.workspace.create('w');
    await workspace.symlink('src', 'link');
    const before = await contentsOf(workspace);
    const importing = workspace.importTar(streamOf(makeTar([{ name: 'n', content: '' }, member])));
    await expect(importing).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED' });
    expect(await contentsOf(workspace)).toEqual(before);
  });

  it('is refused before anything is read where nothing may be changed', async () => {
    const afs = new TestProject().open();
    const workspace = await afs.workspace.create('w', { readOnly: true });
    let isRead = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      isRead = true;
      yield archive;
    }
    await expect(workspace.importTar(source())).rejects.toMatchObject({ code: 'READ_ONLY' });
    expect(isRead).toBe(false);
  });
});

describe('a hostile archive', () => {
  const before = { name: 'innocent', content: 'x' };
  const refused: Readonly<Record<string, Member | readonly Member[]>> = {
    'an absolute name': { name: '/etc/passwd', content: 'x' },
    "'..' at the start": { name: '../x', content: 'x' },
    "'..' that stays inside": { name: 'a/../b', content: 'x' },
    "'..' at the end": { name: 'a/..', type: '5' },
    '.git': { name: '.git/hooks/pre-commit', content: 'x' },
    '.GIT below': { name: 'sub/.GIT/config', content: 'x' },
    '.AgentFS': { name: '.AgentFS/agentfs.db', content: 'x' },
    'git~1': { name: 'git~1/config', content: 'x' },
    'no name': { name: '', content: 'x' },
    'a dot that is a file': { name: '.', content: 'x' },
    'a name of 256 bytes': { pax: { path: `a/${'n'.repeat(256)}` }, name: 'n', content: 'x' },
    'a path of 4,097 bytes': { pax: { path: `${'d/'.repeat(2048)}x` }, name: 'n', content: 'x' },
    'NUL in a pax name': { pax: { path: 'a\0b' }, name: 'n', content: 'x' },
    'a name that is not UTF-8': { name: Buffer.from([0x61, 0xff]), content: 'x' },
    'an absolute link': { name: 'l', type: '2', link: '/etc/passwd' },
    'a link that leads outside': { name: 'd/l', type: '2', link: '../../x' },
    'a link through a name': { name: 'l', type: '2', link: 'd/../../x' },
    'a link without a target': { name: 'l', type: '2' },
    'a hard link outside': { name: 'h', type: '1', link: '/etc/passwd' },
    "a hard link with '..'": { name: 'h', type: '1', link: '../x' },
    'a hard link to nothing': { name: 'h', type: '1', link: 'later' },
    'a hard link to a directory': [
      { name: 'd/', type: '5' },
      { name: 'h', type: '1', link: 'd' },
    ],
    'a file through a link': [
      { name: 'd', type: '2', link: 'innocent' },
      { name: 'd/x', content: 'x' },
    ],
    'the same name twice': [
      { name: 'a', content: '1' },
      { name: './a', content: '2' },
    ],
    'a directory twice': [
      { name: 'd/', type: '5' },
      { name: 'd', type: '5' },
    ],
    'a file where its children were': [
      { name: 'd/x', content: 'x' },
      { name: 'd', content: 'x' },
    ],
    'a character device': { name: 'c', type: '3' },
    'a block device': { name: 'b', type: '4' },
    'a FIFO': { name: 'f', type: '6' },
    'a sparse file of GNU tar': { name: 's', type: 'S', content: 'x' },
    'a sparse file in pax': { pax: { 'GNU.sparse.major': '1' }, name: 's', content: 'x' },
    'a type that nobody knows': { name: 'v', type: 'V' },
  };

  it('is refused with a typed error, and nothing of it is there', async () => {
    const afs = new TestProject({ 'a.txt': 'a\n' }).open();
    const workspace = await afs.workspace.create('w');
    const state = await contentsOf(workspace);
    const steps = await workspace.history();
    for (const [what, members] of Object.entries(refused)) {
      const archive = makeTar([before, ...[members].flat()]);
      for (const importing of [
        workspace.importTar(streamOf(archive)),
        workspace.importTar(streamOf(archive), { replace: true }),
        afs.workspace.importTar('new', streamOf(archive)),
      ]) {
        const error = await importing.catch((reason: unknown) => reason);
        expect(error, what).toMatchObject({
          ...{ name: 'ArchiveError', code: 'ARCHIVE_REFUSED' },
          ...{ path: expect.any(String), hint: expect.any(String) },
        });
      }
    }
    expect(await contentsOf(workspace)).toEqual(state);
    expect(await workspace.history()).toEqual(steps);
    expect(await afs.workspace.exists('new')).toBe(false);
    expect((await afs.verify()).damage).toEqual([]);
  });

  it('may keep links that lead outside as data, if that is asked for', async () => {
    const afs = new TestProject().open();
    const archive = makeTar([{ name: 'l', type: '2', link: '/etc/passwd' }]);
    const options = { allowOutsideSymlinks: true };
    const workspace = await afs.workspace.importTar('w', streamOf(archive), options);
    expect(await workspace.readlink('l')).toBe('/etc/passwd');
    await expect(workspace.readFile('l')).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });
});

describe('a damaged archive', () => {
  const good = makeTar([
    { name: 'a', content: 'x'.repeat(700) },
    { pax: { path: 'long' }, name: 'b', content: 'y' },
  ]);

  it('is found out wherever it is cut off', async () => {
    const afs = new TestProject().open();
    const workspace = await afs.workspace.create('w');
    const end = good.length - 1024;
    for (const length of [0, 1, 511, 512, 600, 1536, 2048, 2100, 2560, end - 1, end]) {
      const importing = workspace.importTar(streamOf(good.subarray(0, length)));
      await expect(importing, String(length)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    }
    expect(await workspace.readdir()).toEqual([]);
  });

  it('is found out when it is something else', async () => {
    const afs = new TestProject().open();
    const workspace = await afs.workspace.create('w');
    const zipped = gzipSync(good);
    const broken: Readonly<Record<string, Buffer>> = {
      text: Buffer.from('no archive at all\n'.repeat(100)),
      noise: Buffer.alloc(4096, 0xa5),
      'a flipped bit in a header': flipped(good, 3),
      'a size that is no number': makeTar([{ name: 'a', size: 'xyz' }]),
      'a negative size': makeTar([{ name: 'a', size: Buffer.alloc(12, 0xff) }]),
      'a size beyond its end': makeTar([{ name: 'a', size: '77777777777' }]),
      'a pax size that is no number': makeTar([{ pax: { size: '-1' }, name: 'a', content: '' }]),
      'pax records with a wrong length': makeTar([{ name: 'p', type: 'x', content: '99 a=b\n' }]),
      'pax records without end': makeTar([{ name: 'p', type: 'x', content: '6 a=bc' }]),
      'a time beyond all times': makeTar([{ pax: { mtime: '9'.repeat(30) }, name: 'a' }]),
      'something after its end': Buffer.concat([good, Buffer.from('more')]),
      'gzip that is cut off': zipped.subarray(0, zipped.length - 9),
      'gzip with a flipped bit': flipped(zipped, 40),
      'gzip of nothing': gzipSync(''),
    };
    for (const [what, bytes] of Object.entries(broken)) {
      const importing = workspace.importTar(streamOf(bytes));
      const error = await importing.catch((reason: unknown) => reason);
      expect(error, what).toMatchObject({ code: 'ARCHIVE_INVALID', hint: expect.any(String) });
    }
    expect(await workspace.readdir()).toEqual([]);
  });

  it('may come in pieces of any size', async () => {
    const afs = new TestProject().open();
    const bytes = [...good].map((byte) => Uint8Array.of(byte));
    const workspace = await afs.workspace.importTar('w', streamOf(...bytes));
    expect(await workspace.readdir()).toEqual(['a', 'long']);
  });
});

describe('a source', () => {
  it('that fails hands its own error on', async () => {
    const afs = new TestProject().open();
    const source = createReadStream('/nowhere/at/all.tar');
    await expect(afs.workspace.importTar('w', source)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await afs.workspace.exists('w')).toBe(false);
  });

  it('that never ends is left when the signal fires', async () => {
    const afs = new TestProject().open();
    const abort = new AbortController();
    let isClosed = false;
    const source = new Readable({
      read: () => abort.abort(),
      destroy: (error, done) => {
        isClosed = true;
        done(error);
      },
    });
    const importing = afs.workspace.importTar('w', source, { signal: abort.signal });
    await expect(importing).rejects.toMatchObject({ code: 'ABORTED' });
    await expect.poll(() => isClosed).toBe(true);
  });

  it('of anything but bytes is refused by type', async () => {
    const workspace = await new TestProject().open().workspace.create('w');
    for (const source of [undefined, 'text', Buffer.alloc(3), Readable.from(['text', 'more'])]) {
      const importing = workspace.importTar(source as never);
      await expect(importing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x10;
  return copy;
}

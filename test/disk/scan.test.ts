/** What a scan finds: changes, what it leaves alone, and what it reports. */

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentId } from '../../src/primitives/object-id.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { asOrdinaryUser } from './support/ordinary-user.ts';
import { EMPTY_TREE, ScannedDirectory, summary } from './support/scanned-directory.ts';
import { startSwapping } from './support/swapper.ts';
import { temporaryDirectory, writeFiles } from './support/temporary-directory.ts';

describe('a first scan', () => {
  it('finds files, directories and links with their contents', async () => {
    const root = temporaryDirectory({ 'a.txt': 'one', 'src/b.txt': 'two', 'empty/': '' });
    symlinkSync('../nowhere', join(root, 'src/link'));
    chmodSync(join(root, 'a.txt'), 0o4755);
    const directory = new ScannedDirectory(root);
    const result = await directory.scan();
    expect(summary(result)).toEqual(['+ a.txt', '+ empty', '+ src', '+ src/b.txt', '+ src/link']);
    const entries = new Map(result.changes.map(({ path, entry }) => [String(path), entry]));
    expect(entries.get('a.txt')).toEqual({
      kind: 'file',
      mode: 0o755,
      mtime: Math.trunc(lstatSync(join(root, 'a.txt')).mtimeMs),
      size: 3,
      files: 1,
      id: contentId(Buffer.from('one')),
    });
    expect(entries.get('src')).toMatchObject({ kind: 'directory', size: 0, id: EMPTY_TREE });
    const link = entries.get('src/link');
    expect(link).toMatchObject({ kind: 'symlink', mode: 0o777, size: 10 });
    expect(link && directory.sink.text(link.id)).toBe('../nowhere');
    expect(result).toMatchObject({ files: 3, stored: 3, bytes: 16 });
  });

  it('reports how far it is, and at the end everything', async () => {
    const root = temporaryDirectory({ a: '12', b: '345' });
    const seen: number[] = [];
    await new ScannedDirectory(root).scan({ onProgress: ({ bytes }) => seen.push(bytes) });
    expect(seen.at(-1)).toBe(5);
  });

  it('stops when its signal fires', async () => {
    const root = temporaryDirectory({ a: '1' });
    const signal = AbortSignal.abort();
    await expect(new ScannedDirectory(root).scan({ signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('stops in the middle of a large file and leaves no stream open', async () => {
    const root = temporaryDirectory({ big: '' });
    truncateSync(join(root, 'big'), 2 ** 33);
    const directory = new ScannedDirectory(root);
    const stop = new AbortController();
    const begin = directory.sink.begin.bind(directory.sink);
    directory.sink.begin = () => {
      stop.abort();
      return begin();
    };
    await expect(directory.scan({ signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('says when there is no directory to scan', async () => {
    const root = temporaryDirectory({ file: '' });
    await expect(new ScannedDirectory(join(root, 'none')).scan()).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
    });
    await expect(new ScannedDirectory(join(root, 'file')).scan()).rejects.toMatchObject({
      code: 'BASE_NOT_DIRECTORY',
    });
  });

  it('walks a tree a thousand directories deep', async () => {
    const root = temporaryDirectory();
    const path = Array.from({ length: 1000 }, () => 'd').join('/');
    mkdirSync(join(root, path), { recursive: true });
    writeFileSync(join(root, path, 'leaf'), 'x');
    const result = await new ScannedDirectory(root).scan();
    expect(result.changes).toHaveLength(1001);
    expect(result.stored).toBe(1);
  });
});

describe('a later scan', () => {
  it('reads nothing and changes nothing when nothing moved', async () => {
    const directory = new ScannedDirectory(temporaryDirectory({ a: '1', 'b/c': '2' }));
    await directory.scan();
    const again = await directory.scan();
    expect(again).toMatchObject({ changes: [], index: [], files: 2, stored: 0, bytes: 0 });
  });

  it('finds changed, new and deleted files, and modes', async () => {
    const root = temporaryDirectory({ changed: '1', gone: '2', 'dir/gone': '3', mode: '4' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    writeFiles(root, { changed: '1!', 'new/file': '5' });
    unlinkSync(join(root, 'gone'));
    rmSync(join(root, 'dir'), { recursive: true });
    chmodSync(join(root, 'mode'), 0o600);
    const result = await directory.scan();
    const deleted = ['- gone', '- dir/gone', '- dir'];
    expect(summary(result)).toEqual([...deleted, '+ changed', '+ mode', '+ new', '+ new/file']);
    expect(directory.paths).toEqual(['changed', 'mode', 'new', 'new/file']);
    expect((await directory.scan()).changes).toEqual([]);
  });

  it('reports a time that has moved, and nothing else that a refreshed index knows', async () => {
    const root = temporaryDirectory({ a: '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    utimesSync(join(root, 'a'), 1000, 1000);
    const result = await directory.scan();
    expect(result.changes).toMatchObject([{ path: 'a', entry: { mtime: 1_000_000 } }]);
    expect(result.index).toMatchObject([{ path: 'a', entry: { mtimeMs: 1_000_000 } }]);
    chmodSync(join(root, 'a'), 0o600);
    chmodSync(join(root, 'a'), 0o644);
    expect((await directory.scan()).changes).toEqual([]);
    expect((await directory.scan()).stored).toBe(0);
  });

  it('keeps the time of a directory whose mode changed', async () => {
    const root = temporaryDirectory({ 'd/f': '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    const before = directory.index.get(parsePath('d'))?.mtimeMs ?? 0;
    utimesSync(join(root, 'd'), 1, 1);
    chmodSync(join(root, 'd'), 0o700);
    const result = await directory.scan();
    expect(result.changes).toMatchObject([{ path: 'd', entry: { mode: 0o700 } }]);
    expect(result.changes[0]?.entry?.mtime).toBe(Math.trunc(before));
  });

  it('turns a directory into a file and back: deletions below, then the path', async () => {
    const root = temporaryDirectory({ 'x/y/z': '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    rmSync(join(root, 'x'), { recursive: true });
    writeFileSync(join(root, 'x'), 'file now');
    expect(summary(await directory.scan())).toEqual(['- x/y/z', '- x/y', '+ x']);
    unlinkSync(join(root, 'x'));
    writeFiles(root, { 'x/y': '2' });
    const back = await directory.scan();
    expect(summary(back)).toEqual(['+ x', '+ x/y']);
    expect(back.changes[0]?.entry?.kind).toBe('directory');
    rmSync(join(root, 'x'), { recursive: true });
    symlinkSync('/etc', join(root, 'x'));
    expect(summary(await directory.scan())).toEqual(['- x/y', '+ x']);
  });

  it('agrees with a first scan, whatever happened in between', async () => {
    const path = fc.constantFrom('a', 'b', 'a/a', 'a/b', 'b/a', 'b/a/c', 'b/a/c/d');
    const action = fc.record({
      path,
      kind: fc.constantFrom('file', 'directory', 'symlink', 'delete', 'mode'),
      content: fc.constantFrom('', 'x', 'y'),
    });
    const steps = fc.array(fc.array(action, { maxLength: 6 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(steps, async (rounds) => {
        const root = temporaryDirectory();
        const directory = new ScannedDirectory(root);
        for (const round of rounds) {
          for (const step of round) act(root, step);
          await directory.scan();
        }
        const fresh = new ScannedDirectory(root);
        await fresh.scan();
        expect(contentsOf(directory)).toEqual(contentsOf(fresh));
      }),
      { numRuns: 60 },
    );
  });
});

describe('racy files', () => {
  it('finds a rewrite of the same size within one tick, its times put back', async () => {
    const root = temporaryDirectory({ a: 'old' });
    const directory = new ScannedDirectory(root);
    const path = join(root, 'a');
    const { mtimeMs } = lstatSync(path);
    // A clock that says the file was indexed in the tick in which it was written.
    await directory.scan({ clock: { now: () => mtimeMs } });
    const row = directory.index.get(parsePath('a'));
    expect(row?.racy).toBe(true);
    writeFileSync(path, 'new');
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    // A file system with coarse times would give both versions the same stats.
    const { ctimeMs, mtimeMs: backMs } = lstatSync(path);
    if (row !== undefined)
      directory.index.set(parsePath('a'), { ...row, ctimeMs, mtimeMs: backMs });
    const result = await directory.scan();
    expect(summary(result)).toEqual(['+ a']);
  });

  it('trusts a racy file once it was read again later', async () => {
    const root = temporaryDirectory({ a: 'same' });
    const directory = new ScannedDirectory(root);
    await directory.scan({ clock: { now: () => lstatSync(join(root, 'a')).mtimeMs } });
    const second = await directory.scan();
    expect(second).toMatchObject({ changes: [], stored: 1 });
    expect(directory.index.get(parsePath('a'))?.racy).toBe(false);
    expect((await directory.scan()).stored).toBe(0);
  });

  it('takes whole-second times for coarse, and times in the future for racy', async () => {
    const root = temporaryDirectory({ future: '1' });
    const directory = new ScannedDirectory(root);
    const future = Date.now() / 1000 + 1e6;
    utimesSync(join(root, 'future'), future, future);
    await directory.scan();
    expect(directory.index.get(parsePath('future'))?.racy).toBe(true);
    writeFileSync(join(root, 'future'), '2');
    utimesSync(join(root, 'future'), future, future);
    expect(summary(await directory.scan())).toEqual(['+ future']);
  });

  it('copes with times of zero and before 1970', async () => {
    const root = temporaryDirectory({ zero: '0', negative: '1' });
    utimesSync(join(root, 'zero'), 0, 0);
    execFileSync('touch', ['-d', '@-1000', join(root, 'negative')]);
    const directory = new ScannedDirectory(root);
    const result = await directory.scan();
    const times = Object.fromEntries(result.changes.map(({ path, entry }) => [path, entry?.mtime]));
    expect(times).toEqual({ zero: 0, negative: -1_000_000 });
    expect((await directory.scan()).stored).toBe(0);
  });
});

describe('ignored and reserved paths', () => {
  it('reports the top-most ignored paths and looks at nothing below', async () => {
    const root = temporaryDirectory({
      '.gitignore': '*.log\n/dist/\n',
      'a.log': '',
      'dist/x': '',
      'node_modules/m/index.js': '',
      'src/a.ts': '',
    });
    const result = await new ScannedDirectory(root).scan();
    expect(summary(result)).toEqual(['+ .gitignore', '+ src', '+ src/a.ts']);
    const ignored = result.ignored.map(({ path, kind }) => `${kind} ${path}`).sort();
    expect(ignored).toEqual(['directory dist', 'directory node_modules', 'file a.log']);
  });

  it('keeps tracking what was tracked before a rule came, also in an ignored directory', async () => {
    const root = temporaryDirectory({ 'out/tracked': '1', 'log.txt': '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    writeFiles(root, {
      '.gitignore': 'out/\n*.txt\n',
      'out/tracked': '22',
      'out/new': '',
      'log.txt': '22',
    });
    const result = await directory.scan();
    expect(summary(result)).toEqual(['+ .gitignore', '+ log.txt', '+ out/tracked']);
    expect(result.ignored.map(({ path }) => path)).toEqual(['out/new']);
  });

  it('drops a tracked path that became another, ignored kind of thing', async () => {
    const root = temporaryDirectory({ build: 'a script', '.gitignore': 'build/\n' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    unlinkSync(join(root, 'build'));
    writeFiles(root, { 'build/out': '' });
    const result = await directory.scan();
    expect(summary(result)).toEqual(['- build']);
    expect(result.ignored).toMatchObject([{ path: 'build', kind: 'directory' }]);
  });

  it('never lists reserved names: git is reported, its look-alikes are warned of', async () => {
    const root = temporaryDirectory({
      '.git/HEAD': '',
      'sub/.git': 'gitdir: ../.git/modules/sub',
      'sub/a': '',
      '.agentfs/agentfs.db': '',
      'sub/.agentfs-stage-1': '',
      '.GIT/HEAD': '',
      'git~1/HEAD': '',
    });
    const result = await new ScannedDirectory(root).scan();
    expect(summary(result)).toEqual(['+ sub', '+ sub/a']);
    expect(result.ignored).toEqual([
      { path: '.git', kind: 'directory', reason: 'reserved' },
      { path: 'sub/.git', kind: 'file', reason: 'reserved' },
    ]);
    expect(result.warnings.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'name .GIT',
      'name git~1',
    ]);
  });
});

describe('what cannot be stored', () => {
  it('skips FIFOs, sockets and devices without blocking, and reports them', async () => {
    const root = temporaryDirectory({ a: '1' });
    execFileSync('mkfifo', [join(root, 'fifo'), join(root, '.gitignore')]);
    const result = await new ScannedDirectory(root).scan();
    expect(summary(result)).toEqual(['+ a']);
    expect(result.warnings.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'special .gitignore',
      'special fifo',
    ]);
  });

  it('says that a tracked file is gone when a FIFO took its place', async () => {
    const root = temporaryDirectory({ a: '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    unlinkSync(join(root, 'a'));
    execFileSync('mkfifo', [join(root, 'a')]);
    const result = await directory.scan();
    expect(summary(result)).toEqual(['- a']);
    expect(result.warnings).toMatchObject([{ path: 'a', kind: 'special' }]);
  });

  it('reports names that are not UTF-8 and keeps the ones that look like it', async () => {
    const root = temporaryDirectory({ 'real\u{fffd}': '1' });
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bytes`), Buffer.from([0xff])]), '2');
    mkdirSync(Buffer.concat([Buffer.from(`${root}/dir`), Buffer.from([0xc3])]));
    const result = await new ScannedDirectory(root).scan();
    expect(summary(result)).toEqual(['+ real\u{fffd}']);
    expect(result.warnings.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'non-utf8 bytes\u{fffd}',
      'non-utf8 dir\u{fffd}',
    ]);
  });

  it('keeps hostile but legal names byte for byte', async () => {
    const names = [
      'cafe\u0301',
      'caf\u00e9',
      'A',
      'a',
      'CON',
      'dot.',
      'space ',
      '\u0001',
      '\u202e',
      '*',
      '!x',
      '\\',
    ];
    const root = temporaryDirectory(Object.fromEntries(names.map((name) => [name, name])));
    const directory = new ScannedDirectory(root);
    await directory.scan();
    expect(directory.paths).toEqual([...names].sort());
  });

  it('keeps names of 255 bytes and reports paths that are too long for a tree', async () => {
    const root = temporaryDirectory({ ['n'.repeat(255)]: '1' });
    const long = Array.from({ length: 17 }, () => 'd'.repeat(250));
    // Longer than one system call takes, so it has to be made step by step.
    const script = 'import os, sys\nfor d in sys.argv[1:]: os.mkdir(d); os.chdir(d)';
    execFileSync('python3', ['-c', script, ...long], { cwd: root });
    const result = await new ScannedDirectory(root).scan();
    expect(result.changes.some(({ path }) => path === 'n'.repeat(255))).toBe(true);
    expect(result.warnings.map(({ kind }) => kind)).toEqual(['too-long']);
  });

  it('leaves a sparse file of 1 TB alone and says so', async () => {
    const root = temporaryDirectory({ sparse: '' });
    truncateSync(join(root, 'sparse'), 2 ** 40);
    const result = await new ScannedDirectory(root).scan();
    expect(result).toMatchObject({ changes: [], bytes: 0 });
    expect(result.warnings).toMatchObject([{ path: 'sparse', kind: 'too-large' }]);
  });

  it('says which files with rules have no effect, and takes them up as files', async () => {
    const root = temporaryDirectory({
      '.gitignore': 'a'.repeat(2 ** 20 + 1),
      'd/.gitignore': '*?'.repeat(2 ** 19),
      'd/.agentfsignore': 'b',
      'd/a': '',
      'd/b': '',
    });
    const result = await new ScannedDirectory(root).scan();
    expect(result.warnings).toMatchObject([
      { path: '.gitignore', kind: 'rules' },
      { path: 'd/.gitignore', kind: 'rules' },
    ]);
    expect(summary(result).slice(1)).toEqual([
      ...['+ d', '+ d/.agentfsignore', '+ d/.gitignore', '+ d/a'],
    ]);
  });

  it('keeps a tracked file that grew above the limit as it was', async () => {
    const root = temporaryDirectory({ a: '1' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    writeFileSync(join(root, 'a'), 'too much');
    const result = await directory.scan({ maxFileBytes: 4 });
    expect(result).toMatchObject({ changes: [], warnings: [{ path: 'a', kind: 'too-large' }] });
    expect(directory.paths).toEqual(['a']);
  });

  it('keeps tracked paths that became unreadable, and reports them', async () => {
    const root = temporaryDirectory({ a: '1', 'd/x': '2', 'e/y': '3' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    writeFileSync(join(root, 'a'), '22');
    chmodSync(join(root, 'a'), 0);
    chmodSync(join(root, 'd'), 0);
    // May be listed, but nothing in it can be looked at.
    chmodSync(join(root, 'e'), 0o444);
    const result = await asOrdinaryUser(root, () => directory.scan());
    expect(result.changes.filter(({ entry }) => entry === undefined)).toEqual([]);
    expect(result.warnings.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual([
      'unreadable a',
      'unreadable d',
      'unreadable e/y',
    ]);
    expect(directory.paths).toEqual(['a', 'd', 'd/x', 'e', 'e/y']);
  });
});

describe('a scan of some paths', () => {
  it('looks at nothing else', async () => {
    const root = temporaryDirectory({ a: '1', b: '2', 'd/x': '3', 'd/y': '4' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    writeFiles(root, { a: 'changed', b: 'changed', 'd/x': 'changed' });
    unlinkSync(join(root, 'd/y'));
    expect(summary(await directory.scanPaths(['a']))).toEqual(['+ a']);
    expect(summary(await directory.scanPaths(['d']))).toEqual(['- d/y', '+ d/x']);
    expect(summary(await directory.scan())).toEqual(['+ b']);
  });

  it('looks at the whole of a new directory above a path', async () => {
    const root = temporaryDirectory({ 'p/q/new': '1', 'p/other': '2', z: '3' });
    const directory = new ScannedDirectory(root);
    const result = await directory.scanPaths(['p/q/new', 'p/q']);
    expect(summary(result)).toEqual(['+ p', '+ p/other', '+ p/q', '+ p/q/new']);
  });

  it('takes a new directory for ignored until something in it is not', async () => {
    const root = temporaryDirectory({ '.gitignore': 'out/\n', 'p/q/out/x': '1', 'self/a': '2' });
    writeFiles(root, { 'self/.gitignore': '*\n', 'empty/': '' });
    const directory = new ScannedDirectory(root);
    const first = await directory.scan();
    expect(summary(first)).toEqual(['+ .gitignore', '+ empty']);
    expect(first.ignored.map(({ path }) => path).sort()).toEqual(['p', 'self']);
    expect([...first.bare].sort()).toEqual(['p', 'p/q', 'self']);
    writeFiles(root, { 'p/q/new': '3', 'p/q/out/y': '4' });
    const second = await directory.scanPaths(['p/q/new', 'p/q/out']);
    expect(summary(second)).toEqual(['+ p', '+ p/q', '+ p/q/new']);
    expect(second.ignored.map(({ path }) => path)).toEqual(['p/q/out']);
  });

  it('finds that a directory above became a link, and does not look through it', async () => {
    const root = temporaryDirectory({ 'd/e/f': '1' });
    const outside = temporaryDirectory({ 'e/f': 'secret' });
    const directory = new ScannedDirectory(root);
    await directory.scan();
    renameSync(join(root, 'd'), join(outside, 'moved'));
    symlinkSync(outside, join(root, 'd'));
    const result = await directory.scanPaths(['d/e/f']);
    expect(summary(result)).toEqual(['- d/e/f', '- d/e', '+ d']);
    expect([...directory.sink.contents.values()].map(String)).not.toContain('secret');
  });

  it('takes ignored paths only when told to, and then exactly these', async () => {
    const root = temporaryDirectory({ '.gitignore': 'dist\n', 'dist/a': '1', 'dist/b': '2' });
    const directory = new ScannedDirectory(root);
    expect(summary(await directory.scanPaths(['dist/a']))).toEqual([]);
    const taken = await directory.scanPaths(['dist/a'], { includeIgnored: true });
    expect(summary(taken)).toEqual(['+ dist', '+ dist/a']);
    await directory.scan();
    expect(directory.paths).toEqual(['.gitignore', 'dist', 'dist/a']);
  });

  it('takes in nothing from outside while a directory is swapped for a link', async () => {
    const outside = temporaryDirectory({ f: 'secret', 'sub/f': 'secret' });
    const root = temporaryDirectory({ 'd/f': 'inside', 'd/sub/f': 'inside' });
    symlinkSync(outside, join(root, 'link'));
    const swapper = await startSwapping(join(root, 'd'), join(root, 'link'));
    const found = new Set<string>();
    for (let round = 0; round < 200; round++) {
      const directory = new ScannedDirectory(root);
      await directory.scan({ quiescent: true });
      for (const content of directory.sink.contents.values()) found.add(String(content));
    }
    expect(await swapper.stop()).toBeGreaterThan(0);
    expect([...found].sort()).toEqual([outside, 'inside'].sort());
  });

  it('reports nothing for a path that never was', async () => {
    const directory = new ScannedDirectory(temporaryDirectory({ a: '1' }));
    expect(await directory.scanPaths(['none', 'none/below', 'a/below'])).toMatchObject({
      changes: [{ path: 'a' }],
    });
  });
});

function act(
  root: string,
  step: { readonly path: string; readonly kind: string; readonly content: string },
): void {
  const path = join(root, step.path);
  // Whatever is in the way, above or at the path, makes room.
  const parts = step.path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const above = join(root, parts.slice(0, i).join('/'));
    if (lstatSync(above, { throwIfNoEntry: false })?.isDirectory() !== true) {
      rmSync(above, { recursive: true, force: true });
    }
  }
  if (step.kind === 'mode') {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) chmodSync(path, 0o600);
    return;
  }
  rmSync(path, { recursive: true, force: true });
  if (step.kind === 'delete') return;
  mkdirSync(join(path, '..'), { recursive: true });
  if (step.kind === 'file') writeFileSync(path, step.content);
  else if (step.kind === 'directory') mkdirSync(path);
  else symlinkSync(`to-${step.content}`, path);
}

function contentsOf(directory: ScannedDirectory): string[] {
  return [...directory.index]
    .map(([path, { kind, mode, id }]) => `${path} ${kind} ${mode.toString(8)} ${id}`)
    .sort();
}

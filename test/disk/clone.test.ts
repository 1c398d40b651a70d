/** Copying what is not versioned, and removing whole directories. */

import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CloneOptions, type CloneResult, cloneIgnored } from '../../src/disk/clone.ts';
import { removePath } from '../../src/disk/remove-tree.ts';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { asOrdinaryUser } from './support/ordinary-user.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { listTree, treeDigest } from './support/tree-digest.ts';

async function clone(
  source: string,
  target: string,
  path: string,
  options: Partial<CloneOptions> = {},
): Promise<CloneResult> {
  const from = SafeDirectory.open(source);
  const to = SafeDirectory.open(target);
  try {
    return await cloneIgnored({ from, to, path: parsePath(path), ...options });
  } finally {
    from.close();
    to.close();
  }
}

describe('cloning ignored content', () => {
  it('copies files, modes, times and links as they are, and nothing behind a link', async () => {
    const outside = temporaryDirectory({ secret: 'secret' });
    const source = temporaryDirectory({ 'n/bin/run': '#!', 'n/m/index.js': '1', 'n/empty/': '' });
    symlinkSync('../m/index.js', join(source, 'n/bin/link'));
    symlinkSync(outside, join(source, 'n/out'));
    chmodSync(join(source, 'n/bin/run'), 0o4755);
    chmodSync(join(source, 'n/empty'), 0o555);
    utimesSync(join(source, 'n/m/index.js'), 1000, 1000);
    utimesSync(join(source, 'n/m'), 2000, 2000);
    const target = temporaryDirectory();
    const result = await clone(source, target, 'n');
    expect(result).toEqual({ files: 4, bytes: 3, skipped: [] });
    expect(listTree(target)).toEqual([
      'n/ 755',
      'n/bin/ 755',
      'n/bin/link -> ../m/index.js',
      // Set-user-id does not travel.
      'n/bin/run 755 "#!"',
      'n/empty/ 555',
      'n/m/ 755',
      'n/m/index.js 644 "1"',
      `n/out -> ${outside}`,
    ]);
    expect(lstatSync(join(target, 'n/m/index.js')).mtimeMs).toBe(1_000_000);
    expect(lstatSync(join(target, 'n/m')).mtimeMs).toBe(2_000_000);
  });

  it('makes copies that are independent, of hard links too', async () => {
    const source = temporaryDirectory({ 'n/a': 'one' });
    linkSync(join(source, 'n/a'), join(source, 'n/b'));
    const target = temporaryDirectory();
    await clone(source, target, 'n');
    writeFileSync(join(target, 'n/a'), 'two');
    expect(readFileSync(join(target, 'n/b'), 'utf8')).toBe('one');
    expect(readFileSync(join(source, 'n/a'), 'utf8')).toBe('one');
  });

  it('copies a single file, and a large one', async () => {
    const source = temporaryDirectory({ '.env': 'A=1', big: 'start' });
    truncateSync(join(source, 'big'), 20 * 1024 * 1024);
    const target = temporaryDirectory();
    await clone(source, target, '.env');
    await clone(source, target, 'big');
    expect(readFileSync(join(target, '.env'), 'utf8')).toBe('A=1');
    expect(spawnSync('cmp', [join(source, 'big'), join(target, 'big')]).status).toBe(0);
  });

  it('skips FIFOs and names that are not UTF-8, and says so', async () => {
    const source = temporaryDirectory({ 'n/a': '1' });
    execFileSync('mkfifo', [join(source, 'n/fifo')]);
    mkdirSync(Buffer.concat([Buffer.from(`${source}/n/`), Buffer.from([0xff])]));
    const target = temporaryDirectory();
    const result = await clone(source, target, 'n');
    expect([...result.skipped].sort()).toEqual(['n/fifo', 'n/\u{fffd}']);
    expect(listTree(target)).toEqual(['n/ 755', 'n/a 644 "1"']);
  });

  it('keeps what the target has already', async () => {
    const source = temporaryDirectory({ 'n/a': 'base', 'n/b': 'base', 'n/c/d': 'base' });
    const target = temporaryDirectory({ 'n/a': 'private', 'n/c': 'private' });
    const result = await clone(source, target, 'n');
    expect(result.files).toBe(1);
    expect(listTree(target).slice(1)).toEqual([
      'n/a 644 "private"',
      'n/b 644 "base"',
      'n/c 644 "private"',
    ]);
  });

  it('writes nothing through a link in the target', async () => {
    const outside = temporaryDirectory({ 'n/x': 'kept' });
    const source = temporaryDirectory({ 'd/n/x': 'new', 'd/n/y': 'new' });
    const target = temporaryDirectory();
    symlinkSync(outside, join(target, 'd'));
    const before = treeDigest(outside);
    await expect(clone(source, target, 'd/n')).rejects.toMatchObject({ code: 'INVALID_PATH' });
    expect(treeDigest(outside)).toBe(before);
  });

  it('skips what it may not read', async () => {
    const source = temporaryDirectory({ 'n/a': '1', 'n/b': '2' });
    chmodSync(join(source, 'n/a'), 0);
    const target = temporaryDirectory();
    spawnSync('chown', ['65534', target]);
    const result = await asOrdinaryUser(source, () => clone(source, target, 'n'));
    expect(result).toEqual({ files: 1, bytes: 1, skipped: ['n/a'] });
  });

  it('stops when its signal fires, leaves no half file, and can be repeated', async () => {
    const source = temporaryDirectory({ big: '' });
    truncateSync(join(source, 'big'), 64 * 1024 * 1024);
    const target = temporaryDirectory();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const stopped = clone(source, target, 'big', { signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(listTree(target)).toEqual([]);
    expect((await clone(source, target, 'big')).files).toBe(1);
  });
});

describe('removing a tree', () => {
  it('removes any names, modes and depth, and nothing behind a link', async () => {
    const outside = temporaryDirectory({ kept: 'kept' });
    const root = temporaryDirectory({ 't/a/b/c': '1', 't/d/': '' });
    symlinkSync(outside, join(root, 't/link'));
    execFileSync('mkfifo', [join(root, 't/fifo')]);
    mkdirSync(Buffer.concat([Buffer.from(`${root}/t/`), Buffer.from([0xff])]));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/t/`), Buffer.from([0xff, 0x2f, 0xfe])]), '');
    mkdirSync(join(root, 't', ...Array.from({ length: 1000 }, () => 'x')), { recursive: true });
    for (const path of ['t/a/b', 't/a', 't/d', 't']) chmodSync(join(root, path), 0);
    await asOrdinaryUser(root, () => removePath(join(root, 't')));
    expect(listTree(root)).toEqual([]);
    expect(listTree(outside)).toEqual(['kept 644 "kept"']);
  });

  it('removes a link and not its target, and is content with nothing', async () => {
    const root = temporaryDirectory({ 'target/f': '' });
    symlinkSync('target', join(root, 'link'));
    await removePath(join(root, 'link'));
    await removePath(join(root, 'none'));
    expect(existsSync(join(root, 'link'))).toBe(false);
    expect(existsSync(join(root, 'target/f'))).toBe(true);
  });

  it('stops when its signal fires', async () => {
    const root = temporaryDirectory({ 't/f': '' });
    const removed = removePath(join(root, 't'), { signal: AbortSignal.abort() });
    await expect(removed).rejects.toMatchObject({ code: 'ABORTED' });
    expect(existsSync(join(root, 't/f'))).toBe(true);
  });
});

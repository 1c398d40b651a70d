/** Operations below a root: what they do, and that none of them ever leaves it. */

import {
  closeSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SafeDirectory } from '../../src/disk/safe-directory.ts';
import { syncDirectory } from '../../src/disk/sync-files.ts';
import { errorCode } from '../../src/primitives/errors.ts';
import { parsePath } from '../../src/primitives/path.ts';
import { asOrdinaryUser } from './support/ordinary-user.ts';
import { startSwapping } from './support/swapper.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { treeDigest } from './support/tree-digest.ts';

function openAt(root: string, options?: Parameters<typeof SafeDirectory.open>[1]): SafeDirectory {
  const directory = SafeDirectory.open(root, options);
  onTestFinished(() => directory.close());
  return directory;
}

const at = parsePath;
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe.each([
  ['with /proc', {}],
  ['without /proc', { useProc: false }],
  ['with room for two open directories', { maxHandles: 2 }],
])('a safe directory %s', (_, options) => {
  it('makes, reads, moves and removes files, links and directories', () => {
    const root = temporaryDirectory({ 'a/b/c/f': 'content' });
    const directory = openAt(root, options);
    expect(directory.lstat(at('a/b/c/f'))?.size).toBe(7);
    expect(directory.lstat(at(''))?.isDirectory()).toBe(true);
    expect(directory.lstat(at('a/b/none'))).toBeUndefined();
    expect(directory.lstat(at('none/below'))).toBeUndefined();
    expect(directory.list(at('a/b/c'))).toEqual(['f']);
    directory.mkdir(at('x'), 0o700);
    directory.mkdir(at('x/y'), 0o700);
    const descriptor = directory.createExclusive(at('x/y/new'), 0o600);
    writeSync(descriptor, 'new');
    closeSync(descriptor);
    expect(() => directory.createExclusive(at('x/y/new'), 0o600)).toThrow(code('EEXIST'));
    directory.rename(at('x/y/new'), at('a/b/c/f'));
    expect(readFileSync(join(root, 'a/b/c/f'), 'utf8')).toBe('new');
    directory.link(at('a/b/c/f'), at('x/y/second'));
    expect(() => directory.link(at('a/b/c/f'), at('x/y/second'))).toThrow(code('EEXIST'));
    directory.symlink(Buffer.from('../target'), at('x/y/link'));
    expect(directory.readlink(at('x/y/link')).toString()).toBe('../target');
    directory.chmod(at('a/b/c/f'), 0o751);
    directory.utimes(at('a/b/c/f'), 1500);
    expect(directory.lstat(at('a/b/c/f'))).toMatchObject({ mtimeMs: 1500, mode: 0o100751 });
    expect(() => directory.rmdir(at('x/y'))).toThrow(code('ENOTEMPTY'));
    directory.unlink(at('x/y/link'));
    directory.unlink(at('x/y/second'));
    directory.rmdir(at('x/y'));
    syncDirectory(directory, at('x'));
    syncDirectory(directory, at(''));
    expect(readdirSync(join(root, 'x'))).toEqual([]);
  });

  it('refuses a link in the place of a directory, and names it', () => {
    const outside = temporaryDirectory({ 'sub/f': 'secret' });
    const root = temporaryDirectory({ file: '', 'd/': '' });
    symlinkSync(outside, join(root, 'd/link'));
    const directory = openAt(root, options);
    const before = treeDigest(outside);
    const path = at('d/link/sub/f');
    for (const attempt of [
      () => directory.lstat(path),
      () => directory.openRead(path),
      () => directory.createExclusive(at('d/link/new'), 0o600),
      () => directory.unlink(path),
      () => directory.mkdir(at('d/link/new'), 0o700),
      () => directory.rename(at('file'), at('d/link/file')),
      () => directory.rename(path, at('stolen')),
      () => directory.list(at('d/link/sub')),
      () => directory.chmod(path, 0o777),
    ]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_PATH', path: 'd/link' }));
    }
    expect(() => directory.lstat(at('file/below'))).toThrow(code('ENOTDIR'));
    expect(treeDigest(outside)).toBe(before);
  });

  it('does not follow a link at the end either', () => {
    const outside = temporaryDirectory({ f: 'secret' });
    const root = temporaryDirectory();
    symlinkSync(join(outside, 'f'), join(root, 'link'));
    const directory = openAt(root, options);
    const before = lstatSync(join(outside, 'f'));
    expect(() => directory.openRead(at('link'))).toThrow(code('ELOOP'));
    expect(() => directory.createExclusive(at('link'), 0o600)).toThrow(code('EEXIST'));
    expect(() => directory.chmod(at('link'), 0o777)).toThrow(code('EINVAL'));
    directory.utimes(at('link'), 5000);
    expect(lstatSync(join(root, 'link')).mtimeMs).toBe(5000);
    expect(lstatSync(join(outside, 'f'))).toEqual(before);
  });

  it('refuses everything after it was closed', () => {
    const directory = openAt(temporaryDirectory({ f: '' }), options);
    directory.close();
    directory.close();
    expect(() => directory.lstat(at('f'))).toThrow(code('CLOSED'));
    expect(() => directory.list(at(''))).toThrow(code('CLOSED'));
  });

  it('sees a directory that was removed and made anew', () => {
    const root = temporaryDirectory({ 'd/e/': '' });
    const directory = openAt(root, options);
    closeSync(directory.createExclusive(at('d/e/f'), 0o600));
    directory.unlink(at('d/e/f'));
    directory.rmdir(at('d/e'));
    directory.mkdir(at('d/e'), 0o700);
    closeSync(directory.createExclusive(at('d/e/g'), 0o600));
    directory.rename(at('d'), at('moved'));
    directory.mkdir(at('d'), 0o700);
    closeSync(directory.createExclusive(at('d/h'), 0o600));
    expect(readdirSync(join(root, 'd'))).toEqual(['h']);
    expect(readdirSync(join(root, 'moved/e'))).toEqual(['g']);
  });
});

describe('a safe directory', () => {
  it('says when there is no directory at the root', () => {
    const root = temporaryDirectory({ f: '' });
    expect(() => SafeDirectory.open(join(root, 'none'))).toThrow(code('BASE_NOT_FOUND'));
    expect(() => SafeDirectory.open(join(root, 'f'))).toThrow(code('BASE_NOT_DIRECTORY'));
  });

  it('reaches a thousand levels down and keeps few directories open', () => {
    const root = temporaryDirectory();
    const path = Array.from({ length: 1000 }, () => 'd').join('/');
    mkdirSync(join(root, path), { recursive: true });
    const directory = openAt(root);
    const before = readdirSync('/proc/self/fd').length;
    closeSync(directory.createExclusive(at(`${path}/f`), 0o600));
    expect(directory.list(at(path))).toEqual(['f']);
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThanOrEqual(64);
    directory.close();
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before);
  });

  it('changes the mode of what may not be opened', async () => {
    const root = temporaryDirectory({ f: '' });
    await asOrdinaryUser(root, () => {
      const directory = openAt(root);
      directory.chmod(at('f'), 0);
      expect(() => directory.openRead(at('f'))).toThrow(code('EACCES'));
      directory.chmod(at('f'), 0o640);
      expect(directory.lstat(at('f'))?.mode).toBe(0o100640);
    });
  });

  it('never leaves the root while a directory is swapped for a link', async () => {
    const outside = temporaryDirectory({ 'sub/f': 'untouched', f: 'untouched' });
    const root = temporaryDirectory({ 'd/sub/f': 'inside', 'd/f': 'inside' });
    symlinkSync(outside, join(root, 'link'));
    const before = treeDigest(outside);
    const swapper = await startSwapping(join(root, 'd'), join(root, 'link'));
    let refused = 0;
    let written = 0;
    for (let round = 0; round < 1500; round++) {
      // A new one each time: what is open already cannot be swapped.
      const directory = SafeDirectory.open(root);
      try {
        const staged = at(`d/sub/staged-${round}`);
        const descriptor = directory.createExclusive(staged, 0o600);
        writeSync(descriptor, 'ours');
        closeSync(descriptor);
        directory.forget(at('d'));
        directory.rename(staged, at('d/sub/f'));
        directory.chmod(at('d/f'), 0o600 + (round % 8));
        directory.utimes(at('d/f'), round);
        written++;
      } catch (error) {
        expect(['INVALID_PATH', 'ENOTDIR', 'ENOENT', 'ELOOP']).toContain(errorCode(error));
        refused++;
      }
      directory.close();
    }
    const swaps = await swapper.stop();
    expect(treeDigest(outside)).toBe(before);
    expect(swaps).toBeGreaterThan(0);
    expect(written + refused).toBe(1500);
    // The race did take place: both outcomes were seen.
    expect(Math.min(written, refused)).toBeGreaterThan(0);
  });

  it('goes on in the directory that it opened when that is moved away', () => {
    const root = temporaryDirectory({ 'd/f': '' });
    const directory = openAt(root);
    expect(directory.list(at('d'))).toEqual(['f']);
    renameSync(join(root, 'd'), join(root, 'moved'));
    symlinkSync('/nowhere', join(root, 'd'));
    directory.symlink(Buffer.from('x'), at('d/new'));
    expect(readlinkSync(join(root, 'moved/new'))).toBe('x');
    directory.forget(at('d'));
    expect(() => directory.list(at('d'))).toThrow(code('INVALID_PATH'));
  });
});

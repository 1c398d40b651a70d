/** Changing files: every operation, its options, its node codes, and what it leaves alone. */

import { describe, expect, it } from 'vitest';
import { FileNotFoundError, FileSystemError, type Workspace } from '../../src/index.ts';
import { setUp, textsOf } from '../support/test-project.ts';

/** Checks the code, the class and the path of a refusal. */
async function refuses(action: Promise<unknown>, code: string, path?: string): Promise<void> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileSystemError);
  expect(error).toMatchObject({ code, ...(path !== undefined && { path }) });
}

describe('writeFile', () => {
  it('creates parents and takes strings, bytes and encodings', async () => {
    const { workspace } = await setUp();
    await workspace.writeFile('/deep/er/a.txt', 'grüße');
    await workspace.writeFile('b.bin', Uint8Array.of(0, 255, 10));
    await workspace.writeFile('/c.bin', 'AAECAw==', { encoding: 'base64' });
    await workspace.writeFile('/empty', '');
    expect(await workspace.readText('deep/er/a.txt')).toBe('grüße');
    expect(await workspace.readFile('/b.bin')).toEqual(Buffer.from([0, 255, 10]));
    expect(await workspace.readFile('/c.bin')).toEqual(Buffer.from([0, 1, 2, 3]));
    expect(await workspace.readFile('/empty')).toEqual(Buffer.alloc(0));
    expect((await workspace.stat('/deep/er')).mode).toBe(0o755);
  });

  it('keeps the mode of what it replaces unless told otherwise', async () => {
    const { workspace } = await setUp();
    await workspace.writeFile('/run.sh', 'one', { mode: 0o755 });
    await workspace.writeFile('/run.sh', 'two');
    expect((await workspace.stat('/run.sh')).mode).toBe(0o755);
    await workspace.writeFile('/run.sh', 'three', { mode: 0o600 });
    expect((await workspace.stat('/run.sh')).mode).toBe(0o600);
    await workspace.writeFile('/plain', '');
    expect((await workspace.stat('/plain')).mode).toBe(0o644);
  });

  it('keeps its own copy of the bytes', async () => {
    const { workspace } = await setUp();
    const bytes = Buffer.from('before');
    const writing = workspace.writeFile('/a', bytes);
    bytes.fill('x');
    await writing;
    const first = await workspace.readFile('/a');
    first.fill('y');
    expect(first.toString()).toBe('yyyyyy');
    expect(await workspace.readText('/a')).toBe('before');
  });

  it('appends with flag a, and refuses with flag wx what exists', async () => {
    const { workspace } = await setUp({ 'a.txt': 'base' });
    await workspace.writeFile('/a.txt', ' more', { flag: 'a' });
    await workspace.appendFile('/a.txt', '!');
    await workspace.appendFile('/new.txt', 'first');
    expect(await textsOf(workspace)).toEqual({ 'a.txt': 'base more!', 'new.txt': 'first' });
    await refuses(workspace.writeFile('/a.txt', 'x', { flag: 'wx' }), 'EEXIST', '/a.txt');
    await workspace.writeFile('/once.txt', 'x', { flag: 'wx' });
    expect(await workspace.readText('/a.txt')).toBe('base more!');
  });

  it('with ifHash writes over what its caller has read, and over nothing else', async () => {
    const { workspace } = await setUp({ 'a.txt': 'base' });
    const { hash } = await workspace.stat('/a.txt');
    await refuses(workspace.writeFile('/a.txt', 'x', { ifHash: null }), 'FILE_CHANGED', '/a.txt');
    await refuses(workspace.writeFile('/none', 'x', { ifHash: 'x' }), 'FILE_CHANGED', '/none');
    const given = hash === undefined ? {} : { ifHash: hash };
    await workspace.writeFile('/a.txt', 'conditional', given);
    await refuses(workspace.writeFile('/a.txt', 'x', given), 'FILE_CHANGED', '/a.txt');
    await workspace.writeFile('/first.txt', 'x', { ifHash: null });
    expect(await textsOf(workspace)).toEqual({ 'a.txt': 'conditional', 'first.txt': 'x' });
  });

  it('refuses a directory, a file on the way, and the root', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    await refuses(workspace.writeFile('/dir', 'x'), 'EISDIR', '/dir');
    await refuses(workspace.writeFile('/', 'x'), 'EISDIR', '/');
    await refuses(workspace.writeFile('/dir/a.txt/b', 'x'), 'ENOTDIR', '/dir/a.txt');
    expect(await textsOf(workspace)).toEqual({ 'dir/a.txt': 'a' });
  });

  it('refuses wrong arguments with their names', async () => {
    const { workspace } = await setUp();
    const write = (data: unknown, options?: object): Promise<unknown> =>
      Reflect.apply(workspace.writeFile, workspace, ['/a', data, options]);
    await expect(write(5)).rejects.toThrow(/data must be a string or Uint8Array, not 5/);
    await expect(write(undefined)).rejects.toThrow(TypeError);
    await expect(write('x', { mode: 0o1777 })).rejects.toThrow(/mode must be permission bits/);
    await expect(write('x', { mode: '644' })).rejects.toThrow(/mode must be a number/);
    await expect(write('x', { flag: 'r' })).rejects.toThrow(/flag must be one of w, a, wx/);
    await expect(write('x', { encoding: 'utf-99' })).rejects.toThrow(/encoding must be/);
    expect(await workspace.exists('/a')).toBe(false);
  });

  it('patches the middle of a file, and fills a gap behind its end with zeros', async () => {
    const { workspace } = await setUp({ 'a.txt': '0123456789' });
    await workspace.patchFile('/a.txt', 'XY', 3);
    await workspace.patchFile('/a.txt', 'Z', 12);
    expect(await workspace.readText('/a.txt')).toBe('012XY56789\0\0Z');
    await workspace.patchFile('/new.bin', 'x', 2);
    expect(await workspace.readFile('/new.bin')).toEqual(Buffer.from([0, 0, 120]));
    await expect(workspace.patchFile('/a.txt', 'x', -1)).rejects.toThrow(/position/);
  });

  it('patches and appends to a file of several chunks', async () => {
    const { workspace } = await setUp();
    const expected = Buffer.alloc(3_000_000, 'abcdefg');
    await workspace.writeFile('/big.bin', expected);
    await workspace.patchFile('/big.bin', 'PATCH', 262_142);
    expected.write('PATCH', 262_142);
    await workspace.appendFile('/big.bin', 'END');
    const found = await workspace.readFile('/big.bin');
    expect(found.equals(Buffer.concat([expected, Buffer.from('END')]))).toBe(true);
  });
});

describe('mkdir', () => {
  it('makes one directory, or with recursive all of them', async () => {
    const { workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.mkdir('/one');
    await workspace.mkdir('/two/three', { recursive: true, mode: 0o700 });
    await workspace.mkdir('/two/three', { recursive: true });
    expect((await workspace.stat('/two/three')).mode).toBe(0o700);
    expect((await workspace.stat('/one')).isDirectory()).toBe(true);
    await refuses(workspace.mkdir('/one'), 'EEXIST', '/one');
    await refuses(workspace.mkdir('/no/parent'), 'ENOENT', '/no');
    await refuses(workspace.mkdir('/a.txt/x'), 'ENOTDIR');
    await refuses(workspace.mkdir('/a.txt', { recursive: true }), 'EEXIST', '/a.txt');
    await workspace.mkdir('/', { recursive: true });
    await refuses(workspace.mkdir('/'), 'EEXIST', '/');
  });
});

describe('chmod', () => {
  it('changes files and directories, and keeps what is in them', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    await workspace.writeFile('/dir/b.txt', 'b');
    await workspace.chmod('/dir', 0o700);
    await workspace.chmod('/dir/a.txt', 0o755);
    expect((await workspace.stat('/dir')).mode).toBe(0o700);
    expect((await workspace.stat('/dir/a.txt')).mode).toBe(0o755);
    expect(await textsOf(workspace)).toEqual({ 'dir/a.txt': 'a', 'dir/b.txt': 'b' });
    await refuses(workspace.chmod('/no', 0o644), 'ENOENT', '/no');
    await refuses(workspace.chmod('/', 0o700), 'EINVAL', '/');
    await expect(workspace.chmod('/dir', 0o10000)).rejects.toThrow(/mode/);
  });
});

describe('delete', () => {
  it('deletes files and empty directories, and full ones only with recursive', async () => {
    const { workspace } = await setUp({ 'dir/sub/a.txt': 'a', 'b.txt': 'b', 'empty/': '' });
    await refuses(workspace.delete('/dir'), 'ENOTEMPTY', '/dir');
    await workspace.delete('/empty');
    await workspace.delete('/b.txt');
    await workspace.delete('/dir', { recursive: true });
    expect(await workspace.listDir('/')).toEqual([]);
    await refuses(workspace.readFile('/dir/sub/a.txt'), 'ENOENT');
  });

  it('refuses what is missing unless force, and always the root', async () => {
    const { workspace } = await setUp({ 'a.txt': 'a' });
    const missing = workspace.delete('/no').catch((reason: unknown) => reason);
    expect(await missing).toBeInstanceOf(FileNotFoundError);
    await workspace.delete('/no', { force: true });
    await refuses(workspace.delete('/', { recursive: true, force: true }), 'EINVAL', '/');
    await refuses(workspace.delete('/a.txt/b'), 'ENOTDIR');
    expect(await workspace.exists('/a.txt')).toBe(true);
  });

  it('does not take % and _ in names for wildcards', async () => {
    const { workspace } = await setUp({ 'a_b/x': '1', 'axb/x': '2', '%/x': '3', 'any/x': '4' });
    await workspace.delete('/a_b', { recursive: true });
    await workspace.delete('/%', { recursive: true });
    expect(await textsOf(workspace)).toEqual({ 'axb/x': '2', 'any/x': '4' });
  });

  it('lets a directory that was deleted come back empty', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    await workspace.delete('/dir', { recursive: true });
    await workspace.writeFile('/dir/new.txt', 'n');
    expect(await textsOf(workspace)).toEqual({ 'dir/new.txt': 'n' });
    await workspace.delete('/dir', { recursive: true });
    await workspace.writeFile('/dir', 'now a file');
    expect(await textsOf(workspace)).toEqual({ dir: 'now a file' });
  });
});

describe('copy and move', () => {
  const FILES = { 'dir/a.txt': 'a', 'dir/sub/b.txt': 'b', 'c.txt': 'c' };

  it('copies files and directories with pending changes in them', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/dir/new.txt', 'n');
    await workspace.delete('/dir/a.txt');
    await workspace.copy('/dir', '/deep/copy');
    await workspace.copy('/c.txt', '/dir/c.txt');
    await workspace.writeFile('/deep/copy/new.txt', 'only in the copy');
    expect(await textsOf(workspace)).toEqual({
      'c.txt': 'c',
      'deep/copy/new.txt': 'only in the copy',
      'deep/copy/sub/b.txt': 'b',
      'dir/c.txt': 'c',
      'dir/new.txt': 'n',
      'dir/sub/b.txt': 'b',
    });
  });

  it('merges a copied directory into one that exists', async () => {
    const { workspace } = await setUp({ 'from/a': '1', 'from/b': '2', 'to/b': 'old', 'to/c': '3' });
    await workspace.copy('/from', '/to');
    expect(await textsOf(workspace)).toMatchObject({ 'to/a': '1', 'to/b': '2', 'to/c': '3' });
  });

  it('leaves everything as it was when a part of a copy cannot be made', async () => {
    const { workspace } = await setUp({ 'from/a': '1', 'from/b': '2', 'to/b': 'old' });
    await refuses(workspace.copy('/from', '/to', { overwrite: false }), 'EEXIST', '/to/b');
    expect(await workspace.exists('/to/a')).toBe(false);
    expect((await workspace.status()).hasChanges).toBe(false);
  });

  it('refuses impossible copies', async () => {
    const { workspace } = await setUp(FILES);
    const { copy } = workspace;
    const tryCopy = (...args: Parameters<Workspace['copy']>): Promise<void> =>
      copy.apply(workspace, args);
    await refuses(tryCopy('/no', '/x'), 'ENOENT', '/no');
    await refuses(tryCopy('/dir', '/x', { recursive: false }), 'EISDIR', '/dir');
    await refuses(tryCopy('/dir', '/dir/sub/x'), 'EINVAL');
    await refuses(tryCopy('/', '/x'), 'EINVAL');
    await refuses(tryCopy('/c.txt', '/dir'), 'EISDIR', '/dir');
    await refuses(tryCopy('/dir', '/c.txt'), 'ENOTDIR', '/c.txt');
    await refuses(tryCopy('/c.txt', '/dir/a.txt', { overwrite: false }), 'EEXIST', '/dir/a.txt');
    await refuses(tryCopy('/dir', '/c.txt/x'), 'ENOTDIR');
    expect((await workspace.status()).hasChanges).toBe(false);
  });

  it('moves files and directories with their pending changes, and reports a rename', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/dir/new.txt', 'n');
    await workspace.move('/dir', '/far/away');
    await workspace.move('/c.txt', '/far/away/a.txt');
    expect(await textsOf(workspace)).toEqual({
      'far/away/a.txt': 'c',
      'far/away/new.txt': 'n',
      'far/away/sub/b.txt': 'b',
    });
    const { renamed } = await workspace.status({ detectRenames: true });
    expect(renamed).toContainEqual({ path: 'far/away/sub/b.txt', from: 'dir/sub/b.txt' });
  });

  it('moves over an empty directory and a file, and refuses impossible moves', async () => {
    const { workspace } = await setUp({ ...FILES, 'empty/': '' });
    await refuses(workspace.move('/no', '/x'), 'ENOENT', '/no');
    await refuses(workspace.move('/dir', '/dir/sub/x'), 'EINVAL');
    await refuses(workspace.move('/', '/x'), 'EINVAL');
    await refuses(workspace.move('/c.txt', '/dir'), 'EISDIR', '/dir');
    await refuses(workspace.move('/dir', '/c.txt'), 'ENOTDIR', '/c.txt');
    await refuses(workspace.move('/empty', '/dir'), 'ENOTEMPTY', '/dir');
    await refuses(workspace.move('/c.txt', '/dir/a.txt', { overwrite: false }), 'EEXIST');
    await workspace.move('/c.txt', '/c.txt');
    expect((await workspace.status()).hasChanges).toBe(false);
    await workspace.move('/dir', '/empty');
    await workspace.move('/c.txt', '/empty/a.txt');
    expect(await textsOf(workspace)).toEqual({ 'empty/a.txt': 'c', 'empty/sub/b.txt': 'b' });
  });
});

/** Reading files and directories of a workspace. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pathsOf, setUp } from '../support/test-project.ts';

describe('readFile', () => {
  it('gives a Buffer, or text in the encoding that is asked for', async () => {
    const { workspace } = await setUp({ 'a.txt': 'grüße' });
    expect(await workspace.readFile('/a.txt')).toEqual(Buffer.from('grüße'));
    expect(await workspace.readFile('/a.txt', 'utf8')).toBe('grüße');
    expect(await workspace.readFile('a.txt', { encoding: 'hex' })).toBe('6772c3bcc39f65');
    expect(await workspace.readText('./x/../a.txt')).toBe('grüße');
  });

  it('fails with the codes of node:fs', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    await expect(workspace.readFile('/no/b')).rejects.toMatchObject({
      name: 'FileNotFoundError',
      code: 'ENOENT',
      path: '/no/b',
    });
    await expect(workspace.readFile('/dir')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(workspace.readFile('/')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(workspace.readFile('/dir/a.txt/b')).rejects.toMatchObject({ code: 'ENOTDIR' });
    const wrong = Reflect.apply(workspace.readFile, workspace, ['/dir/a.txt', 'utf-99']);
    await expect(wrong).rejects.toThrow(/encoding must be/);
  });

  it('gives every caller a buffer of its own', async () => {
    const { workspace } = await setUp({ 'a.txt': 'same' });
    const first = await workspace.readFile('/a.txt');
    first.fill('x');
    expect(await workspace.readText('/a.txt')).toBe('same');
  });
});

describe('stat and exists', () => {
  it('describes files, directories and links', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'hello' });
    await workspace.symlink('dir/a.txt', '/link');
    const file = await workspace.stat('/dir/a.txt');
    expect(file).toMatchObject({
      name: 'a.txt',
      path: 'dir/a.txt',
      kind: 'file',
      size: 5,
      mode: 0o644,
      origin: 'workspace',
      hash: createHash('sha256').update('hello').digest('hex'),
      target: undefined,
    });
    expect(file.isFile()).toBe(true);
    expect(file.mtime).toBeInstanceOf(Date);
    expect(await workspace.stat('/dir')).toMatchObject({ kind: 'directory', size: 0 });
    expect(await workspace.stat('/')).toMatchObject({ name: '', path: '', kind: 'directory' });
    expect(await workspace.stat('/link')).toMatchObject({ path: 'dir/a.txt', kind: 'file' });
    const link = await workspace.lstat('/link');
    expect(link).toMatchObject({ path: 'link', kind: 'symlink', target: 'dir/a.txt' });
    expect(link.isSymbolicLink() && !link.isFile() && !link.isDirectory()).toBe(true);
    await expect(workspace.stat('/no')).rejects.toMatchObject({ code: 'ENOENT', path: '/no' });
    await expect(workspace.lstat('/no')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says what exists, and never fails where nothing can be', async () => {
    const { workspace } = await setUp({ 'dir/a.txt': 'a' });
    await workspace.symlink('loop', '/loop');
    await workspace.symlink('nowhere', '/dangling');
    expect(await workspace.exists()).toBe(true);
    expect(await workspace.exists('/')).toBe(true);
    expect(await workspace.exists('/dir')).toBe(true);
    expect(await workspace.exists('/dir/a.txt')).toBe(true);
    expect(await workspace.exists('/dir/b.txt')).toBe(false);
    expect(await workspace.exists('/dir/a.txt/b')).toBe(false);
    expect(await workspace.exists('/loop')).toBe(false);
    expect(await workspace.exists('/dangling')).toBe(false);
  });

  it('gives a file the time of the clock when it is written', async () => {
    let now = Date.parse('2026-03-01T00:00:00Z');
    const { workspace } = await setUp({}, { clock: { now: () => now } });
    now += 5000;
    await workspace.writeFile('/a.txt', 'a');
    expect((await workspace.stat('/a.txt')).mtime).toEqual(new Date(now));
  });
});

describe('listDir', () => {
  it('lists in the order of the bytes of the names', async () => {
    const { workspace } = await setUp({ 'b.txt': '', 'B.txt': '', 'a/x': '', é: '', a0: '' });
    await workspace.writeFile('/new', '');
    await workspace.writeFile('/\u{1f600}', '');
    await workspace.writeFile('/\uff5e', '');
    const names = ['B.txt', 'a', 'a0', 'b.txt', 'new', 'é', '\uff5e', '\u{1f600}'];
    expect(await workspace.readdir()).toEqual(names);
    expect((await workspace.listDir()).map(({ name }) => name)).toEqual(names);
  });

  it('lists everything below with recursive', async () => {
    const { workspace } = await setUp({ 'dir/sub/a.txt': 'a', 'dir/b.txt': 'b', 'empty/': '' });
    await workspace.writeFile('/dir/new.txt', 'n');
    await workspace.delete('/dir/b.txt');
    const all = await workspace.listDir('/', { recursive: true });
    expect(pathsOf(all).sort()).toEqual([
      'dir',
      'dir/new.txt',
      'dir/sub',
      'dir/sub/a.txt',
      'empty',
    ]);
    const below = await workspace.listDir('/dir', { recursive: true });
    expect(pathsOf(below).sort()).toEqual(['dir/new.txt', 'dir/sub', 'dir/sub/a.txt']);
    expect(await workspace.listDir('/empty')).toEqual([]);
  });

  it('fails with the codes of node:fs', async () => {
    const { workspace } = await setUp({ 'a.txt': 'a' });
    await expect(workspace.listDir('/no')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(workspace.listDir('/a.txt')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(workspace.readdir('/a.txt')).rejects.toMatchObject({ code: 'ENOTDIR' });
    const wrong = Reflect.apply(workspace.listDir, workspace, ['/', { recursive: 'yes' }]);
    await expect(wrong).rejects.toThrow(/recursive must be a boolean/);
  });
});

describe('auditAllReads', () => {
  it('records reads only when asked for', async () => {
    const quiet = await setUp({ 'a.txt': 'a' });
    await quiet.workspace.readFile('/a.txt');
    expect(await quiet.workspace.audit.logs({ operation: 'read' })).toEqual([]);
    const watched = await setUp({ 'a.txt': 'a' }, { security: { auditAllReads: true } });
    await watched.workspace.readFile('/a.txt');
    const [entry] = await watched.workspace.audit.logs({ operation: 'read' });
    expect(entry).toMatchObject({ path: 'a.txt', metadata: { size: 1 } });
  });
});

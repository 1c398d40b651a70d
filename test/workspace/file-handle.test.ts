/** Open files of a workspace: what a handle means while everything around it changes. */

import { constants } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';
import { runProcess } from './support/store-process.ts';

describe('a file handle', () => {
  it('writes 4 KiB into a file of 10 MB by one chunk', async () => {
    const { afs, workspace } = await setUp();
    await workspace.writeFile('large', Buffer.alloc(10_000_000, 'abcdefg'));
    const stored = async (): Promise<number> =>
      (await afs.storage.usage()).objects.reduce((sum, { stored: bytes }) => sum + bytes, 0);
    const before = await stored();
    await using file = await workspace.open('large', 'r+');
    await file.write(Buffer.alloc(4096, 1), 0, 4096, 5_000_000);
    expect((await stored()) - before).toBeLessThan(300 * 1024);
    expect((await workspace.readFile('large')).subarray(4_999_999, 5_000_001)[1]).toBe(1);
    const part = Buffer.alloc(3);
    for (let at = 0; at < 2000; at += 3) {
      expect(await file.read(part, 0, 3, at)).toEqual({ bytesRead: 3, buffer: part });
      expect(part.toString()).toBe('abcdefgab'.slice(at % 7, (at % 7) + 3));
    }
  });

  it('shows what a restore and an undo have put in its place, and keeps its position', async () => {
    const { workspace } = await setUp({ 'a.txt': 'old content' });
    await workspace.snapshot.create('before');
    await using file = await workspace.open('a.txt', 'r+');
    await file.write('new');
    await workspace.snapshot.restore('before');
    expect(await file.readFile('utf8')).toBe(' content');
    await file.write('NEW', 0);
    expect(await workspace.readText('a.txt')).toBe('NEW content');
    await workspace.undo();
    expect((await file.read(Buffer.alloc(3), 0, 3, 0)).buffer.toString()).toBe('old');
  });

  it('finds nothing where an undo has taken its file away, and the new one at its path', async () => {
    const { workspace } = await setUp();
    await using file = await workspace.open('made', 'w+');
    await file.write('made here');
    await workspace.delete('made');
    const gone = expect.objectContaining({ code: 'ENOENT', path: '/made', errno: -2 });
    await expect(file.stat()).rejects.toEqual(gone);
    await expect(file.write('more')).rejects.toEqual(gone);
    await expect(file.truncate(3)).rejects.toEqual(gone);
    await expect(file.chmod(0o600)).rejects.toEqual(gone);
    expect(await workspace.exists('made')).toBe(false);
    await workspace.writeFile('made', 'by another');
    expect((await file.read(Buffer.alloc(20), 0, 20, 0)).bytesRead).toBe(10);
  });

  it('names the path, not the file, when that is moved or replaced by a directory', async () => {
    const { workspace } = await setUp({ 'a.txt': 'content' });
    await using file = await workspace.open('a.txt', 'r+');
    await workspace.move('a.txt', 'b.txt');
    await expect(file.read()).rejects.toMatchObject({ code: 'ENOENT', syscall: 'read' });
    await workspace.mkdir('a.txt');
    await expect(file.read()).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(file.write('x')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await workspace.readText('b.txt')).toBe('content');
  });

  it('resolves links when it is opened, and not again', async () => {
    const { workspace } = await setUp({ one: 'first', two: 'second' });
    await workspace.symlink('one', 'link');
    await using file = await workspace.open('link', 'r');
    await workspace.delete('link');
    await workspace.symlink('two', 'link');
    expect(await file.readFile('utf8')).toBe('first');
    const noFollow = workspace.open('link', constants.O_RDONLY | constants.O_NOFOLLOW);
    await expect(noFollow).rejects.toMatchObject({ code: 'ELOOP' });
    await workspace.symlink('made', 'dangling');
    await using made = await workspace.open('dangling', 'w');
    await made.write('through');
    expect(await workspace.readText('made')).toBe('through');
    await workspace.symlink('/etc/passwd', 'outside');
    await expect(workspace.open('outside')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(workspace.open('outside', 'w')).rejects.toMatchObject({ code: 'EPERM' });
  });

  it('sees at once what another one writes, each with a position of its own', async () => {
    const { afs, workspace } = await setUp();
    const other = await afs.workspace.get(workspace.name);
    await using one = await workspace.open('shared', 'w+');
    await using two = await other.open('shared', 'r+');
    await one.write('hello ');
    expect(await two.readFile('utf8')).toBe('hello ');
    await two.write('world');
    expect(await one.readFile('utf8')).toBe('world');
    await using log = await workspace.open('shared', 'a');
    await one.write('!', 0);
    await log.write('?');
    expect(await workspace.readText('shared')).toBe('!ello world?');
  });

  it('makes nothing but what its flags say', async () => {
    const { workspace } = await setUp({ 'dir/a': 'a' });
    const code = (path: string, flags?: string | number): Promise<string> =>
      workspace.open(path, flags).then(
        () => 'open',
        (error) => `${error.code} ${error.syscall} ${error.path}`,
      );
    expect(await code('none')).toBe('ENOENT open none');
    expect(await code('none/a', 'w')).toBe('ENOENT open none/a');
    expect(await code('dir/a/b', 'w')).toBe('ENOTDIR open dir/a/b');
    expect(await code('dir', 'w')).toBe('EISDIR open dir');
    expect(await code('dir')).toBe('open');
    expect(await code('dir/a', 'wx')).toBe('EEXIST open dir/a');
    expect(await code('dir/a', constants.O_DIRECTORY)).toBe('ENOTDIR open dir/a');
    expect(await code('.git/config')).toBe('ENOENT open .git/config');
    expect(await code('.git', 'w')).toBe('EPERM open .git');
    await using file = await workspace.open('new', 'w', 0o777);
    expect((await file.stat()).mode).toBe(0o100755);
    await file.chmod('600');
    expect((await workspace.stat('new')).mode).toBe(0o600);
  });

  it.each([
    ['flags', 'q'],
    ['flags', 3],
    ['flags', -1],
    ['flags', {}],
  ])('refuses the %s %j', async (_, flags) => {
    const { workspace } = await setUp({ a: 'a' });
    const opened = workspace.open('a', flags as string);
    await expect(opened).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', hint: /./ });
  });

  it('refuses impossible arguments, and says which', async () => {
    const { workspace } = await setUp({ a: 'a' });
    await using file = await workspace.open('a', 'r+');
    const wrong = (name: string): unknown =>
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(new RegExp(`^${name} `)),
      });
    const buffer = Buffer.alloc(4);
    await expect(file.read(buffer, 5)).rejects.toEqual(wrong('offset'));
    await expect(file.read(buffer, 0, 5)).rejects.toEqual(wrong('length'));
    await expect(file.read(buffer, 0, 4, -2)).rejects.toEqual(wrong('position'));
    await expect(file.read(buffer, 0, 4, 1.5)).rejects.toEqual(wrong('position'));
    await expect(file.write(buffer, 0, 9)).rejects.toEqual(wrong('length'));
    await expect(file.write(7 as never)).rejects.toEqual(wrong('data'));
    await expect(file.writev('ab' as never)).rejects.toEqual(wrong('buffers'));
    await expect(file.truncate('1' as never)).rejects.toEqual(wrong('length'));
    await expect(file.chmod('9' as never)).rejects.toEqual(wrong('mode'));
    await expect(file.write(buffer, 0, 4, 2 ** 50)).rejects.toMatchObject({ code: 'EFBIG' });
    await expect(file.truncate(2 ** 50)).rejects.toMatchObject({ code: 'EFBIG' });
    expect(await workspace.readText('a')).toBe('a');
  });

  it('of a workspace that cannot be changed is only for reading', async () => {
    const { workspace } = await setUp({ a: 'a' });
    const before = await workspace.open('a', 'r+');
    await workspace.update({ readOnly: true });
    await expect(workspace.open('a', 'r+')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(workspace.open('b', 'w')).rejects.toMatchObject({ code: 'EROFS' });
    await expect(before.write('b')).rejects.toMatchObject({
      code: 'EROFS',
      cause: { code: 'READ_ONLY' },
    });
    expect(await before.readFile('utf8')).toBe('a');
    await before.sync();
  });

  it('is of no use when it, or the store, is closed', async () => {
    const { afs, workspace } = await setUp({ a: 'a' });
    const [one, two] = [await workspace.open('a'), await workspace.open('a')];
    await one.close();
    await one.close();
    await expect(one.stat()).rejects.toMatchObject({ code: 'EBADF', syscall: 'fstat' });
    await expect(one.write('b')).rejects.toMatchObject({ code: 'EBADF' });
    await afs.close();
    await expect(two.stat()).rejects.toMatchObject({ code: 'CLOSED' });
    await two.close();
  });

  it('reads ignored files of the base, and writes to a copy of its own', async () => {
    const { workspace, project } = await setUp({
      '.gitignore': 'build/\n',
      'build/out': 'compiled',
    });
    await using file = await workspace.open('build/out', 'r+');
    expect((await file.read(Buffer.alloc(4), 0, 4, 2)).buffer.toString()).toBe('mpil');
    await file.write('COM', 0);
    expect(await workspace.readText('build/out')).toBe('COMpiled');
    expect(project.read('build/out')).toBe('compiled');
  });

  it('streams from and to its position, and reads lines', async () => {
    const { workspace } = await setUp({ a: 'one\ntwo\r\nthree' });
    const lines = [];
    for await (const line of (await workspace.open('a')).readLines()) lines.push(line);
    expect(lines).toEqual(['one', 'two', 'three']);
    const file = await workspace.open('a', 'r+');
    await file.read(Buffer.alloc(4));
    expect(await text(file.createReadStream({ autoClose: false, encoding: 'utf8' }))).toBe(
      'two\r\nthree',
    );
    expect(await text(file.createReadStream({ start: 1, end: 2, autoClose: false }))).toBe('ne');
    await pipeline(['ON', 'E!'], file.createWriteStream({ start: 0 }));
    expect(await workspace.readText('a')).toBe('ONE!two\r\nthree');
    await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF' });
    const gone = await workspace.open('a');
    await workspace.delete('a');
    await expect(text(gone.createReadStream())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has what was written before a sync after the process was killed', async () => {
    const project = new TestProject();
    const script = `
      const afs = new AgentFS(task.base);
      const workspace = await afs.workspace.create('w');
      const file = await workspace.open('a', 'w');
      await file.write('synced');
      await file.sync();
      print('working');
      process.kill(process.pid, 'SIGKILL');
    `;
    await runProcess(script, { base: project.dir });
    await using afs = new AgentFS(project.dir);
    expect(await (await afs.workspace.get('w')).readText('a')).toBe('synced');
  });
});

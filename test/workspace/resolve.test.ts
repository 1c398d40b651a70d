/** Symbolic links in a workspace: followed inside, never out of it. */

import { symlinkSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { setUp, TestProject, textsOf } from '../support/test-project.ts';

it('reads and writes through links that stay inside', async () => {
  const { workspace } = await setUp({ 'dir/a.txt': 'a', 'other/x': 'x' });
  await workspace.symlink('dir', '/to-dir');
  await workspace.symlink('../dir/a.txt', '/other/to-file');
  await workspace.symlink('to-dir/../other', '/zigzag');
  expect(await workspace.readText('/to-dir/a.txt')).toBe('a');
  expect(await workspace.readText('/other/to-file')).toBe('a');
  expect(await workspace.readdir('/to-dir')).toEqual(['a.txt']);
  await workspace.writeFile('/to-dir/new.txt', 'n');
  await workspace.writeFile('/other/to-file', 'changed');
  await workspace.writeFile('/zigzag/x', 'changed too');
  await workspace.mkdir('/to-dir/sub');
  expect(await textsOf(workspace)).toEqual({
    'dir/a.txt': 'changed',
    'dir/new.txt': 'n',
    'other/x': 'changed too',
  });
  expect((await workspace.stat('/dir/sub')).isDirectory()).toBe(true);
  expect((await workspace.lstat('/other/to-file')).kind).toBe('symlink');
});

it('creates the target of a dangling link that is written to', async () => {
  const { workspace } = await setUp();
  await workspace.symlink('dir/later.txt', '/link');
  await expect(workspace.readFile('/link')).rejects.toMatchObject({ code: 'ENOENT' });
  await workspace.writeFile('/link', 'now');
  expect(await textsOf(workspace)).toEqual({ 'dir/later.txt': 'now' });
});

it('deletes and moves the link itself and not what it points to', async () => {
  const { workspace } = await setUp({ 'dir/a.txt': 'a' });
  await workspace.symlink('dir', '/one');
  await workspace.symlink('dir', '/two');
  await workspace.delete('/one', { recursive: true });
  await workspace.move('/two', '/moved');
  expect(await workspace.readdir('/')).toEqual(['dir', 'moved']);
  expect(await workspace.readlink('/moved')).toBe('dir');
  expect(await workspace.readText('/dir/a.txt')).toBe('a');
});

it('refuses a link where something is, and readlink of what is no link', async () => {
  const { workspace } = await setUp({ 'a.txt': 'a' });
  await expect(workspace.symlink('x', '/a.txt')).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(workspace.symlink('x', '/a.txt/b')).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(workspace.readlink('/a.txt')).rejects.toMatchObject({ code: 'EINVAL' });
  await expect(workspace.readlink('/no')).rejects.toMatchObject({ code: 'ENOENT' });
  for (const target of ['', 'a\0b', '\ud800', 5, 'x'.repeat(5000)]) {
    const attempt = Reflect.apply(workspace.symlink, workspace, [target, '/link']);
    await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});

it('stops after 40 links', async () => {
  const { workspace } = await setUp({ 'end.txt': 'end' });
  await workspace.symlink('self', '/self');
  await workspace.symlink('pong', '/ping');
  await workspace.symlink('ping', '/pong');
  await workspace.symlink('end.txt', '/link-1');
  for (let i = 2; i <= 41; i++) await workspace.symlink(`link-${i - 1}`, `/link-${i}`);
  expect(await workspace.readText('/link-40')).toBe('end');
  const loops = ['/self', '/ping', '/link-41', '/self/below'];
  for (const path of loops) {
    await expect(workspace.readFile(path)).rejects.toMatchObject({ code: 'ELOOP', path });
    await expect(workspace.writeFile(path, 'x')).rejects.toMatchObject({ code: 'ELOOP' });
  }
});

/** What must not go through a link that leads outside. */
const THROUGH: Readonly<Record<string, (workspace: Workspace, path: string) => Promise<unknown>>> =
  {
    readFile: (workspace, path) => workspace.readFile(path),
    stat: (workspace, path) => workspace.stat(path),
    listDir: (workspace, path) => workspace.listDir(path),
    writeFile: (workspace, path) => workspace.writeFile(path, 'x'),
    appendFile: (workspace, path) => workspace.appendFile(path, 'x'),
    mkdir: (workspace, path) => workspace.mkdir(`${path}/sub`),
    chmod: (workspace, path) => workspace.chmod(path, 0o777),
    copyFrom: (workspace, path) => workspace.copy(path, '/stolen'),
    copyTo: (workspace, path) => workspace.copy('/a.txt', path),
    moveBelow: (workspace, path) => workspace.move('/a.txt', `${path}/a.txt`),
    deleteBelow: (workspace, path) => workspace.delete(`${path}/a.txt`),
    symlinkBelow: (workspace, path) => workspace.symlink('x', `${path}/x`),
    batch: (workspace, path) => workspace.batch((batch) => batch.writeFile(path, 'x')),
  };

it('never follows a link out of the workspace, in any operation', async () => {
  const outside = new TestProject({ 'a.txt': 'secret' });
  const project = new TestProject({ 'a.txt': 'a' });
  const targets = {
    absolute: outside.dir,
    relative: `../${outside.dir.split('/').at(-1)}`,
    above: '..',
    nested: 'relative/../..',
    git: '.git',
    store: '.agentfs',
  };
  for (const [name, target] of Object.entries(targets)) symlinkSync(target, project.path(name));
  const workspace = await project.open().workspace.create('w');
  for (const name of Object.keys(targets)) {
    for (const [operation, act] of Object.entries(THROUGH)) {
      await expect(act(workspace, `/${name}`), `${operation} ${name}`).rejects.toMatchObject({
        code: 'INVALID_PATH',
      });
    }
  }
  expect((await workspace.status()).hasChanges).toBe(false);
  expect(outside.list()).toEqual(['a.txt']);
  expect(outside.read('a.txt')).toBe('secret');
  expect(await workspace.readlink('/absolute')).toBe(outside.dir);
});

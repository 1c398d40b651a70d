/** Commits of symbolic links and of paths that are not versioned. */

import { readlinkSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommitError } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' };

describe('commit of links', () => {
  it('refuses links that lead outside, unless they are allowed', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.symlink('/etc', '/absolute');
    await workspace.symlink('../../x', '/dir/escaping');
    await workspace.writeFile('/new.txt', 'n');
    const error = await workspace.commit('links').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommitError);
    expect(error).toMatchObject({ code: 'OUTSIDE_SYMLINK' });
    expect(project.list()).toEqual(['a.txt', 'b.txt', 'dir/', 'dir/c.txt']);
    await workspace.commit('links', { allowOutsideSymlinks: true });
    expect(readlinkSync(project.path('absolute'))).toBe('/etc');
    expect(readlinkSync(project.path('dir/escaping'))).toBe('../../x');
  });

  it('never writes through a link that the user puts where a directory was', async () => {
    const outside = new TestProject({ 'c.txt': 'outside\n' });
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/dir/c.txt', 'mine\n');
    await workspace.writeFile('/dir/new.txt', 'n');
    project.remove('dir');
    symlinkSync(outside.dir, project.path('dir'));
    await expect(workspace.commit('through')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(outside.list()).toEqual(['c.txt']);
    expect(outside.read('c.txt')).toBe('outside\n');
  });
});

describe('commit of ignored paths', () => {
  it('brings home what was written explicitly, also where the base has its own', async () => {
    const { project, workspace } = await setUp({
      '.gitignore': 'build/\n.env\n',
      'build/other.js': 'other',
      'build/out.js': 'old',
    });
    await workspace.writeFile('/build/new.js', 'new');
    await workspace.writeFile('/.env', 'A=1');
    await workspace.commit('ignored, but wanted');
    expect(project.read('build/new.js')).toBe('new');
    expect(project.read('.env')).toBe('A=1');
    expect(project.read('build/other.js')).toBe('other');
    expect(project.read('build/out.js')).toBe('old');
  });

  it('treats them as versioned from then on, as git does with what is in its index', async () => {
    const { project, afs, workspace } = await setUp({ '.gitignore': '.env\n' });
    await workspace.writeFile('/.env', 'A=1');
    await workspace.commit('first');
    await workspace.writeFile('/.env', 'A=2');
    await workspace.commit('second');
    expect(project.read('.env')).toBe('A=2');
    const other = await afs.workspace.create('other');
    expect((await other.stat('/.env')).origin).toBe('workspace');
    project.write('.env', 'A=3 by the user');
    await workspace.writeFile('/.env', 'A=4');
    await expect(workspace.commit('third')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(project.read('.env')).toBe('A=3 by the user');
  });

  it('never replaces an ignored file of the base without a word', async () => {
    const { project, workspace } = await setUp({ '.gitignore': 'build/\n', 'build/out.js': 'old' });
    await workspace.writeFile('/build/out.js', 'mine');
    await expect(workspace.commit('over an ignored file')).rejects.toMatchObject({
      code: 'CONFLICT',
      conflicts: [{ path: 'build/out.js' }],
    });
    expect(project.read('build/out.js')).toBe('old');
    expect(await workspace.readText('/build/out.js')).toBe('mine');
  });
});

it('settles a clash with an ignored file of the base as it is told to', async () => {
  const { project, workspace } = await setUp({ '.gitignore': '*.env\n', 'a.env': 'users\n' });
  await workspace.writeFile('/a.env', 'agents\n');
  const error = await workspace.commit('mine').catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'CONFLICT',
    conflicts: [{ path: 'a.env', type: 'both-added' }],
  });
  expect(project.read('a.env')).toBe('users\n');
  await workspace.commit('theirs', { onConflict: 'theirs', allowEmpty: true });
  expect(project.read('a.env')).toBe('users\n');
  await workspace.writeFile('/a.env', 'agents again\n');
  await workspace.commit('mine');
  expect(project.read('a.env')).toBe('agents again\n');
});

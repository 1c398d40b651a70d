/** Bringing a workspace home: what the base has afterwards, and what nobody loses. */

import { chmodSync, lstatSync, readlinkSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { CommitError } from '../../src/index.ts';
import { pathsOf, setUp, TestProject } from '../support/test-project.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' };

describe('commit', () => {
  it('changes the base as the workspace was changed, and leaves the workspace clean', async () => {
    const { project, afs, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'changed\n');
    await workspace.writeFile('/new/deep/d.txt', 'new', { mode: 0o755 });
    await workspace.delete('/b.txt');
    await workspace.delete('/dir', { recursive: true });
    await workspace.mkdir('/empty');
    await workspace.symlink('a.txt', '/link');
    const result = await workspace.commit('all of it\n\nwith a body');
    expect(project.list()).toEqual([
      'a.txt',
      'empty/',
      'link',
      'new/',
      'new/deep/',
      'new/deep/d.txt',
    ]);
    expect(project.read('a.txt')).toBe('changed\n');
    expect(statSync(project.path('new/deep/d.txt')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(project.path('link'))).toBe('a.txt');
    expect(await workspace.status()).toMatchObject({ hasChanges: false, behind: 0 });
    expect(result).toMatchObject({
      message: 'all of it\n\nwith a body',
      workspace: 'w',
      parent: null,
    });
    expect(result.length).toBe(result.changes.length);
    expect(pathsOf(result.changes)).toContain('new/deep/d.txt');
    expect({ ...(await afs.log())[0], conflicts: [] }).toEqual(result);
    expect((await afs.verify({ readData: true })).ok).toBe(true);
  });

  it('commits changes of modes, and swaps of files, links and directories', async () => {
    const { project, workspace } = await setUp({ ...FILES, 'swap/x': 'x', 'to-link': 'l' });
    await workspace.chmod('/a.txt', 0o755);
    await workspace.chmod('/dir', 0o700);
    await workspace.delete('/swap', { recursive: true });
    await workspace.writeFile('/swap', 'now a file');
    await workspace.delete('/b.txt');
    await workspace.writeFile('/b.txt/inside', 'now a directory');
    await workspace.delete('/to-link');
    await workspace.symlink('dir', '/to-link');
    await workspace.commit('swaps');
    expect(statSync(project.path('a.txt')).mode & 0o777).toBe(0o755);
    expect(statSync(project.path('dir')).mode & 0o777).toBe(0o700);
    expect(project.read('swap')).toBe('now a file');
    expect(project.read('b.txt/inside')).toBe('now a directory');
    expect(lstatSync(project.path('to-link')).isSymbolicLink()).toBe(true);
    expect((await workspace.status({ refresh: true })).hasChanges).toBe(false);
  });

  it('merges with what the user has changed elsewhere, and loses none of it', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'ONE\ntwo\nthree\n');
    await workspace.move('/dir', '/moved');
    project.writeAll({ 'a.txt': 'one\ntwo\nTHREE\n', 'b.txt': 'edited\n', 'dir/user.txt': 'u' });
    const result = await workspace.commit('merged');
    expect(result.merged).toEqual(['a.txt']);
    expect(project.read('a.txt')).toBe('ONE\ntwo\nTHREE\n');
    expect(project.read('b.txt')).toBe('edited\n');
    expect(project.read('dir/user.txt')).toBe('u');
    expect(project.read('moved/c.txt')).toBe('c\n');
    expect(await workspace.readText('/b.txt')).toBe('edited\n');
    expect(await workspace.status({ refresh: true })).toMatchObject({
      hasChanges: false,
      behind: 0,
    });
  });

  it('keeps what is not versioned in a directory that it deletes', async () => {
    const { project, workspace } = await setUp({
      ...FILES,
      '.gitignore': '*.log',
      'dir/x.log': 'log',
    });
    await workspace.delete('/dir', { recursive: true });
    const { warnings } = await workspace.commit('delete');
    expect(project.has('dir/c.txt')).toBe(false);
    expect(project.read('dir/x.log')).toBe('log');
    expect(warnings.join()).toContain("'dir'");
  });

  it('says what it would do with dryRun, and does none of it', async () => {
    const { project, afs, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'changed\n');
    await workspace.move('/b.txt', '/moved.txt');
    const before = project.list();
    const changes = await workspace.commit('preview', { dryRun: true });
    expect(changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'modified a.txt',
      'renamed moved.txt',
    ]);
    expect(project.list()).toEqual(before);
    expect(project.read('a.txt')).toBe(FILES['a.txt']);
    expect(await afs.log()).toEqual([]);
    expect((await workspace.status()).hasChanges).toBe(true);
    expect(await workspace.history()).toEqual([]);
  });

  it('refuses a blank message and nothing to commit, unless that is allowed', async () => {
    const { afs, workspace } = await setUp(FILES);
    await expect(workspace.commit('nothing')).rejects.toMatchObject({
      name: 'CommitError',
      code: 'NOTHING_TO_COMMIT',
    });
    await workspace.writeFile('/x', 'x');
    for (const message of ['', '  \n\t']) {
      await expect(workspace.commit(message)).rejects.toMatchObject({ code: 'BLANK_MESSAGE' });
    }
    const typed = Reflect.apply(workspace.commit, workspace, [5]);
    await expect(typed).rejects.toThrow(/message must be a string/);
    await workspace.delete('/x');
    const empty = await workspace.commit('empty', { allowEmpty: true });
    expect(empty.changes).toEqual([]);
    expect(await afs.log()).toHaveLength(1);
  });

  it('has nothing to commit when files were only written anew', async () => {
    const { afs, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', FILES['a.txt']);
    await expect(workspace.commit('nothing')).rejects.toMatchObject({ code: 'NOTHING_TO_COMMIT' });
    expect(await afs.log()).toEqual([]);
  });

  it('takes authors in every form', async () => {
    const project = new TestProject();
    const afs = project.open({ author: 'Default <d@example.org>' });
    const workspace = await afs.workspace.create('w');
    const authorOf = async (author?: unknown): Promise<unknown> => {
      const options = { allowEmpty: true, ...(author !== undefined && { author }) };
      const result = await Reflect.apply(workspace.commit, workspace, ['m', options]);
      return Reflect.get(Object(result), 'author');
    };
    expect(await authorOf()).toEqual({ name: 'Default', email: 'd@example.org' });
    expect(await authorOf('A B <a@b.c>')).toEqual({ name: 'A B', email: 'a@b.c' });
    expect(await authorOf('Only Name')).toEqual({ name: 'Only Name', email: '' });
    expect(await authorOf({ name: 'O', email: 'o@p' })).toEqual({ name: 'O', email: 'o@p' });
    expect(await authorOf({ name: 'O' })).toEqual({ name: 'O', email: '' });
    for (const wrong of ['', '<a@b>', 'a\nb', { email: 'x' }, 5, { name: 5 }]) {
      await expect(authorOf(wrong)).rejects.toThrow(/author/);
    }
    const other = await project.open().workspace.get('w');
    const plain = await other.commit('m', { allowEmpty: true });
    expect(plain.author.name).toBe(userInfo().username);
  });

  it('refuses options of the wrong type with the name of the option', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/x', 'x');
    const commit = (options: unknown): Promise<unknown> =>
      Reflect.apply(workspace.commit, workspace, ['m', options]);
    await expect(commit({ include: 'x' })).rejects.toThrow(/include must be an array/);
    await expect(commit({ dryRun: 'yes' })).rejects.toThrow(/dryRun must be a boolean/);
    await expect(commit({ merge: 1 })).rejects.toThrow(/merge must be a boolean/);
    await expect(commit({ onConflict: 'mine' })).rejects.toThrow(/onConflict must be one of/);
    await expect(commit({ signal: 5 })).rejects.toThrow(/signal must be an AbortSignal/);
    await expect(commit('x')).rejects.toThrow(/options must be an object/);
    await expect(commit({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect((await workspace.status()).hasChanges).toBe(true);
  });
});

describe('commit with conflicts', () => {
  it('changes nothing, and gives the conflicts as values', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/b.txt', 'mine\n');
    await workspace.writeFile('/new.txt', 'n');
    await workspace.delete('/dir/c.txt');
    project.writeAll({ 'b.txt': 'theirs\n', 'dir/c.txt': 'edited\n' });
    const error = await workspace.commit('clash').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CommitError);
    expect(error).toMatchObject({
      code: 'CONFLICT',
      conflicts: [
        {
          path: 'b.txt',
          type: 'both-modified',
          base: { size: 2 },
          local: { size: 5 },
          remote: { size: 7 },
        },
        { path: 'dir/c.txt', type: 'local-delete' },
      ],
    });
    expect(project.read('b.txt')).toBe('theirs\n');
    expect(project.read('dir/c.txt')).toBe('edited\n');
    expect(project.has('new.txt')).toBe(false);
    expect(await workspace.readText('/b.txt')).toBe('mine\n');
  });

  it('takes the side of the workspace or of the base when it is told to', async () => {
    for (const [onConflict, text] of [
      ['ours', 'mine\n'],
      ['theirs', 'theirs\n'],
    ] as const) {
      const { project, workspace } = await setUp(FILES);
      await workspace.writeFile('/b.txt', 'mine\n');
      await workspace.writeFile('/new.txt', 'n');
      project.write('b.txt', 'theirs\n');
      await workspace.commit('decided', { onConflict });
      expect(project.read('b.txt')).toBe(text);
      expect(project.read('new.txt')).toBe('n');
      expect(await workspace.readText('/b.txt')).toBe(text);
    }
  });

  it('calls every double change of a file a conflict when merge is false', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'ONE\ntwo\nthree\n');
    project.write('a.txt', 'one\ntwo\nTHREE\n');
    const commit = workspace.commit('strict', { merge: false });
    await expect(commit).rejects.toMatchObject({
      code: 'CONFLICT',
      conflicts: [{ path: 'a.txt' }],
    });
    await workspace.commit('merged');
    expect(project.read('a.txt')).toBe('ONE\ntwo\nTHREE\n');
  });

  it('does not call the same change on both sides a conflict', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/b.txt', 'same\n');
    await workspace.delete('/dir/c.txt');
    await workspace.writeFile('/more.txt', 'm');
    project.write('b.txt', 'same\n');
    project.remove('dir/c.txt');
    await workspace.commit('agreed');
    expect(project.read('more.txt')).toBe('m');
  });

  it('finds a change of the same size in the same moment', async () => {
    const { project, workspace } = await setUp({ 'a.txt': '0000' });
    await workspace.writeFile('/a.txt', '1111');
    for (let i = 0; i < 10; i++) {
      project.write('a.txt', `222${i}`);
      await expect(workspace.commit('clash')).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(project.read('a.txt')).toBe(`222${i}`);
    }
  });
});

it('takes a file of the base whose mode alone the user has changed as it is', async () => {
  const { project, workspace } = await setUp(FILES);
  await workspace.writeFile('/a.txt', 'changed\n');
  chmodSync(project.path('a.txt'), 0o755);
  await workspace.commit('content');
  expect(project.read('a.txt')).toBe('changed\n');
  expect(statSync(project.path('a.txt')).mode & 0o777).toBe(0o755);
});

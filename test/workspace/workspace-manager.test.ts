/** Creating, finding, renaming, limiting and deleting workspaces. */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AmbiguousSnapshotError, WorkspaceExistsError } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';

/** The names of the workspaces in a list. */
const namesOf = (workspaces: readonly { readonly name: string }[]): string[] =>
  workspaces.map(({ name }) => name);

describe('create', () => {
  it('makes a workspace that holds everything in the base', async () => {
    const { workspace } = await setUp({ 'a.txt': 'a', 'src/b.txt': 'b', 'empty/': '' });
    expect(await workspace.readText('/a.txt')).toBe('a');
    expect(await workspace.readText('/src/b.txt')).toBe('b');
    expect((await workspace.stat('/empty')).isDirectory()).toBe(true);
    expect(workspace.parent).toBe(null);
    expect((await workspace.status()).hasChanges).toBe(false);
  });

  it('keeps the settings that it is given', async () => {
    const { afs } = await setUp();
    const expires = new Date('2100-01-01T00:00:00Z');
    await afs.workspace.create('full', {
      description: 'what for',
      tags: ['one', 'two'],
      agentId: 'agent-7',
      owner: 'somebody',
      readOnly: true,
      expires,
    });
    const found = await afs.workspace.get('full');
    expect(found.description).toBe('what for');
    expect(found.tags).toEqual(['one', 'two']);
    expect(found.agentId).toBe('agent-7');
    expect(found.owner).toBe('somebody');
    expect(found.readOnly).toBe(true);
    expect(found.expires).toEqual(expires);
    expect(found.state).toBe('active');
    expect(found.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(found.createdAt).toBeInstanceOf(Date);
  });

  it('refuses a name that is taken', async () => {
    const { afs } = await setUp();
    const error = await afs.workspace.create('w').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WorkspaceExistsError);
    expect(error).toMatchObject({ code: 'WORKSPACE_EXISTS', workspace: 'w' });
  });

  it('makes one of several workspaces that are created at the same time with the same name', async () => {
    const { afs } = await setUp({ 'a.txt': 'a' });
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => afs.workspace.create('same')),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of tries) {
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({ code: 'WORKSPACE_EXISTS' });
    }
    expect(namesOf(await afs.workspace.list())).toEqual(['w', 'same']);
  });

  it('refuses options of the wrong type with the name of the option', async () => {
    const { afs } = await setUp();
    const create = (options: object): Promise<unknown> => afs.workspace.create('x', options);
    await expect(create({ tags: 'one' })).rejects.toThrow(/tags must be an array of strings/);
    await expect(create({ tags: [1] })).rejects.toThrow(/tags must be a string/);
    await expect(create({ readOnly: 'yes' })).rejects.toThrow(/readOnly must be a boolean/);
    await expect(create({ expires: 'soon' })).rejects.toThrow(/expires must be a Date/);
    await expect(create({ expires: new Date('nonsense') })).rejects.toThrow(RangeError);
    await expect(create({ description: 1 })).rejects.toThrow(/description must be a string/);
    await expect(create({ fromSnapshot: 1 })).rejects.toThrow(/snapshot must be a string/);
    await expect(create({ fromSnapshot: 's', fromWorkspace: 'w' })).rejects.toThrow(TypeError);
    expect(namesOf(await afs.workspace.list())).toEqual(['w']);
  });

  it('stops at the limit, and 0 means no limit', async () => {
    const project = new TestProject();
    const limited = project.open({ maxWorkspaces: 2 });
    await limited.workspace.create('one');
    await limited.workspace.create('two');
    await expect(limited.workspace.create('three')).rejects.toMatchObject({
      code: 'WORKSPACE_LIMIT',
      details: { limit: 2 },
    });
    await limited.workspace.delete('one');
    await limited.workspace.create('three');
    const unlimited = project.open({ maxWorkspaces: 0 });
    await unlimited.workspace.create('four');
    expect(await unlimited.workspace.list()).toHaveLength(3);
  });

  it('is stopped by a signal', async () => {
    const { afs } = await setUp();
    const signal = AbortSignal.abort();
    await expect(afs.workspace.create('x', { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await afs.workspace.exists('x')).toBe(false);
  });
});

describe('create from a snapshot or workspace', () => {
  it('forks from a snapshot by its bare and its qualified name', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'base' });
    await workspace.writeFile('/a.txt', 'at the snapshot');
    await workspace.snapshot.create('s');
    await workspace.writeFile('/a.txt', 'later');
    for (const [name, fromSnapshot] of [
      ['bare', 's'],
      ['qualified', 'w/s'],
    ] as const) {
      const fork = await afs.workspace.create(name, { fromSnapshot });
      expect(await fork.readText('/a.txt')).toBe('at the snapshot');
      expect(fork.parent).toBe('w');
      expect((await fork.status()).modified.map(({ path }) => path)).toEqual(['a.txt']);
    }
  });

  it('refuses a bare name that several workspaces use', async () => {
    const { afs, workspace } = await setUp();
    const other = await afs.workspace.create('other');
    await workspace.snapshot.create('s');
    await other.snapshot.create('s');
    const error = await afs.workspace
      .create('x', { fromSnapshot: 's' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AmbiguousSnapshotError);
    expect(error).toMatchObject({ details: { workspaces: ['w', 'other'] } });
    expect((await afs.workspace.create('x', { fromSnapshot: 'other/s' })).parent).toBe('other');
  });

  it('says what it did not find', async () => {
    const { afs } = await setUp();
    const from = (options: object): Promise<unknown> => afs.workspace.create('x', options);
    await expect(from({ fromSnapshot: 'none' })).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
      snapshot: 'none',
    });
    await expect(from({ fromSnapshot: 'w/none' })).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
      workspace: 'w',
    });
    await expect(from({ fromSnapshot: 'no/s' })).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
    await expect(from({ fromWorkspace: 'no' })).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
    expect(await afs.workspace.exists('x')).toBe(false);
  });

  it('forks from what another workspace is now, and both go their own ways', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'base' });
    await workspace.writeFile('/new.txt', 'first');
    const fork = await afs.workspace.create('fork', { fromWorkspace: 'w' });
    await workspace.writeFile('/new.txt', 'original');
    await fork.writeFile('/new.txt', 'fork');
    expect(await workspace.readText('/new.txt')).toBe('original');
    expect(await fork.readText('/new.txt')).toBe('fork');
    expect(fork.parent).toBe('w');
  });

  it('commits from a fork to the base what origin and fork have changed', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a\n' });
    await workspace.writeFile('/origin.txt', 'o');
    const fork = await afs.workspace.create('fork', { fromWorkspace: 'w' });
    await fork.writeFile('/fork.txt', 'f');
    project.write('user.txt', 'u');
    await fork.commit('both');
    expect(project.list()).toEqual(['a.txt', 'fork.txt', 'origin.txt', 'user.txt']);
  });

  it('does not take back in the base what came after the snapshot it forks from', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a1\n', 'b.txt': 'b1\n' });
    await workspace.writeFile('/a.txt', 'a2\n');
    await workspace.snapshot.create('s');
    project.write('b.txt', 'b2 by the user\n');
    await workspace.rebase();
    const fork = await afs.workspace.create('fork', { fromSnapshot: 's' });
    expect((await fork.status()).modified.map(({ path }) => path)).toEqual(['a.txt']);
    await fork.commit('the change of a');
    expect(project.read('a.txt')).toBe('a2\n');
    expect(project.read('b.txt')).toBe('b2 by the user\n');
  });
});

describe('get, exists and list', () => {
  it('finds what was created, also from another AgentFS', async () => {
    const { project, workspace } = await setUp();
    const other = project.open();
    expect((await other.workspace.get('w')).id).toBe(workspace.id);
    expect(await other.workspaces.exists('w')).toBe(true);
    expect(await other.workspace.exists('x')).toBe(false);
    await expect(other.workspace.get('x')).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
      workspace: 'x',
    });
  });

  it('lists by name, tag and state', async () => {
    const { afs } = await setUp();
    await afs.workspace.create('bug-1', { tags: ['bug', 'urgent'] });
    const archived = await afs.workspace.create('bug-2', { tags: ['bug'] });
    await archived.update({ state: 'archived' });
    const list = async (filter?: object): Promise<string[]> =>
      namesOf(await afs.workspace.list(filter));
    expect(await list()).toEqual(['w', 'bug-1']);
    expect(await list({ includeArchived: true })).toEqual(['w', 'bug-1', 'bug-2']);
    expect(await list({ name: 'bug-*' })).toEqual(['bug-1']);
    expect(await list({ name: 'bug-?', includeArchived: true })).toEqual(['bug-1', 'bug-2']);
    expect(await list({ tag: 'bug' })).toEqual(['bug-1']);
    expect(await list({ tag: 'bu' })).toEqual([]);
    expect(await list({ name: 'w', tag: 'bug' })).toEqual([]);
  });

  it('lists so that one which is deleted meanwhile still tells what it was', async () => {
    const afs = new TestProject().open();
    await afs.workspace.create('w', { description: 'short', tags: ['t'], sandbox: 'restricted' });
    const [listed] = await afs.workspace.list();
    await afs.workspace.delete('w');
    const { name, description, tags, state, sandbox } = listed ?? {};
    expect({ name, description, tags, state, sandbox }).toEqual({
      ...{ name: 'w', description: 'short', tags: ['t'], state: 'active', sandbox: 'restricted' },
    });
    await expect(listed?.readText('f.txt')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
  });

  it('lists by age', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { afs, workspace } = await setUp({}, { clock: { now: () => now } });
    now += 10 * 86_400_000;
    await afs.workspace.create('young');
    expect(namesOf(await afs.workspace.list({ olderThanDays: 5 }))).toEqual(['w']);
    await workspace.writeFile('/a', 'changed today');
    expect(await afs.workspace.list({ olderThanDays: 5 })).toEqual([]);
    expect(namesOf(await afs.workspace.list({ olderThanDays: 0 }))).toEqual(['w', 'young']);
  });

  it('refuses a filter of the wrong type with the name of the option', async () => {
    const { afs } = await setUp();
    const list = (filter: object): Promise<unknown> => afs.workspace.list(filter);
    await expect(list({ tag: 1 })).rejects.toThrow(/tag must be a string/);
    await expect(list({ name: 1 })).rejects.toThrow(/name\[0\] must be/);
    await expect(list({ olderThanDays: -1 })).rejects.toThrow(/olderThanDays/);
    await expect(list({ includeArchived: 1 })).rejects.toThrow(/includeArchived/);
  });
});

describe('rename', () => {
  it('changes the name of every handle and keeps the rest', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    const elsewhere = await project.open().workspace.get('w');
    await workspace.snapshot.create('s');
    await afs.workspace.rename('w', 'renamed');
    expect(workspace.name).toBe('renamed');
    expect(elsewhere.name).toBe('renamed');
    expect(await afs.workspace.exists('w')).toBe(false);
    expect((await workspace.snapshot.get('s')).workspace).toBe('renamed');
    await afs.workspace.create('w');
  });

  it('refuses a taken, an invalid and a missing name', async () => {
    const { afs } = await setUp();
    await afs.workspace.create('taken');
    const rename = afs.workspace.rename.bind(afs.workspace);
    await expect(rename('w', 'taken')).rejects.toMatchObject({ code: 'WORKSPACE_EXISTS' });
    await expect(rename('w', '../x')).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(rename('no', 'x')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    expect((await rename('w', 'w')).name).toBe('w');
  });
});

describe('delete', () => {
  it('removes the workspace with its snapshots and directory, and frees its name', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/b.txt', 'b');
    await workspace.snapshot.create('s');
    mkdirSync(join(workspace.workDir, 'deep'), { recursive: true });
    await afs.workspace.delete('w');
    expect(await workspace.exists()).toBe(false);
    expect(existsSync(workspace.workDir)).toBe(false);
    await expect(workspace.readFile('/a.txt')).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
    await expect(workspace.writeFile('/a.txt', '')).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
    await expect(afs.workspace.delete('w')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    expect(workspace.name).toBe('w');
    const again = await afs.workspace.create('w');
    expect(await again.snapshot.list()).toEqual([]);
    expect(await again.exists('/b.txt')).toBe(false);
  });

  it('keeps a changed workspace when force is false', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/b.txt', 'b');
    const remove = afs.workspace.delete('w', { force: false });
    await expect(remove).rejects.toMatchObject({ code: 'WORKSPACE_DIRTY' });
    expect(await workspace.readText('/b.txt')).toBe('b');
    await workspace.delete('/b.txt');
    await afs.workspace.delete('w', { force: false });
    expect(await afs.workspace.exists('w')).toBe(false);
  });

  it('does not take files that were only written anew for changes', async () => {
    const { afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/a.txt', 'a');
    await afs.workspace.delete('w', { force: false });
    expect(await afs.workspace.exists('w')).toBe(false);
  });

  it('lets forks keep their trees', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/only-here.txt', 'kept');
    await workspace.snapshot.create('s');
    const fork = await afs.workspace.create('fork', { fromWorkspace: 'w' });
    const second = await afs.workspace.create('second', { fromSnapshot: 's' });
    await afs.workspace.delete('w');
    await afs.gc();
    expect(await fork.readText('/only-here.txt')).toBe('kept');
    expect(await second.readText('/only-here.txt')).toBe('kept');
    await fork.commit('from the fork');
    expect(project.read('only-here.txt')).toBe('kept');
    expect((await afs.verify({ readData: true })).ok).toBe(true);
  });
});

/** Status and diff of a workspace. */

import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pathsOf, setUp, TestProject } from '../support/test-project.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' };

describe('status', () => {
  it('sorts the changes by kind', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'changed');
    await workspace.writeFile('/new/d.txt', 'new');
    await workspace.delete('/b.txt');
    await workspace.chmod('/dir/c.txt', 0o755);
    await workspace.mkdir('/empty');
    const status = await workspace.status();
    expect(status.modified).toEqual([
      { path: 'a.txt', size: 7, mode: 0o644 },
      { path: 'dir/c.txt', size: 2, mode: 0o755 },
    ]);
    expect(pathsOf(status.added)).toEqual(['empty', 'new/d.txt']);
    expect(status.deleted).toEqual([{ path: 'b.txt', size: 2, mode: 0o644 }]);
    expect(status).toMatchObject({ hasChanges: true, conflicts: [], behind: 0 });
    expect(status.ignored).toBe(undefined);
  });

  it('does not call it a change when a file is written as it was', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/b.txt', 'b\n');
    await workspace.writeFile('/x', 'x');
    await workspace.delete('/x');
    await workspace.move('/dir', '/elsewhere');
    await workspace.move('/elsewhere', '/dir');
    expect((await workspace.status()).hasChanges).toBe(false);
    expect((await workspace.diff()).text).toBe('');
  });

  it('reports renames when asked to', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.move('/a.txt', '/moved/a.txt');
    const plain = await workspace.status();
    expect(pathsOf(plain.added)).toEqual(['moved/a.txt']);
    expect(pathsOf(plain.deleted)).toEqual(['a.txt']);
    expect(plain.renamed).toEqual([]);
    const { renamed, added, deleted } = await workspace.status({ detectRenames: true });
    expect(renamed).toEqual([{ path: 'moved/a.txt', from: 'a.txt' }]);
    expect([...added, ...deleted]).toEqual([]);
  });

  it('counts how far it is behind the base, and names conflicts, once the base is looked at', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/b.txt', 'mine\n');
    await workspace.writeFile('/a.txt', 'ONE\ntwo\nthree\n');
    project.writeAll({ 'b.txt': 'theirs\n', 'a.txt': 'one\ntwo\nTHREE\n', 'new.txt': 'n' });
    expect(await workspace.status()).toMatchObject({ behind: 0, conflicts: [] });
    const status = await workspace.status({ refresh: true });
    expect(status).toMatchObject({ behind: 3, conflicts: ['b.txt'] });
    expect(pathsOf(status.modified)).toEqual(['a.txt', 'b.txt']);
    expect(await workspace.status()).toMatchObject({ behind: 3, conflicts: ['b.txt'] });
    expect(await workspace.readText('/b.txt')).toBe('mine\n');
  });

  it('refuses options of the wrong type with the name of the option', async () => {
    const { workspace } = await setUp();
    const status = (options: unknown): Promise<unknown> =>
      Reflect.apply(workspace.status, workspace, [options]);
    await expect(status({ refresh: 1 })).rejects.toThrow(/refresh must be a boolean/);
    await expect(status({ ignored: 'x' })).rejects.toThrow(/ignored must be a boolean/);
    await expect(status(5)).rejects.toThrow(/options must be an object/);
  });
});

describe('diff', () => {
  it('gives a patch that git applies, with text, binary, links, modes and renames', async () => {
    const { project, workspace } = await setUp({ ...FILES, 'bin.dat': Uint8Array.of(0, 1, 2) });
    await workspace.writeFile('/a.txt', 'one\n2\nthree');
    await workspace.writeFile('/new file.txt', 'n\n');
    await workspace.delete('/b.txt');
    await workspace.move('/dir/c.txt', '/dir/d.txt');
    await workspace.chmod('/dir/d.txt', 0o755);
    await workspace.symlink('a.txt', '/link');
    await workspace.writeFile('/bin.dat', Uint8Array.of(0, 9));
    const { text } = await workspace.diff({ binary: true });
    const copy = new TestProject({ ...FILES, 'bin.dat': Uint8Array.of(0, 1, 2) });
    execFileSync('git', ['apply', '-'], { cwd: copy.dir, input: text });
    await workspace.commit('the same by a commit');
    expect(copy.list()).toEqual(project.list());
    for (const path of ['a.txt', 'new file.txt', 'dir/d.txt', 'link', 'bin.dat']) {
      expect(copy.read(path), path).toBe(project.read(path));
    }
  });

  it('iterates over the changes and counts them', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'one\n2\nthree\nfour\n');
    await workspace.writeFile('/z.txt', 'z\n');
    const diff = await workspace.diff();
    expect([...diff].map(({ type, path }) => [type, path])).toEqual([
      ['modified', 'a.txt'],
      ['added', 'z.txt'],
    ]);
    expect(diff.changes[0]).toMatchObject({ binary: false, linesAdded: 2, linesRemoved: 1 });
    expect(diff.changes[0]?.before).toMatchObject({ size: 14, mode: 0o644 });
    expect(diff.stats).toEqual({ files: 2, insertions: 3, deletions: 1 });
    expect(diff.text).toContain('@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n');
  });

  it('shows a selection, names only, a summary, and as much context as asked for', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'one\n2\nthree\n');
    await workspace.writeFile('/src/x.ts', 'x\n');
    await workspace.writeFile('/src/x.test.ts', 'x\n');
    const selected = await workspace.diff({ include: ['src/**'], exclude: ['*.test.ts'] });
    expect(pathsOf(selected.changes)).toEqual(['src/x.ts']);
    const names = await workspace.diff({ nameOnly: true });
    expect(names.text).toBe('a.txt\nsrc/x.test.ts\nsrc/x.ts\n');
    expect((await workspace.diff({ stat: true })).text).toMatch(/a\.txt +\| +2 \+-/);
    const bare = await workspace.diff({ context: 0, include: ['a.txt'] });
    expect(bare.text).toContain('@@ -2 +2 @@ one\n-two\n+2\n');
  });

  it('refuses options of the wrong type or value, at the call and not at first use', async () => {
    const { workspace } = await setUp(FILES);
    const diff = (options: unknown): Promise<unknown> =>
      Reflect.apply(workspace.diff, workspace, [options]);
    await expect(diff({ context: -1 })).rejects.toThrow(/context/);
    await expect(diff({ context: 1.5 })).rejects.toThrow(/context/);
    await expect(diff({ context: 'three' })).rejects.toThrow(/context/);
    await expect(diff({ stat: 'yes' })).rejects.toThrow(/stat/);
    await expect(diff({ nameOnly: 1 })).rejects.toThrow(/nameOnly/);
    await expect(diff({ include: 'src' })).rejects.toThrow(/include must be an array/);
    await expect(diff({ exclude: [5] })).rejects.toThrow(/exclude\[0\] must be/);
    await expect(diff({ against: 5 })).rejects.toThrow(/against must be a string/);
  });
});

describe('diff against', () => {
  it('compares with a snapshot, a workspace, a commit, and the base as it is now', async () => {
    const { project, afs, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'first\n');
    await workspace.snapshot.create('s');
    const other = await afs.workspace.create('other', { fromWorkspace: 'w' });
    const { id } = await workspace.commit('first');
    await workspace.writeFile('/b.txt', 'second\n');
    await other.writeFile('/other.txt', 'o\n');
    project.write('a.txt', 'by the user\n');
    const against = async (reference: string): Promise<string[]> => {
      const { changes } = await workspace.diff({ against: reference });
      return changes.map(({ type, path }) => `${type} ${path}`);
    };
    expect(await against('s')).toEqual(['modified b.txt']);
    expect(await against('w/s')).toEqual(['modified b.txt']);
    expect(await against('other')).toEqual(['modified b.txt', 'deleted other.txt']);
    expect(await against(id)).toEqual(['modified b.txt']);
    expect(await against(id.slice(0, 8))).toEqual(['modified b.txt']);
    expect(await against('base')).toEqual(['modified a.txt', 'modified b.txt']);
    await expect(against('nothing')).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' });
    await expect(against('no/s')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    await expect(against('0000000')).rejects.toMatchObject({ code: 'COMMIT_NOT_FOUND' });
    await expect(against('../x')).rejects.toMatchObject({ name: /Error$/ });
  });
});

describe('a workspace is pinned', () => {
  it('never sees the base move, and the base never sees the workspace', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/mine.txt', 'mine');
    project.write('a.txt', 'edited');
    project.write('added.txt', 'added');
    project.remove('dir');
    chmodSync(project.path('b.txt'), 0o600);
    expect(await workspace.readText('/a.txt')).toBe(FILES['a.txt']);
    expect(await workspace.readText('/dir/c.txt')).toBe('c\n');
    expect(await workspace.exists('/added.txt')).toBe(false);
    expect((await workspace.stat('/b.txt')).mode).toBe(0o644);
    expect(project.list()).toEqual(['a.txt', 'added.txt', 'b.txt']);
  });
});

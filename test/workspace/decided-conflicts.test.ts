/** What is decided about conflicts: by lines or whole files, path by path, and with markers. */

import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AgentFS, Workspace } from '../../src/index.ts';
import { setUp, type TestProject } from '../support/test-project.ts';

function lines(changes: Readonly<Record<number, string>> = {}): string {
  return Array.from({ length: 20 }, (_, i) => `${changes[i + 1] ?? i + 1}\n`).join('');
}

/** A text of which both sides changed the fifth line, and each another one. */
const BEFORE = lines();
const OURS = lines({ 5: 'five-agent', 10: 'ten-agent' });
const THEIRS = lines({ 5: 'five-user', 15: 'fifteen-user' });
const BY_OURS = lines({ 5: 'five-agent', 10: 'ten-agent', 15: 'fifteen-user' });
const BY_THEIRS = lines({ 5: 'five-user', 10: 'ten-agent', 15: 'fifteen-user' });

interface Contested {
  readonly afs: AgentFS;
  readonly project: TestProject;
  readonly workspace: Workspace;
}

/** A project and a workspace that both have changed these files. */
async function contested(...names: string[]): Promise<Contested> {
  const set = await setUp({ 'other.txt': 'o\n', ...textsAt(names, BEFORE) });
  for (const name of names) await set.workspace.writeFile(name, OURS);
  set.project.writeAll(textsAt(names, THEIRS));
  return set;
}

function textsAt(names: readonly string[], text: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, text]));
}

describe('a side', () => {
  it('decides the lines in conflict, and all else is merged: commit', async () => {
    const { project, workspace } = await contested('f');
    const commit = await workspace.commit('ours', { onConflict: 'ours' });
    expect(commit.conflicts).toMatchObject([{ path: 'f', took: 'ours', hunks: 1 }]);
    expect(commit.merged).toEqual([]);
    expect(project.read('f')).toBe(BY_OURS);
    expect(await workspace.readText('f')).toBe(BY_OURS);
    await workspace.revert(commit.id);
    expect(project.read('f')).toBe(THEIRS);
  });

  it('decides them in a rebase, and undo brings back what was overruled', async () => {
    const { workspace } = await contested('f');
    const { conflicts } = await workspace.rebase({ onConflict: 'theirs' });
    expect(conflicts).toMatchObject([{ path: 'f', took: 'theirs', hunks: 1 }]);
    expect(await workspace.readText('f')).toBe(BY_THEIRS);
    await workspace.undo();
    expect(await workspace.readText('f')).toBe(OURS);
  });

  it('is no choice where the content is given, in the same step', async () => {
    const { project, workspace } = await contested('f', 'g');
    await workspace.symlink('other.txt', 'h');
    project.write('h', 'theirs\n');
    const steps = (await workspace.history()).length;
    const contents = { f: 'both\n', h: 'no link\n' };
    await expect(workspace.rebase({ contents })).rejects.toMatchObject({
      code: 'MERGE_CONFLICT',
      conflicts: [{ path: 'g' }],
    });
    expect([await workspace.readText('f'), (await workspace.history()).length]).toEqual([
      OURS,
      steps,
    ]);
    const result = await workspace.rebase({ contents, theirs: ['g'] });
    expect(result.changes.map(({ path }) => path)).toEqual(['f', 'g', 'h']);
    const read = (): Promise<string[]> =>
      Promise.all(['f', 'g', 'h', 'other.txt'].map((path) => workspace.readText(path)));
    expect(await read()).toEqual(['both\n', BY_THEIRS, 'no link\n', 'o\n']);
    expect((await workspace.status({ refresh: true })).conflicts).toEqual([]);
    await workspace.undo();
    expect(await read()).toEqual([OURS, OURS, 'o\n', 'o\n']);
    await workspace.redo();
    expect(await read()).toEqual(['both\n', BY_THEIRS, 'no link\n', 'o\n']);
    const both = { contents: { f: 'x' }, ours: ['f'] };
    await expect(workspace.rebase(both)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const nowhere = { contents: { 'f/x': 'x' } };
    await expect(workspace.rebase(nowhere)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await workspace.readText('f')).toBe('both\n');
  });

  it('decides them in a merge of workspaces, by either name of the option', async () => {
    const { afs, workspace } = await setUp({ f: BEFORE });
    const other = await afs.workspace.create('other');
    await workspace.writeFile('f', OURS);
    await other.writeFile('f', THEIRS);
    await afs.workspace.merge('other', 'w', { onConflict: 'ours' });
    expect(await workspace.readText('f')).toBe(BY_OURS);
    await workspace.undo();
    const { conflicts } = await afs.workspace.merge('other', 'w', { strategy: 'theirs' });
    expect(await workspace.readText('f')).toBe(BY_THEIRS);
    expect(conflicts).toMatchObject([{ took: 'theirs', hunks: 1 }]);
  });

  it('decides them in a revert', async () => {
    const { project, workspace } = await setUp({ f: BEFORE });
    await workspace.writeFile('f', OURS);
    const commit = await workspace.commit('ours');
    project.write('f', lines({ 5: 'five-later', 10: 'ten-agent', 15: 'fifteen-later' }));
    await expect(workspace.revert(commit.id)).rejects.toMatchObject({ code: 'CONFLICT' });
    const reverted = await workspace.revert(commit.id, { onConflict: 'ours' });
    expect(reverted.conflicts).toMatchObject([{ path: 'f', took: 'ours', hunks: 1 }]);
    expect(project.read('f')).toBe(lines({ 15: 'fifteen-later' }));
  });

  it('is taken with its whole file when that is asked for', async () => {
    const { project, workspace } = await contested('f');
    const { conflicts } = await workspace.commit('all', { onConflict: 'ours', wholeFile: true });
    expect(conflicts[0]).toMatchObject({ path: 'f', took: 'ours' });
    expect(conflicts[0]).not.toHaveProperty('hunks');
    expect(project.read('f')).toBe(OURS);
  });

  it('decides the mode of a file on its own', async () => {
    const { project, workspace } = await setUp({ f: BEFORE });
    await workspace.writeFile('f', lines({ 1: 'one-agent' }));
    await workspace.chmod('f', 0o755);
    project.write('f', lines({ 20: 'twenty-user' }));
    chmodSync(project.path('f'), 0o600);
    const { conflicts } = await workspace.commit('mode', { onConflict: 'ours' });
    expect(conflicts).toMatchObject([{ path: 'f', took: 'ours' }]);
    expect(project.read('f')).toBe(lines({ 1: 'one-agent', 20: 'twenty-user' }));
    expect((await workspace.stat('f')).mode).toBe(0o755);
  });
});

describe('a decision about a path', () => {
  it('wins over the one for all, the nearest path over one above it', async () => {
    const { project, workspace } = await contested('a', 'd/b', 'd/c');
    const { conflicts } = await workspace.commit('by path', {
      ours: ['/a', 'd/c'],
      theirs: ['d'],
    });
    expect(conflicts.map(({ path, took }) => [path, took])).toEqual([
      ['a', 'ours'],
      ['d/b', 'theirs'],
      ['d/c', 'ours'],
    ]);
    expect(['a', 'd/b', 'd/c'].map((path) => project.read(path))).toEqual([
      BY_OURS,
      BY_THEIRS,
      BY_OURS,
    ]);
  });

  it('leaves the others open, which are named and alone', async () => {
    const { project, workspace } = await contested('a', 'b');
    await expect(workspace.rebase({ ours: ['a'] })).rejects.toMatchObject({
      code: 'MERGE_CONFLICT',
      conflicts: [{ path: 'b' }],
    });
    expect(await workspace.readText('a')).toBe(OURS);
    expect(project.read('a')).toBe(THEIRS);
  });

  it('is refused for a path where nothing is, and for one that has two', async () => {
    const { project, workspace } = await contested('a');
    const commit = (options: object): Promise<unknown> => workspace.commit('x', options);
    await expect(commit({ ours: ['a', 'othr.txt'] })).rejects.toMatchObject({
      code: 'ENOENT',
      path: 'othr.txt',
    });
    await expect(commit({ ours: ['a'], theirs: ['/a'] })).rejects.toThrow(/theirs must be/);
    await expect(commit({ ours: 'a' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(commit({ onConflict: 'markers' })).rejects.toThrow(/onConflict must be one of/);
    expect(project.read('a')).toBe(THEIRS);
  });

  it('is none for a path that both sides agree on, such as a whole directory', async () => {
    const { project, workspace } = await contested('a');
    await workspace.commit('x', { onConflict: 'ours', theirs: ['other.txt', '/'] });
    expect(project.read('a')).toBe(BY_THEIRS);
  });

  it('takes a deletion or what it deletes', async () => {
    const { project, workspace } = await setUp({ a: 'a\n', b: 'b\n' });
    await workspace.delete('a');
    await workspace.delete('b');
    project.writeAll({ a: 'A\n', b: 'B\n' });
    await workspace.commit('by path', { ours: ['a'], theirs: ['b'] });
    expect(project.list()).toEqual(['b']);
    expect(project.read('b')).toBe('B\n');
  });
});

describe('a dry run', () => {
  it('names what would be merged and overruled, and is a list of changes as before', async () => {
    const { project, workspace } = await contested('f');
    const preview = await workspace.commit('x', { dryRun: true, onConflict: 'theirs' });
    expect(preview).toHaveLength(1);
    expect(preview.conflicts).toMatchObject([{ path: 'f', took: 'theirs', hunks: 1 }]);
    expect(JSON.parse(JSON.stringify(preview))).toMatchObject([{ path: 'f', type: 'modified' }]);
    expect(project.read('f')).toBe(THEIRS);
  });
});

describe('a dry run of a rebase or merge', () => {
  it('names what would be overruled and changes nothing, and is refused as the real one is', async () => {
    const { afs, workspace } = await contested('f');
    const steps = (await workspace.history()).length;
    const options = { onConflict: 'theirs', dryRun: true } as const;
    const conflicts = [{ path: 'f', took: 'theirs', hunks: 1 }];
    const rebased = await workspace.rebase(options);
    expect(rebased).toMatchObject({ conflicts, changes: [{ path: 'f' }], operationId: 0 });
    const other = await afs.workspace.create('other', { fromWorkspace: 'w' });
    await workspace.writeFile('f', lines({ 1: 'one' }));
    await other.writeFile('f', lines({ 1: 'uno' }));
    expect(await afs.workspace.merge('other', 'w', options)).toMatchObject({
      ...{ conflicts, changes: [{ path: 'f' }], operationId: 0 },
    });
    await expect(afs.workspace.merge('other', 'w', { dryRun: true })).rejects.toMatchObject({
      code: 'MERGE_CONFLICT',
    });
    expect(await workspace.readText('f')).toBe(lines({ 1: 'one' }));
    expect((await workspace.history()).length).toBe(steps);
    expect((await workspace.rebase({ onConflict: 'ours' })).operationId).not.toBe(0);
  });
});

describe('markers', () => {
  it('leave both sides in the text of a workspace, which is not committed before it is edited', async () => {
    const { project, workspace } = await contested('f');
    const { conflicts } = await workspace.rebase({ onConflict: 'markers' });
    expect(conflicts).toMatchObject([{ path: 'f', took: 'markers', hunks: 1 }]);
    const marked = await workspace.readText('f');
    expect(marked).toContain(
      '<<<<<<< workspace w\nfive-agent\n||||||| fork\n5\n=======\nfive-user\n>>>>>>> project\n',
    );
    expect(marked).toContain('ten-agent\n');
    expect(marked).toContain('fifteen-user\n');
    await expect(workspace.commit('too early')).rejects.toMatchObject({
      code: 'CONFLICT',
      path: 'f',
      conflicts: [{ path: 'f' }],
    });
    expect(project.read('f')).toBe(THEIRS);
    await workspace.writeFile('f', marked.replace(/<{7}[\s\S]*>{7} project\n/, 'five-both\n'));
    await workspace.commit('settled');
    expect(project.read('f')).toBe(lines({ 5: 'five-both', 10: 'ten-agent', 15: 'fifteen-user' }));
  });

  it('leave what is no text to a decision of its own', async () => {
    const { project, workspace } = await contested('f');
    await workspace.writeFile('image', '\0ours');
    project.write('image', '\0theirs');
    await expect(workspace.rebase({ onConflict: 'markers' })).rejects.toMatchObject({
      conflicts: [{ path: 'image', type: 'both-added' }],
    });
    await workspace.rebase({ onConflict: 'markers', theirs: ['image'] });
    expect(await workspace.readText('image')).toBe('\0theirs');
    expect(await workspace.readText('f')).toContain('<<<<<<< workspace w\n');
  });

  it('are no matter when a text has some of its own', async () => {
    const { project, workspace } = await setUp({ 'a.md': 'a\n' });
    const text = '<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n';
    await workspace.writeFile('a.md', text);
    await workspace.commit('an example');
    expect(project.read('a.md')).toBe(text);
  });
});

describe('a long text', () => {
  it('is merged where its changes lie apart, whatever its size', async () => {
    const before = Array.from({ length: 60_000 }, (_, i) => `line ${i}\n`);
    const { project, workspace } = await setUp({ lock: before.join('') });
    await workspace.writeFile('lock', before.with(3, 'ours\n').join(''));
    project.write('lock', before.with(59_990, 'theirs\n').join(''));
    const { merged } = await workspace.commit('both ends');
    expect(merged).toEqual(['lock']);
    expect(project.read('lock')).toBe(before.with(3, 'ours\n').with(59_990, 'theirs\n').join(''));
  });
});

/** Rebasing a workspace onto the base, and merging one workspace into another. */

import { describe, expect, it } from 'vitest';
import { MergeConflictError } from '../../src/index.ts';
import { pathsOf, setUp, textsOf } from '../support/test-project.ts';

const FILES = { 'a.txt': 'one\ntwo\nthree\n', 'b.txt': 'b\n' };

describe('rebase', () => {
  it('brings in what the base has changed and keeps the changes of the workspace', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/a.txt', 'ONE\ntwo\nthree\n');
    await workspace.writeFile('/mine.txt', 'm');
    project.writeAll({ 'a.txt': 'one\ntwo\nTHREE\n', 'theirs.txt': 't' });
    project.remove('b.txt');
    const result = await workspace.rebase();
    expect(pathsOf(result.changes)).toEqual(['a.txt', 'b.txt', 'theirs.txt']);
    expect(result.merged).toEqual(['a.txt']);
    expect(result.conflicts).toEqual([]);
    expect(await textsOf(workspace)).toEqual({
      'a.txt': 'ONE\ntwo\nTHREE\n',
      'mine.txt': 'm',
      'theirs.txt': 't',
    });
    const status = await workspace.status({ refresh: true });
    expect(status.behind).toBe(0);
    expect(pathsOf([...status.modified, ...status.added])).toEqual(['a.txt', 'mine.txt']);
  });

  it('stops at a conflict with everything as it was, unless told whose side to take', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.writeFile('/b.txt', 'mine\n');
    project.writeAll({ 'b.txt': 'theirs\n', 'new.txt': 'n' });
    const error = await workspace.rebase().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MergeConflictError);
    expect(error).toMatchObject({
      code: 'MERGE_CONFLICT',
      conflicts: [{ path: 'b.txt', type: 'both-modified' }],
    });
    expect(await textsOf(workspace)).toEqual({ ...FILES, 'b.txt': 'mine\n' });
    const ours = await workspace.rebase({ onConflict: 'ours' });
    expect(pathsOf(ours.conflicts)).toEqual(['b.txt']);
    expect(await textsOf(workspace)).toEqual({ ...FILES, 'b.txt': 'mine\n', 'new.txt': 'n' });
    await workspace.undo();
    await workspace.rebase({ onConflict: 'theirs' });
    expect(await workspace.readText('/b.txt')).toBe('theirs\n');
    expect((await workspace.status()).hasChanges).toBe(false);
  });

  it('is taken back by undo, the distance to the base with it', async () => {
    const { project, workspace } = await setUp(FILES);
    project.write('b.txt', 'theirs\n');
    const { operationId } = await workspace.rebase();
    expect((await workspace.history())[0]).toMatchObject({ id: operationId, kind: 'rebase' });
    await workspace.undo();
    expect(await workspace.readText('/b.txt')).toBe('b\n');
    expect(await workspace.status()).toMatchObject({ behind: 1, hasChanges: false });
    await workspace.redo();
    expect(await workspace.status()).toMatchObject({ behind: 0, hasChanges: false });
  });

  it('does nothing when the base has not moved', async () => {
    const { workspace } = await setUp(FILES);
    expect(await workspace.rebase()).toMatchObject({ changes: [], operationId: 0 });
    expect(await workspace.history()).toEqual([]);
    const wrong = Reflect.apply(workspace.rebase, workspace, [{ onConflict: 'mine' }]);
    await expect(wrong).rejects.toThrow(/onConflict must be one of fail, ours, theirs/);
  });
});

describe('merge', () => {
  it('brings the changes of one workspace into another', async () => {
    const { afs, workspace } = await setUp(FILES);
    const target = await afs.workspace.create('target');
    await workspace.writeFile('/a.txt', 'ONE\ntwo\nthree\n');
    await workspace.delete('/b.txt');
    await workspace.writeFile('/new.txt', 'n');
    await target.writeFile('/a.txt', 'one\ntwo\nTHREE\n');
    const result = await afs.workspace.merge('w', 'target');
    expect(result.merged).toEqual(['a.txt']);
    expect(await textsOf(target)).toEqual({ 'a.txt': 'ONE\ntwo\nTHREE\n', 'new.txt': 'n' });
    expect(await workspace.readText('/a.txt')).toBe('ONE\ntwo\nthree\n');
    const [logged] = await target.audit.logs({ operation: 'merge' });
    expect(logged?.metadata).toMatchObject({ summary: 'merge of w', merged: ['a.txt'] });
    await target.undo();
    expect(await textsOf(target)).toEqual({ ...FILES, 'a.txt': 'one\ntwo\nTHREE\n' });
  });

  it('writes nothing on a conflict, and takes a side when it is told to', async () => {
    const { afs, workspace } = await setUp(FILES);
    const target = await afs.workspace.create('target');
    await workspace.writeFile('/b.txt', 'source\n');
    await workspace.writeFile('/new.txt', 'n');
    await target.delete('/b.txt');
    const merge = afs.workspace.merge('w', 'target', { strategy: 'manual' });
    await expect(merge).rejects.toMatchObject({
      name: 'MergeConflictError',
      code: 'MERGE_CONFLICT',
      conflicts: [{ path: 'b.txt', type: 'local-delete' }],
    });
    expect(await textsOf(target)).toEqual({ 'a.txt': FILES['a.txt'] });
    const ours = await afs.workspace.merge('w', 'target', { strategy: 'ours' });
    expect(pathsOf(ours.conflicts)).toEqual(['b.txt']);
    expect(await textsOf(target)).toEqual({ 'a.txt': FILES['a.txt'], 'new.txt': 'n' });
    await target.undo();
    await afs.workspace.merge('w', 'target', { strategy: 'theirs' });
    expect(await target.readText('/b.txt')).toBe('source\n');
  });

  it('refuses itself, what is missing, and an unknown strategy', async () => {
    const { afs } = await setUp(FILES);
    await afs.workspace.create('target', { readOnly: true });
    const merge = (...args: readonly unknown[]): Promise<unknown> =>
      Reflect.apply(afs.workspace.merge, afs.workspace, args);
    await expect(merge('w', 'w')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(merge('w', 'no')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    await expect(merge('no', 'w')).rejects.toMatchObject({ code: 'WORKSPACE_NOT_FOUND' });
    await expect(merge('w', 'target')).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(merge('w', 'target', { strategy: 'x' })).rejects.toThrow(
      /strategy must be one of/,
    );
  });
});

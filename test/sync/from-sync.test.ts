import { describe, expect, it } from 'vitest';
import { TestProject, textsOf } from '../support/test-project.ts';
import { fileRemote, replica } from './support/replicas.ts';

describe('a workspace made from a remote', () => {
  it('has what was pushed, and commits it to its own base', async () => {
    const url = fileRemote();
    const a = await replica(url, { 'f.txt': 'one\n' });
    await a.workspace.writeFile('g.txt', 'two\n');
    await a.workspace.update({ description: 'shared work' });
    await a.workspace.sync.push();
    const project = new TestProject();
    const workspace = await project.open().workspace.create('shared', { fromSync: url });
    expect(await textsOf(workspace)).toEqual({ 'f.txt': 'one\n', 'g.txt': 'two\n' });
    await workspace.commit('Take it over');
    expect(project.list()).toEqual(['f.txt', 'g.txt']);
  });

  it('can be read-only from the start', async () => {
    const url = fileRemote();
    const a = await replica(url, { 'f.txt': 'one\n' });
    await a.workspace.sync.push();
    const options = { fromSync: { tursoDb: url }, readOnly: true };
    const workspace = await new TestProject().open().workspace.create('shared', options);
    expect(await workspace.readText('f.txt')).toBe('one\n');
    await expect(workspace.writeFile('f.txt', 'x')).rejects.toMatchObject({ code: 'READ_ONLY' });
    await a.workspace.writeFile('f.txt', 'two\n');
    await a.workspace.sync.push();
    await expect(workspace.sync.pull()).rejects.toMatchObject({ code: 'READ_ONLY' });
    expect(await workspace.readText('f.txt')).toBe('one\n');
  });

  it('is not there at all when nobody has pushed it', async () => {
    const afs = new TestProject().open();
    const heard: unknown[] = [];
    afs.on('workspaceCreate', (workspace) => heard.push(workspace));
    await expect(afs.workspace.create('none', { fromSync: fileRemote() })).rejects.toMatchObject({
      code: 'REMOTE_NOT_FOUND',
    });
    expect(await afs.workspace.exists('none')).toBe(false);
    expect(heard).toEqual([]);
  });
});

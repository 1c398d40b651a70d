import { expect, it } from 'vitest';
import { pathsOf, setUp } from '../support/test-project.ts';

it('compares what is named with what it has come from, or with anything else that is named', async () => {
  const { afs, project, workspace } = await setUp({ 'a.txt': 'a\n', 'b.txt': 'b\n' });
  const changed = async (reference: string, against?: string): Promise<string[]> =>
    pathsOf((await afs.diff(reference, { against })).changes);
  await workspace.writeFile('a.txt', 'A\n');
  await workspace.snapshot.create('first');
  await workspace.writeFile('c.txt', 'c\n');
  const other = await afs.workspace.create('other', { fromSnapshot: 'w/first' });
  await other.delete('b.txt');
  project.write('d.txt', 'd\n');

  expect(await changed('w')).toEqual(['a.txt', 'c.txt']);
  expect(await changed('w/first')).toEqual(['a.txt']);
  expect(await changed('first')).toEqual(['a.txt']);
  expect(await changed('w', 'first')).toEqual(['c.txt']);
  expect(await changed('other', 'w')).toEqual(['b.txt', 'c.txt']);
  expect(await changed('w', 'base')).toEqual(['a.txt', 'c.txt', 'd.txt']);

  const { id } = await workspace.commit('Bring it home');
  expect(await changed(id)).toEqual(['a.txt', 'c.txt']);
  expect(await changed(id.slice(0, 9), 'first')).toEqual(['c.txt', 'd.txt']);
  project.write('e.txt', 'e\n');
  expect(await changed('base')).toEqual(['e.txt']);
  expect(await changed('base')).toEqual([]);
});

it('says which name may be meant', async () => {
  const { afs, workspace } = await setUp();
  await workspace.snapshot.create('before-refactor');
  const renamed = await afs.workspace.rename('w', 'agent-1');
  await expect(afs.workspace.get('agnet-1')).rejects.toMatchObject({
    code: 'WORKSPACE_NOT_FOUND',
    hint: "Did you mean 'agent-1'?",
  });
  await expect(renamed.snapshot.get('before-refaktor')).rejects.toMatchObject({
    code: 'SNAPSHOT_NOT_FOUND',
    hint: "Did you mean 'before-refactor'?",
  });
  await expect(afs.diff('agent-1/nothing-like-it')).rejects.toMatchObject({
    code: 'SNAPSHOT_NOT_FOUND',
    hint: 'List the snapshots of the workspace.',
  });
  await expect(afs.diff('0123456789')).rejects.toMatchObject({ code: 'COMMIT_NOT_FOUND' });
});

it('knows the snapshot that a workspace equals', async () => {
  const { workspace } = await setUp({ 'a.txt': 'a\n' });
  expect(await workspace.snapshot.current()).toBeUndefined();
  await workspace.snapshot.create('one');
  await workspace.snapshot.create('two');
  expect(await workspace.snapshot.current()).toMatchObject({ name: 'two' });
  await workspace.writeFile('a.txt', 'A\n');
  expect(await workspace.snapshot.current()).toBeUndefined();
  await workspace.writeFile('a.txt', 'a\n');
  expect(await workspace.snapshot.current()).toMatchObject({ name: 'two' });
});

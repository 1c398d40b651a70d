import { describe, expect, it } from 'vitest';
import { listDirectory, writeFiles } from '../support/run-fixture.ts';
import { auditOf, listingOf, run, workspaceOf } from './support/commands.ts';

describe('the materialised directory', () => {
  it('shows the workspace and takes up what was edited there, as one step', async () => {
    const workspace = await workspaceOf();
    const path = await workspace.materialize();
    expect(path).toBe(workspace.workDir);
    expect(listDirectory(path)).toEqual(await listingOf(workspace));
    writeFiles(path, { 'a.txt': 'by hand', 'new/x.txt': 'new' });
    await workspace.writeFile('api.txt', 'api');
    await workspace.materialize();
    expect(await listingOf(workspace)).toEqual({
      'a.txt': '644 by hand',
      'api.txt': '644 api',
      new: '755/',
      'new/x.txt': '644 new',
      src: '755/',
      'src/b.txt': '644 b\n',
    });
    expect(listDirectory(path)).toEqual(await listingOf(workspace));
    const [edit, ...rest] = await workspace.history();
    expect([edit?.kind, rest.length]).toEqual(['edit', 1]);
    const entries = await auditOf(workspace);
    const rows = entries.filter(({ metadata }) => metadata?.['source'] === 'directory');
    expect(rows.map((row) => row.path)).toEqual(['a.txt', 'new', 'new/x.txt']);
    await workspace.undo();
    await workspace.materialize();
    expect(listDirectory(path)).toMatchObject({ 'a.txt': '644 a\n', 'api.txt': '644 api' });
  });

  it('keeps what was edited by hand where the API changed the same, and has the rest in a snapshot', async () => {
    const workspace = await workspaceOf({ 'a.txt': '1\n2\n3\n4\n5\n' });
    const path = await workspace.materialize();
    writeFiles(path, { 'a.txt': 'hand\n2\n3\n4\n5\n', x: 'hand' });
    await workspace.writeFile('a.txt', '1\n2\n3\n4\napi\n');
    await workspace.writeFile('x', 'api');
    await workspace.materialize();
    const merged = '644 hand\n2\n3\n4\napi\n';
    expect(await listingOf(workspace)).toEqual({ 'a.txt': merged, x: '644 hand' });
    const [kept] = await workspace.snapshot.list({ tag: 'conflict' });
    await workspace.snapshot.restore(kept?.name ?? '');
    expect(await listingOf(workspace)).toEqual({ 'a.txt': merged, x: '644 api' });
  });

  it('costs nothing when nothing happened, and a run may follow', async () => {
    const workspace = await workspaceOf();
    await workspace.materialize();
    await workspace.materialize();
    expect(await workspace.history()).toEqual([]);
    expect((await run(workspace, 'echo x > x')).changes).toMatchObject([{ path: 'x' }]);
  });

  it('is put right in a workspace that cannot be changed', async () => {
    const workspace = await workspaceOf();
    await workspace.update({ readOnly: true });
    const path = await workspace.materialize();
    writeFiles(path, { 'a.txt': 'by hand', x: 'x' });
    await workspace.materialize();
    expect(listDirectory(path)).toEqual(await listingOf(workspace));
    expect((await listingOf(workspace))['a.txt']).toBe('644 a\n');
  });
});

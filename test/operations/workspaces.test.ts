import { describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../src/operations/table.ts';
import { failureOf, operationsOf } from '../support/operations.ts';
import { setUp, TestProject } from '../support/test-project.ts';

describe('workspace operations', () => {
  it('create, fork, list, change and delete', async () => {
    const afs = new TestProject({ 'a.txt': 'one\n' }).open();
    const call = operationsOf(afs);
    const expires = '2099-01-01T00:00:00.000Z';
    const made = await call('workspace.create', { name: 'a', tags: ['x'], expires });
    expect(made).toMatchObject({ name: 'a', tags: ['x'], expires, parent: null });
    await call('file.write', { workspace: 'a', path: 'n.txt', content: '' });
    await call('snapshot.create', { workspace: 'a', name: 's' });
    await call('workspace.create', { name: 'b', fromWorkspace: 'a' });
    await call('workspace.create', { name: 'c', fromSnapshot: 'a/s' });
    const first = await call('workspace.list', { limit: 2 });
    expect(first).toMatchObject({ workspaces: [{ name: 'a' }, { name: 'b' }], total: 3 });
    const { nextCursor: cursor } = first;
    expect(await call('workspace.list', { limit: 2, cursor })).toMatchObject({
      workspaces: [{ name: 'c' }],
    });
    const update = { workspace: 'b', name: 'd', description: 'D', limits: { processes: 9 } };
    expect(await call('workspace.update', update)).toMatchObject({
      name: 'd',
      description: 'D',
      limits: { processes: 9 },
    });
    expect(await failureOf(call('workspace.get', { workspace: 'b' }))).toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
    expect(await failureOf(call('workspace.delete', { workspace: 'd' }))).toMatchObject({
      code: 'WORKSPACE_DIRTY',
    });
    await call('workspace.delete', { workspace: 'd', force: true });
    expect(await call('workspace.list')).toMatchObject({ total: 2 });
    const wrong = { name: 'e', expires: 'soon' };
    expect(await failureOf(call('workspace.create', wrong))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('show, commit, rebase, merge and take back', async () => {
    const { project, afs } = await setUp({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const call = operationsOf(afs);
    const workspace = 'w';
    await call('workspace.create', { name: 'v' });
    await call('file.write', { workspace, path: 'a.txt', content: 'ONE\n' });
    expect(await call('workspace.status', { workspace })).toMatchObject({
      modified: [{ path: 'a.txt' }],
      hasChanges: true,
    });
    expect(await call('workspace.diff', { workspace })).toMatchObject({
      changes: [{ type: 'modified', linesAdded: 1, linesRemoved: 1 }],
      changeCount: 1,
      stats: { files: 1, insertions: 1, deletions: 1 },
    });
    const commit = { workspace, message: 'Shout', author: 'A <a@example.org>' };
    const preview = await call('workspace.commit', { ...commit, dryRun: true });
    expect(preview).toMatchObject({ changeCount: 1 });
    expect(preview).not.toHaveProperty('commit');
    const done = await call('workspace.commit', commit);
    expect(done).toMatchObject({ commit: { author: { name: 'A', email: 'a@example.org' } } });
    expect(project.read('a.txt')).toBe('ONE\n');
    expect(await failureOf(call('workspace.commit', commit))).toMatchObject({
      code: 'NOTHING_TO_COMMIT',
    });

    await call('file.write', { workspace: 'v', path: 'a.txt', content: '1\n' });
    const clash = await failureOf(call('workspace.rebase', { workspace: 'v' }));
    expect(clash).toMatchObject({
      code: 'MERGE_CONFLICT',
      details: { conflicts: [{ path: 'a.txt', type: 'both-modified' }] },
    });
    expect(await call('workspace.rebase', { workspace: 'v', onConflict: 'ours' })).toMatchObject({
      conflicts: [{ path: 'a.txt' }],
    });
    expect(await call('workspace.merge', { workspace, source: 'v' })).toMatchObject({
      changes: [{ path: 'a.txt' }],
    });
    expect(await call('workspace.undo', { workspace })).toMatchObject({
      operation: { kind: 'merge' },
      changeCount: 1,
    });
    expect(await call('workspace.redo', { workspace })).toMatchObject({ changeCount: 1 });
    const { operations } = await call('workspace.history', { workspace });
    expect(operations).toMatchObject([{ kind: 'merge' }, { kind: 'commit' }, { kind: 'edit' }]);

    const { commits } = await call('workspace.log');
    expect(commits).toMatchObject([{ message: 'Shout' }]);
    const { id } = Object(done['commit']);
    expect(await call('workspace.revert', { commit: id })).toMatchObject({ reverts: id });
    expect(project.read('a.txt')).toBe('one\n');
  });

  it('name what a workspace and the project disagree on, and settle it path by path', async () => {
    const { project, afs } = await setUp({ 'a.txt': '1\n', 'b.txt': '1\n', 'c.txt': '1\n' });
    const call = operationsOf(afs);
    const workspace = 'w';
    expect(await call('workspace.conflicts', { workspace })).toEqual({ conflicts: [] });
    for (const path of ['a.txt', 'b.txt', 'c.txt']) {
      await call('file.write', { workspace, path, content: 'ours\n' });
      project.write(path, 'theirs\n');
    }
    project.write('d.txt', 'new\n');
    const { conflicts } = await call('workspace.conflicts', { workspace });
    expect(conflicts).toMatchObject([{ path: 'a.txt' }, { path: 'b.txt' }, { path: 'c.txt' }]);
    const some = [
      { path: 'a.txt', choice: 'ours' },
      { path: 'b.txt', choice: 'theirs' },
    ];
    const left = await failureOf(call('workspace.resolve', { workspace, decisions: some }));
    expect(left).toMatchObject({
      code: 'MERGE_CONFLICT',
      details: { conflicts: [{ path: 'c.txt' }] },
    });
    const decisions = [...some, { path: 'c.txt', choice: 'content', content: 'both\n' }];
    expect(await call('workspace.resolve', { workspace, decisions })).toMatchObject({
      conflicts: [
        { path: 'a.txt', took: 'ours' },
        { path: 'b.txt', took: 'theirs' },
        { path: 'c.txt', took: 'content' },
      ],
    });
    const paths = ['a.txt', 'b.txt', 'c.txt', 'd.txt'];
    expect(await call('file.readMany', { workspace, paths })).toMatchObject({
      files: ['ours\n', 'theirs\n', 'both\n', 'new\n'].map((content) => ({ content })),
    });
    expect(await call('workspace.conflicts', { workspace })).toEqual({ conflicts: [] });
    await call('workspace.undo', { workspace });
    expect(await call('file.readMany', { workspace, paths: paths.slice(0, 3) })).toMatchObject({
      files: ['ours\n', 'ours\n', 'ours\n'].map((content) => ({ content })),
    });
    await call('workspace.redo', { workspace });
    await call('workspace.commit', { workspace, message: 'Settled' });
    expect(project.read('c.txt')).toBe('both\n');
  });

  it('take, compare, restore and delete snapshots', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    const workspace = 'w';
    await call('snapshot.create', { workspace, name: 'one', description: 'D', tags: ['t'] });
    await call('file.write', { workspace, path: 'a.txt', content: 'two\n' });
    await call('snapshot.create', { workspace, name: 'two' });
    expect(await call('snapshot.list', { workspace, tag: 't' })).toMatchObject({
      snapshots: [{ name: 'one', fileCount: 1 }],
      total: 1,
    });
    const diff = await call('snapshot.diff', { workspace, before: 'one', after: 'two' });
    expect(diff['text']).toContain('-one\n+two\n');
    expect(await call('snapshot.restore', { workspace, name: 'one', backup: 'b' })).toMatchObject({
      snapshot: { name: 'one' },
      backup: 'b',
    });
    await call('snapshot.delete', { workspace, name: 'two' });
    const gone = await failureOf(call('snapshot.restore', { workspace, name: 'two' }));
    expect(gone).toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' });
  });

  it('show what happened, and look after the store', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    for (const path of ['x', 'y', 'z']) {
      await call('file.write', { workspace: 'w', path, content: '' });
    }
    const query = { workspace: 'w', operation: ['create'], limit: 2 };
    const page = await call('audit.query', query);
    expect(page).toMatchObject({ entries: [{ path: 'x' }, { path: 'y' }], nextCursor: '2' });
    expect(await call('audit.query', { ...query, cursor: '2' })).toMatchObject({
      entries: [{ path: 'z' }],
    });
    expect(await call('audit.verify')).toMatchObject({ ok: true });
    expect(await call('storage.usage')).toMatchObject({ workspaces: 1 });
    expect(await call('storage.collect', { dryRun: true })).toMatchObject({ dryRun: true });
    expect(await call('store.verify', { readData: 0.5 })).toMatchObject({ ok: true, damage: [] });
    expect(await call('store.doctor')).toHaveProperty('findings');
  });

  it('share a workspace', async () => {
    const { project, afs } = await setUp({ 'a.txt': 'one\n' });
    const call = operationsOf(afs);
    const workspace = 'w';
    const tursoDb = `file:${project.path('.agentfs/shared.db')}`;
    expect(await call('sync.enable', { workspace, tursoDb })).toMatchObject({ mode: 'manual' });
    expect(await call('sync.push', { workspace })).toMatchObject({ direction: 'push' });
    expect(await call('sync.pull', { workspace })).toMatchObject({ upToDate: true });
    expect(await call('sync.config', { workspace, exclude: ['tmp'] })).toMatchObject({
      state: 'synced',
    });
    expect(await call('sync.status', { workspace })).toMatchObject({ remoteRevision: 1 });
    expect(await call('sync.conflicts', { workspace })).toEqual({ conflicts: [] });
    const none = { workspace, path: 'a.txt', choice: 'local' };
    expect(await failureOf(call('sync.resolve', none))).toMatchObject({ code: 'ENOENT' });
    expect(await call('sync.verify', { workspace })).toMatchObject({ ok: true });
    expect(await call('sync.metrics', { workspace })).toMatchObject({ operations: 2 });
    await call('sync.reset', { workspace });
    expect(await call('sync.disable', { workspace })).toMatchObject({ state: 'disabled' });
  });
});

describe('command.run', () => {
  it('says how the command ended, what it printed and what it changed', async () => {
    const { afs } = await setUp({ 'a.txt': 'one\n', 'd/b.txt': 'two\n' });
    const call = operationsOf(afs);
    const command = 'cat; echo "$X" >&2; echo more >> a.txt; rm d/b.txt; exit 3';
    const run = { workspace: 'w', command, input: 'in', env: { X: 'x' } };
    expect(await call('command.run', run)).toMatchObject({
      exitCode: 3,
      failed: true,
      stdout: 'in',
      stderr: 'x\n',
      changes: [
        { type: 'modified', path: 'a.txt' },
        { type: 'deleted', path: 'd/b.txt' },
      ],
      changeCount: 2,
    });
    const cut = { workspace: 'w', command: ['seq', '1000'], maxOutputBytes: 4 };
    expect(await call('command.run', cut)).toMatchObject({ stdout: '1\n2\n', truncated: true });
    const late = { workspace: 'w', command: 'sleep 100', timeoutMs: 50 };
    expect(await call('command.run', late)).toMatchObject({ timedOut: true, exitCode: null });
  });
});

describe('wrong input', () => {
  it('of any operation is told with the field, before anything happens', async () => {
    const { afs } = await setUp();
    const call = operationsOf(afs);
    for (const { name } of OPERATIONS) {
      const failure = await failureOf(call(name, { wanted: 1 }));
      expect(failure, name).toMatchObject({ code: 'INVALID_ARGUMENT', hint: /OPERATIONS/ });
      for (const input of [null, 3, 'x', []]) {
        const wrong = await failureOf(call(name, input));
        expect(wrong.code, name).toBe('INVALID_ARGUMENT');
      }
    }
    for (const [name, input, message] of [
      ['workspace.get', {}, 'workspace is missing.'],
      ['workspace.get', { workspace: 3 }, 'workspace must be of type string.'],
      ['workspace.get', { workspace: 'w', x: 1 }, 'x is not a field of this operation.'],
      ['workspace.update', { workspace: 'w', state: 'x' }, 'state must be one of "active"'],
      ['file.readMany', { workspace: 'w', paths: ['a', 3] }, 'paths.1 must be of type string.'],
      ['file.list', { workspace: 'w', limit: 0 }, 'limit must be at least 1.'],
      ['file.edit', { workspace: 'w', path: 'a', edits: [{ newText: '' }] }, 'edits.0.oldText is'],
      ['workspace.get', undefined, 'workspace is missing.'],
    ] as const) {
      const failure = await failureOf(call(name, input));
      expect(failure.message).toContain(message);
    }
  });

  it('about a workspace that is gone is told in every operation', async () => {
    const { afs } = await setUp({ 'a.txt': '' });
    const call = operationsOf(afs);
    await call('workspace.delete', { workspace: 'w' });
    const fields = { path: 'a', from: 'a', to: 'b', name: 's', before: 's', after: 's' };
    const more = { message: 'M', command: 'true', content: '', paths: ['a'], source: 'v' };
    const others = { edits: [{ oldText: 'a', newText: 'b' }], choice: 'local', operations: [] };
    const settled = { decisions: [{ path: 'a', choice: 'ours' }] };
    const modes = { mode: 0o644, target: 'a' };
    const all: Record<string, unknown> = { ...fields, ...more, ...others, ...settled, ...modes };
    for (const { name, input } of OPERATIONS) {
      const required = Object.entries(input.shape).filter(
        ([, field]) => !field.safeParse(undefined).success,
      );
      if (!('workspace' in input.shape) || name.startsWith('audit.')) continue;
      const given = Object.fromEntries(required.map(([field]) => [field, all[field]]));
      const failure = await failureOf(call(name, { ...given, workspace: 'w' }));
      expect(failure.code, name).toBe('WORKSPACE_NOT_FOUND');
    }
  });
});

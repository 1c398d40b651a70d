import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';

describe('agentfs commit', () => {
  it('brings changes home, in whole or in part, or only says what it would do', async () => {
    const project = await cliProject({ 'a.txt': 'a\n', 'docs/x.md': 'x\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.writeFile('a.txt', 'A\n');
    await workspace.writeFile('docs/x.md', 'X\n');
    await workspace.writeFile('docs/y.md', 'y\n');
    const dry = await project.run(['commit', 'w', '--dry-run']);
    expect(dry).toEqual({
      status: 0,
      stdout: 'M a.txt\nM docs/x.md\nA docs/y.md\n',
      stderr: 'Would commit 3 changes.\n',
    });
    expect(await project.json(['commit', 'w', '--dry-run', '-m', 'x'])).toMatchObject({
      workspace: 'w',
      dryRun: true,
      changes: [{ path: 'a.txt' }, {}, {}],
    });
    expect(project.read('a.txt')).toBe('a\n');

    const part = ['--include', 'docs/**', '--exclude', '**/y.md', '--author', 'Ann <ann@x.org>'];
    expect(await project.json(['commit', '-w', 'w', '-m', 'Docs', ...part])).toMatchObject({
      message: 'Docs',
      author: { name: 'Ann', email: 'ann@x.org' },
      workspace: 'w',
      parent: null,
      changes: [{ type: 'modified', path: 'docs/x.md' }],
    });
    const rest = await project.run(['commit', 'w', '--message', 'Rest'], {
      env: { AGENTFS_AUTHOR: 'Bob' },
    });
    expect(rest.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(rest.stderr).toBe('Committed 2 changes from w.\n');
    expect(project.read('docs/y.md')).toBe('y\n');
    const nothing = await project.run(['commit', 'w', '-m', 'x']);
    expect(nothing).toMatchObject({ status: 1 });
    expect(nothing.stderr).toContain('agentfs status');
    await project.ok(['commit', 'w', '-m', 'x', '--allow-empty']);
    for (const wrong of [
      ['-m', ' '],
      ['-m', 'x', '--include', ''],
      ['-m', 'x', '--on-conflict', 'me'],
    ]) {
      expect(await project.run(['commit', 'w', ...wrong])).toMatchObject({ status: 2 });
    }
  });

  it('names conflicts and touches nothing, until somebody decides', async () => {
    const project = await cliProject({ 'a.txt': 'a\n', 'b.txt': '1\n2\n3\n4\n5\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.writeFile('a.txt', 'w\n');
    await workspace.writeFile('b.txt', '1\n2\n3\n4\nFIVE\n');
    project.write('a.txt', 'base\n');
    project.write('b.txt', 'ONE\n2\n3\n4\n5\n');
    const refused = await project.run(['commit', 'w', '-m', 'x']);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('conflict: a.txt (both-modified)\n');
    expect(refused.stderr).toContain('hint: Take --on-conflict ours (the workspace)');
    expect(refused.stderr).toContain('after agentfs rebase -w w --on-conflict markers.\n');
    // Of the workspace in use, the short form is enough.
    const used = await project.run(['commit', '-m', 'x'], { env: { AGENTFS_WORKSPACE: 'w' } });
    expect(used.stderr).toContain('after agentfs rebase --on-conflict markers.\n');
    const json = await project.run(['commit', 'w', '-m', 'x', '--json', '--no-merge']);
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: {
        code: 'CONFLICT',
        conflicts: [{ path: 'a.txt', type: 'both-modified' }, { path: 'b.txt' }],
      },
    });
    expect(project.read('a.txt')).toBe('base\n');
    const dryRun = ['commit', 'w', '--dry-run', '--on-conflict', 'ours'];
    expect((await project.run(dryRun)).stderr).toBe(
      'Would commit 2 changes.\nMerged line by line: b.txt\nTook ours, overruling theirs in 1 place: a.txt\n',
    );
    expect(await project.json(dryRun)).toMatchObject({
      merged: ['b.txt'],
      conflicts: [{ path: 'a.txt', took: 'ours', hunks: 1 }],
    });
    const decided = await project.run(['commit', 'w', '-m', 'x', '--ours', './a.txt']);
    expect(decided.stderr).toMatch(
      /^Committed 2 changes from w\.\nMerged line by line: b\.txt\nTook ours, overruling theirs in 1 place: a\.txt\nWhat was overruled comes back with agentfs revert [0-9a-f]{12}\.\n$/,
    );
    expect([project.read('a.txt'), project.read('b.txt')]).toEqual(['w\n', 'ONE\n2\n3\n4\nFIVE\n']);
  });
});

describe('agentfs log and revert', () => {
  it('show what was committed, and take it back', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open({ author: 'Ann <ann@x.org>' }).workspace.get('w');
    expect(await project.ok(['log'])).toBe('');
    await workspace.writeFile('a.txt', 'A\n');
    const first = await workspace.commit('First\n\nwith a body');
    await workspace.writeFile('b.txt', 'b\n');
    const second = await workspace.commit('Second');
    const short = (id: string): string => id.slice(0, 12);

    expect(await project.ok(['log', '-n', '1'])).toMatch(
      new RegExp(
        `^commit ${second.id} \\(w\\)\nAuthor: Ann <ann@x.org>\nDate: {3}\\S+Z \\(just now\\), 1 change\n\n {4}Second\n$`,
      ),
    );
    expect(await project.ok(['log', '--oneline'])).toBe(
      `${short(second.id)} Second just now\n${short(first.id)} First just now\n`,
    );
    expect(await project.ok(['log', '--oneline', '--graph', 'a.txt'])).toBe(
      `● ${short(first.id)} First just now\n`,
    );
    expect(await project.ok(['log', '--graph'])).toMatch(
      /^● commit .*\n│ Author: [\s\S]*\n│\n● commit .*\n {2}Author/,
    );
    expect(await project.json(['log'])).toMatchObject([
      { id: second.id, parent: first.id, message: 'Second', changes: [{ path: 'b.txt' }] },
      { id: first.id, parent: null },
    ]);

    const revert = await project.json(['revert', first.id.slice(0, 8), '-m', 'Back']);
    expect(revert).toMatchObject({
      message: 'Back',
      reverts: first.id,
      changes: [{ path: 'a.txt' }],
    });
    expect([project.read('a.txt'), project.read('b.txt')]).toEqual(['a\n', 'b\n']);
    expect(await project.ok(['log', '-n', '1'])).toContain(`(revert of ${short(first.id)})`);
    expect(await project.run(['revert', '0123456789'])).toMatchObject({ status: 1 });
    expect(await project.run(['log', '-n', 'many'])).toMatchObject({ status: 2 });
  });
});

describe('agentfs undo, redo, history and rebase', () => {
  it('go back and forth, step by step', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    await project.ok(['run', '-w', 'w', '--shell', 'echo b > a.txt; echo n > new']);
    expect(await project.run(['undo', 'w'])).toMatchObject({
      status: 0,
      stdout: 'M a.txt\nD new\n',
      stderr: expect.stringContaining('Undid: echo b > a.txt; echo n > new\n'),
    });
    expect(await project.ok(['status', 'w', '--short'])).toBe('');
    expect(await project.json(['history', 'w'])).toMatchObject([{ kind: 'run', undone: true }]);
    expect(await project.json(['redo', '-w', 'w'])).toMatchObject({
      operation: { kind: 'run', undone: false },
      changes: [{ path: 'a.txt' }, { path: 'new' }],
    });
    expect(await project.ok(['history', 'w', '-n', '1'])).toMatch(/^1\trun\t\S+Z\tfalse\t/);
    await project.ok(['commit', 'w', '-m', 'Both']);
    const { stderr } = await project.run(['undo', 'w']);
    expect(stderr).toContain('type agentfs revert <id>');
    expect(project.read('a.txt')).toBe('b\n');
    await project.ok(['redo', 'w']);
    const nothing = await project.run(['redo', 'w']);
    expect(nothing).toMatchObject({ status: 1 });
    expect(nothing.stderr).toContain('agentfs history');
  });

  it('say what to type next, and say it of the same workspace', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.writeFile('a.txt', 'w\n');
    project.write('a.txt', 'base\n');
    expect(await project.ok(['status', 'w'])).toContain('settle it with agentfs rebase -w w, or');
    await project.ok(['rebase', 'w', '--on-conflict', 'markers']);
    const marked = await project.run(['commit', 'w', '-m', 'x']);
    expect(marked.stderr).toContain('hint: Edit what stands between <<<<<<< and >>>>>>>');
    await workspace.writeFile('a.txt', 'both\n');
    const { id } = await workspace.commit('Both');
    project.write('a.txt', 'later\n');
    const reverted = await project.run(['revert', id]);
    expect(reverted).toMatchObject({ status: 1 });
    expect(reverted.stderr).toMatch(/hint: .*--on-conflict.*keeps later changes\.\n$/);
    await project.ok(['rebase', 'w']);
    expect(await project.run(['rebase', 'w'])).toMatchObject({
      stderr: 'w has all changes of the project.\n',
    });
  });

  it('show a command as it was typed', async () => {
    const project = await cliProject();
    const line = `echo "a b" > 'c d'`;
    await project.ok(['run', '-w', 'w', '--shell', line]);
    expect(await project.ok(['history', 'w', '--format', 'table'])).toContain(line);
    expect((await project.run(['undo', 'w'])).stderr).toBe(`Undid: ${line}\n`);
    await project.ok(['run', '-w', 'w', '--shell', 'printf x > x\nprintf y > y']);
    expect((await project.run(['undo', 'w'])).stderr).not.toMatch(/\n./);
  });

  it('bring in what the project has gained', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open().workspace.get('w');
    project.write('b.txt', 'b\n');
    expect(await project.run(['rebase', 'w'])).toEqual({
      status: 0,
      stdout: 'A b.txt\n',
      stderr: 'Rebased w: 1 change from the project.\n',
    });
    await workspace.writeFile('a.txt', 'w\n');
    project.write('a.txt', 'base\n');
    expect(await project.run(['rebase', 'w'])).toMatchObject({ status: 1 });
    const would = await project.run(['rebase', 'w', '--on-conflict', 'theirs', '--dry-run']);
    expect(would.stderr).toContain('overruling ours');
    expect(await project.json(['rebase', 'w', '--on-conflict', 'theirs'])).toMatchObject({
      conflicts: [{ path: 'a.txt' }],
    });
    expect(await workspace.readText('a.txt')).toBe('base\n');
  });
});

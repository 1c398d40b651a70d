import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';

describe('agentfs snapshot', () => {
  it('names states, lists, draws and shows them', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const first = ['snapshot', 'create', 'w', '-n', 'first', '-m', 'begin', '--tag', 'x,y'];
    expect(await project.json(first)).toMatchObject({
      name: 'first',
      workspace: 'w',
      description: 'begin',
      tags: ['x', 'y'],
      fileCount: 1,
      size: 2,
      parent: null,
    });
    const second = [
      'snapshot',
      'create',
      '-w',
      'w',
      '--name',
      'second',
      '--description',
      'more',
      '--tags',
      'z',
    ];
    expect(await project.run(second)).toEqual({
      status: 0,
      stdout: '',
      stderr: 'Created snapshot w/second.\n',
    });
    const again = await project.run(second);
    expect(again).toMatchObject({ status: 1 });
    expect(again.stderr).toContain('agentfs snapshot delete');
    expect(await project.ok(['snapshot', 'list', 'w'])).toMatch(
      /^first\t\S+Z\t1\t2\tx,y\tbegin\nsecond\t\S+Z\t1\t2\tz\tmore\n$/,
    );
    expect(await project.json(['snapshot', 'list', 'w', '--tag', 'z'])).toMatchObject([
      { name: 'second' },
    ]);
    expect(await project.ok(['snapshot', 'list', 'w', '--tree'])).toBe(
      'w\n└── first  just now  begin\n    └── second  just now  more\n',
    );
    expect(await project.run(['snapshot', 'list', 'w', '--tree', '--json'])).toMatchObject({
      status: 2,
    });
    for (const names of [['w', 'first'], ['w/first'], ['first', '-w', 'w']]) {
      expect(await project.ok(['snapshot', 'show', ...names])).toContain(
        'Contents:    1 file, 2 B\n',
      );
    }
    const missing = await project.run(['snapshot', 'show', 'w', 'frist']);
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toContain("Did you mean 'first'?");
    expect(await project.run(['snapshot', 'show', 'a', 'b', 'c'])).toMatchObject({ status: 2 });
  });

  it('compares and deletes them', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.snapshot.create('s');
    await workspace.writeFile('b.txt', 'b\n');
    await workspace.snapshot.create('t');
    expect(await project.ok(['snapshot', 'diff', 'w', 's', 't'])).toContain('+++ b/b.txt\n');
    expect(
      await project.run(['snapshot', 'diff', '-w', 'w', 's', 't', '--name-only', '--exit-code']),
    ).toEqual({
      status: 1,
      stdout: 'b.txt\n',
      stderr: '',
    });
    expect(await project.run(['snapshot', 'diff', 's', 't'])).toMatchObject({ status: 2 });
    expect(await project.json(['snapshot', 'delete', 'w/s', '--dry-run'])).toEqual({
      dryRun: true,
      deleted: ['w/s'],
    });
    await project.ok(['snapshot', 'delete', 'w', 's', '-y']);
    expect(await project.run(['snapshot', 'delete', 'w', 's'])).toMatchObject({ status: 1 });
    expect(await project.json(['snapshot', 'list', 'w'])).toMatchObject([{ name: 't' }]);
  });

  it('goes back, but not over a state that nobody has kept', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const workspace = await project.open().workspace.get('w');
    await workspace.snapshot.create('s');
    await workspace.writeFile('a.txt', 'A\n');
    const restore = ['snapshot', 'restore', 'w', 's'];
    expect(await project.run([...restore, '--dry-run'])).toEqual({
      status: 0,
      stdout: 'M a.txt\n',
      stderr: 'Would make 1 change.\n',
    });
    const refused = await project.run(restore);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('--backup');
    expect(await workspace.readText('a.txt')).toBe('A\n');
    expect(await project.json([...restore, '--backup', 'kept'])).toMatchObject({
      snapshot: { name: 's' },
      backup: 'kept',
      changes: [{ path: 'a.txt' }],
    });
    expect(await workspace.readText('a.txt')).toBe('a\n');
    expect(await project.ok(['snapshot', 'restore', 'w/kept'])).toBe('M a.txt\n');
    await workspace.writeFile('a.txt', 'AA\n');
    await project.ok([...restore, '--force']);
    expect(await workspace.readText('a.txt')).toBe('a\n');
  });
});

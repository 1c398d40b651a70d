import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { setUp } from '../support/test-project.ts';

describe('what a command changed', () => {
  it('comes with its lines counted, renames as such', async () => {
    const { workspace } = await setUp({ 'a.txt': '1\n2\n3\n', 'b.txt': 'b\n'.repeat(20) });
    const { changes } = await workspace.run('echo 4 >> a.txt; mv b.txt c.txt; printf "x\\0" > d');
    expect(changes).toMatchObject([
      { type: 'modified', path: 'a.txt', linesAdded: 1, linesRemoved: 0, binary: false },
      { type: 'renamed', path: 'c.txt', from: 'b.txt', linesAdded: 0, linesRemoved: 0 },
      { type: 'added', path: 'd', binary: true },
    ]);
  });

  it('is counted as far as that is cheap, and all of it is named', async () => {
    const { workspace } = await setUp();
    const many = 'for i in $(seq 250); do echo $i > f$i; done; head -c 2000000 /dev/zero > a-large';
    const { changes } = await workspace.run(many);
    expect(changes).toHaveLength(251);
    expect(changes[0]).toMatchObject({ path: 'a-large' });
    expect(changes[0]).not.toHaveProperty('linesAdded');
    expect(changes.filter(({ linesAdded }) => linesAdded === 1)).toHaveLength(199);
  });

  it('has a warning when the command deleted half of all files', async () => {
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`src/${i}.ts`, '']));
    const { workspace } = await setUp({ ...files, 'README.md': '' });
    const { warnings } = await workspace.run('rm -r src');
    expect(warnings).toEqual([
      {
        path: '',
        kind: 'deletions',
        message: 'The command deleted 12 of 13 files; undo brings them back.',
      },
    ]);
    await workspace.undo();
    expect((await workspace.run('rm src/1.ts')).warnings).toEqual([]);
    const dropped = await workspace.run('rm -r src; false', { rollbackOnFailure: true });
    expect(dropped.warnings).toEqual([]);
  });

  it('is listed by agentfs run --changes', async () => {
    const project = await cliProject({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
    const run = ['run', '-w', 'w', '--shell', 'echo x >> a.txt; rm b.txt; echo out'];
    const listed = await project.run([...run.slice(0, 3), '--changes', ...run.slice(3)]);
    expect(listed).toEqual({
      status: 0,
      stdout: 'out\n',
      stderr: 'M a.txt\nD b.txt\n1 changed, 1 deleted; undo with: agentfs undo -w w\n',
    });
    await project.ok(['undo', 'w']);
    expect((await project.run(run)).stderr).toBe('');
    await project.ok(['undo', 'w']);
    const quiet = await project.run(['run', '-q', '-w', 'w', '--changes', 'rm', 'a.txt']);
    expect(quiet.stderr).toBe('');
  });
});

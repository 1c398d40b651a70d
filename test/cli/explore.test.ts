import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';

describe('agentfs explore', () => {
  it('keeps the best, says how to look at it, and drops the rest', async () => {
    const project = await cliProject({ n: '0\n' });
    const words = ['-n', '3', '--judge', 'cat n', '--', 'sh', '-c', 'echo $((7 % {n})) > n'];
    const call = await project.run(['explore', ...words]);
    expect(call.status).toBe(0);
    expect(call.stdout.split('\n').map((line) => line.split('\t').slice(0, 4).join(' '))).toEqual([
      '2 succeeded 1 1',
      '3 succeeded 1 1',
      '1 succeeded 0 0',
      '',
    ]);
    const [, best] = /-w (explore-\w+-2)\n$/.exec(call.stderr) ?? [];
    expect(await project.ok(['workspace', 'list', '--filter', 'explore-*'])).toMatch(
      new RegExp(`^${best}\t`),
    );
  });

  it('commits the best, and prints all of it as JSON', async () => {
    const project = await cliProject({ n: '0\n' });
    const words = ['explore', '--keep', 'none', '-m', 'Best', '--first-success', '--json'];
    const result = await project.json([...words, '-n', '2', '--', 'sh', '-c', 'echo x > made']);
    expect(result).toMatchObject({ best: { workspace: null }, commit: { message: 'Best' } });
    expect(project.read('made')).toBe('x\n');
  });

  it('fails when none has succeeded, and refuses what contradicts itself', async () => {
    const project = await cliProject();
    expect(await project.run(['explore', '-n', '2', '--', 'false'])).toMatchObject({
      status: 10,
      stderr: expect.stringContaining('None has succeeded.'),
    });
    const both = ['explore', '--judge', 'true', '--first-success', '--', 'true'];
    expect(await project.run(both)).toMatchObject({ status: 2 });
    expect(await project.run(['explore', '-n', '0', '--', 'true'])).toMatchObject({ status: 2 });
  });
});

describe('agentfs merge', () => {
  it('says what clashes, and in which order workspaces can be committed', async () => {
    const project = await cliProject({ a: 'a\n' });
    const afs = project.open();
    for (const [name, path, content] of [
      ['one', 'a', '1\n'],
      ['two', 'a', '2\n'],
      ['three', 'b', 'b\n'],
    ] as const) {
      await (await afs.workspace.create(name)).writeFile(path, content);
    }
    expect(await project.run(['merge', '--check', 'one', 'two', 'three'])).toEqual({
      status: 1,
      stdout: 'clash\tone\ttwo\ta\nland\t1\tthree\nland\t2\tone\nleft\ttwo\ta\n',
      stderr: 'Once those have been committed, 1 cannot be.\n',
    });
    expect(await project.json(['merge', '--check', 'one', 'three'])).toMatchObject({
      clashes: [],
      order: ['one', 'three'],
      left: [],
    });
    expect(await project.run(['merge', 'three', 'one'])).toMatchObject({ status: 0 });
    expect(await project.run(['merge', 'three'])).toMatchObject({ status: 2 });
    expect(await project.run(['merge', '--check', 'one', 'none'])).toMatchObject({ status: 3 });
  });
});

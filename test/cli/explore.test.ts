import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { until } from '../support/processes.ts';
import { hasTerminal, Terminal } from '../support/terminal.ts';

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
    const words = ['explore', '-n', '2'];
    const judged = await project.run([...words, '--judge', 'echo no >&2; exit 4', '--', 'true']);
    expect(judged.stderr).toContain('Candidate 2 failed: The judge ended with 4: no\n');
    const ended = await project.run([...words, '--', 'sh', '-c', 'echo why; exit {n}']);
    expect(ended.stderr).toContain('Candidate 2 failed: The command ended with 2: why\n');
    const both = ['explore', '--judge', 'true', '--first-success', '--', 'true'];
    expect(await project.run(both)).toMatchObject({ status: 2 });
    expect(await project.run(['explore', '-n', '0', '--', 'true'])).toMatchObject({ status: 2 });
  });
});

describe('an exploration that was killed', () => {
  it('leaves workspaces, which gc and the next one drop, but not those of one that goes on', async () => {
    const project = await cliProject();
    const left = async (): Promise<string[]> => {
      const list = await project.ok(['workspace', 'list', '--filter', 'explore-*']);
      return list.split('\n').filter((line) => line !== '');
    };
    const begin = async (): Promise<ChildProcess> => {
      const before = await left();
      const words = ['explore', '-n', '2', '--', 'sleep', '1000'];
      const child = await project.start(words);
      await until(async () => {
        const made = (await left()).filter((line) => !before.includes(line));
        return made.length === 2;
      });
      return child;
    };
    const kill = async (child: ChildProcess): Promise<void> => {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    };
    await kill(await begin());
    const living = await begin();
    // The second one has dropped what the first has left.
    expect(await left()).toHaveLength(2);
    expect(await project.json(['gc', '--yes'])).toMatchObject({ exploredWorkspaces: 0 });
    await kill(living);
    expect(await project.json(['gc', '--dry-run'])).toMatchObject({ exploredWorkspaces: 2 });
    const { stderr } = await project.run(['gc', '--yes']);
    expect(stderr).toContain('Freed 2 workspaces of explorations that died.\n');
    expect(await left()).toEqual([]);
  });
});

describe.runIf(hasTerminal())('on a terminal', () => {
  it('a table shows how far all of them are, and is gone at the end', async () => {
    const project = await cliProject();
    const terminal = await Terminal.open(project);
    await terminal.enter(
      "agentfs explore -n 3 --concurrency 2 -- sh -c 'test {n} = 1 || sleep 1000'",
    );
    const screen = await terminal.waitFor(/^1 +succeeded .*\n2 +running .*\n3 +running/m);
    expect(screen).toMatch(/^NAME +STATE +SCORE +FILES +SECONDS$/m);
    await terminal.press('C-c');
    expect(await terminal.status()).toBe(130);
    expect(await terminal.screen()).not.toContain('running');
    expect(await project.ok(['workspace', 'list', '--filter', 'explore-*'])).toBe('');
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
    expect(await project.run(['merge', 'three'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('agentfs merge agent-1 agent-2'),
    });
    expect(await project.run(['merge', '--check', 'one', 'none'])).toMatchObject({ status: 3 });
  });
});

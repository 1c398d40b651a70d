import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { cliProject, collect } from '../support/cli.ts';
import { markedProcesses, until } from '../support/processes.ts';

describe('agentfs run', () => {
  it('lets input and output through as they are, with and without --', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const script = 'cat; echo words >&2; printf "\\000\\377" | od -An -tx1';
    const run = await project.run(['run', '-w', 'w', 'sh', '-c', script], { input: 'data\n' });
    expect(run).toEqual({ status: 0, stdout: 'data\n 00 ff\n', stderr: 'words\n' });
    const dashed = ['run', '-w', 'w', '--', 'printf', '%s|', '-w', '--json', '--', 'x y'];
    expect(await project.ok(dashed)).toBe('-w|--json|--|x y|');
    expect(await project.ok(['run', '-w', 'w', '--shell', 'echo $((1+1)) |', 'cat'])).toBe('2\n');
  });

  it('has the options that a command needs', async () => {
    const project = await cliProject({ 'sub/a.txt': 'a\n' });
    const afs = project.open();
    const workspace = await afs.workspace.get('w');
    const env = { AGENTFS_WORKSPACE: 'w', OUTER: '1' };
    const options = ['--env', 'A=x=y', '--env', 'B=', '--workdir', 'sub'];
    const script = 'echo "$A,$B,$OUTER,$AGENTFS_WORKSPACE"; ls';
    expect(await project.ok(['run', ...options, '--', 'sh', '-c', script], { env })).toBe(
      'x=y,,1,w\na.txt\n',
    );
    await workspace.snapshot.create('s');
    await workspace.writeFile('sub/b.txt', 'b\n');
    const inSnapshot = ['run', '--snapshot', 's', '--shell', 'ls sub; touch sub/dropped'];
    expect(await project.ok(inSnapshot, { env })).toBe('a.txt\n');
    expect(await workspace.exists('sub/dropped')).toBe(false);
    const failing = ['run', '--rollback-on-failure', '--shell', 'echo > rolled; exit 1'];
    expect(await project.run(failing, { env })).toMatchObject({ status: 10 });
    expect(await workspace.exists('rolled')).toBe(false);
    const { stderr } = await project.run(['run', '--shell', 'mkfifo pipe'], { env });
    expect(stderr).toContain('warning: "pipe": It is no file');
    const unconfined = ['run', '--sandbox-profile', 'none', '--json', 'true'];
    expect(await project.json(unconfined, { env })).toMatchObject({
      isolation: { profile: 'none' },
    });
    await project.ok(['run', '--no-audit', 'touch', 'unheard'], { env });
    expect(await workspace.audit.logs({ path: 'unheard' })).toEqual([]);
    expect(await workspace.exists('unheard')).toBe(true);
  });

  it('ends with 10 when the command fails, or with its own status', async () => {
    const project = await cliProject();
    const fail = async (script: string, ...more: string[]): Promise<unknown[]> => {
      const args = ['run', '-w', 'w', ...more, '--', 'sh', '-c', script];
      const { status, stderr } = await project.run(args);
      return [status, stderr];
    };
    expect(await fail('exit 7')).toEqual([10, 'The command exited with status 7.\n']);
    expect(await fail('exit 7', '--propagate-exit')).toEqual([7, expect.anything()]);
    expect(await fail('kill $$', '--propagate-exit')).toEqual([
      143,
      'The command was killed by SIGTERM.\n',
    ]);
    expect(await fail('sleep 60', '--timeout', '300ms')).toEqual([10, 'The command timed out.\n']);
    expect(await fail('sleep 60', '--timeout', '300ms', '--propagate-exit')).toEqual([
      124,
      expect.anything(),
    ]);
    const missing = await project.run(['run', '-w', 'w', 'no-such-program']);
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stderr).toContain("the program 'no-such-program'");
    expect(await project.run(['run', '-w', 'v', 'true'])).toMatchObject({ status: 3 });
    expect(await project.run(['run', '-w', 'w'])).toMatchObject({ status: 2 });
  });

  it('gives all that there is to say as one object, when JSON is asked for', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const script = 'cat; echo out; echo err >&2; echo b > a.txt; exit 3';
    const run = await project.run(['run', '-w', 'w', '--json', '--', 'sh', '-c', script]);
    expect(run).toMatchObject({ status: 10, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      changes: [{ type: 'modified', path: 'a.txt' }],
    });
  });

  it('at Ctrl-C ends all that the command has started, keeps the store whole, and says 130', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const script = 'echo half > a.txt; sleep 1000 & echo $AGENTFS_COMMAND_ID; wait';
    const child = await project.start(['run', '-w', 'w', '--', 'sh', '-c', script]);
    const output = collect(child.stdout);
    await until(() => output.join('').endsWith('\n'));
    const id = output.join('').trim();
    expect(await markedProcesses(id)).not.toEqual([]);
    child.kill('SIGINT');
    const [status] = await once(child, 'close');
    expect(status).toBe(130);
    await until(async () => (await markedProcesses(id)).length === 0);
    expect((await project.open().verify()).ok).toBe(true);
    expect(await project.run(['run', '-w', 'w', 'true'])).toMatchObject({ status: 0 });
  });

  it('does not mind a reader that has left', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const script = 'echo b > a.txt; echo first; yes | head -c 1000000';
    const child = await project.start(['run', '-w', 'w', '--', 'sh', '-c', script]);
    const errors = collect(child.stderr);
    await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    const [status] = await once(child, 'close');
    expect([0, 10]).toContain(status);
    expect(errors.join('')).not.toContain('error:');
    expect(await project.ok(['status', 'w', '--short'])).toBe(' M a.txt\n');
  });
});

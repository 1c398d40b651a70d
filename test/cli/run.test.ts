import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cliProject, collect } from '../support/cli.ts';
import { inTime } from '../support/in-time.ts';
import { markedProcesses, until } from '../support/processes.ts';
import { TestProject } from '../support/test-project.ts';

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
    expect(await project.run(failing, { env })).toMatchObject({ status: 1 });
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

  it('says of a program that the machine has, and the sandbox not, where it is', async (context) => {
    const project = await cliProject();
    const tools = new TestProject({ 'only-here': '#!/bin/sh\n' });
    chmodSync(tools.path('only-here'), 0o755);
    const isolation = await project.json(['run', '-w', 'w', '--json', 'true']);
    if (Object(isolation).strategy !== 'overlay') context.skip('there is no sandbox here');
    const env = { PATH: `${tools.dir}:${process.env['PATH']}` };
    const { status, stderr } = await project.run(['run', '-w', 'w', 'only-here'], { env });
    expect(status).toBe(127);
    expect(stderr).toBe(
      `error: The command could not be started: a command in a sandbox does not see '${tools.path('only-here')}'.\nhint: Move the program into the workspace, or out of /tmp, /var/tmp and /run, which are hidden.\n`,
    );
  });

  it('ends as the command does, and with 124 to 127 as env and docker do', async () => {
    const project = await cliProject({ script: '#!/no/such/interpreter\n', plain: 'p\n' });
    const run = async (...args: string[]): Promise<unknown[]> => {
      const { status, stderr } = await project.run(['run', '-w', 'w', ...args]);
      return [status, stderr];
    };
    expect(await run('sh', '-c', 'exit 7')).toEqual([7, 'The command exited with status 7.\n']);
    expect(await run('sh', '-c', 'kill $$')).toEqual([143, 'The command was killed by SIGTERM.\n']);
    const late = ['--timeout', '300ms', 'sleep', '60'];
    expect(await run(...late)).toEqual([124, 'The command timed out.\n']);
    chmodSync(project.path('script'), 0o755);
    await project.ok(['rebase', 'w']);
    for (const missing of ['no-such-program', './none', './script']) {
      const [status, stderr] = await run(missing);
      expect([missing, status]).toEqual([missing, 127]);
      expect(stderr).toContain(`the program '${missing}'`);
    }
    expect(await run('./plain')).toEqual([126, expect.stringContaining('executable')]);
    expect(await run('exit 1; exit 2')).toEqual([127, expect.stringContaining('--shell')]);
    for (const wrong of [[], ['--nope', 'true'], ['--workdir', 'none', 'true']]) {
      expect((await run(...wrong))[0]).toBe(125);
    }
    expect(await project.run(['run', '-w', 'v', 'true'])).toMatchObject({ status: 125 });
  });

  it('ends with 10 and the statuses of other commands when that is asked for', async () => {
    const project = await cliProject();
    const run = async (...args: string[]): Promise<number | null> =>
      (await project.run(['run', '--agentfs-exit', ...args])).status;
    expect(await run('-w', 'w', '--', 'sh', '-c', 'exit 7')).toBe(10);
    expect(await run('-w', 'w', '--timeout', '300ms', 'sleep', '60')).toBe(10);
    expect(await run('-w', 'w', 'no-such-program')).toBe(1);
    expect(await run('-w', 'v', 'true')).toBe(3);
    expect(await run('-w', 'w')).toBe(2);
    // What was once said, and is so now.
    const old = ['run', '-w', 'w', '--propagate-exit', '--', 'sh', '-c', 'exit 7'];
    expect((await project.run(old)).status).toBe(7);
  });

  it('ends a command that is silent for as long as its workspace allows', async () => {
    const project = await cliProject();
    await project.ok(['workspace', 'config', 'w', '--idle-timeout', '2s', '--network', 'none']);
    expect(await project.json(['workspace', 'show', 'w'])).toMatchObject({
      limits: { idleMs: 2000, network: 'none' },
    });
    await project.ok(['workspace', 'config', 'w', '--network', 'host']);
    const run = await inTime(
      async (ms) => {
        await project.ok(['workspace', 'config', 'w', '--idle-timeout', `${ms}ms`]);
        return project.run(['run', '-w', 'w', '--shell', 'echo begun; sleep 600']);
      },
      ({ stdout }) => stdout !== '',
    );
    expect(run).toEqual({ status: 124, stdout: 'begun\n', stderr: 'The command timed out.\n' });
  });

  it('starts where the caller stands', async () => {
    const project = await cliProject({ 'packages/a/x': 'x', 'packages/b/y': 'y' });
    const cwd = project.path('packages/a');
    const list = (...args: string[]): Promise<string> =>
      project.ok(['run', '-w', 'w', ...args, 'ls'], { cwd });
    expect(await list()).toBe('x\n');
    expect(await list('--workdir', '../b')).toBe('y\n');
    expect(await list('--workdir', '/')).toBe('packages\n');
    expect(await list('--workdir', project.path('packages/b'))).toBe('y\n');
    const elsewhere = ['--base', project.dir, 'run', '-w', 'w', 'ls'];
    expect(await project.ok(elsewhere, { cwd: project.home })).toBe('packages\n');
    project.write('new/z', 'z');
    const outside = await project.run(['run', '-w', 'w', 'ls'], { cwd: project.path('new') });
    expect(outside).toMatchObject({ status: 125 });
    expect(outside.stderr).toBe(
      "error: The workspace has no directory 'new'.\nhint: You stand there. Start at the root with --workdir /, or elsewhere with another path.\n",
    );
    const out = await project.run(['run', '-w', 'w', '--workdir', '../../..', 'ls'], { cwd });
    expect(out).toMatchObject({ status: 125, stderr: expect.stringContaining('outside') });
  });

  it('gives all that there is to say as one object, when JSON is asked for', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const script = 'cat; echo out; echo err >&2; echo b > a.txt; exit 3';
    const run = await project.run(['run', '-w', 'w', '--json', '--', 'sh', '-c', script]);
    expect(run).toMatchObject({ status: 3, stderr: '' });
    expect(JSON.parse(run.stdout)).toMatchObject({
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      changes: [{ type: 'modified', path: 'a.txt' }],
    });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'at %s ends all that the command has started, keeps the store whole, and says %d alone',
    async (signal, expected) => {
      const project = await cliProject({ 'a.txt': 'a\n' });
      const script = 'echo half > a.txt; sleep 1000 & echo $AGENTFS_COMMAND_ID; wait';
      const child = await project.start(['run', '-w', 'w', '--', 'sh', '-c', script]);
      const [output, errors] = [collect(child.stdout), collect(child.stderr)];
      await until(() => output.join('').endsWith('\n'));
      const id = output.join('').trim();
      expect(await markedProcesses(id)).not.toEqual([]);
      child.kill(signal);
      const [status] = await once(child, 'close');
      expect([status, errors.join('')]).toEqual([expected, '']);
      await until(async () => (await markedProcesses(id)).length === 0);
      expect((await project.open().verify()).ok).toBe(true);
      expect(await project.run(['run', '-w', 'w', 'true'])).toMatchObject({ status: 0 });
    },
  );

  it('does not mind a reader that has left', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    // What of it notices first that nobody reads, and how, is a matter of pipes and sockets.
    const script = 'echo b > a.txt; echo first; yes 2>&- | head -c 1000000 2>&-; exit 7';
    const child = await project.start(['run', '-w', 'w', '--', 'sh', '-c', script]);
    const errors = collect(child.stderr);
    await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    const [status] = await once(child, 'close');
    expect([status, errors.join('')]).toEqual([7, 'The command exited with status 7.\n']);
    expect(await project.ok(['status', 'w', '--short'])).toBe(' M a.txt\n');
  });
});

describe('agentfs exec', () => {
  it('runs a command beside the one that is running, with its own status', async () => {
    const project = await cliProject({ 'a.txt': 'a\n', 'sub/b.txt': 'b\n' });
    const none = await project.run(['exec', '-w', 'w', 'true']);
    expect(none).toMatchObject({ status: 125, stdout: '' });
    expect(none.stderr).toContain("No command is running in workspace 'w'.");
    expect(none.stderr).toContain('agentfs run');
    const line = 'echo first > first; until [ -e end ]; do sleep 0.1; done; cat second';
    const first = project.ok(['run', '-w', 'w', '--shell', line]);
    const exec = ['exec', '-w', 'w', '--wait'];
    const second = [
      '--env',
      'A=1',
      '--shell',
      'until [ -s first ]; do sleep 0.1; done; cat first; echo "$A" > second; exit 3',
    ];
    const beside = await project.run([...exec, ...second]);
    expect([beside.status, beside.stdout]).toEqual([3, 'first\n']);
    expect(await project.ok([...exec, '--workdir', 'sub', 'ls'])).toBe('b.txt\n');
    expect(await project.run([...exec, 'no-such-program'])).toMatchObject({ status: 127 });
    const busy = await project.run(['run', '-w', 'w', 'true']);
    expect(busy.stderr).toContain('agentfs exec');
    expect(await project.json([...exec, '--json', 'touch', 'end'])).toMatchObject({
      exitCode: 0,
      changes: [],
    });
    expect(await first).toBe('1\n');
  });

  it('waits for a workspace that is busy', async () => {
    const project = await cliProject({});
    const line = 'touch begun; until [ -e end ]; do sleep 0.1; done; echo one > log';
    const first = project.ok(['run', '-w', 'w', '--shell', line]);
    await project.ok(['exec', '-w', 'w', '--wait', '--shell', 'until [ -e begun ]; do :; done']);
    const late = project.ok(['run', '-w', 'w', '--wait', 'cat', 'log']);
    await project.ok(['exec', '-w', 'w', 'touch', 'end']);
    await first;
    expect(await late).toBe('one\n');
  });
});

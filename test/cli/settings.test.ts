import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { isRunning, until } from '../support/processes.ts';

function writeFile(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const userFile = ({ home }: CliProject): string => join(home, '.config/agentfs/config.toml');
const projectFile = ({ dir }: CliProject): string => join(dir, '.agentfs/config.toml');

/** The lines of a log, as objects. */
function readLog(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('the configuration of a call', () => {
  it('comes from files, profile and environment, each over the one before', async () => {
    const project = await cliProject();
    const limit = (max: number): string => `core.max_workspaces = ${max}\n`;
    const create = (name: string, ...args: string[]): Promise<{ status: number | null }> =>
      project.run([...args, 'workspace', 'create', name]);
    writeFile(userFile(project), `${limit(1)}[profile.many]\n${limit(3)}`);
    expect((await create('a')).status).toBe(1);
    writeFile(projectFile(project), limit(2));
    expect((await create('a')).status).toBe(0);
    expect((await create('b')).status).toBe(1);
    expect((await create('b', '--profile', 'many')).status).toBe(0);
    const other = writeFile(join(project.home, 'other.toml'), limit(4));
    expect((await create('c', '--config', other)).status).toBe(0);
  });

  it('is told of when it is wrong: the file, the line, and what is meant', async () => {
    const project = await cliProject();
    const path = writeFile(userFile(project), '[storage]\ncache_szie_mb = 5\n');
    const warned = await project.run(['status', '-w', 'w']);
    expect(warned.status).toBe(0);
    expect(warned.stderr).toContain(`(${path}:2:1) Did you mean storage.cache_size_mb?`);
    expect((await project.run(['status', '-w', 'w', '-q'])).stderr).toBe('');
    writeFile(path, '[storage]\ncache_size_mb = "5"\n');
    const refused = await project.run(['status', '-w', 'w']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('storage.cache_size_mb must be a whole number');
    expect(refused.stderr).toContain(`${path}:2:1`);
    writeFile(path, '[storage\n');
    expect((await project.run(['status', '-w', 'w'])).stderr).toMatch(/config\.toml:\d:\d+: /);
    const profile = await project.run(['--profile', 'x', 'status', '-w', 'w'], {
      env: { XDG_CONFIG_HOME: '/nonexistent' },
    });
    expect(profile).toMatchObject({ status: 2, stderr: expect.stringContaining('no profile "x"') });
    const config = await project.run(['-c', '/nonexistent', 'status', '-w', 'w']);
    expect(config).toMatchObject({ status: 2, stderr: expect.stringContaining('/nonexistent') });
  });

  it('names the project where nothing else does', async () => {
    const project = await cliProject();
    const elsewhere = new CliProject();
    writeFile(userFile(project), `core.default_base = "${realpathSync(project.dir)}"\n`);
    expect(await project.ok(['status', '-w', 'w', '--porcelain'], { cwd: elsewhere.dir })).toBe('');
  });

  it('works without a home directory', async () => {
    const project = await cliProject();
    const env = { HOME: undefined, XDG_CONFIG_HOME: project.home };
    expect(await project.ok(['status', '-w', 'w', '--porcelain'], { env })).toBe('');
  });

  it('is nowhere that depends on where the program is called', async () => {
    const project = await cliProject();
    const env = { XDG_CONFIG_HOME: 'relative' };
    expect(await project.run(['status', '-w', 'w', '--porcelain'], { env })).toMatchObject({
      stderr: '',
    });
    expect(project.list()).toEqual([]);
  });
});

describe('the environment', () => {
  it('says who acts', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const env = {
      AGENTFS_AGENT_ID: 'agent-7',
      AGENTFS_SESSION_ID: 'session-8',
      AGENTFS_AUTHOR: 'Ada <ada@example.org>',
      AGENTFS_WORKSPACE: 'w',
    };
    await project.ok(['run', '--', 'sh', '-c', 'echo b > a.txt'], { env });
    expect(await project.json(['commit', '-m', 'm'], { env })).toMatchObject({
      author: { name: 'Ada', email: 'ada@example.org' },
    });
    await using afs = await project.open();
    const [entry] = await afs.audit.logs({ operation: 'commit' });
    expect(entry).toMatchObject({ agentId: 'agent-7', sessionId: 'session-8' });
  });

  it('of a command has where it runs, and no secret of the host unless it is given', async () => {
    const project = await cliProject();
    writeFile(userFile(project), 'sync.turso.token = "env:MINE"\n');
    const env = { TURSO_AUTH_TOKEN: 'env:MINE', MINE: 'canary', AGENTFS_MCP_TOKEN: 'canary' };
    const print =
      'echo "$AGENTFS_WORKSPACE|$AGENTFS_BASE|$TURSO_AUTH_TOKEN|$MINE$AGENTFS_MCP_TOKEN"; test -d "$AGENTFS_WORKDIR"';
    const base = realpathSync(project.dir);
    expect(await project.ok(['run', '-w', 'w', '--', 'sh', '-c', print], { env })).toBe(
      `w|${base}||\n`,
    );
    const given = ['run', '-w', 'w', '--env', 'TURSO_AUTH_TOKEN=mine', '--', 'sh', '-c', print];
    expect(await project.ok(given, { env })).toBe(`w|${base}|mine|\n`);
  });
});

describe('hook scripts', () => {
  it('run around commands of the program, print to standard error, and can stop them', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    writeFile(
      userFile(project),
      `[hooks]
pre_commit = 'echo "$AGENTFS_HOOK of $1: $AGENTFS_MESSAGE"; test "$AGENTFS_MESSAGE" != bad'
post_commit = 'exit 5'
post_command = 'echo "ended with $AGENTFS_EXIT_CODE"'
`,
    );
    const run = await project.run(['run', '-w', 'w', '--', 'sh', '-c', 'echo b > a.txt; echo out']);
    expect(run).toEqual({ status: 0, stdout: 'out\n', stderr: 'ended with 0\n' });
    const stopped = await project.run(['commit', 'w', '-m', 'bad']);
    expect(stopped).toMatchObject({ status: 1, stdout: '' });
    expect(stopped.stderr).toContain('pre_commit of w: bad\n');
    expect(stopped.stderr).toContain('hooks.pre_commit exited with status 1');
    const committed = await project.run(['commit', 'w', '-m', 'good']);
    expect(committed.status).toBe(0);
    expect(committed.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(committed.stderr).toContain(
      'warning: A hook failed after the operation was done: hooks.post_commit exited with status 5.',
    );
  });

  it('end with the call at Ctrl-C, and what they stand before does not happen', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    writeFile(userFile(project), `[hooks]\npre_commit = 'sleep 1000 & echo "$!"; wait'\n`);
    await project.ok(['run', '-w', 'w', '--', 'sh', '-c', 'echo b > a.txt']);
    const child = await project.start(['commit', 'w', '-m', 'm']);
    const ended = once(child, 'close');
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (text) => (told += text));
    await until(() => /^\d+\n/.test(told));
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    const pid = Number.parseInt(told, 10);
    await until(() => !isRunning(pid));
    expect(project.read('a.txt')).toBe('a\n');
  });

  it('of the project do not run, which is told', async () => {
    const project = await cliProject();
    writeFile(projectFile(project), 'hooks.post_workspace_create = "touch ran"\n');
    const { status, stderr } = await project.run(['workspace', 'create', 'x']);
    expect(status).toBe(0);
    expect(stderr).toContain('hooks.post_workspace_create has no effect here');
    expect(project.has('ran')).toBe(false);
    writeFile(userFile(project), 'security.trust_project_hooks = true\n');
    writeFile(projectFile(project), 'hooks.post_workspace_create = "echo trusted"\n');
    expect((await project.run(['workspace', 'create', 'y'])).stderr).toContain('trusted');
  });
});

describe('the log', () => {
  it('tells of what was done, and of neither content nor secrets', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const log = join(project.home, 'logs/agentfs.log');
    writeFile(userFile(project), `[logging]\nlog_file = "~/logs/agentfs.log"\n`);
    const env = { TURSO_TOKEN: 'canary-token' };
    const command = ['run', '-w', 'w', '--', 'sh', '-c', 'echo canary-content > a.txt; exit 3'];
    expect((await project.run(command, { env })).status).toBe(3);
    expect((await project.run(['status', '-w', 'nobody'], { env })).status).toBe(3);
    const lines = readLog(log);
    expect(lines).toMatchObject([
      { level: 'info', message: 'A command ended.', workspace: 'w', exitCode: 3, changes: 1 },
      { level: 'info', message: 'The call ended.', command: 'run', status: 3 },
      { message: 'The call ended.', status: 3, error: { code: 'WORKSPACE_NOT_FOUND' } },
    ]);
    expect(readFileSync(log, 'utf8')).not.toContain('canary');
  });

  it('rolls', async () => {
    const project = await cliProject();
    writeFile(
      userFile(project),
      `[logging]\nlog_file = "~/logs/agentfs.log"\nmax_log_size_mb = 1\nmax_log_files = 1\n`,
    );
    const full = join(project.home, 'logs/agentfs.log');
    for (const name of ['', '.20200101T000000000Z-00000000']) {
      writeFile(full + name, `${'x'.repeat(1024 * 1024)}\n`);
    }
    await project.ok(['status', '-w', 'w']);
    expect(readdirSync(dirname(full))).toHaveLength(2);
    expect(readLog(full)).toHaveLength(1);
  });

  it('goes to standard error on demand, and stops nothing when its file cannot be written', async () => {
    const project = await cliProject();
    const verbose = await project.run(['-v', 'status', '-w', 'w', '--porcelain']);
    expect(verbose).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('info: The call ended.'),
    });
    writeFile(userFile(project), 'logging.log_file = "/dev/full"\n');
    const full = await project.run(['status', '-w', 'w', '--porcelain']);
    expect(full.status).toBe(0);
    expect(full.stderr).toContain('warning: Cannot write to the log file /dev/full');
  });
});

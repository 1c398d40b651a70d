import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { bundledProgram } from '../support/compiled.ts';
import { startServer, temporaryDatabase } from '../support/remote-fixture.ts';
import { textsOf } from '../support/test-project.ts';
import { TYPIST, type Typing } from '../support/typist.ts';

const CANARY = 'secret-canary';

function configure(project: CliProject, text: string): void {
  const path = join(project.home, '.config/agentfs/config.toml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Changes and reads the workspace by the library: what is tested is the program that syncs it. */
async function edit(project: CliProject, files: Readonly<Record<string, string>>): Promise<void> {
  await using afs = project.open();
  const workspace = await afs.workspace.get('w');
  for (const [path, text] of Object.entries(files)) await workspace.writeFile(path, text);
}

async function read(project: CliProject): Promise<Record<string, string>> {
  await using afs = project.open();
  return await textsOf(await afs.workspace.get('w'));
}

/** A project whose workspace `w` has been pushed to a remote, and one that has it from there. */
async function replicas(
  files: Readonly<Record<string, string>>,
): Promise<[CliProject, CliProject]> {
  const remote = `file:${temporaryDatabase()}`;
  const one = await cliProject(files);
  await one.ok(['sync', 'enable', 'w', '--turso-db', remote]);
  await one.ok(['sync', 'push', 'w']);
  const two = new CliProject();
  await two.ok(['workspace', 'create', 'w', '--from-sync', remote]);
  return [one, two];
}

describe('agentfs sync', () => {
  it('tells how far a workspace and its remote have come', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const enable = ['sync', 'enable', 'w', '--turso-db', `file:${temporaryDatabase()}`];
    const enabled = await project.run([...enable, '--mode', 'manual', '--interval', '5m']);
    expect(enabled).toMatchObject({ status: 0, stdout: '' });
    expect(enabled.stderr).toContain('Connected w to file:');
    await edit(project, { 'b.txt': 'b' });
    expect(await project.ok(['sync', 'status', 'w'])).toMatch(
      /^Workspace: +w\nRemote: +file:.*\nMode: +manual\nLast sync: +never\nPending changes: +1\n.*\nSync status: +pending\nTransferred: +0 objects, 0 B in 0 syncs .*\n$/,
    );
    expect(await project.json(['sync', 'push', '-w', 'w'])).toMatchObject({
      ...{ workspace: 'w', direction: 'push', version: 1, upToDate: false, changes: [] },
    });
    const verified = await project.json(['sync', 'verify', 'w']);
    expect(verified).toMatchObject({ workspace: 'w', ok: true, damaged: [] });
    expect(await project.ok(['sync', 'status', 'w'])).toMatch(
      /^Transferred: +[1-9].* in 1 sync \(0 failed, \d+ ms on average\); 0 conflicts resolved$/m,
    );
    expect(await project.json(['sync', 'status', 'w'])).toMatchObject({
      state: 'synced',
      metrics: { operations: 1, failures: 0 },
    });
    expect(
      await project.json(['sync', 'config', 'w', '--mode', 'periodic', '--exclude', '*.log']),
    ).toMatchObject({ mode: 'periodic', state: 'synced' });
    await project.ok(['sync', 'reset', 'w']);
    expect(await project.json(['sync', 'disable', 'w'])).toMatchObject({ state: 'disabled' });
  });

  it('shares a workspace between projects', async () => {
    const [one, two] = await replicas({ 'a.txt': 'a\n' });
    expect(await read(two)).toEqual({ 'a.txt': 'a\n' });
    await edit(two, { 'c.txt': 'c' });
    await two.ok(['sync', 'push', 'w']);
    const pulled = await one.run(['sync', 'pull', 'w']);
    expect(pulled).toMatchObject({ status: 0, stdout: 'A c.txt\n' });
    expect(pulled.stderr).toMatch(/^Pulled w: revision 2, \d+ objects?, /);
    expect(await read(one)).toEqual({ 'a.txt': 'a\n', 'c.txt': 'c' });
    expect((await one.run(['sync', 'pull', 'w'])).stderr).toContain('up to date');
  });

  it('ends with 6 on conflicts, lists them, and goes on when they are decided', async () => {
    const [one, two] = await replicas({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
    await edit(one, { 'a.txt': 'one', 'b.txt': 'one', 'c.txt': 'one' });
    await edit(two, { 'a.txt': 'two', 'b.txt': 'two', 'c.txt': 'two' });
    await one.ok(['sync', 'push', 'w']);
    const refused = await two.run(['sync', 'push', 'w']);
    expect(refused).toMatchObject({ status: 6, stdout: '' });
    expect(refused.stderr).toContain('conflict: a.txt (both-modified)');
    expect(refused.stderr).toContain('agentfs sync resolve');
    expect(await two.json(['sync', 'conflicts', 'w'])).toMatchObject([
      { path: 'a.txt', type: 'both-modified' },
      { path: 'b.txt' },
      { path: 'c.txt' },
    ]);
    const resolve = (...args: string[]) => two.run(['sync', 'resolve', 'w', ...args]);
    expect(await resolve('--strategy', 'local', '--interactive')).toMatchObject({ status: 2 });
    expect(await resolve('--strategy', 'local', '--path', 'x')).toMatchObject({ status: 2 });
    two.write('mine.txt', 'both');
    await two.ok(['sync', 'resolve', 'w', '--path', 'b.txt', '--content', 'mine.txt']);
    await two.ok(['sync', 'resolve', 'w', '--ours', 'a.txt']);
    expect(await resolve('--theirs', 'a.txt')).toMatchObject({ status: 2 });
    expect(await two.json(['sync', 'resolve', 'w', '--strategy', 'theirs'])).toEqual({
      ...{ workspace: 'w', resolved: ['c.txt'], remaining: [] },
    });
    await two.ok(['sync', 'push', 'w']);
    await one.ok(['sync', 'pull', 'w']);
    expect(await read(one)).toEqual({ 'a.txt': 'two', 'b.txt': 'both', 'c.txt': 'one' });
  });

  it('asks for each conflict on a terminal', async () => {
    const [one, two] = await replicas({ 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
    await edit(one, { 'a.txt': 'one', 'b.txt': 'one', 'c.txt': 'one' });
    await edit(two, { 'a.txt': 'two', 'b.txt': 'two', 'c.txt': 'two' });
    await one.ok(['sync', 'push', 'w']);
    expect((await two.run(['sync', 'pull', 'w'])).status).toBe(6);
    const typing: Typing = [
      ['a.txt (both-modified): [o]urs', 'o\r'],
      ['b.txt (both-modified): [o]urs', 's\r'],
      ['c.txt (both-modified): [o]urs', 'theirs\r'],
    ];
    const program = [process.execPath, await bundledProgram()];
    const resolve = [...program, 'sync', 'resolve', 'w', '--interactive'];
    const { stdout } = await promisify(execFile)(
      'python3',
      ['-c', TYPIST, JSON.stringify(typing), ...resolve],
      { cwd: two.dir, env: two.environment({ TERM: 'xterm' }) },
    );
    expect(stdout).toContain('Resolved 2 conflicts, 1 left.');
    expect(await two.json(['sync', 'conflicts', 'w'])).toMatchObject([{ path: 'b.txt' }]);
    await two.ok(['sync', 'resolve', 'w', '--strategy', 'local']);
    expect(await read(two)).toEqual({ 'a.txt': 'two', 'b.txt': 'two', 'c.txt': 'one' });
  });

  it('uses a token over HTTP, and shows it nowhere', async () => {
    const server = await startServer({ token: CANARY });
    const project = await cliProject({ 'a.txt': 'a\n' });
    configure(
      project,
      '[logging]\nlog_file = "~/agentfs.log"\nlevel = "trace"\n[profile.hasty.network]\ntimeout = 1\nretry_attempts = 0\n',
    );
    const enable = (...token: string[]): string[] => [
      ...['sync', 'enable', 'w', '--turso-db', server.url],
      ...token,
    ];
    const outputs: string[] = [];
    const call = async (args: string[], more = {}): Promise<number | null> => {
      const { status, stdout, stderr } = await project.run(args, more);
      outputs.push(stdout, stderr);
      return status;
    };
    expect(await call(enable())).toBe(0);
    expect(await call(['-v', 'sync', 'push', 'w'])).toBe(5);
    expect(outputs.at(-1)).toContain('--token');
    const env = { MY_TOKEN: CANARY };
    expect(await call(enable('--token', 'env:MY_TOKEN'))).toBe(0);
    expect(await call(['sync', 'push', 'w'], { env })).toBe(0);
    expect(await call(['sync', 'push', 'w'])).toBe(2);
    expect(await call(enable('--token', '-'), { input: `${CANARY}\n` })).toBe(0);
    expect(await call(['sync', 'push', 'w'])).toBe(0);
    const credentials = join(project.home, '.config/agentfs/credentials');
    const [name = ''] = readdirSync(credentials);
    expect(statSync(credentials).mode & 0o777).toBe(0o700);
    expect(statSync(join(credentials, name)).mode & 0o777).toBe(0o600);
    expect(await call(enable('--token', CANARY))).toBe(0);
    expect(outputs.join('')).toContain('list of processes');
    expect(await call(['--json', 'sync', 'status', 'w'])).toBe(0);
    expect(await call(['audit', '-w', 'w', '--json'])).toBe(0);
    await server.close();
    expect(await call(['--profile', 'hasty', 'sync', 'push', 'w'])).toBe(5);
    expect(outputs.join('')).not.toContain(CANARY);
    expect(readFileSync(join(project.home, 'agentfs.log'), 'utf8')).not.toContain(CANARY);
    expect(readFileSync(project.path('.agentfs/agentfs.db')).includes(CANARY)).toBe(false);
  });

  it('pushes after a commit on demand, and only warns when it cannot', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    configure(
      project,
      '[sync]\nauto_sync_on_commit = true\n[hooks]\npre_sync = "test ! -e stop"\n',
    );
    await project.ok(['sync', 'enable', 'w', '--turso-db', `file:${temporaryDatabase()}`]);
    await edit(project, { 'b.txt': 'b' });
    const pushed = await project.run(['commit', 'w', '-m', 'm']);
    expect(pushed).toMatchObject({ status: 0, stderr: expect.not.stringContaining('warning') });
    expect(await project.json(['sync', 'status', 'w'])).toMatchObject({ remoteRevision: 1 });
    project.write('stop', '');
    await edit(project, { 'b.txt': 'c' });
    const warned = await project.run(['commit', 'w', '-m', 'n', '--json']);
    expect(warned.status).toBe(0);
    expect(warned.stderr).toContain('hooks.pre_sync exited with status 1');
    expect(JSON.parse(warned.stdout)).toMatchObject({
      warnings: [expect.stringContaining('The commit was made, but not pushed')],
    });
  });

  it('refuses what makes no sense', async () => {
    const project = await cliProject();
    const cases: [args: string[], status: number, message: string][] = [
      [['sync', 'push', 'w'], 1, 'agentfs sync enable'],
      [['sync', 'push', 'nobody'], 3, 'nobody'],
      [['sync', 'enable', 'w'], 2, '--turso-db'],
      [['sync', 'enable', 'w', '--turso-db', 'http://example.org'], 2, 'http'],
      [
        ['sync', 'enable', 'w', '--token', 'env:A', '--token-file', 'b'],
        2,
        'cannot be used together',
      ],
      [['sync', 'enable', 'w', '--encryption-key', 'abc'], 2, 'env:NAME'],
      [['sync', 'config', 'w'], 2, 'No setting is given'],
      [['sync', 'pull', 'w', '--at', '2027-01-01', '--version', 'x'], 2, 'cannot be used together'],
      [['workspace', 'create', 'x', '--from-sync', 'file:/none/x.db'], 5, '/none/x.db'],
      [
        ['workspace', 'create', 'x', '--from-sync', 'a', '--from-workspace', 'w'],
        2,
        'cannot be used together',
      ],
    ];
    for (const [args, status, message] of cases) {
      const result = await project.run(args);
      expect([result.status, result.stderr], args.join(' ')).toEqual([
        status,
        expect.stringContaining(message),
      ]);
    }
    expect(await project.ok(['workspace', 'list', '--format', 'text'])).not.toContain('x');
  });
});

it('shows what others have committed and done with a shared workspace', async () => {
  const [one, two] = await replicas({ 'a.txt': 'a\n' });
  await edit(one, { 'b.txt': 'b' });
  await one.ok(['commit', 'w', '-m', 'Add b']);
  await one.ok(['sync', 'push', 'w']);
  await two.ok(['sync', 'pull', 'w']);
  expect(await two.json(['log'])).toEqual([]);
  const [commit] = (await two.json(['log', '--all'])) as { id: string }[];
  expect(commit).toMatchObject({ message: 'Add b', workspace: 'w', replica: expect.any(String) });
  expect(await two.ok(['log', '--all'])).toMatch(
    new RegExp(`^commit ${commit?.id} \\(w, replica [0-9a-f]{8}\\)\\n`),
  );
  const paths = async (...more: string[]): Promise<unknown[]> =>
    ((await two.json(['audit', 'w', '--operation', 'commit', ...more])) as unknown[]).map(Object);
  expect(await paths()).toEqual([]);
  expect(await paths('--replicas')).toMatchObject([{ operation: 'commit', workspaceName: 'w' }]);
});

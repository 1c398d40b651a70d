/** The attacks of a project that comes with a store, on the program of an ordinary user. */

import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { callAsUser, giveToUser, programForAll, USER } from '../support/as-user.ts';
import type { CallResult } from '../support/cli.ts';
import { editStore, newHome } from '../support/other-home.ts';
import { TestProject } from '../support/test-project.ts';

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)('a project of somebody else', () => {
  let program: string;
  beforeAll(async () => {
    program = await programForAll();
  });

  /** A project of the user, and the program at hand in it. */
  function userProject() {
    const project = new TestProject({ 'a.txt': 'secret content\n' });
    const homes = { mine: newHome(), theirs: newHome() };
    giveToUser(project.dir, homes.mine, homes.theirs);
    const call = (
      args: readonly string[],
      env: Readonly<Record<string, string>> = {},
    ): Promise<CallResult> =>
      callAsUser(program, args, { cwd: project.dir, env: { HOME: homes.mine, ...env } });
    return { project, homes, call };
  }

  it('does not make commands run unconfined by a link for the work', async () => {
    const { project, call } = userProject();
    mkdirSync(project.path('.agentfs'));
    symlinkSync('/tmp', project.path('.agentfs/work'));
    giveToUser(project.dir);
    const before = readdirSync('/tmp').filter((name) => name.startsWith('own-'));
    for (const [args, expected] of [
      [['workspace', 'create', 'w'], 4],
      [['run', '-w', 'w', 'true'], 125],
    ] as const) {
      const { status, stderr } = await call(args);
      expect([status, stderr]).toEqual([expected, expect.stringContaining('is a symbolic link')]);
      expect(stderr).toContain(`hint: Remove it: rm '${project.path('.agentfs/work')}'`);
    }
    expect(readdirSync('/tmp').filter((name) => name.startsWith('own-'))).toEqual(before);
  });

  it('has no store made where a link leads', async () => {
    const { project, call } = userProject();
    const outside = new TestProject();
    symlinkSync(outside.dir, project.path('.agentfs'));
    giveToUser(project.dir, outside.dir);
    for (const args of [['init'], ['config', 'set', '--project', 'ignore', 'x'], ['status']]) {
      expect((await call(args)).status).toBe(4);
    }
    expect(outside.list()).toEqual([]);
  });

  it('neither weakens the sandbox nor sends anything', async () => {
    const { project, homes, call } = userProject();
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers);
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const theirs = { HOME: homes.theirs };
    await call(['workspace', 'create', 'w'], theirs);
    await call(['sync', 'enable', '-w', 'w', '--turso-db', url, '--mode', 'real-time'], theirs);
    editStore(
      project,
      `UPDATE remotes SET token = 'env:GITHUB_TOKEN'`,
      `UPDATE workspaces SET sandbox = 'none'`,
    );
    giveToUser(project.dir);
    await call(['config', 'set', 'sandbox.profile', 'restricted']);
    await call(['config', 'set', 'sync.auto_sync_on_commit', 'true']);
    const env = { GITHUB_TOKEN: 'canary', TURSO_TOKEN: 'canary' };
    const run = await call(['--json', 'run', '-w', 'w', '--shell', 'echo b > b.txt'], env);
    // A host that cannot enforce it refuses the command.
    expect(run.stdout + run.stderr).toMatch(/"profile": "restricted"|"SANDBOX_UNAVAILABLE"/);
    expect((await call(['commit', '-w', 'w', '-m', 'b', '--allow-empty'], env)).status).toBe(0);
    expect((await call(['sync', 'push', '-w', 'w'], env)).status).toBe(4);
    expect(seen).toEqual([]);
    await call(['adopt', '--yes'], env);
    await call(['sync', 'push', '-w', 'w'], env);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('keeps its store from other users, however it was made', async () => {
    const { project, call } = userProject();
    mkdirSync(project.path('.agentfs'));
    chmodSync(project.path('.agentfs'), 0o755);
    giveToUser(project.dir);
    expect((await call(['workspace', 'create', 'w'])).status).toBe(0);
    const modes = ['', '/agentfs.db'].map((name) => statSync(project.path(`.agentfs${name}`)).mode);
    expect(modes.map((mode) => (mode & 0o777).toString(8))).toEqual(['700', '600']);
  });

  it('is refused when its store is that of another user, with what to type', async () => {
    const { project, call } = userProject();
    const afs = project.open();
    await afs.workspace.create('w');
    await afs.close();
    const { status, stderr } = await call(['status', '-w', 'w']);
    expect(status).toBe(4);
    expect(stderr).toContain(`belongs to user 0, not to you (${USER})`);
    expect(stderr).toContain(`sudo chown -R ${USER} '${project.path('.agentfs')}'`);
    giveToUser(project.path('.agentfs'));
    expect((await call(['status', '-w', 'w'])).status).toBe(0);
  });
});

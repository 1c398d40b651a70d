import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { ApiClient, Daemon, daemonOn } from '../support/daemon.ts';
import { until } from '../support/processes.ts';
import { TestProject } from '../support/test-project.ts';

describe('a daemon', () => {
  it('is reached over HTTP with a token, by JSON-RPC without, and works on the same files', async () => {
    const daemon = await daemonOn({ 'a.txt': 'one\n' });
    const client = await daemon.client('t');
    await client.call('file.write', { workspace: 'w', path: 'b.txt', content: 'two\n' });
    const rpc = await daemon.rpc();
    expect(await rpc.call('file.read', { workspace: 'w', path: 'b.txt' })).toMatchObject({
      content: 'two\n',
    });
    const run = await client.call('command.run', { workspace: 'w', command: 'cat a.txt b.txt' });
    expect(run).toMatchObject({ exitCode: 0, stdout: 'one\ntwo\n' });
    await client.call('workspace.commit', { workspace: 'w', message: 'both' });
    expect(daemon.project.read('b.txt')).toBe('two\n');
    expect(await daemon.stop()).toBe(0);
  });

  it('writes down its pid and addresses, and takes them away with its sockets', async () => {
    const daemon = await daemonOn();
    const note = daemon.project.path('.agentfs/serve.json');
    const socket = daemon.project.path('.agentfs/rpc.sock');
    expect(JSON.parse(readFileSync(note, 'utf8'))).toMatchObject({
      pid: daemon.child.pid,
      addresses: { api: [daemon.address('api')], rpc: [`unix:${socket}`] },
    });
    expect([note, socket].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(await daemon.stop('SIGINT')).toBe(0);
    expect([note, socket].filter((path) => existsSync(path))).toEqual([]);
  });

  it('is the only one of its project, and the second one says where it is', async () => {
    const daemon = await daemonOn();
    const second = await daemon.project.spawn(['serve', '--api', '0']);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`process id ${daemon.child.pid}`);
    expect(second.stderr).toContain(daemon.address('api'));
    // It has left the socket of the first alone.
    const rpc = await daemon.rpc();
    expect(await rpc.call('workspace.list')).toMatchObject({ total: 1 });
  });

  it('is followed by another one at once when it was killed, and its jobs have failed', async () => {
    const first = await daemonOn();
    const admin = await first.client('a', '--role', 'admin');
    const start = async (command: string): Promise<string> => {
      const body = JSON.stringify({ workspace: 'w', command });
      const response = await admin.fetch('/api/v1/jobs', { method: 'POST', body });
      expect(response.status).toBe(202);
      return `/api/v1/jobs/${Object(await response.json()).id}`;
    };
    const jobAt = async (client: ApiClient, path: string): Promise<Record<string, unknown>> =>
      Object(await (await client.fetch(path)).json());
    const done = await start('echo done | tee kept');
    await until(async () => (await jobAt(admin, done))['state'] === 'succeeded');
    const before = await jobAt(admin, done);
    const running = await start('echo begun; sleep 600');
    await until(async () => (await jobAt(admin, `${running}/output`))['stdout'] === 'begun\n');
    await first.stop('SIGKILL');
    const second = await Daemon.start(first.project);
    const again = new ApiClient(second.address('api'), admin.token);
    expect(await jobAt(again, done)).toEqual(before);
    expect(before).toMatchObject({ result: 'done\n', command: 'echo done | tee kept' });
    expect(await jobAt(again, running)).toMatchObject({
      state: 'failed',
      error: 'The daemon ended while the job ran.',
    });
    expect(await again.call('file.read', { workspace: 'w', path: 'kept' })).toMatchObject({
      content: 'done\n',
    });
  });

  it('tells a running command of its end, and answers who waits for it', async () => {
    const daemon = await daemonOn();
    const client = await daemon.client('t');
    const lines = await client.fetch('/api/v1/command.run', {
      method: 'POST',
      headers: { Accept: 'application/x-ndjson' },
      body: JSON.stringify({ workspace: 'w', command: 'echo begun; sleep 600', stream: true }),
    });
    const reader = lines.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('{"output":"begun\\n"}\n');
    const stopped = daemon.stop();
    const { result } = JSON.parse((await reader?.read())?.value ?? '');
    expect(result).toMatchObject({ aborted: true, stdout: 'begun\n' });
    expect(await stopped).toBe(0);
  });

  it('keeps all that it has said is done, when it is told to end in the middle of many calls', async () => {
    const daemon = await daemonOn();
    const client = await daemon.client('t');
    const written: string[] = [];
    const refused: unknown[] = [];
    let isOver = false;
    const writing = Array.from({ length: 20 }, async (_, writer) => {
      for (let n = 0; !isOver; n += 1) {
        const path = `d/${writer}-${n}`;
        const body = JSON.stringify({ workspace: 'w', path, content: path });
        const answer = await client
          .fetch('/api/v1/file.write', { method: 'POST', body })
          .then(async (response) => ({ status: response.status, body: await response.json() }))
          // Its door is closed.
          .catch(() => undefined);
        if (answer?.status === 200) written.push(path);
        else if (answer === undefined) isOver = true;
        else refused.push([answer.status, Object(answer.body).code]);
      }
    });
    await until(() => written.length > 200);
    const stopped = daemon.stop();
    await Promise.all(writing);
    expect(await stopped).toBe(0);
    // A call is done, or it is refused in these words.
    for (const each of refused) expect(each).toEqual([503, 'CLOSED']);
    const next = await Daemon.start(daemon.project);
    const again = new ApiClient(next.address('api'), client.token);
    for (const path of written) {
      expect(await again.call('file.read', { workspace: 'w', path })).toMatchObject({
        content: path,
      });
    }
  });

  it('serves the project that it is told of, wherever it is started', async () => {
    const project = await cliProject();
    const daemon = await Daemon.start(project, ['--base', project.dir], { cwd: project.home });
    expect(daemon.told.projects.map(({ base }) => base)).toEqual([project.dir]);
  });

  it('serves the project that is named, from wherever it is started', async () => {
    const project = await cliProject({ 'a.txt': 'one' });
    const elsewhere = new TestProject();
    const daemon = await Daemon.start(project, ['--base', project.dir], { cwd: elsewhere.dir });
    expect(daemon.told.projects.map(({ base }) => base)).toEqual([project.dir]);
    expect(existsSync(elsewhere.path('.agentfs'))).toBe(false);
  });

  it('serves several projects, each with a socket of its own', async () => {
    const one = await cliProject({ 'a.txt': 'one' });
    const two = new TestProject({ 'a.txt': 'two' });
    await one.ok(['init'], { cwd: two.dir });
    await one.ok(['workspace', 'create', 'w'], { cwd: two.dir });
    const daemon = await Daemon.start(one, ['--base', one.dir, '--base', two.dir], { cwd: '/' });
    const client = await daemon.client('t');
    const read = { workspace: 'w', path: 'a.txt' };
    expect(await client.call('file.read', read)).toMatchObject({ content: 'one' });
    const name = daemon.told.projects[1]?.name ?? '';
    const other = await client.fetch('/api/v1/file.read', {
      method: 'POST',
      headers: { 'X-AgentFS-Project': name },
      body: JSON.stringify(read),
    });
    expect(await other.json()).toMatchObject({ content: 'two' });
    const missing = await client.fetch('/api/v1/file.read', {
      method: 'POST',
      headers: { 'X-AgentFS-Project': 'nothing' },
    });
    expect(missing.status).toBe(404);
    const rpc = await daemon.rpc(1);
    expect(await rpc.call('file.read', read)).toMatchObject({ content: 'two' });
    const bound = await daemon.client('bound', '--project', name);
    expect(await bound.call('file.read', read)).toMatchObject({ content: 'two' });
    const second = await one.spawn(['serve', '--api', '0'], { cwd: two.dir });
    expect(second.stderr).toContain('already');
  });

  it('reads its settings again at SIGHUP, and keeps the old ones when they are wrong', async () => {
    const project = await cliProject();
    const tokenFile = join(project.home, 'token');
    writeFileSync(tokenFile, 'first-admin-token\n', { mode: 0o600 });
    const daemon = await Daemon.start(project, ['--token-file', tokenFile]);
    const statusWith = async (token: string): Promise<number> =>
      (await new ApiClient(daemon.address('api'), token).fetch('/api/v1/tokens')).status;
    expect(await statusWith('first-admin-token')).toBe(200);
    writeFileSync(tokenFile, 'second-admin-token\n');
    daemon.child.kill('SIGHUP');
    await until(async () => (await statusWith('second-admin-token')) === 200);
    expect(await statusWith('first-admin-token')).toBe(401);
    writeFileSync(tokenFile, '\n');
    daemon.child.kill('SIGHUP');
    await until(() => daemon.log.some(({ level }) => level === 'error'));
    expect(await statusWith('second-admin-token')).toBe(200);
    expect(JSON.stringify(daemon.log)).not.toContain('admin-token\n');
    expect(JSON.stringify(daemon.log)).not.toMatch(/(first|second)-admin-token/);
  });

  it('writes one line of JSON a request, named as the answer is', async () => {
    const daemon = await daemonOn();
    const client = await daemon.client('t');
    const response = await client.fetch('/api/v1/file.read?x=y', { method: 'POST', body: '{}' });
    expect(response.status).toBe(400);
    const requestId = response.headers.get('x-request-id');
    await until(() => daemon.log.some((line) => line['requestId'] === requestId));
    expect(daemon.log.find((line) => line['requestId'] === requestId)).toMatchObject({
      ...{ level: 'info', message: 'request', surface: 'api', status: 400 },
      path: '/api/v1/file.read',
    });
    expect(JSON.stringify(daemon.log)).not.toContain(client.token);
  });
});

describe('agentfs serve', () => {
  it('lets no other machine in without a token', async () => {
    const project = await cliProject();
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.org']) {
      const { status, stderr } = await project.spawn(['serve', '--listen', host]);
      expect(status).toBe(2);
      expect(stderr).toContain('--token-file');
    }
    const tokenFile = join(project.home, 'token');
    writeFileSync(tokenFile, 'x', { mode: 0o644 });
    const args = ['serve', '--listen', '0.0.0.0', '--token-file', tokenFile];
    const { status, stderr } = await project.spawn(args);
    expect(status).toBe(2);
    expect(stderr).toContain('chmod 600');
    expect(existsSync(project.path('.agentfs/serve.json'))).toBe(false);
  });

  it('opens the surfaces that are asked for, and no other', async () => {
    const project = await cliProject();
    const clove = project.path('.agentfs/clove.sock');
    const others = ['--forge', '0', '--ambient', '0', '--clove', clove, '--relay', '0,0'];
    const daemon = await Daemon.start(project, others);
    const { addresses } = daemon.told.projects[0] ?? {};
    expect(Object.keys({ ...addresses }).sort()).toEqual([
      ...['ambient', 'api', 'clove', 'forge', 'relay', 'rpc'],
    ]);
    expect(daemon.address('clove')).toBe(`unix:${clove}`);
    const { status } = await fetch(`${daemon.address('forge')}/healthz`);
    expect(status).toBe(200);
    expect((await fetch(`${daemon.address('ambient')}/health`)).status).toBe(200);
    expect((await fetch(`${daemon.address('relay')}/api/v1/health`)).status).toBe(200);
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(clove)).toBe(false);
    for (const relay of ['1', '1,2,3', 'a,b', '1,70000']) {
      expect((await project.spawn(['serve', '--relay', relay])).status).toBe(2);
    }
  });

  it('prints a unit for systemd', async () => {
    const project = await cliProject();
    const unit = await project.ok(['serve', '--print-unit', '--base', project.dir], { cwd: '/' });
    expect(unit).toContain(`ExecStart=${process.execPath} `);
    expect(unit).toContain(` serve --base ${project.dir}\n`);
    expect(unit).toContain('ExecReload=/bin/kill -HUP $MAINPID\n');
    // As far as systemd itself can be asked.
    const path = join(project.home, 'agentfs-test.service');
    writeFileSync(path, unit.replace('Documentation=man:agentfs(1)\n', ''));
    const verify = ['verify', '--man=no', path];
    const { error, stderr } = spawnSync('systemd-analyze', verify, { encoding: 'utf8' });
    // What it says of other units of the machine is not about this one.
    if (error === undefined) expect(stderr).not.toContain('agentfs-test.service');
  });

  it('refuses ports that there are not, and says which one is taken', async () => {
    const project = await cliProject();
    expect((await project.spawn(['serve', '--api', '65536'])).status).toBe(2);
    const daemon = await daemonOn();
    const { port } = new URL(daemon.address('api'));
    const { status, stderr } = await project.spawn(['serve', '--api', port]);
    expect(status).toBe(2);
    expect(stderr).toContain(`127.0.0.1:${port}: another program uses this port.\n`);
    expect(stderr).toContain('--api 0');
    expect(existsSync(project.path('.agentfs/rpc.sock'))).toBe(false);
    expect(existsSync(project.path('.agentfs/serve.json'))).toBe(false);
  });
});

describe('agentfs token', () => {
  it('makes, lists and revokes tokens with and without a daemon', async () => {
    const project = await cliProject();
    const made = await project.run(['token', 'create', 'early', '--scope', 'read', '--only', 'w*']);
    expect(made.stdout).toMatch(/^afs_\S{32}\n$/);
    const daemon = await Daemon.start(project);
    const early = new ApiClient(daemon.address('api'), made.stdout.trim());
    expect(await early.call('workspace.list')).toMatchObject({ total: 1 });
    await expect(early.call('workspace.create', { name: 'w2' })).rejects.toMatchObject({
      ...{ status: 403, code: 'PERMISSION_DENIED' },
    });
    const listed = await project.json(['token', 'list']);
    expect(listed).toMatchObject([{ name: 'early', scopes: ['read'], enabled: true }]);
    expect(JSON.stringify(listed)).not.toContain(early.token);
    expect((await project.run(['token', 'create', 'early'])).stderr).toContain('already');
    await project.ok(['token', 'revoke', 'early']);
    await expect(early.call('workspace.list')).rejects.toMatchObject({ status: 401 });
    expect((await project.run(['token', 'revoke', 'early'])).status).toBe(1);
  });

  it.each([
    [['--scope', 'fly'], 2],
    [['--cidr', '10.0.0.0/99'], 2],
    [['--expires', '2001-01-01'], 2],
    [['--expires', 'soon'], 2],
    [['--role', 'king'], 2],
    [['--only', 'a'.repeat(2000)], 2],
  ])('refuses %j', async (args, status) => {
    const project = await cliProject();
    expect((await project.run(['token', 'create', 'x', ...args])).status).toBe(status);
    expect(await project.json(['token', 'list'])).toEqual([]);
  });
});

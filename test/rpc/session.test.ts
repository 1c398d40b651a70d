import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';
import { isRunning, until } from '../support/processes.ts';
import { startRpc } from '../support/rpc-client.ts';

describe('a session', () => {
  it('says what it is and what it can do', async () => {
    const project = await cliProject();
    const client = await startRpc(project);
    const hello = await client.call('initialize', { client: { name: 'test' }, schemas: true });
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(hello).toMatchObject({ server: { name: 'agentfs', version }, readOnly: false });
    expect(hello['operations']).toContainEqual(
      expect.objectContaining({
        name: 'file.read',
        effect: 'read',
        input: expect.objectContaining({ required: ['workspace', 'path'] }),
      }),
    );
    for (const params of [{ protocolVersion: 2 }, { events: ['nothing'] }, { wanted: 1 }]) {
      await expect(client.call('initialize', params)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
  });

  it('answers a thousand requests that come at once', async () => {
    const client = await startRpc(await cliProject({ 'a.txt': 'one\n' }));
    const answers = Array.from({ length: 1000 }, (_, index) =>
      index % 2 === 0
        ? client.call('file.read', { workspace: 'w', path: 'a.txt' })
        : client.call('file.write', { workspace: 'w', path: `n/${index}`, content: `${index}` }),
    );
    expect(await Promise.all(answers)).toHaveLength(1000);
    const list = await client.call('file.list', { workspace: 'w', path: 'n', limit: 1 });
    expect(list).toMatchObject({ total: 500, nextCursor: '1' });
    expect(await client.end()).toBe(0);
  });

  it('runs requests side by side, and stops the one that is cancelled', async () => {
    const client = await startRpc(await cliProject());
    const run = client.ask('command.run', {
      workspace: 'w',
      command: 'echo up; exec sleep 1000',
      stream: true,
    });
    const output = await client.heard(({ method }) => method === '$/output');
    expect(output.params).toEqual({ id: 1, text: 'up\n' });
    expect(await client.call('workspace.list')).toMatchObject({ total: 1 });
    const waiting = client.ask('command.run', { workspace: 'w', command: 'true' });
    client.send({ jsonrpc: '2.0', method: '$/cancel', params: { id: 3 } });
    expect((await waiting).error).toMatchObject({ code: -32_800, data: { code: 'ABORTED' } });
    client.send({ jsonrpc: '2.0', method: '$/cancel', params: { id: 1 } });
    expect((await run).result).toMatchObject({ aborted: true, stdout: 'up\n' });
    expect(await client.end()).toBe(0);
  });

  it('kills a cancelled command that does not heed it', async () => {
    const client = await startRpc(await cliProject());
    const run = client.ask('command.run', {
      workspace: 'w',
      command: "trap '' TERM; echo up; while :; do sleep 1; done",
      stream: true,
    });
    await client.heard(({ method }) => method === '$/output');
    client.send({ jsonrpc: '2.0', method: '$/cancel', params: { id: 1 } });
    expect((await run).result).toMatchObject({ failed: true, signal: 'SIGKILL' });
  });

  it('refuses a second request with the id of one that is running', async () => {
    const client = await startRpc(await cliProject());
    const run = client.ask('command.run', {
      workspace: 'w',
      command: 'echo up; cat',
      stream: true,
    });
    await client.heard(({ method }) => method === '$/output');
    client.send({ jsonrpc: '2.0', id: 1, method: 'workspace.list' });
    expect((await run).error).toMatchObject({ code: -32_600 });
    expect(await client.end()).toBe(0);
  });

  it('that only reads refuses all else, and does not begin a project', async () => {
    const project = await cliProject({ 'a.txt': 'one\n' });
    const client = await startRpc(project, ['--read-only']);
    const { operations } = await client.call('initialize');
    expect(operations).not.toContainEqual(expect.objectContaining({ name: 'file.write' }));
    const read = await client.call('file.read', { workspace: 'w', path: 'a.txt' });
    expect(read).toMatchObject({ content: 'one\n' });
    for (const [method, params] of [
      ['file.write', { workspace: 'w', path: 'a.txt', content: '' }],
      ['command.run', { workspace: 'w', command: 'true' }],
      ['workspace.delete', { workspace: 'w' }],
    ] as const) {
      await expect(client.call(method, params)).rejects.toMatchObject({ code: 'READ_ONLY' });
    }
    const fresh = new CliProject();
    expect(await fresh.run(['rpc', '--read-only'])).toMatchObject({ status: 1 });
    expect(fresh.list()).toEqual([]);
  });

  it('tells of the events that were asked for', async () => {
    const client = await startRpc(await cliProject());
    await client.call('initialize', { events: ['change', 'snapshotCreate'] });
    await client.call('file.write', { workspace: 'w', path: 'a', content: '1' });
    await client.call('snapshot.create', { workspace: 'w', name: 's' });
    const events = client.messages.filter(({ method }) => method === '$/event');
    expect(events.map(({ params }) => params)).toMatchObject([
      { event: 'change', data: { workspace: 'w', changes: [{ type: 'added', path: 'a' }] } },
      { event: 'snapshotCreate', data: { workspace: 'w', snapshot: { name: 's' } } },
    ]);
  });
});

describe('two clients', () => {
  it('of one file each write it whole, and see what the other has done', async () => {
    const project = await cliProject();
    const clients = [await startRpc(project), await startRpc(project)];
    const texts = ['a'.repeat(50_000), 'b'.repeat(50_000)];
    const writes = clients.flatMap((client, index) =>
      Array.from({ length: 40 }, () =>
        client.call('file.write', { workspace: 'w', path: 'x', content: texts[index] }),
      ),
    );
    await Promise.all(writes);
    const reads = clients.map((client) => client.call('file.read', { workspace: 'w', path: 'x' }));
    const [first, second] = await Promise.all(reads);
    expect(texts).toContain(first?.['content']);
    expect(second).toEqual(first);
    const [one, other] = clients;
    await one?.call('file.write', { workspace: 'w', path: 'list', content: 'end\n' });
    // Each adds its lines by editing what it finds, many at once.
    const edits = clients.flatMap((client, index) =>
      Array.from({ length: 40 }, (_, count) => {
        const edit = { oldText: 'end\n', newText: `${index}-${count}\nend\n` };
        return client.call('file.edit', { workspace: 'w', path: 'list', edits: [edit] });
      }),
    );
    await Promise.all(edits);
    const list = await one?.call('file.read', { workspace: 'w', path: 'list' });
    expect(String(list?.['content']).split('\n')).toHaveLength(82);
    const { hash } = { ...(await one?.call('file.stat', { workspace: 'w', path: 'list' })) };
    const write = { workspace: 'w', path: 'list', content: 'mine', ifHash: hash };
    await other?.call('file.write', { ...write, content: 'theirs' });
    await expect(one?.call('file.write', write)).rejects.toMatchObject({
      code: 'FILE_CHANGED',
      details: { path: '/list' },
    });
    await one?.call('workspace.delete', { workspace: 'w', force: true });
    await expect(other?.call('file.read', { workspace: 'w', path: 'x' })).rejects.toMatchObject({
      code: 'WORKSPACE_NOT_FOUND',
    });
  });
});

describe('a client that vanishes', () => {
  it('takes its running command with it, and what that has changed is kept', async () => {
    const project = await cliProject();
    const client = await startRpc(project);
    void client.ask('command.run', {
      workspace: 'w',
      command: "trap '' TERM; echo x > made.txt; echo $$ up; while :; do sleep 1; done",
      stream: true,
    });
    await client.heard(({ method }) => method === '$/output');
    const before = commandsOf(client.child.pid);
    expect(before.length).toBeGreaterThan(0);
    const closed = once(client.child, 'close');
    client.child.stdin?.destroy();
    client.child.stdout?.destroy();
    const [status] = await closed;
    expect(status).toBe(0);
    // What was killed may take a moment to be gone.
    await until(() => !before.some(isRunning));
    expect(await project.json(['status', 'w'])).toMatchObject({ added: [{ path: 'made.txt' }] });
  });
});

describe('a client that vanishes with a process and a session', () => {
  it('ends them, also those that do not heed, and keeps what the process has changed', async () => {
    const project = await cliProject();
    const client = await startRpc(project);
    await client.call('workspace.create', { name: 'v' });
    const { session } = await client.call('session.open', { workspace: 'v' });
    await client.call('session.run', { session, command: 'echo x > dropped.txt' });
    const started = await client.call('process.start', {
      workspace: 'w',
      command: "trap '' TERM; echo x > made.txt; echo up; while :; do sleep 1; done",
    });
    const { process } = started;
    await client.call('process.output', { process, waitMs: 60_000 });
    const waiting = client.ask('process.output', { process, cursor: 3, waitMs: 60_000 });
    const before = commandsOf(client.child.pid);
    expect(before.length).toBeGreaterThan(0);
    expect(await client.end()).toBe(0);
    expect((await waiting).result).toMatchObject({ text: '' });
    await until(() => !before.some(isRunning));
    expect(await project.json(['status', 'w'])).toMatchObject({ added: [{ path: 'made.txt' }] });
    expect(await project.json(['status', 'v'])).toMatchObject({ hasChanges: false });
  });
});

describe('a client that does not read', () => {
  it('is not read from any more, costs little memory, and gets all answers later', async () => {
    const project = await cliProject({ 'large.txt': 'x'.repeat(9 * 1024 * 1024) });
    const client = await startRpc(project);
    await client.call('workspace.list');
    client.child.stdout?.pause();
    const read = { workspace: 'w', path: 'large.txt', limit: 10_000_000 };
    const answers = Array.from({ length: 30 }, () => client.ask('file.read', read));
    await until(isIdle(client.child.pid));
    client.child.stdout?.resume();
    for (const { result } of await Promise.all(answers)) expect(result).toHaveProperty('content');
    // All answers at once would be 270 MiB, several times over while they are made.
    expect(peakBytes(client.child.pid)).toBeLessThan(400 * 1024 * 1024);
    expect(await client.end()).toBe(0);
  });

  it('and then vanishes does not keep the server from ending', async () => {
    const project = await cliProject({ 'large.txt': 'x'.repeat(9 * 1024 * 1024) });
    const client = await startRpc(project);
    await client.call('workspace.list');
    client.child.stdout?.pause();
    const read = { workspace: 'w', path: 'large.txt', limit: 10_000_000 };
    for (let count = 0; count < 10; count += 1) void client.ask('file.read', read);
    await until(isIdle(client.child.pid));
    const closed = once(client.child, 'close');
    client.child.stdout?.destroy();
    expect(await closed).toEqual([0, null]);
  });
});

/** Whether a process has used no processor time for some looks at it. */
function isIdle(pid: number | undefined): () => boolean {
  let before = '';
  let same = 0;
  return () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const used = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).join();
    same = used === before ? same + 1 : 0;
    before = used;
    return same > 50;
  };
}

/** The most memory that a process has used so far. */
function peakBytes(pid: number | undefined): number {
  const [, kilobytes = '0'] =
    /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** The processes below a process, as the host sees them. */
function commandsOf(pid: number | undefined): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  const children = readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...commandsOf(child)]);
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliProject } from '../support/cli.ts';
import { until } from '../support/processes.ts';
import { type RpcClient, startRpc } from '../support/rpc-client.ts';

async function open(client: RpcClient, path: string, more: object): Promise<unknown> {
  const opened = await client.call('stream.open', { workspace: 'w', path, ...more });
  return opened['stream'];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('an archive', () => {
  it('of any size goes out and in, as a stream', async () => {
    const large = Buffer.alloc(12 * 1024 * 1024, 'abcdefg');
    const client = await startRpc(await cliProject({ 'large.bin': large, 'a.txt': 'one\n' }));
    await expect(
      client.call('workspace.export', { workspace: 'w', gzip: false }),
    ).rejects.toMatchObject({ code: 'EFBIG' });
    const from = await client.call('stream.open', { workspace: 'w', mode: 'export' });
    const into = { workspace: 'v', mode: 'import', create: true };
    const { stream: to } = await client.call('stream.open', into);
    for (let done = false; !done; ) {
      const part = await client.call('stream.read', { stream: from['stream'], limit: 1_000_000 });
      await client.call('stream.write', { stream: to, content: part['content'] });
      done = part['done'] === true;
    }
    expect(await client.call('stream.close', { stream: to })).toMatchObject({ changeCount: 0 });
    const diff = await client.call('workspace.diff', { workspace: 'v', against: 'w' });
    expect(diff).toMatchObject({ changeCount: 0 });
  });

  it('that is given up, or none at all, changes nothing', async () => {
    const client = await startRpc(await cliProject());
    const into = { workspace: 'w', mode: 'import' };
    const first = await client.call('stream.open', into);
    await client.call('stream.write', { stream: first['stream'], content: base64('x') });
    await client.call('stream.close', { stream: first['stream'], discard: true });
    const { stream } = await client.call('stream.open', into);
    await client.call('stream.write', { stream, content: base64('x'.repeat(2000)) });
    await expect(client.call('stream.close', { stream })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    });
    expect(await client.call('file.list', { workspace: 'w' })).toMatchObject({ total: 0 });
    await expect(client.call('stream.open', { mode: 'x' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a stream', () => {
  it('that writes makes the file when it is closed, and none when it is discarded', async () => {
    const client = await startRpc(await cliProject());
    for (const discard of [true, false]) {
      const stream = await open(client, 'a/b.txt', { mode: 'write', permissions: 0o600 });
      await client.call('stream.write', { stream, content: base64('one\n') });
      await client.call('stream.write', { stream, content: base64('two\n') });
      await expect(
        client.call('file.stat', { workspace: 'w', path: 'a/b.txt' }),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      await client.call('stream.close', { stream, discard });
    }
    const read = await client.call('file.read', { workspace: 'w', path: 'a/b.txt' });
    expect(read).toMatchObject({ content: 'one\ntwo\n' });
    const { mode } = await client.call('file.stat', { workspace: 'w', path: 'a/b.txt' });
    expect(Number(mode) & 0o777).toBe(0o600);
    const second = await open(client, 'a/b.txt', { mode: 'write', create: true });
    await expect(client.call('stream.close', { stream: second })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await client.end()).toBe(0);
  });

  it('that reads gives the file as it was when it was opened', async () => {
    const before = '0123456789'.repeat(300_000);
    const client = await startRpc(await cliProject({ 'a.txt': before }));
    const stream = await open(client, 'a.txt', { mode: 'read', start: 5 });
    await client.call('file.write', { workspace: 'w', path: 'a.txt', content: 'other' });
    let text = '';
    for (let done = false; !done; ) {
      const part = await client.call('stream.read', { stream, limit: 1_000_001 });
      text += Buffer.from(String(part['content']), 'base64').toString();
      done = part['done'] === true;
    }
    expect(text).toBe(before.slice(5));
    await client.call('stream.close', { stream });
    await expect(client.call('stream.close', { stream })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('fails to open what is not there, and what only reading forbids', async () => {
    const client = await startRpc(await cliProject(), ['--read-only']);
    for (const [mode, code] of [
      ['read', 'ENOENT'],
      ['write', 'READ_ONLY'],
    ]) {
      await expect(open(client, 'none', { mode })).rejects.toMatchObject({ code });
    }
  });
});

describe('a client that says what it takes', () => {
  it('is sent no more output than it has said', async () => {
    const client = await startRpc(await cliProject());
    await client.call('initialize', { outputWindow: 2 });
    const command = 'for i in 1 2 3 4 5; do echo $i; done';
    const run = client.ask('command.run', { workspace: 'w', command, stream: true });
    const heard = (): number => client.messages.filter((each) => each.method === '$/output').length;
    await until(() => heard() === 2);
    expect(await client.call('workspace.list')).toMatchObject({ total: 1 });
    expect(heard()).toBe(2);
    client.send({ jsonrpc: '2.0', method: '$/taken', params: { id: 2, count: 100 } });
    expect((await run).result).toMatchObject({ stdout: '1\n2\n3\n4\n5\n' });
    expect(heard()).toBe(5);
  });
});

describe('settings', () => {
  it('of a file win over all others, and are checked', async () => {
    const project = await cliProject();
    const file = join(project.home, 'settings.json');
    writeFileSync(file, JSON.stringify({ audit_enabled: false, sync: { interval: 60 } }));
    const client = await startRpc(project, ['--settings', file]);
    await client.call('file.write', { workspace: 'w', path: 'a', content: '' });
    const { entries } = await client.call('audit.query', { operation: ['create'] });
    expect(entries).toEqual([]);
    expect(await client.end()).toBe(0);
    for (const [text, problem] of [
      ['[]', 'are no object'],
      ['{', 'cannot be read'],
      ['{"cache_size": "much"}', 'not "much"'],
    ] as const) {
      writeFileSync(file, text);
      const failed = await project.run(['rpc', '--settings', file]);
      expect(failed.stderr).toContain(problem);
      expect(failed.status).not.toBe(0);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';
import { startRpc } from '../support/rpc-client.ts';

describe('a program that speaks JSON-RPC', () => {
  it('creates, runs, takes snapshots, compares, restores and commits', async () => {
    const project = new CliProject({ 'a.txt': 'one\n', 'src/b.txt': 'two\n' });
    const client = await startRpc(project);
    const hello = await client.call('initialize', { protocolVersion: 1, events: ['commit'] });
    expect(hello).toMatchObject({
      protocolVersion: 1,
      server: { name: 'agentfs' },
      base: project.dir,
    });

    await client.call('workspace.create', { name: 'w' });
    await client.call('snapshot.create', { workspace: 'w', name: 'before' });
    const run = await client.call('command.run', {
      workspace: 'w',
      command: 'rm -r src; echo more >> a.txt; echo done',
    });
    expect(run).toMatchObject({ exitCode: 0, stdout: 'done\n', changeCount: 2 });
    expect(await client.call('workspace.status', { workspace: 'w' })).toMatchObject({
      modified: [{ path: 'a.txt' }],
      deleted: [{ path: 'src/b.txt' }],
    });
    const diff = await client.call('workspace.diff', { workspace: 'w', against: 'before' });
    expect(diff['text']).toContain('+more');

    await client.call('snapshot.restore', { workspace: 'w', name: 'before' });
    expect(await client.call('file.read', { workspace: 'w', path: '/src/b.txt' })).toMatchObject({
      content: 'two\n',
    });

    await client.call('file.write', { workspace: 'w', path: 'new.txt', content: 'new\n' });
    const commit = await client.call('workspace.commit', { workspace: 'w', message: 'Add it' });
    expect(commit).toMatchObject({ changeCount: 1, commit: { message: 'Add it' } });
    expect(project.read('new.txt')).toBe('new\n');
    const event = await client.heard(({ method }) => method === '$/event');
    expect(event.params).toMatchObject({ event: 'commit', data: { workspace: 'w' } });
    expect(await client.end()).toBe(0);
  });

  it('explores, hears how far it is, chooses, and stops it without a trace', async () => {
    const client = await startRpc(new CliProject({ n: '0\n' }));
    const run = client.ask('explore.run', {
      candidates: [{ command: 'echo 1 > n' }, { command: 'echo 2 > n' }],
      judge: 'cat n',
      keep: 'all',
    });
    const { result } = await run;
    expect(result).toMatchObject({ ranking: [{ name: '2', score: 2 }, { name: '1' }] });
    const heard = client.messages.filter(({ method }) => method === '$/output');
    const texts = heard.map(({ params }) => params?.['text']);
    expect(texts).toEqual(expect.arrayContaining(['1: running\n', '2: judging\n']));
    const exploration = result?.['id'];
    expect(await client.call('explore.status', { exploration })).toMatchObject({
      candidates: [{ name: '2', rank: 1 }, { name: '1' }],
    });
    await client.call('explore.choose', { exploration, candidate: '1' });
    expect(await client.call('workspace.list')).toMatchObject({ total: 1 });
    const second = client.ask('explore.run', {
      candidates: [
        { name: 'slow', command: 'sleep 1000' },
        { name: 'other', command: 'true' },
      ],
    });
    await client.heard(({ params }) => params?.['text'] === 'slow: running\n');
    client.send({ jsonrpc: '2.0', method: '$/cancel', params: { id: 5 } });
    expect((await second).error).toMatchObject({ data: { code: 'ABORTED' } });
    expect(await client.call('workspace.list')).toMatchObject({ total: 1 });
    expect(await client.end()).toBe(0);
  });
});

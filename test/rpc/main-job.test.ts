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
});

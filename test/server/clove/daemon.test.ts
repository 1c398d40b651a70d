/** The kernel and the relay as part of the real daemon, beside its other surfaces. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { CloveClient, FleetClient, RemoteClove } from '../../../src/neighbours/clove/index.ts';
import { cliProject } from '../../support/cli.ts';
import { privateDirectory } from '../../support/clove-kernel.ts';
import { Daemon, daemonOn } from '../../support/daemon.ts';
import { whenDone } from '../../support/when-done.ts';

describe('the daemon', () => {
  it('has one workspace for Clove, MCP and the API, with one audit log', async () => {
    const socketPath = join(privateDirectory(), 'clove.sock');
    const daemon = await daemonOn({ 'README.md': 'project\n' }, ['--clove', socketPath]);
    await using agent = new CloveClient({ socketPath });
    await agent.writeFile('notes.txt', 'written through Clove\n');
    await agent.exec('echo and by a command >> notes.txt');

    const api = await daemon.client('t');
    const requestInit = { headers: { Authorization: `Bearer ${api.token}` } };
    const mcp = new Client({ name: 'test', version: '1.0.0' });
    whenDone(() => mcp.close());
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL('/mcp', daemon.address('api')), { requestInit }),
    );
    const args = { workspace: 'clove', path: 'notes.txt' };
    const read = await mcp.callTool({ name: 'read_text_file', arguments: args });
    const text = 'written through Clove\nand by a command\n';
    expect(JSON.stringify(read)).toContain(JSON.stringify(text).slice(1, -1));

    await agent.exec('echo to the end >> notes.txt');
    await api.call('workspace.commit', { workspace: 'clove', message: 'Notes of agents' });
    expect(daemon.project.read('notes.txt')).toBe(`${text}to the end\n`);

    const logs = await daemon.project.json(['audit', 'query', '--workspace', 'clove']);
    const operations = JSON.stringify(logs);
    for (const each of ['create', 'run', 'commit']) expect(operations).toContain(`"${each}`);
    expect(await daemon.stop()).toBe(0);
    expect(existsSync(socketPath)).toBe(false);
  });

  it('has a usual place for the socket', async () => {
    const env = { XDG_RUNTIME_DIR: privateDirectory() };
    const daemon = await Daemon.start(await cliProject(), ['--clove'], { env });
    const socketPath = join(env.XDG_RUNTIME_DIR, 'agentfs', 'clove.sock');
    expect(daemon.address('clove')).toBe(`unix:${socketPath}`);
    await using agent = new CloveClient({ socketPath });
    expect(await agent.noop('here')).toBe('here');
  });

  it('is a relay, with a kernel of its own where none was asked for', async () => {
    const runtime = privateDirectory();
    const project = await cliProject();
    const daemon = await Daemon.start(project, ['--relay', '0,0'], {
      env: { XDG_RUNTIME_DIR: runtime },
    });
    const token = (await daemon.client('fleet')).token;
    const [relayUrl = '', socketUrl = ''] = daemon.told.projects[0]?.addresses['relay'] ?? [];
    const fleet = new FleetClient({ relayUrl, apiToken: token });
    expect((await fleet.getStatus()).kernelsConnected).toBe(1);
    await using agent = new RemoteClove({ name: 'far', relayUrl: socketUrl, token });
    expect(await agent.exec('echo from afar')).toMatchObject({ stdout: 'from afar\n' });
    await using local = new CloveClient({ socketPath: join(runtime, 'agentfs', 'clove.sock') });
    expect((await local.sendMessage('hi', { toName: 'far' })).success).toBe(true);
    expect((await agent.recvMessages()).count).toBe(1);
    expect(await daemon.stop()).toBe(0);
  });
});

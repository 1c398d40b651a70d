import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { CloveClient } from '../../src/neighbours/clove/index.ts';
import { apiSurface } from '../../src/server/api/surface.ts';
import { cloveSurface } from '../../src/server/clove/surface.ts';
import { ApiClient } from '../support/daemon.ts';
import { testCore } from '../support/server-core.ts';
import { whenDone } from '../support/when-done.ts';

it('one workspace is used through several surfaces, with one record of who did what', async () => {
  const { core, project } = await testCore({ 'a.txt': 'one\n' });
  const socketPath = join(project.dir, '.agentfs', 'clove.sock');
  const kernel = await cloveSurface.start(core, { path: socketPath, workspace: 'w' });
  whenDone(() => kernel.close());
  const api = await apiSurface.start(core, { host: '127.0.0.1', port: 0 });
  whenDone(() => api.close());
  const tokenOf = (name: string): string => core.tokens.create({ name, role: 'api' }).token;

  await using agent = new CloveClient({ socketPath });
  await agent.registerName('builder');
  expect(await agent.writeFile('b.txt', 'two\n')).toMatchObject({ success: true });
  expect(await agent.exec('cat a.txt b.txt > c.txt')).toMatchObject({ success: true });

  const url = api.addresses[0] ?? '';
  const requestInit = { headers: { Authorization: `Bearer ${tokenOf('model')}` } };
  const model = new Client({ name: 'test', version: '1.0.0' });
  whenDone(() => model.close());
  await model.connect(new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit }));
  const tool = async (name: string, args: object): Promise<unknown> =>
    (await model.callTool({ name, arguments: { workspace: 'w', ...args } })).structuredContent;
  expect(await tool('read_text_file', { path: 'c.txt' })).toMatchObject({ content: 'one\ntwo\n' });
  await tool('write_file', { path: 'd.txt', content: 'three\n' });

  const lander = new ApiClient(url, tokenOf('lander'));
  await lander.call('workspace.commit', { workspace: 'w', message: 'Together' });
  expect(['b.txt', 'c.txt', 'd.txt'].map((path) => project.read(path))).toEqual([
    ...['two\n', 'one\ntwo\n', 'three\n'],
  ]);
  const { entries } = await lander.call('audit.query', { workspace: 'w' });
  const trail = (entries as { agentId: string; operation: string; path: string }[])
    .filter(({ operation }) => operation !== 'workspace.create')
    .map(({ agentId, operation, path }) => `${agentId} ${operation} ${path}`.trim());
  expect(trail).toEqual([
    'builder create b.txt',
    'builder run',
    'builder create c.txt',
    'model create d.txt',
    'lander commit',
  ]);
  expect(await lander.call('audit.verify', { workspace: 'w' })).toMatchObject({ ok: true });
});

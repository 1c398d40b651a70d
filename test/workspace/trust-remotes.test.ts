/** A remote that came along with the project: nothing is sent to it, and nothing is looked up for it. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AgentFS } from '../../src/index.ts';
import { editStore, inHome, newHome } from '../support/other-home.ts';
import { startServer } from '../support/remote-fixture.ts';
import { TestProject } from '../support/test-project.ts';

const CANARY = 'canary-of-the-environment';

/** A server that writes down what it is sent. */
async function listen(): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    seen.push(JSON.stringify(request.headers) + (await text(request)));
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** A project in whose store somebody has written where `w` synchronises, and with which token. */
async function hostileProject(url: string, token: string): Promise<TestProject> {
  const project = new TestProject({ 'a.txt': 'secret content\n' });
  await inHome(newHome(), async () => {
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    await workspace.sync.enable({ tursoDb: url, token: 'env:OTHER' });
    await afs.close();
  });
  editStore(
    project,
    `UPDATE remotes SET token = '${token}', seal_key = '', settings = '{"mode":"real-time"}'`,
  );
  return project;
}

/** All that a user does with a workspace who does not think of remotes. */
async function work(afs: AgentFS): Promise<void> {
  const workspace = await afs.workspace.get('w');
  await workspace.writeFile('b.txt', 'b');
  await workspace.run('echo c > c.txt', { strategy: 'directory' });
  await workspace.commit('Add b and c');
  // What is due is sent before it resolves.
  await afs.close();
}

describe('a remote that came along with the project', () => {
  it.each(['env:AGENTFS_TEST_CANARY', ''])('is sent nothing, with the token %j', async (token) => {
    vi.stubEnv('AGENTFS_TEST_CANARY', CANARY);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, seen } = await listen();
    const project = await hostileProject(url, token);
    const config = {
      sync: { autoSyncOnCommit: true, turso: { token: 'env:AGENTFS_TEST_CANARY' } },
    };
    await work(project.open(config));
    expect(seen).toEqual([]);
    await using afs = project.open(config);
    const { sync } = await afs.workspace.get('w');
    for (const call of [
      sync.push(),
      sync.push({ force: true }),
      sync.pull(),
      sync.verify(),
      sync.config({ mode: 'manual' }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'NOT_TRUSTED', hint: /adopt/ });
    }
    expect(await sync.status()).toMatchObject({ state: 'error', lastError: 'NOT_TRUSTED' });
    expect(seen).toEqual([]);
    expect(await afs.adopt({ dryRun: true })).toMatchObject({
      adopted: false,
      remotes: [{ workspace: 'w', url, token, mode: 'real-time' }],
    });
    // The server is one that would have been told.
    await afs.adopt();
    await sync.push().catch(() => undefined);
    expect(seen.join('')).toContain(CANARY);
  });

  it('makes no file be read or hidden, and no variable be kept from commands', async () => {
    vi.stubEnv('AGENTFS_TEST_CANARY', CANARY);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url } = await listen();
    const project = await hostileProject(url, 'env:AGENTFS_TEST_CANARY');
    await using afs = project.open();
    const workspace = await afs.workspace.get('w');
    const { stdout } = await workspace.run('echo "$AGENTFS_TEST_CANARY"');
    expect(stdout).toBe(`${CANARY}\n`);
    await afs.adopt();
    expect((await workspace.run('echo "$AGENTFS_TEST_CANARY"')).stdout).toBe('\n');
  });

  it('leaves nothing behind when the user gives the workspace one at the same address', async () => {
    vi.stubEnv('AGENTFS_TEST_CANARY', CANARY);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { url, seen } = await listen();
    const project = await hostileProject(url, 'env:AGENTFS_TEST_CANARY');
    await using afs = project.open();
    const { sync } = await afs.workspace.get('w');
    await sync.enable({ tursoDb: url });
    expect(await sync.status()).toMatchObject({ mode: 'manual', lastError: null });
    await sync.push().catch(() => undefined);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.join('')).not.toContain(CANARY);
  });

  it('can be taken away', async () => {
    const { url, seen } = await listen();
    const project = await hostileProject(url, '');
    await using afs = project.open();
    const { sync } = await afs.workspace.get('w');
    await sync.disable();
    expect(await sync.status()).toMatchObject({ state: 'disabled', remoteUrl: null });
    expect(seen).toEqual([]);
  });
});

describe('a remote that this user has set up', () => {
  it.each([
    [`UPDATE remotes SET url = '$other'`],
    [`UPDATE remotes SET token = 'env:AGENTFS_TEST_CANARY'`],
    [`UPDATE remotes SET token = 'file:/etc/hostname'`],
    [`UPDATE remotes SET settings = '{"mode":"real-time"}'`],
    [`UPDATE remotes SET name = 'other'`],
    [`UPDATE remotes SET seal_key = 'env:PATH'`],
    [
      `CREATE TEMP TABLE old AS SELECT * FROM remotes;
       DELETE FROM remotes;
       UPDATE old SET workspace = 3 - workspace;
       INSERT INTO remotes SELECT * FROM old`,
    ],
  ])('is off when somebody has changed it: %s', async (statement) => {
    const [mine, other] = [await listen(), await listen()];
    const project = new TestProject({ 'a.txt': 'a\n' });
    const first = project.open();
    for (const name of ['w', 'x']) {
      const { sync } = await first.workspace.create(name);
      await sync.enable({ tursoDb: mine.url, name: `remote-${name}` });
    }
    await first.close();
    mine.seen.length = 0;
    editStore(project, statement.replace('$other', other.url));
    const lines: string[] = [];
    const logger = { debug() {}, info() {}, error() {}, warn: (line: string) => lines.push(line) };
    const afs = project.open({ logger });
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('b.txt', 'b');
    await expect(workspace.sync.push()).rejects.toMatchObject({ code: 'NOT_TRUSTED' });
    expect(lines[0]).toMatch(/^Parts of this store were changed by somebody else; .*2 remotes\./);
    await afs.close();
    expect([mine.seen, other.seen]).toEqual([[], []]);
  });

  it('works on after the project was moved, and after syncs of all kinds', async () => {
    const server = await startServer();
    const project = new TestProject({ 'a.txt': 'a\n' });
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    await workspace.sync.enable({ tursoDb: server.url, mode: 'manual', include: ['**'] });
    await workspace.sync.push();
    await workspace.sync.config({ conflictResolution: 'merge' });
    await workspace.sync.reset();
    await afs.close();
    await using again = project.open();
    const { sync } = await again.workspace.get('w');
    await sync.pull();
    await sync.push();
    expect(await sync.status()).toMatchObject({ state: 'synced', lastError: null });
    expect(await again.adopt({ dryRun: true })).toMatchObject({ adopted: true, remotes: [] });
  });
});

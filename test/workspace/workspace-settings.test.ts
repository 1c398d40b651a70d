/** Who may change a workspace: read-only, expired, frozen, archived, bound to an agent. */

import { expect, it } from 'vitest';
import type { Workspace } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';

/** Every kind of change, so that none is forgotten by a check. */
const CHANGES: Readonly<Record<string, (workspace: Workspace) => Promise<unknown>>> = {
  writeFile: (workspace) => workspace.writeFile('/a.txt', 'changed'),
  appendFile: (workspace) => workspace.appendFile('/a.txt', 'changed'),
  patchFile: (workspace) => workspace.patchFile('/a.txt', 'changed', 0),
  mkdir: (workspace) => workspace.mkdir('/new'),
  chmod: (workspace) => workspace.chmod('/a.txt', 0o600),
  symlink: (workspace) => workspace.symlink('a.txt', '/link'),
  copy: (workspace) => workspace.copy('/a.txt', '/b.txt'),
  move: (workspace) => workspace.move('/a.txt', '/b.txt'),
  delete: (workspace) => workspace.delete('/a.txt'),
  batch: (workspace) => workspace.batch([{ type: 'write', path: '/a.txt', content: 'changed' }]),
  restore: (workspace) => workspace.snapshot.restore('s'),
  undo: (workspace) => workspace.undo(),
  redo: (workspace) => workspace.redo(),
  rebase: (workspace) => workspace.rebase(),
  commit: (workspace) => workspace.commit('changes'),
  createWriteStream: (workspace) =>
    new Promise((resolve, reject) => {
      const stream = workspace.createWriteStream('/a.txt');
      stream.on('finish', resolve).on('error', reject).end('changed');
    }),
};

/** A workspace with a snapshot and a change, and the proof that all changes of it are refused. */
async function refusesChanges(
  workspace: Workspace,
  error: { readonly name: string; readonly code: string },
): Promise<void> {
  for (const [name, change] of Object.entries(CHANGES)) {
    await expect(change(workspace), name).rejects.toMatchObject(error);
  }
  expect(await workspace.readText('/a.txt')).toBe('mine');
  expect((await workspace.status()).modified).toHaveLength(1);
  expect((await workspace.diff()).changes).toHaveLength(1);
}

async function changedWorkspace(workspace: Workspace): Promise<Workspace> {
  await workspace.snapshot.create('s');
  await workspace.writeFile('/a.txt', 'mine');
  return workspace;
}

it('refuses every change of a read-only workspace, and allows all reads and snapshots', async () => {
  const { project, workspace } = await setUp({ 'a.txt': 'base' });
  await changedWorkspace(workspace);
  await workspace.update({ readOnly: true });
  await refusesChanges(workspace, { name: 'ReadOnlyError', code: 'READ_ONLY' });
  await workspace.snapshot.create('while-read-only');
  expect(project.read('a.txt')).toBe('base');
  await workspace.update({ readOnly: false });
  await workspace.writeFile('/a.txt', 'again');
});

it('refuses every change of a frozen and of an archived workspace', async () => {
  const { workspace } = await setUp({ 'a.txt': 'base' });
  await changedWorkspace(workspace);
  for (const state of ['frozen', 'archived'] as const) {
    await workspace.update({ state });
    expect(workspace.state).toBe(state);
    await refusesChanges(workspace, { name: 'ReadOnlyError', code: 'WORKSPACE_FROZEN' });
  }
  await workspace.update({ state: 'active' });
  await workspace.writeFile('/a.txt', 'again');
});

it('refuses every change from the moment a workspace expires', async () => {
  let now = Date.parse('2026-06-01T12:00:00Z');
  const { workspace } = await setUp({ 'a.txt': 'base' }, { clock: { now: () => now } });
  await workspace.update({ expires: new Date(now + 1000) });
  await changedWorkspace(workspace);
  now += 1000;
  await refusesChanges(workspace, { name: 'WorkspaceExpiredError', code: 'WORKSPACE_EXPIRED' });
  expect(await workspace.exists()).toBe(true);
  await workspace.update({ expires: null });
  await workspace.writeFile('/a.txt', 'again');
});

it('lets only its agent, or nobody in particular, change a workspace that belongs to an agent', async () => {
  const project = new TestProject({ 'a.txt': 'base' });
  const owner = project.open({ agentId: 'agent-1' });
  const workspace = await owner.workspace.create('w', { agentId: 'agent-1' });
  await changedWorkspace(workspace);
  const stranger = project.open({ agentId: 'agent-2' });
  const seen = await stranger.workspace.get('w');
  const denied = { name: 'PermissionDeniedError', code: 'PERMISSION_DENIED' };
  await refusesChanges(seen, denied);
  await expect(seen.update({ agentId: 'agent-2' })).rejects.toMatchObject(denied);
  await expect(seen.snapshot.create('x')).rejects.toMatchObject(denied);
  await expect(seen.snapshot.delete('s')).rejects.toMatchObject(denied);
  await expect(stranger.workspace.rename('w', 'x')).rejects.toMatchObject(denied);
  await expect(stranger.workspace.delete('w')).rejects.toMatchObject(denied);
  const human = await project.open().workspace.get('w');
  await human.writeFile('/b.txt', 'by the user');
  await workspace.writeFile('/c.txt', 'by its agent');
  await workspace.update({ agentId: null });
  await seen.writeFile('/d.txt', 'for everybody');
});

it('changes only the settings that an update names, and records which', async () => {
  const { workspace } = await setUp();
  await workspace.update({ description: 'first', tags: ['a', 'a', 'b'] });
  await workspace.update({ owner: 'me' });
  expect(workspace.description).toBe('first');
  expect(workspace.tags).toEqual(['a', 'b']);
  expect(workspace.owner).toBe('me');
  const logs = await workspace.audit.logs({ operation: 'config' });
  expect(logs.map(({ metadata }) => metadata)).toEqual([
    { settings: ['description', 'tags'] },
    { settings: ['owner'] },
  ]);
});

it('refuses an impossible update with the name of the setting', async () => {
  const { workspace } = await setUp();
  const update = (settings: unknown): Promise<void> =>
    workspace.update(Object.assign({}, settings));
  await expect(update({ state: 'deleted' })).rejects.toThrow(/state must be one of active/);
  await expect(update({ tags: [{}] })).rejects.toThrow(/tags must be a string/);
  await expect(update({ expires: 5 })).rejects.toThrow(/expires must be a Date or null/);
  await expect(update({ readOnly: null })).rejects.toThrow(/readOnly must be a boolean/);
  expect(workspace.state).toBe('active');
});

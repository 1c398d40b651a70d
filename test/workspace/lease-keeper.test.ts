/** Operations that wait for each other, for a signal, or for the end of the AgentFS. */

import { existsSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AgentFS, Workspace } from '../../src/index.ts';
import { setUp } from '../support/test-project.ts';

async function fill(workspace: Workspace): Promise<void> {
  await workspace.batch((batch) => {
    for (let i = 0; i < 300; i++) batch.writeFile(`many/${i}`, `${i}`);
  });
}

/** Resolves when a command has its workspace for itself. */
function commandBegins(afs: AgentFS): Promise<void> {
  return new Promise((resolve) => {
    afs.hooks.before('run', () => resolve());
  });
}

describe('closing an AgentFS', () => {
  it('waits for a commit and leaves nothing of it behind', async () => {
    const { project, afs, workspace } = await setUp();
    await fill(workspace);
    const commit = workspace.commit('many');
    await nextTurn();
    await afs.close();
    await expect(commit).resolves.toMatchObject({ message: 'many' });
    expect(readdirSync(project.path('many'))).toHaveLength(300);
    expect(project.list().filter((path) => path.includes('stage'))).toEqual([]);
    const again = project.open();
    await (await again.workspace.get('w')).delete('many', { recursive: true });
    await (await again.workspace.get('w')).commit('none');
    expect(existsSync(project.path('many'))).toBe(false);
  });

  it('waits for a command and keeps its changes', async () => {
    const { project, afs, workspace } = await setUp();
    const begun = commandBegins(afs);
    const run = workspace.run('sleep 0.2; echo done > out');
    await begun;
    await afs.close();
    await expect(run).resolves.toMatchObject({ exitCode: 0 });
    await expect((await project.open().workspace.get('w')).readText('out')).resolves.toBe('done\n');
  });

  it('lets nothing new begin', async () => {
    const { afs, workspace } = await setUp();
    const begun = commandBegins(afs);
    const run = workspace.run('true');
    await begun;
    const closing = afs.close();
    await expect(workspace.run('true')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(run).resolves.toMatchObject({ exitCode: 0 });
    await closing;
  });
});

describe('a hook before a command', () => {
  const BUSY = { code: 'HOOK_FAILED', cause: { code: 'WORKSPACE_BUSY' } };
  it.each<[string, (workspace: Workspace) => Promise<unknown>]>([
    ['runs another one', (workspace) => workspace.run('true')],
    ['materialises', (workspace) => workspace.materialize()],
  ])('is refused when it %s in the same workspace', async (_title, action) => {
    const { afs, workspace } = await setUp();
    const remove = afs.hooks.before('run', () => action(workspace));
    await expect(workspace.run('true')).rejects.toMatchObject(BUSY);
    remove();
    await expect(workspace.run('true')).resolves.toMatchObject({ exitCode: 0 });
  });

  it('cannot delete the workspace or close the AgentFS', async () => {
    const { afs, workspace } = await setUp();
    const remove = afs.hooks.before('run', () => afs.workspace.delete('w'));
    await expect(workspace.run('true')).rejects.toMatchObject(BUSY);
    remove();
    afs.hooks.before('run', () => afs.close());
    await expect(workspace.run('true')).rejects.toMatchObject(BUSY);
    await expect(workspace.exists()).resolves.toBe(true);
  });

  it('may write, commit, and use other workspaces', async () => {
    const { project, afs, workspace } = await setUp();
    const other = await afs.workspace.create('other');
    const remove = afs.hooks.before('run', async () => {
      remove();
      await workspace.writeFile('input', 'text');
      await workspace.commit('input');
      await other.run('true');
    });
    await expect(workspace.run('cat input')).resolves.toMatchObject({ stdout: 'text' });
    expect(project.read('input')).toBe('text');
  });

  it('may leave something behind that uses the workspace when the command is over', async () => {
    const { afs, workspace } = await setUp();
    let later: (() => void) | undefined;
    const begin = new Promise<void>((resolve) => {
      later = resolve;
    });
    let second: Promise<unknown> | undefined;
    const remove = afs.hooks.before('run', () => {
      remove();
      second = begin.then(() => workspace.run('true'));
    });
    await workspace.run('true');
    later?.();
    await expect(second).resolves.toMatchObject({ exitCode: 0 });
  });
});

describe('a signal', () => {
  it('ends the wait for an earlier command at once', async () => {
    const { workspace } = await setUp();
    const stop = new AbortController();
    const first = workspace.runStream('sleep 30');
    const order: string[] = [];
    const over = first.result.then(
      () => order.push('first'),
      () => order.push('first'),
    );
    const second = workspace.run('true', { signal: stop.signal });
    const third = workspace.run('true');
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    expect(order).toEqual([]);
    first.kill('SIGKILL');
    await over;
    await expect(third).resolves.toMatchObject({ exitCode: 0 });
  });
});

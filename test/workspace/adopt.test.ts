/** Commits that were interrupted in a store that came along, and taking such a store over. */

import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../src/index.ts';
import { editStore, inHome, newHome } from '../support/other-home.ts';
import { setUp, TestProject } from '../support/test-project.ts';
import { dieInCommit, storeOf } from './support/interrupted-commit.ts';

const OLD = { 'a.txt': 'old\n', 'b.txt': 'old\n' };

let theirs: string;
beforeEach(() => {
  theirs = newHome();
});

/** A project in which the process of somebody else has died in a commit. */
async function interruptedProject(): Promise<TestProject> {
  const project = new TestProject(OLD);
  await inHome(theirs, async () => {
    const afs = project.open();
    await afs.workspace.create('w');
    await afs.close();
    dieInCommit(project);
  });
  return project;
}

describe('a commit that came along interrupted', () => {
  it('changes nothing in the project until the store is adopted', async () => {
    const project = await interruptedProject();
    const before = project.list();
    await using afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('c.txt', 'c\n');
    const refused = { code: 'NOT_TRUSTED', path: project.dir, hint: /adopt/ };
    await expect(afs.workspace.create('x')).rejects.toMatchObject(refused);
    await expect(workspace.commit('Add c')).rejects.toMatchObject(refused);
    expect(project.list()).toEqual(before);
    expect(project.read('a.txt')).toBe('new\n');
    expect(await afs.adopt({ dryRun: true })).toMatchObject({
      commits: [{ outcome: 'take-back', paths: ['a.txt', 'b.txt'] }],
    });
    expect(project.read('a.txt')).toBe('new\n');
    await afs.adopt();
    expect([project.list(), project.read('a.txt')]).toEqual([['a.txt', 'b.txt'], 'old\n']);
    await workspace.commit('Add c');
    expect(project.read('c.txt')).toBe('c\n');
  });

  it('is taken back at once by the user who has begun it', async () => {
    const project = await interruptedProject();
    await inHome(theirs, async () => {
      const afs = project.open();
      await afs.workspace.list();
      expect(project.read('a.txt')).toBe('old\n');
      await afs.close();
    });
  });

  it.each([
    `UPDATE journals SET steps = replace(steps, 'b.txt', 'c.txt')`,
    `UPDATE journals SET number = number + 1`,
    `INSERT INTO journals (state, steps, created_at) SELECT 'applied', steps, 0 FROM journals`,
  ])('of this user is one of theirs after %s', async (statement) => {
    const { project, afs } = await setUp(OLD);
    await afs.close();
    dieInCommit(project);
    editStore(project, statement);
    await using again = project.open();
    await expect(again.workspace.create('x')).rejects.toMatchObject({ code: 'NOT_TRUSTED' });
    expect(project.read('a.txt')).toBe('new\n');
  });
});

describe('adopting a store', () => {
  it('makes all of it count, for this user and for the others who had it', async () => {
    const project = new TestProject(OLD);
    await inHome(theirs, async () => {
      const afs = project.open();
      const workspace = await afs.workspace.create('w', { sandbox: 'none' });
      await workspace.sync.enable({ tursoDb: `file:${project.path('remote.db')}` });
      await afs.close();
    });
    const afs = project.open();
    const found = await afs.adopt({ dryRun: true });
    expect(found).toEqual({
      ...{ adopted: false, lasts: true, commits: [] },
      settings: [{ workspace: 'w', sandbox: 'none', limits: {}, inForce: false }],
      remotes: [
        {
          ...{ workspace: 'w', url: `file://${join(project.dir, 'remote.db')}`, token: '' },
          ...{ encryptionKey: '', mode: null },
        },
      ],
    });
    expect(afs.isAdopted).toBe(false);
    expect(await afs.adopt()).toEqual({ ...found, adopted: true });
    expect(afs.isAdopted).toBe(true);
    const workspace = await afs.workspace.get('w');
    expect(workspace.sandbox).toBe('none');
    await workspace.sync.push();
    await afs.close();
    const nothing = { adopted: true, lasts: true, settings: [], remotes: [], commits: [] };
    for (const home of [process.env['XDG_CONFIG_HOME'] ?? '', theirs]) {
      await inHome(home, async () => {
        const again = project.open();
        expect(await again.adopt({ dryRun: true })).toEqual(nothing);
        await again.close();
      });
    }
  });

  it('adopts what is stricter too, and says that it is in force', async () => {
    const project = new TestProject(OLD);
    await inHome(theirs, async () => {
      const afs = project.open();
      await afs.workspace.create('w', { sandbox: 'standard', limits: { processes: 5 } });
      await afs.close();
    });
    await using afs = project.open(new Config({ limits: { processes: 9 } }) as never);
    const settings = [
      { workspace: 'w', sandbox: 'standard', limits: { processes: 5 }, inForce: true },
    ];
    expect(await afs.adopt({ dryRun: true })).toMatchObject({ settings });
  });

  it('does not bring back a directory that came along', async () => {
    const { project, afs } = await setUp(OLD);
    await afs.close();
    await inHome(theirs, async () => {
      const other = project.open();
      const workspace = await other.workspace.get('w');
      await workspace.run('true', { strategy: 'directory' });
      await other.close();
    });
    await using again = project.open();
    await again.adopt();
    const store = storeOf(project);
    try {
      const [row] = store.workspaces.list();
      expect(store.stats.isOwn(row?.number ?? -1)).toBe(false);
      expect(store.stats.directory(row?.number ?? -1)).toBeUndefined();
    } finally {
      store.close();
    }
  });

  it('refuses options that are none', async () => {
    const { afs } = await setUp();
    await expect(afs.adopt({ dryRun: 'no' } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await afs.adopt()).toMatchObject({ adopted: true, settings: [] });
  });
});

/** What a store that came along with the project may decide about commands, and what it may not. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentFS, type AgentFSOptions } from '../../src/index.ts';
import { editStore, inHome, newHome } from '../support/other-home.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { type TestFiles, TestProject } from '../support/test-project.ts';

/** A project with a store that somebody else has made, with a workspace `w`. */
async function foreignProject(
  settings: object = {},
  files: TestFiles = FILES,
): Promise<TestProject> {
  const project = new TestProject(files);
  await inHome(newHome(), async () => {
    await using afs = new AgentFS(project.dir);
    await afs.workspace.create('w', settings);
  });
  return project;
}

const FILES = { 'a.txt': 'a\n' };

/** What counts for the commands of `w`. */
async function settingsOf(project: TestProject, options: AgentFSOptions = {}) {
  await using afs = new AgentFS(project.dir, options);
  const { sandbox, limits } = await afs.workspace.get('w');
  return { sandbox, limits };
}

const RESTRICTED: AgentFSOptions = { sandbox: { profile: 'restricted' } };

describe('the sandbox of a workspace', () => {
  it('does not beat the configuration when somebody else has set it', async () => {
    const project = await foreignProject({ sandbox: 'none' });
    expect(await settingsOf(project)).toMatchObject({ sandbox: null });
    expect(await settingsOf(project, RESTRICTED)).toMatchObject({ sandbox: null });
  });

  it('counts where it is the stricter one', async () => {
    const project = await foreignProject({ sandbox: 'restricted' });
    expect(await settingsOf(project)).toMatchObject({ sandbox: 'restricted' });
    const weaker = await settingsOf(project, { sandbox: { profile: 'standard' } });
    expect(weaker).toMatchObject({ sandbox: 'restricted' });
    const standard = await foreignProject({ sandbox: 'standard' });
    expect(await settingsOf(standard, RESTRICTED)).toMatchObject({ sandbox: null });
  });

  it('counts as before when this user has set it, at once or later', async () => {
    const project = new TestProject(FILES);
    await using afs = project.open();
    await afs.workspace.create('w', { sandbox: 'none' });
    expect(await settingsOf(project, RESTRICTED)).toMatchObject({ sandbox: 'none' });
    const foreign = await foreignProject({ sandbox: 'none' });
    await using other = foreign.open();
    await (await other.workspace.get('w')).update({ sandbox: 'standard' });
    expect(await settingsOf(foreign, RESTRICTED)).toMatchObject({ sandbox: 'standard' });
  });

  it('does not come to count when another setting is changed', async () => {
    const project = await foreignProject({ sandbox: 'none', limits: { outputBytes: 9 } });
    await using afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.update({ tags: ['mine'] });
    expect(workspace.sandbox).toBe(null);
    await workspace.update({ limits: { outputBytes: 20 } });
    expect([workspace.sandbox, workspace.limits]).toEqual([null, { outputBytes: 20 }]);
  });

  it.each([
    `UPDATE workspaces SET sandbox = 'none'`,
    `UPDATE workspaces SET sandbox = 'none';
     UPDATE signatures SET subject = 'sandbox:' || (SELECT uuid FROM workspaces WHERE name = 'w')
       WHERE subject = 'sandbox:' || (SELECT uuid FROM workspaces WHERE name = 'other')`,
    `UPDATE workspaces SET sandbox = 'none';
     UPDATE signatures SET signature = (SELECT signature FROM signatures WHERE subject = 'store')
       WHERE subject LIKE 'sandbox:%'`,
    `UPDATE workspaces SET sandbox = 'none'; UPDATE signatures SET signature = ''`,
  ])('does not count when the row was changed afterwards: %s', async (statement) => {
    const project = new TestProject(FILES);
    await using afs = project.open();
    await afs.workspace.create('w', { sandbox: 'standard' });
    await afs.workspace.create('other', { sandbox: 'none' });
    await afs.close();
    editStore(project, statement);
    expect(await settingsOf(project, RESTRICTED)).toMatchObject({ sandbox: null });
  });
});

describe('the limits of a workspace', () => {
  it('only lower those of the configuration when somebody else has set them', async () => {
    const limits = { outputBytes: 100, runtimeMs: 5, processes: 7 };
    const project = await foreignProject({ limits });
    const configured = { limits: { outputBytes: 10, runtimeMs: 60_000 } };
    const found = await settingsOf(project, configured);
    expect(found.limits).toEqual({ runtimeMs: 5, processes: 7 });
    await inHome(newHome(), async () => expect((await settingsOf(project)).limits).toEqual(limits));
  });

  it('do not count when they were changed afterwards', async () => {
    const project = new TestProject(FILES);
    await using afs = project.open();
    await afs.workspace.create('w', { limits: { outputBytes: 5 } });
    const configured = { limits: { outputBytes: 3 } };
    expect((await settingsOf(project, configured)).limits).toEqual({ outputBytes: 5 });
    await afs.close();
    editStore(project, `UPDATE workspaces SET limits = '{"outputBytes":900}'`);
    expect((await settingsOf(project, configured)).limits).toEqual({});
  });
});

await describeOverlay('restricted', 'a command in a store that came along', () => {
  it('is confined as the user has configured, whatever the store says', async () => {
    const project = await foreignProject({ sandbox: 'none' });
    await using afs = project.open(RESTRICTED);
    const workspace = await afs.workspace.get('w');
    const { isolation } = await workspace.run('true');
    expect(isolation.profile).toBe('restricted');
    const session = await workspace.session();
    expect((await session.run('true')).isolation.profile).toBe('restricted');
    await session.close();
  });
});

describe('a store that came along', () => {
  it('opens with one line, and can be worked with', async () => {
    const project = await foreignProject();
    const lines: string[] = [];
    const tell = (message: string): number => lines.push(message);
    const logger = { debug: tell, info: tell, warn: tell, error: tell };
    await using afs = project.open({ logger });
    expect(afs.isAdopted).toBe(false);
    expect(lines).toEqual(['This store was not made or adopted by you. See agentfs adopt.']);
    const workspace = await afs.workspace.create('mine', { sandbox: 'none' });
    expect(workspace.sandbox).toBe('none');
    await workspace.run('echo b > b.txt', { strategy: 'directory' });
    await workspace.commit('Add b');
    expect(project.read('b.txt')).toBe('b\n');
    const old = await afs.workspace.get('w');
    expect((await old.run('cat a.txt')).stdout).toBe('a\n');
    expect(await afs.doctor()).toContainEqual(
      expect.objectContaining({ code: 'STORE_NOT_ADOPTED', severity: 'info' }),
    );
  });

  it('is read, and not believed, about the files of the project', async () => {
    const project = new TestProject({ 'a.txt': 'old\n' });
    const time = new Date(1_700_000_000_000);
    utimesSync(project.path('a.txt'), time, time);
    const theirs = newHome();
    const readAs = (name: string) => async (): Promise<string> => {
      await using afs = new AgentFS(project.dir);
      return (await afs.workspace.create(name)).readText('a.txt');
    };
    await inHome(theirs, readAs('w'));
    const stats = statSync(project.path('a.txt'));
    project.write('a.txt', 'NEW\n');
    utimesSync(project.path('a.txt'), time, time);
    const { ctimeMs } = statSync(project.path('a.txt'));
    editStore(project, `UPDATE stat_index SET ctime = ${ctimeMs}, racy = 0 WHERE path = 'a.txt'`);
    expect(statSync(project.path('a.txt')).ino).toBe(stats.ino);
    expect(await inHome(theirs, readAs('control'))).toBe('old\n');
    expect(await readAs('mine')()).toBe('NEW\n');
  });

  it('does not lead commands into a directory that came along with it', async () => {
    const project = new TestProject(FILES);
    const victim = new TestProject({ 'd/precious': 'precious\n' });
    await inHome(newHome(), async () => {
      await using afs = new AgentFS(project.dir);
      const workspace = await afs.workspace.create('w');
      await workspace.writeFile('d/file', 'file\n');
      const { workDir } = workspace;
      await workspace.run('true', { strategy: 'directory' });
      const hostile = `rm -r d && ln -s '${victim.path('d')}' d && echo evil > evil && ln -s / root`;
      expect(spawnSync('sh', ['-c', hostile], { cwd: workDir }).status).toBe(0);
    });
    await using afs = project.open();
    const workspace = await afs.workspace.get('w');
    const { stdout } = await workspace.run('ls -A; cat d/file', { strategy: 'directory' });
    expect(stdout).toBe('a.txt\nd\nfile\n');
    await workspace.delete('d', { recursive: true });
    await workspace.run('true', { strategy: 'directory' });
    expect(victim.read('d/precious')).toBe('precious\n');
    expect(await workspace.exists('evil')).toBe(false);
  });

  it('does not name what garbage collection removes', async () => {
    const project = await foreignProject({}, { ...FILES, 'src/precious': 'precious\n' });
    await using other = new AgentFS(project.dir);
    await other.workspace.delete('w');
    await other.close();
    editStore(project, `UPDATE workspaces SET uuid = '../../src'`);
    await using afs = project.open();
    await afs.gc();
    expect(project.read('src/precious')).toBe('precious\n');
  });
});

describe('a store of this user', () => {
  it('stays that when the project is moved, copied or archived', async () => {
    const project = new TestProject(FILES);
    await using afs = project.open();
    await afs.workspace.create('w', { sandbox: 'none', limits: { processes: 9 } });
    await afs.close();
    const places = new TestProject();
    const copy = (command: string): void => {
      expect(spawnSync('sh', ['-c', command], { cwd: project.dir }).status).toBe(0);
    };
    copy(`cp -a . '${places.path('copied')}'`);
    copy(`mkdir '${places.path('archived')}'; tar c . | tar x -C '${places.path('archived')}'`);
    renameSync(places.path('copied'), places.path('moved'));
    for (const name of ['moved', 'archived']) {
      await using other = new AgentFS(places.path(name), RESTRICTED);
      const { sandbox, limits } = await other.workspace.get('w');
      expect([other.isAdopted, sandbox, limits]).toEqual([true, 'none', { processes: 9 }]);
      expect(await other.adopt({ dryRun: true })).toMatchObject({ settings: [], remotes: [] });
    }
  });

  it('is that for the process that makes it where no secret can be kept', async () => {
    const project = new TestProject({ ...FILES, file: '' });
    await inHome(project.path('file'), async () => {
      await using afs = new AgentFS(project.dir);
      await afs.workspace.create('w', { sandbox: 'none' });
      expect(await settingsOf(project, RESTRICTED)).toMatchObject({ sandbox: 'none' });
      expect(await afs.adopt({ dryRun: true })).toMatchObject({ adopted: true, lasts: false });
    });
    expect(await settingsOf(project, RESTRICTED)).toMatchObject({ sandbox: null });
  });

  it('is recognised with a secret that lies outside of the project, for this user alone', async () => {
    const home = newHome();
    await inHome(home, async () => {
      await using _ = new AgentFS((await foreignProject()).dir);
      await _.workspace.list();
    });
    const secret = join(home, 'agentfs', 'secret');
    expect([statSync(secret).mode & 0o777, readFileSync(secret).length]).toEqual([0o600, 32]);
    expect(readdirSync(join(home, 'agentfs'))).toEqual(['secret']);
    expect(existsSync(join(home, 'config.toml'))).toBe(false);
  });
});

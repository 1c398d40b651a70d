/** What agentfs keeps beside a project is the user's own: no links, no other owner, no other reader. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS, type AgentFSOptions, Config } from '../../src/index.ts';
import { readNames } from '../../src/names.ts';
import { bundledLibrary } from '../support/compiled.ts';
import { setUp, TestProject } from '../support/test-project.ts';

const isRoot = process.getuid?.() === 0;
const OTHER = 65534;

/** A closed project with a store and a directory of a workspace. */
async function closedProject(options: AgentFSOptions = {}): Promise<TestProject> {
  const { project, afs, workspace } = await setUp({ 'a.txt': 'a\n' }, options);
  await workspace.run('true', { strategy: 'directory' });
  await afs.close();
  return project;
}

async function refusal(base: string, options?: AgentFSOptions): Promise<unknown> {
  return AgentFS.open(base, options).then(
    (afs) => afs.close(),
    (error: unknown) => error,
  );
}

const PLACES = ['', '/agentfs.db', '/work', '/config.toml', '/workspace', '/watch', '/other'];

describe('a symbolic link', () => {
  it.each([...PLACES, '/agentfs.db-wal', '/agentfs.db-shm', '/agentfs.db-journal', '/work/x'])(
    'is refused at .agentfs%s, with what to type',
    async (place) => {
      const project = await closedProject();
      const outside = new TestProject();
      const link = project.path(`.agentfs${place}`);
      if (existsSync(link)) renameSync(link, outside.path('moved'));
      const before = outside.list();
      symlinkSync(outside.path(existsSync(outside.path('moved')) ? 'moved' : ''), link);
      expect(await refusal(project.dir)).toMatchObject({
        code: 'STORE_UNSAFE',
        path: link,
        hint: expect.stringContaining(`rm '${link}'`),
      });
      expect(outside.list()).toEqual(before);
    },
  );

  it('is told of without what its name could do to a terminal', async () => {
    const project = await closedProject();
    const name = "\u001b[31mit's";
    symlinkSync('/', project.path(`.agentfs/${name}`));
    const error = await refusal(project.dir);
    const place = project.path('.agentfs/?[31mit');
    expect(String(error)).toContain(`${place}'s is a symbolic link`);
    expect(error).toMatchObject({ hint: expect.stringContaining(`rm '${place}'\\''s'.`) });
  });

  it.each(['/nowhere', '/tmp'])('to %s leads nowhere in a new project', async (target) => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    symlinkSync(target, project.path('.agentfs'));
    const before = readdirSync('/tmp').includes('agentfs.db');
    expect(await refusal(project.dir)).toMatchObject({ code: 'STORE_UNSAFE' });
    expect(() => Config.load(undefined, { base: project.dir })).toThrow(
      expect.objectContaining({ code: 'STORE_UNSAFE' }),
    );
    expect([existsSync('/nowhere'), readdirSync('/tmp').includes('agentfs.db')]).toEqual([
      false,
      before,
    ]);
  });

  it('for the work never makes commands run unconfined', async () => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    const outside = new TestProject();
    mkdirSync(project.path('.agentfs'));
    symlinkSync(outside.dir, project.path('.agentfs/work'));
    await using afs = project.open();
    await expect(afs.workspace.create('w')).rejects.toMatchObject({ code: 'STORE_UNSAFE' });
    expect(outside.list()).toEqual([]);
  });

  it('is refused on the way from the base to a store that is named', async () => {
    const outside = new TestProject();
    const project = new TestProject();
    symlinkSync(outside.dir, project.path('data'));
    const options = { databasePath: 'data/store.db' };
    expect(await refusal(project.dir, options)).toMatchObject({
      code: 'STORE_UNSAFE',
      path: project.path('data'),
    });
    expect(outside.list()).toEqual([]);
  });

  it('above a store outside of the base is the user’s own affair', async () => {
    const [outside, project] = [new TestProject({ 'real/': '' }), new TestProject()];
    symlinkSync('real', outside.path('data'));
    expect(await refusal(project.dir, { databasePath: outside.path('data/store.db') })).toBe(
      undefined,
    );
    expect(outside.has('real/store.db')).toBe(true);
  });

  it('is not followed by completion', async () => {
    const project = await closedProject();
    const elsewhere = new TestProject();
    symlinkSync(project.path('.agentfs'), elsewhere.path('.agentfs'));
    expect(() => readNames(elsewhere.dir)).toThrow(
      expect.objectContaining({ code: 'STORE_UNSAFE' }),
    );
    expect(readNames(project.dir).workspaces.map(({ name }) => name)).toEqual(['w']);
  });
});

describe.runIf(isRoot)('what belongs to another user', () => {
  it.each(PLACES)('is refused at .agentfs%s, with what to type', async (place) => {
    const project = await closedProject();
    const path = project.path(`.agentfs${place}`);
    if (!existsSync(path)) project.write(`.agentfs${place}`, '');
    lchownSync(path, OTHER, OTHER);
    expect(await refusal(project.dir)).toMatchObject({
      code: 'STORE_UNSAFE',
      path,
      hint: expect.stringContaining(`sudo chown -R 0 '${path}'`),
      details: { owner: OTHER, user: 0 },
    });
    spawnSync('chown', ['-R', '0', project.path('.agentfs')]);
    expect(await refusal(project.dir)).toBe(undefined);
  });

  it('is refused to an ordinary user too', async () => {
    const project = await closedProject();
    chmodSync(project.dir, 0o755);
    process.seteuid?.(OTHER);
    try {
      const error = await refusal(project.dir, new Config() as never);
      expect(error).toMatchObject({ code: 'STORE_UNSAFE', details: { owner: 0, user: OTHER } });
    } finally {
      process.seteuid?.(0);
    }
  });

  it('may be the project itself', async () => {
    const project = new TestProject({ 'a.txt': 'a\n' });
    spawnSync('chown', ['-R', String(OTHER), project.dir]);
    await using afs = project.open();
    await afs.workspace.create('w');
    expect(statSync(project.path('.agentfs')).uid).toBe(0);
  });
});

describe('files of the store', () => {
  /** The modes of the directory and of all in it, while the store is open. */
  async function modesOf(project: TestProject, options: AgentFSOptions = {}) {
    await using afs = project.open(options);
    await (await afs.workspace.temp()).writeFile('b.txt', 'b');
    const store = options.databasePath ?? project.path('.agentfs/agentfs.db');
    const paths = [store, `${store}-wal`, `${store}-shm`];
    if (options.databasePath === undefined) paths.unshift(dirname(store));
    return paths.map((path) => (statSync(path).mode & 0o777).toString(8));
  }

  it('can be read by nobody else, whatever the umask and the directory', async () => {
    const before = process.umask(0);
    onTestFinished(() => void process.umask(before));
    expect(await modesOf(new TestProject())).toEqual(['700', '600', '600', '600']);
    const made = new TestProject({ '.agentfs/': '' });
    chmodSync(made.path('.agentfs'), 0o755);
    expect(await modesOf(made)).toEqual(['700', '600', '600', '600']);
    const outside = new TestProject();
    chmodSync(outside.dir, 0o755);
    const databasePath = outside.path('store.db');
    expect(await modesOf(new TestProject(), { databasePath })).toEqual(['600', '600', '600']);
    expect(statSync(outside.dir).mode & 0o777).toBe(0o755);
  });

  it('are closed to others when an earlier version has left them open', async () => {
    const project = await closedProject();
    chmodSync(project.path('.agentfs/agentfs.db'), 0o644);
    chmodSync(project.path('.agentfs'), 0o755);
    rmSync(project.path('.agentfs/agentfs.db-wal'), { force: true });
    expect(await modesOf(project)).toEqual(['700', '600', '600', '600']);
    const databasePath = project.path('.agentfs/agentfs.db');
    chmodSync(databasePath, 0o664);
    expect(await modesOf(new TestProject(), { databasePath })).toEqual(['600', '600', '600']);
  });

  it.runIf(isRoot)('can be read on a mount that lets nobody change their modes', async () => {
    const { project, afs } = await setUp({ 'a.txt': 'a\n' });
    const url = JSON.stringify(await bundledLibrary());
    const script = `
      const { AgentFS } = await import(${url});
      const afs = new AgentFS(${JSON.stringify(project.dir)});
      console.log(await (await afs.workspace.get('w')).readText('a.txt'));
      await afs.close();`;
    // Open here, so that its log is there; SQLite could not make one.
    for (const [path, mode] of [['', 0o755] as const, ['/agentfs.db', 0o644] as const]) {
      chmodSync(project.path(`.agentfs${path}`), mode);
    }
    const mounts = `mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && exec "$2" --input-type=module -e "$3"`;
    const args = ['-m', 'sh', '-c', mounts, 'sh', project.dir, process.execPath, script];
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['a\n\n', '']);
    await afs.close();
  });
});

/** The repository of a workspace: its own, taken back with the files, and not lost unasked. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StrategyName } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { GIT_IDENTITY as IDENTITY } from '../support/plain-copy.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';

/** What git says of a repository and its files. */
const LOOK =
  'git status --porcelain --branch; git log --all --format="%H %D" ; git stash list --format=%s;' +
  ' git fsck --no-dangling; find . -path ./.git -prune -o -path ./.agentfs -prune -o -type f -print' +
  ' | LC_ALL=C sort | xargs cksum';

function repository(): TestProject {
  const project = new TestProject({
    '.gitignore': 'build/\n',
    'a.txt': 'a\n',
    'build/out': 'out\n',
    'lib/b.txt': 'b\n',
  });
  const git = (...args: readonly string[]): void => {
    execFileSync('git', args, {
      cwd: project.dir,
      env: { ...process.env, ...IDENTITY },
      stdio: 'ignore',
    });
  };
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return project;
}

/** The tests of one strategy. */
function describeGit(strategy: StrategyName): void {
  describe(`git with the ${strategy} strategy`, () => {
    it('does what it does in a plain copy', async () => {
      const project = repository();
      const copy = temporaryDirectory();
      cpSync(project.dir, copy, { recursive: true });
      const workspace = await project.open().workspace.create('w');
      const commands = [
        'git checkout -q -b topic && echo 2 >> a.txt && git commit -qam second',
        'echo 3 > lib/c.txt && git add . && git stash -q && git checkout -q main',
        'echo m > m.txt && git add . && git commit -qm third && git rebase -q main topic',
        'git stash pop -q && rm -r build && git gc -q --prune=now && git tag done',
        'git checkout -q main && git branch -D topic -q && git reflog expire --all --expire=now',
      ];
      for (const command of commands) {
        const env = { ...process.env, ...IDENTITY };
        const plain = spawnSync('sh', ['-c', `${command}; ${LOOK}`], { cwd: copy, env });
        const ran = await workspace.run(`${command}; ${LOOK}`, { strategy, env: IDENTITY });
        expect(ran.stdout).toBe(plain.stdout.toString());
        expect(ran.exitCode).toBe(plain.status);
      }
      expect(execFileSync('git', ['branch'], { cwd: project.dir }).toString()).toBe('* main\n');
    });

    it('is not lost by deleting the workspace, unless that is forced', async () => {
      const project = repository();
      const afs = project.open();
      const workspace = await afs.workspace.create('w');
      await workspace.run('git checkout -q -b same && git checkout -q main', { strategy });
      await afs.workspace.delete('w', { force: false }).then(
        () => expect.unreachable('a branch is lost'),
        (error: unknown) => expect(error).toMatchObject({ details: { unsaved: ['branch same'] } }),
      );
      const command =
        'git branch -q -D same && git commit -q --allow-empty -m notes && git tag v1 &&' +
        ' echo x > a.txt && git stash -q';
      await workspace.run(command, { strategy, env: IDENTITY });
      await expect(afs.workspace.delete('w', { force: false })).rejects.toMatchObject({
        code: 'WORKSPACE_DIRTY',
        details: { unsaved: ['branch main', 'stash@{0}', 'tag v1'] },
      });
      // The names are gone, and only their logs know the commits.
      const forget = 'git stash drop -q && git tag -d v1 > /dev/null && git reset -q --hard HEAD~1';
      await workspace.run(forget, { strategy, env: IDENTITY, check: true });
      await expect(afs.workspace.delete('w', { force: false })).rejects.toMatchObject({
        details: { unsaved: [expect.stringMatching(/^commit [0-9a-f]{7} \(notes\)$/)] },
      });
      await workspace.run('git reflog expire --all --expire=now', { strategy, check: true });
      await afs.workspace.delete('w', { force: false });
      const other = await afs.workspace.create('other');
      await other.run('git commit -q --allow-empty -m notes', { strategy, env: IDENTITY });
      await afs.workspace.delete('other', { force: true });
    });

    it('commits, branches and stashes of submodules and repositories within are not lost', async () => {
      const project = new TestProject({ '.gitignore': 'inner/\n', 'inner/x.txt': 'x\n' });
      const script =
        'cd inner && git init -q -b main && git add . && git commit -qm inner && cd .. &&' +
        ' git init -q -b main && git -c protocol.file.allow=always submodule --quiet add' +
        ' ./inner lib/sub && git add . && git commit -qm outer';
      execFileSync('sh', ['-c', script], {
        cwd: project.dir,
        env: { ...process.env, ...IDENTITY },
      });
      const afs = project.open();
      const workspace = await afs.workspace.create('w');
      const run = async (command: string): Promise<string> =>
        (await workspace.run(command, { strategy, env: IDENTITY, check: true })).stdout;
      const unsaved = async (): Promise<unknown> =>
        await afs.workspace.delete('w', { force: false }).then(
          () => expect.unreachable('something is lost'),
          ({ details }) => details['unsaved'],
        );
      expect(await run('cd lib/sub && git status --porcelain --branch')).toBe(
        '## main...origin/main\n',
      );
      await run('cd lib/sub && echo y >> x.txt && git commit -qam sub && git checkout -qb more');
      expect(await unsaved()).toEqual(['branch main of lib/sub', 'branch more of lib/sub']);
      await run(
        'cd lib/sub && git checkout -q main && git branch -qD more && git reset -q --hard @~1',
      );
      expect(await unsaved()).toEqual([
        expect.stringMatching(/^commit [0-9a-f]{7} \(sub\) of lib\/sub$/),
      ]);
      await run('cd lib/sub && git reflog expire --all --expire=now');
      // What was cloned is elsewhere, too.
      await run('git clone -q --no-hardlinks inner clone && cd clone && git checkout -q HEAD');
      await run('cd inner && echo z > z.txt && git add . && git stash -q');
      expect(await unsaved()).toEqual(['stash@{0} of inner']);
      await run('cd inner && git stash drop -q && cd ../clone && git commit -q --allow-empty -m 1');
      expect(await unsaved()).toEqual(['branch main of clone']);
    });
  });
}

describeGit('directory');

await describeOverlay('standard', 'in an overlay', () => {
  describeGit('overlay');

  it('works in a further worktree that lies in the project, and leaves that of the project alone', async () => {
    const project = repository();
    const git = (...args: readonly string[]): string =>
      execFileSync('git', ['-C', project.path('build/tree'), ...args]).toString();
    execFileSync('git', ['worktree', 'add', '-q', 'build/tree', '-b', 'side'], {
      cwd: project.dir,
    });
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const command =
      'cd build/tree && echo s > a.txt && git commit -qam side && git log --format=%s';
    const { stdout } = await workspace.run(command, { env: IDENTITY, check: true });
    expect(stdout).toBe('side\nfirst\n');
    expect(git('log', '--format=%s')).toBe('first\n');
    await expect(afs.workspace.delete('w', { force: false })).rejects.toMatchObject({
      details: { unsaved: ['branch side'] },
    });
  });

  it('is taken back with the files, and a fork has that of its parent', async () => {
    const project = repository();
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const options = { env: IDENTITY };
    const before = (await workspace.run(LOOK, options)).stdout;
    await workspace.run('git checkout -q -b other && echo 2 > a.txt && git commit -qam 2', options);
    const after = (await workspace.run(LOOK, options)).stdout;
    const fork = await afs.workspace.create('fork', { fromWorkspace: 'w' });
    await workspace.snapshot.create('here');
    for (let step = (await workspace.history()).length; step > 0; step--) await workspace.undo();
    expect((await workspace.run(LOOK, options)).stdout).toBe(before);
    expect((await fork.run(LOOK, options)).stdout).toBe(after);
    await fork.run('rm -r .git build', options);
    const again = await afs.workspace.create('again', { fromSnapshot: 'w/here' });
    expect((await again.run(LOOK, options)).stdout).toBe(after);
    expect((await workspace.run(LOOK, options)).stdout).toBe(before);
  });

  it('status lists what is ignored in the workspace, not in the project', async () => {
    const workspace = await repository().open().workspace.create('w');
    const list = async () => (await workspace.status({ ignored: true })).ignored;
    expect(await list()).toEqual(['.git', 'build']);
    await workspace.run(
      'rm -r build && mkdir -p lib/build sub/build && touch lib/build/x sub/build/y',
    );
    expect(await list()).toEqual(['.git', 'lib/build', 'sub']);
    await workspace.run('true');
    expect(await list()).toEqual(['.git', 'lib/build', 'sub']);
  });
});

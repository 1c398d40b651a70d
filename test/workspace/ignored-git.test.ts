/** The repository of a workspace: its own, taken back with the files, and not lost unasked. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StrategyName } from '../../src/index.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';

const IDENTITY = {
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@a', GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@a' },
  ...{ GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z', GIT_CONFIG_GLOBAL: '/dev/null' },
};

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
      // The same commits are in the project now.
      const patch = await workspace.run(
        'git stash drop -q && git tag -d v1 > /dev/null && git reset -q --hard HEAD~1',
        { strategy, env: IDENTITY },
      );
      expect(patch.exitCode).toBe(0);
      await afs.workspace.delete('w', { force: false });
      const other = await afs.workspace.create('other');
      await other.run('git commit -q --allow-empty -m notes', { strategy, env: IDENTITY });
      await afs.workspace.delete('other', { force: true });
    });
  });
}

describeGit('directory');

await describeOverlay('standard', 'in an overlay', () => {
  describeGit('overlay');

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

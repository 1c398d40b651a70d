/** What the kernel's overlays do not do as other file systems, and the ways round that are documented. */

import { execFileSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOverlay, overlayBench } from '../support/overlay-host.ts';
import { listWorkspace, temporaryDirectory } from '../support/run-fixture.ts';

const IDENTITY = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];

/** The files of a bare repository with one commit. */
function bareRepository(): string {
  const directory = temporaryDirectory({ 'source/a.txt': 'a\n' });
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...IDENTITY, ...args], {
      cwd: join(directory, 'source'),
      stdio: 'pipe',
    }).toString();
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  git('clone', '--quiet', '--bare', '.', '../bare');
  return join(directory, 'bare');
}

await describeOverlay('standard', 'a repository that is versioned in the workspace', () => {
  it.each([
    ['clone --no-hardlinks', 'git clone --quiet --no-hardlinks repository copy'],
    ['clone of its address', 'git clone --quiet "file://$PWD/repository" copy'],
    [
      'submodule add of its address',
      'git init --quiet && git -c protocol.file.allow=always submodule --quiet add "file://$PWD/repository" copy',
    ],
  ])('can be cloned by %s', async (_, command) => {
    const source = bareRepository();
    const base = temporaryDirectory();
    cpSync(source, join(base, 'repository'), { recursive: true });
    const { core, run } = await overlayBench({}, undefined, base);
    const result = await run(`${command} && cat copy/a.txt`);
    expect(result, result.stderr).toMatchObject({ exitCode: 0, stdout: 'a\n' });
    expect(listWorkspace(core)).toMatchObject({ 'copy/a.txt': '644 a\n' });
  });
});

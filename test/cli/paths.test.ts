/** Paths that commands take: after `--` and as `--include`, from where the caller stands. */

import { describe, expect, it } from 'vitest';
import { type CliProject, cliProject } from '../support/cli.ts';

const FILES = {
  'README.md': 'r\n',
  'src/README.md': 'r\n',
  'src/a.ts': 'a\n',
  'docs/b.md': 'b\n',
};

/** A project whose workspace has changed every file. */
async function changed(): Promise<CliProject> {
  const project = await cliProject(FILES);
  const workspace = await project.open().workspace.get('w');
  for (const path of Object.keys(FILES)) await workspace.writeFile(path, 'changed\n');
  return project;
}

describe('paths after --', () => {
  it('narrow status and diff, from where the caller stands', async () => {
    const project = await changed();
    const here = { cwd: project.path('src') };
    const status = (...paths: string[]): Promise<string> =>
      project.ok(['status', 'w', '--short', '--', ...paths], here);
    expect(await status('README.md')).toBe(' M src/README.md\n');
    expect(await status('..')).toBe(await project.ok(['status', 'w', '--short']));
    expect(await status('../docs', 'a.ts')).toBe(' M docs/b.md\n M src/a.ts\n');
    expect(await status('/README.md')).toBe(' M README.md\n');
    const diff = ['diff', '--name-only', '-w', 'w', '--', '../docs'];
    expect(await project.ok(diff, here)).toBe('docs/b.md\n');
    expect(await project.ok(['diff', '--name-only', 'w', '--', '*.md'])).toBe(
      'README.md\ndocs/b.md\nsrc/README.md\n',
    );
    const hint = await project.run(['diff', '-w', 'w', 'src']);
    expect(hint).toMatchObject({ status: 2, stderr: expect.stringContaining('diff -w w -- src') });
    const outside = await project.run(['status', 'w', '--', '../../x'], here);
    expect(outside).toMatchObject({ status: 2, stderr: expect.stringContaining('outside') });
    expect((await project.run(['status', 'w', 'x', '--', 'src'])).status).toBe(2);
  });

  it('commit a part, which log finds again', async () => {
    const project = await changed();
    await project.ok(['commit', '-w', 'w', '-m', 'One', '--', 'README.md']);
    expect(await project.ok(['status', 'w', '--short', '--', 'README.md'])).toBe('');
    expect(project.read('src/README.md')).toBe('r\n');
    await project.ok(['commit', 'w', '-m', 'Two', '--include', 'src', '--exclude', 'src/a.ts']);
    expect([project.read('src/README.md'), project.read('src/a.ts')]).toEqual(['changed\n', 'a\n']);
    const log = (...args: string[]): Promise<string> => project.ok(['log', '--oneline', ...args]);
    expect(await log('--', 'README.md')).toMatch(/^\w{12} One [^\n]*\n$/);
    expect((await log('--', 'README.md', 'src')).split('\n')).toHaveLength(3);
    const none = await project.run(['commit', 'w', '-m', 'x', '--', 'README.md']);
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('matches') });
  });

  it('restore a part of a snapshot, as one step', async () => {
    const project = await changed();
    await project.ok(['snapshot', 'create', 'w', '-n', 'all']);
    const workspace = await project.open().workspace.get('w');
    await workspace.writeFile('src/a.ts', 'later\n');
    await workspace.writeFile('src/new.ts', 'new\n');
    await workspace.writeFile('docs/b.md', 'later\n');
    const restore = ['snapshot', 'restore', 'w', 'all', '--force'];
    expect(await project.ok([...restore, '--dry-run', '--', 'src'])).toBe(
      'M src/a.ts\nD src/new.ts\n',
    );
    expect(await project.ok([...restore, '--', 'src'])).toBe('M src/a.ts\nD src/new.ts\n');
    expect(await workspace.readText('src/a.ts')).toBe('changed\n');
    expect(await workspace.readText('docs/b.md')).toBe('later\n');
    await project.ok(['undo', '-w', 'w']);
    expect(await workspace.readText('src/a.ts')).toBe('later\n');
  });
});

describe('a name', () => {
  it('of a workspace that is missing ends with 3, in diff too', async () => {
    const project = await cliProject(FILES);
    for (const args of [
      ['diff', '-w', 'nope'],
      ['status', '-w', 'nope'],
      ['log', '-n', 'x'],
    ]) {
      const { status } = await project.run(args);
      expect([args[0], status]).toEqual([args[0], args[0] === 'log' ? 2 : 3]);
    }
  });

  it('of a remote is an argument or an option of sync enable', async () => {
    const project = await cliProject(FILES);
    const url = `file:${project.path('../')}${project.home.split('/').at(-1)}/shared.db`;
    expect((await project.run(['sync', 'enable', 'w', url, '--turso-db', url])).status).toBe(2);
    await project.ok(['sync', 'enable', 'w', url]);
    expect(await project.json(['sync', 'status', 'w'])).toMatchObject({
      remoteUrl: url.replace('file:', 'file://'),
    });
  });
});

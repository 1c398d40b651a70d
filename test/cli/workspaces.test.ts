import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';

describe('agentfs workspace', () => {
  it('makes workspaces from the project, from each other and from snapshots', async () => {
    const project = new CliProject({ 'a.txt': 'a\n' });
    const first = await project.json([
      ...['workspace', 'create', 'first', '--tag', 'x,y', '--tags', 'z'],
      ...['--description', 'for the login', '--agent-id', 'robot'],
    ]);
    expect(first).toMatchObject({
      name: 'first',
      tags: ['x', 'y', 'z'],
      description: 'for the login',
      agentId: 'robot',
      parent: null,
      state: 'active',
    });
    const afs = project.open({ agentId: 'robot' });
    const workspace = await afs.workspace.get('first');
    await workspace.writeFile('a.txt', 'A\n');
    await workspace.snapshot.create('s');
    await workspace.writeFile('a.txt', 'AA\n');
    expect(await project.json(['workspace', 'create', 'b', '--from', 'first'])).toMatchObject({
      parent: 'first',
    });
    await project.ok(['workspace', 'create', 'c', '--from-snapshot', 'first/s', '--read-only']);
    expect(await (await afs.workspace.get('b')).readText('a.txt')).toBe('AA\n');
    expect(await (await afs.workspace.get('c')).readText('a.txt')).toBe('A\n');
    const both = ['workspace', 'create', 'd', '--from-snapshot', 's', '--from-workspace', 'b'];
    expect(await project.run(both)).toMatchObject({ status: 2 });
    for (const name of ['a/b', '../x', 'a b', '$(touch x)', '', 'x'.repeat(129)]) {
      expect(await project.run(['workspace', 'create', name]), name).toMatchObject({ status: 2 });
    }
    expect(project.list()).toEqual(['a.txt']);
  });

  it('lists those that match, and shows one with its files and figures', async () => {
    const project = await cliProject({ 'src/a.txt': 'a\n', 'b.txt': 'b\n' });
    const afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('new.txt', 'new\n');
    await workspace.snapshot.create('s');
    const old = await afs.workspace.create('old-1', { tags: ['done'] });
    await old.update({ state: 'archived' });
    const names = async (...more: string[]): Promise<unknown> =>
      ((await project.json(['workspace', 'list', ...more])) as { name: string }[]).map(
        (each) => each.name,
      );
    expect(await names()).toEqual(['w']);
    expect(await names('--show-archived')).toEqual(['w', 'old-1']);
    expect(await names('--show-archived', '--filter', 'old-*', '--tag', 'done')).toEqual(['old-1']);
    expect(await names('--older-than', '1')).toEqual([]);
    expect(await names('--older-than', '0s')).toEqual(['w']);

    const shown = await project.ok(['workspace', 'show', 'w', '--tree', '--stats']);
    expect(shown).toContain(
      'Contents:    3 files, 1 directory, 8 B\nChanges:     1 path; 1 snapshot\n',
    );
    expect(shown).toContain('├── b.txt\n├── new.txt\n└── src/\n    └── a.txt\n');
    expect(await project.json(['workspace', 'show', 'w', '--tree', '--stats'])).toMatchObject({
      name: 'w',
      stats: { files: 3, directories: 1, bytes: 8, changes: 1, snapshots: 1 },
      files: [{ path: 'b.txt', kind: 'file', size: 2 }, {}, {}, {}],
    });
  });

  it('renames, and remembers which one is in use', async () => {
    const project = await cliProject();
    await project.ok(['workspace', 'use', 'w']);
    expect(await project.ok(['status', '--porcelain'])).toBe('');
    await project.ok(['workspace', 'rename', 'w', 'login']);
    expect(await project.ok(['workspace', 'use'])).toBe('login\n');
    expect(await project.json(['status'])).toMatchObject({ workspace: 'login' });
    await project.ok(['workspace', 'create', 'other']);
    const other = { env: { AGENTFS_WORKSPACE: 'other' } };
    expect(await project.json(['status'], other)).toMatchObject({ workspace: 'other' });
    expect(await project.json(['status', '-w', 'login'], other)).toMatchObject({
      workspace: 'login',
    });
    expect(await project.run(['workspace', 'use', 'none'])).toMatchObject({ status: 3 });
    expect(await project.json(['workspace', 'use', '--none'])).toEqual({ workspace: null });
    const unnamed = await project.run(['status']);
    expect(unnamed).toMatchObject({ status: 2 });
    expect(unnamed.stderr).toMatch(/^error: No workspace is named\.\nhint: .*: login, other\.\n$/);
    expect((await (await cliProject()).run(['status'])).stderr).toContain(
      'hint: Name it with -w w, or once for all with agentfs workspace use w.\n',
    );
    const elsewhere = await new CliProject().run(['status']);
    expect(elsewhere).toMatchObject({ status: 1 });
    expect(elsewhere.stderr).toContain('agentfs init');
  });

  it('changes settings, each on its own, and shows them', async () => {
    const project = await cliProject();
    const config = (...more: string[]): Promise<unknown> =>
      project.json(['workspace', 'config', 'w', ...more]);
    expect(
      await config(
        '--description',
        'new',
        '--tag',
        'a',
        '--owner',
        'me',
        '--expires',
        '2099-01-31',
      ),
    ).toMatchObject({
      description: 'new',
      tags: ['a'],
      owner: 'me',
      expires: '2099-01-31T00:00:00.000Z',
    });
    expect(await config('--max-memory', '512MB', '--max-runtime', '10m')).toMatchObject({
      limits: { memoryBytes: 512 * 1024 ** 2, runtimeMs: 600_000 },
    });
    expect(
      await config('--max-cpu', '90s', '--max-processes', '9', '--sandbox-profile', 'none'),
    ).toMatchObject({
      description: 'new',
      sandbox: 'none',
      limits: { memoryBytes: 512 * 1024 ** 2, runtimeMs: 600_000, cpuSeconds: 90, processes: 9 },
    });
    expect(await config('--max-memory', 'none', '--max-cpu', 'none')).toMatchObject({
      limits: { runtimeMs: 600_000, processes: 9 },
    });
    const cleared = await config(
      '--expires',
      'never',
      '--owner',
      '',
      '--sandbox-profile',
      'default',
    );
    expect(cleared).toMatchObject({ expires: null, owner: null, sandbox: null });
    expect(cleared).not.toHaveProperty('limits.memoryBytes');
    expect(await project.ok(['workspace', 'config', 'w'])).toContain('description: new\n');
    for (const wrong of [
      ['--expires', 'tomorrow'],
      ['--read-only', 'perhaps'],
      ['--max-memory', 'much'],
      ['--max-processes', '-1'],
    ]) {
      expect(await project.run(['workspace', 'config', 'w', ...wrong])).toMatchObject({
        status: 2,
      });
    }
  });

  it('freezes, and refuses what may not be changed with 4', async () => {
    const project = await cliProject({ 'a.txt': 'a' });
    await project.ok(['workspace', 'freeze', 'w']);
    const refused = await project.run(['commit', 'w', '-m', 'x']);
    expect(refused).toMatchObject({ status: 4 });
    expect(refused.stderr).toContain('agentfs workspace unfreeze');
    await project.ok(['workspace', 'unfreeze', 'w']);
    await project.ok(['workspace', 'config', 'w', '--read-only', 'true', '--agent-id', 'robot']);
    expect(await project.run(['rebase', 'w'])).toMatchObject({ status: 4 });
    expect(
      await project.run(['workspace', 'config', 'w', '--read-only', 'false'], {
        env: { AGENTFS_AGENT_ID: 'somebody' },
      }),
    ).toMatchObject({ status: 4 });
  });

  it('merges workspaces, and says where they disagree', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const afs = project.open();
    const other = await afs.workspace.create('other');
    await other.writeFile('new.txt', 'new\n');
    expect(await project.ok(['workspace', 'merge', 'other', 'w'])).toBe('A new.txt\n');
    await other.writeFile('a.txt', 'other\n');
    await (await afs.workspace.get('w')).writeFile('a.txt', 'w\n');
    const refused = await project.run(['workspace', 'merge', 'other', 'w']);
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('conflict: a.txt (both-modified)');
    const merged = await project.json(['workspace', 'merge', 'other', 'w', '--strategy', 'theirs']);
    expect(merged).toMatchObject({ workspace: 'w', conflicts: [{ path: 'a.txt' }] });
    expect(await (await afs.workspace.get('w')).readText('a.txt')).toBe('other\n');
  });

  it('deletes what is clean, and what has changes only with --force', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const afs = project.open();
    await (await afs.workspace.get('w')).writeFile('a.txt', 'b\n');
    await afs.workspace.create('clean');
    const dirty = await project.run(['workspace', 'delete', 'w']);
    expect(dirty).toMatchObject({ status: 1 });
    expect(dirty.stderr).toContain('--force');
    expect(await project.ok(['workspace', 'delete', 'w', '--force', '--dry-run'])).toBe('w\n');
    const bulk = await project.json(['workspace', 'delete', '--older-than', '0s', '-y']);
    expect(bulk).toEqual({ dryRun: false, deleted: ['clean'], kept: ['w'] });
    await project.ok(['workspace', 'delete', 'w', '--force', '-y']);
    expect(await project.ok(['workspace', 'list'])).toBe('');
    expect(await project.run(['workspace', 'delete', 'w'])).toMatchObject({ status: 3 });
  });
});

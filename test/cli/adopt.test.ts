/** A project that came with a store, on the command line. */

import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CliProject } from '../support/cli.ts';
import { editStore, newHome } from '../support/other-home.ts';
import { setUp } from '../support/test-project.ts';

const LINE = 'warning: This store was not made or adopted by you';

/** A project whose store somebody else has made, with a workspace `w` and whatever `edit` does. */
async function foreignProject(...edit: readonly string[]): Promise<CliProject> {
  const project = new CliProject({ 'a.txt': 'a\n' });
  const theirs = { env: { HOME: newHome() } };
  await project.ok(['workspace', 'create', 'w'], theirs);
  await project.ok(
    ['sync', 'enable', '-w', 'w', '--turso-db', 'file:r.db', '--token', 'env:X'],
    theirs,
  );
  editStore(project, ...edit);
  return project;
}

describe('a store that came along', () => {
  it('is told of in one line by every call that opens it, until it is adopted', async () => {
    const project = await foreignProject(`UPDATE workspaces SET sandbox = 'none'`);
    for (const args of [
      ['status', '-w', 'w'],
      ['run', '-w', 'w', 'true'],
      ['--quiet', 'log'],
    ]) {
      const { status, stderr } = await project.run(args);
      expect(status).toBe(0);
      expect(stderr.split('\n').filter((line) => line.startsWith('warning:'))).toEqual([
        `${LINE}; switched off: 1 sandbox setting, 1 remote. See agentfs adopt.`,
      ]);
    }
    await project.ok(['adopt', '--yes']);
    expect((await project.run(['status', '-w', 'w'])).stderr).not.toContain('warning:');
  });

  it('cannot hide that by the configuration that came with it', async () => {
    const project = await foreignProject();
    project.write('.agentfs/config.toml', '[logging]\nlevel = "error"\n');
    expect((await project.run(['status', '-w', 'w'])).stderr).toContain(LINE);
  });

  it('runs no hook scripts of the user', async () => {
    const project = await foreignProject();
    const config = join(project.home, '.config', 'agentfs');
    await project.ok(['config', 'set', 'hooks.pre_command', `touch '${config}/ran'`]);
    const first = await project.run(['run', '-w', 'w', 'true']);
    expect([first.status, first.stderr]).toEqual([0, expect.stringContaining('hook scripts,')]);
    expect(() => readFileSync(join(config, 'ran'))).toThrow();
    await project.ok(['adopt', '--yes']);
    await project.ok(['run', '-w', 'w', 'true']);
    expect(readFileSync(join(config, 'ran'), 'utf8')).toBe('');
  });

  it('has a remote that says why it is not used', async () => {
    const project = await foreignProject();
    const { status, stderr } = await project.run(['sync', 'push', '-w', 'w']);
    expect(status).toBe(4);
    expect(stderr).toContain(
      'hint: See what came with the project, and trust it, with agentfs adopt.',
    );
    const json = await project.run(['--json', 'sync', 'pull', '-w', 'w']);
    expect(json.stderr).toContain('"code":"NOT_TRUSTED"');
  });

  it('keeps nobody from a workspace in use by a link', async () => {
    const project = await foreignProject();
    const { project: outside } = await setUp({ secret: 'canary\n' });
    symlinkSync(outside.path('secret'), project.path('.agentfs/workspace'));
    const { status, stdout, stderr } = await project.run(['status']);
    expect([status, stdout]).toEqual([4, '']);
    expect(stderr).toContain('is a symbolic link');
    expect(stderr).not.toContain('canary');
  });
});

describe('agentfs adopt', () => {
  it('shows what there is, and takes nothing over without being told', async () => {
    const project = await foreignProject(
      `UPDATE workspaces SET sandbox = 'none', limits = '{"processes":3}'`,
      `UPDATE remotes SET url = 'http://127.0.0.1:9/' || char(27) || '[31m'`,
    );
    const shown = [
      'The store: hook scripts do not run here.',
      'Workspace w: sandbox none, processes 3.',
      String.raw`Workspace w: remote http://127.0.0.1:9/\x1b[31m, token from env:X.`,
      '',
    ].join('\n');
    expect(await project.ok(['adopt', '--dry-run'])).toBe(shown);
    const refused = await project.run(['adopt']);
    expect([refused.status, refused.stdout]).toEqual([1, shown]);
    expect(refused.stderr).toContain('hint: Check it with --dry-run, then adopt it with --yes.');
    expect(await project.json(['workspace', 'show', 'w'])).toMatchObject({
      sandbox: null,
      limits: { processes: 3 },
    });
    const { stdout, stderr } = await project.run(['adopt', '--yes']);
    expect([stdout, stderr]).toEqual([shown, expect.stringContaining('The store is trusted.\n')]);
    expect(await project.json(['workspace', 'show', 'w'])).toMatchObject({ sandbox: 'none' });
    const again = await project.run(['adopt']);
    expect(again).toEqual({ status: 0, stdout: '', stderr: 'The store is trusted.\n' });
  });

  it('speaks JSON', async () => {
    const project = await foreignProject();
    const found = {
      ...{ adopted: false, lasts: true, settings: [], commits: [] },
      remotes: [
        {
          ...{ workspace: 'w', url: `file://${project.path('r.db')}`, token: 'env:X' },
          ...{ encryptionKey: '', mode: null },
        },
      ],
    };
    expect(await project.json(['adopt', '--dry-run'])).toEqual(found);
    const { status, stderr } = await project.run(['--json', 'adopt']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('"code":"NOT_CONFIRMED"')]);
    expect(await project.json(['adopt', '--yes'])).toEqual({ ...found, adopted: true });
    expect(await project.json(['adopt'])).toEqual({
      ...{ adopted: true, lasts: true, settings: [], remotes: [], commits: [] },
    });
  });

  it('is not needed in a container for each call, but lasts as long as its home', async () => {
    const project = new CliProject({ 'a.txt': 'a\n' });
    for (const day of ['one', 'two', 'three']) {
      const own = { env: { HOME: newHome() } };
      await project.ok(['workspace', 'create', day], own);
      await project.ok(['run', '-w', day, '--shell', `echo ${day} > ${day}.txt`], own);
      await project.ok(['commit', '-w', day, '-m', day], own);
      expect(project.read(`${day}.txt`)).toBe(`${day}\n`);
      await project.ok(['adopt', '--yes'], own);
      expect((await project.run(['log'], own)).stderr).toBe('');
    }
  });

  it('says when it cannot last', async () => {
    const project = await foreignProject();
    const env = { XDG_CONFIG_HOME: '/proc' };
    const { status, stderr } = await project.spawn(['adopt', '--yes'], { env });
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('your home cannot keep a secret. Set XDG_CONFIG_HOME'),
    ]);
    expect((await project.spawn(['log'], { env })).stderr).toContain(LINE);
  });
});

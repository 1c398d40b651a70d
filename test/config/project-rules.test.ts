import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';

let directory: string;
let base: string;
let home: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-project-'));
  base = join(directory, 'base');
  home = join(directory, 'home');
  mkdirSync(join(base, '.agentfs'), { recursive: true });
  mkdirSync(join(home, '.config/agentfs'), { recursive: true });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function load(project: string, user = ''): Config {
  writeFileSync(join(base, '.agentfs/config.toml'), project);
  writeFileSync(join(home, '.config/agentfs/config.toml'), user);
  return Config.load(undefined, { home, base });
}

it.each([
  ['hooks.pre_commit', '"touch /tmp/x"'],
  ['hooks.post_workspace_create', '"touch /tmp/x"'],
  ['ui.pager', '"sh -c x"'],
  ['logging.log_file', '"/tmp/x"'],
  ['core.default_base', '"/"'],
  ['sync.turso.token_file', '"/etc/passwd"'],
  ['sync.turso.token', '"env:AWS_SECRET_ACCESS_KEY"'],
  ['sync.turso.default_database', '"libsql://elsewhere.example"'],
  ['sync.turso.organization', '"elsewhere"'],
  ['security.trust_project_hooks', 'true'],
  ['core.audit_retention_days', '1'],
  ['storage.backend', '"memory"'],
  ['storage.database_path', '"../other.db"'],
  ['storage.database_path', '"/tmp/other.db"'],
  ['storage.database_path', '"a/../../other.db"'],
  ['security.confirm_destructive', 'false'],
  ['security.allow_symlinks', 'true'],
  ['core.audit_enabled', 'false'],
  ['runner.ignored', '"link"'],
  ['sandbox.profile', '"none"'],
])('leaves %s = %s of the project out and says so', (name, value) => {
  const config = load(`${name} = ${value}`);
  expect(config.get(name)).toEqual(Config.default().get(name));
  expect(config.validate()).toEqual([
    expect.objectContaining({
      severity: 'warning',
      key: name,
      source: expect.stringMatching(/:1:1$/),
    }),
  ]);
});

it.each([
  ['storage.database_path', '".agentfs/other.db"', '.agentfs/other.db'],
  ['security.allow_symlinks', 'false', false],
  ['security.allow_workspace_binaries', 'false', false],
  ['security.audit_all_reads', 'true', true],
  ['sandbox.profile', '"restricted"', 'restricted'],
  ['limits.processes', '10', 10],
  ['ignore.patterns', '["*.log"]', ['*.log']],
])('obeys %s = %s of the project', (name, text, value) => {
  const config = load(`${name} = ${text}`);
  expect(config.get(name)).toEqual(value);
  expect(config.validate()).toEqual([]);
});

it('lets the project tighten but never loosen what the user chose', () => {
  const user = '[security]\nallow_symlinks = true\naudit_all_reads = true\n[limits]\nprocesses = 5';
  const config = load(
    '[security]\nallow_symlinks = "inside"\naudit_all_reads = false\n[limits]\nprocesses = 6',
    user,
  );
  expect(config.get('security.allow_symlinks')).toBe('inside');
  expect(config.get('security.audit_all_reads')).toBe(true);
  expect(config.get('limits.processes')).toBe(5);
  expect(load('limits.processes = 4', user).get('limits.processes')).toBe(4);
});

it('refuses a store behind a symbolic link that leads out of the base', () => {
  symlinkSync(directory, join(base, 'link'));
  symlinkSync(join(directory, 'absent.db'), join(base, 'dangling.db'));
  mkdirSync(join(base, 'inner'));
  symlinkSync('inner', join(base, 'fine'));
  for (const path of ['link/x.db', 'dangling.db']) {
    expect(load(`storage.database_path = "${path}"`).get('storage.database_path')).toBeUndefined();
  }
  expect(load('storage.database_path = "fine/x.db"').get('storage.database_path')).toBe(
    'fine/x.db',
  );
});

it('lets the project set hooks only when the user has said so', () => {
  const hook = 'hooks.pre_commit = "npm test"\nsecurity.trust_project_hooks = true';
  const untrusted = load(hook);
  expect(untrusted.get('hooks.pre_commit')).toBeUndefined();
  expect(untrusted.validate()).toHaveLength(2);
  const trusting = load(hook, 'security.trust_project_hooks = true');
  expect(trusting.get('hooks.pre_commit')).toBe('npm test');
  const options = { trustProjectHooks: true };
  const config = Config.load(undefined, { home, base, options });
  expect(config.get('hooks.pre_commit')).toBe('npm test');
  const revoked = Config.load(undefined, {
    home,
    base,
    options: { security: { trustProjectHooks: false } },
  });
  expect(revoked.get('hooks.pre_commit')).toBeUndefined();
});

it('holds the rules in a profile of the project too, over what the user chose', () => {
  const user = '[profile.ci]\nsecurity.allow_symlinks = false\nlimits.processes = 5\n';
  const project =
    '[profile.ci]\nhooks.pre_commit = "touch x"\nsecurity.allow_symlinks = "inside"\n' +
    'limits.processes = 4\nsync.turso.token = "env:AWS_SECRET_ACCESS_KEY"\n';
  load(project, user);
  const config = Config.load(undefined, { home, base, profile: 'ci' });
  expect(config.get('hooks.pre_commit')).toBeUndefined();
  expect(config.get('security.allow_symlinks')).toBe(false);
  expect(config.get('limits.processes')).toBe(4);
  expect(config.get('sync.turso.token')).toBeUndefined();
  expect(config.validate().map(({ key }) => key)).toEqual([
    'hooks.pre_commit',
    'security.allow_symlinks',
    'sync.turso.token',
  ]);
});

it('never shows a token that the project sets', () => {
  const config = load('sync.turso.token = "secret-canary"');
  expect(config.get('sync.turso.token')).toBeUndefined();
  expect(config.validate()).toHaveLength(1);
  expect(JSON.stringify([config, config.validate()])).not.toContain('secret-canary');
});

it('does not let the project name the home directory', () => {
  const config = load('storage.database_path = "~/x.db"');
  expect(config.get('storage.database_path')).toBe('~/x.db');
});

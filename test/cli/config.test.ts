import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../src/index.ts';
import { CliProject } from '../support/cli.ts';

const CANARY = 'secret-canary';

let project: CliProject;
let userFile: string;

beforeEach(() => {
  project = new CliProject();
  userFile = join(project.home, '.config/agentfs/config.toml');
});

function writeFile(path: string, text: string, mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('config set', () => {
  it('loses nothing when several are at work, and waits for nobody who has died', async () => {
    writeFile(`${userFile}.lock`, '999999999');
    const settings = ['ui.pager', 'core.max_workspaces', 'network.timeout', 'cache-size'];
    const texts = ['cat', '7', '31', '100MB'];
    const all = settings.map((key, i) => project.spawn(['config', 'set', key, texts[i] ?? '']));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    for (const [i, key] of settings.entries()) {
      expect(await project.ok(['config', 'get', key])).toBe(`${texts[i]?.replace('MB', '')}\n`);
    }
    expect(existsSync(`${userFile}.lock`)).toBe(false);
  });

  it('writes to the file of the user what was typed, and keeps what is there', async () => {
    writeFile(userFile, '# Mine.\n[storage]\ncache_size_mb = 1 # small\n[future]\nkey = 1\n');
    const { status, stdout, stderr } = await project.run(['config', 'set', 'cache-size', '100MB']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain(`Set storage.cache_size_mb to 100 in ${userFile}`);
    expect(readFileSync(userFile, 'utf8')).toBe(
      '# Mine.\n[storage]\ncache_size_mb = 100 # small\n[future]\nkey = 1\n',
    );
    expect(await project.ok(['config', 'get', 'cache-size'])).toBe('100\n');
    expect(await project.json(['config', 'get', 'cacheSize'])).toEqual({
      key: 'cacheSize',
      value: 100,
      source: `${userFile}:3:1`,
    });
  });

  it('takes options of several settings at once', async () => {
    const args = [
      'config',
      'set',
      '--cache-size',
      '1GB',
      '--audit-retention=90d',
      '--ignore',
      '*.log,tmp/',
    ];
    expect(await project.json(args)).toEqual({
      file: userFile,
      set: {
        'storage.cache_size_mb': 1024,
        'core.audit_retention_days': 90,
        'ignore.patterns': ['*.log', 'tmp/'],
      },
    });
    expect(await project.ok(['config', 'get', 'ignore'])).toBe('*.log,tmp/\n');
  });

  it.each([
    [['cachsize', '5'], 'Did you mean storage.cache_size_mb?'],
    [['cache-size', 'big'], 'must be a whole number from 0 to 65536 (MB), not "big"'],
    [['--cache-size'], 'cache-size needs a value'],
    [['ignore', 'a', 'b'], 'takes one value'],
    [['--ignore', 'a', 'b'], "'b' is no --key"],
    [[], 'No setting is named'],
    [['--profile', 'ci', 'cache-size', '5'], 'cannot be changed with this command'],
    [['--project', 'cache-size', '5'], 'is not set up in'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await project.run(['config', 'set', ...args]);
    expect(stderr).toContain(message);
    expect(status).toBe(message === 'is not set up in' ? 1 : 2);
    expect(existsSync(userFile)).toBe(false);
  });

  it('sets for the project what the project may set, and nothing else', async () => {
    await project.ok(['init']);
    const file = project.path('.agentfs/config.toml');
    const set = (...args: string[]) => project.run(['config', 'set', '--project', ...args]);
    expect((await set('max-workspaces', '5')).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('[core]\nmax_workspaces = 5\n');
    const hook = await set('hooks.pre_commit', 'true');
    expect(hook.status).toBe(2);
    expect(hook.stderr).toContain('cannot be set by a file of the project');
    expect((await set('security.allow_symlinks', 'true')).stderr).toContain('would weaken');
    expect(readFileSync(file, 'utf8')).toBe('[core]\nmax_workspaces = 5\n');
  });

  it('tells of what is set otherwise in a stronger place', async () => {
    const { stderr } = await project.run(['config', 'set', 'cache-size', '5'], {
      env: { AGENTFS_CACHE_SIZE: '6' },
    });
    expect(stderr).toContain('AGENTFS_CACHE_SIZE overrides');
  });

  it('reads a secret from its input, and warns of one that others could see', async () => {
    const read = await project.run(['config', 'set', 'sync.turso.token', '-'], {
      input: `${CANARY}\n`,
    });
    expect(read).toMatchObject({ status: 0, stderr: expect.not.stringContaining('warning') });
    expect(readFileSync(userFile, 'utf8')).toContain(CANARY);
    expect(statSync(userFile).mode & 0o777).toBe(0o600);
    const typed = await project.run(['config', 'set', 'sync.turso.token', CANARY]);
    expect(typed.stderr).toContain('list of processes');
    const named = await project.run(['config', 'set', 'sync.turso.token', 'env:MINE']);
    expect(named.stderr).not.toContain('warning');
    for (const { stdout, stderr } of [read, typed]) expect(stdout + stderr).not.toContain(CANARY);
  });

  it('changes the file that is named', async () => {
    const path = join(project.home, 'other.toml');
    await project.ok(['-c', path, 'config', 'set', 'ui.pager', 'more']);
    expect(readFileSync(path, 'utf8')).toBe('[ui]\npager = "more"\n');
    expect(existsSync(userFile)).toBe(false);
  });
});

describe('config list and show', () => {
  it('tell every value and where it comes from, and no secret', async () => {
    writeFile(
      userFile,
      `[sync.turso]\ntoken = "${CANARY}"\n[profile.ci]\nlogging.level = "debug"\n`,
    );
    const env = { AGENTFS_CACHE_SIZE: '7', AGENTFS_PROFILE: 'ci' };
    const list = await project.ok(['config', 'list', '--changed'], { env });
    expect(list.split('\n').sort()).toEqual([
      '',
      `logging.level\tdebug\t${userFile}:4:1`,
      'storage.cache_size_mb\t7\tAGENTFS_CACHE_SIZE',
      `sync.turso.token\t[redacted]\t${userFile}:2:1`,
    ]);
    const all = await project.json(['config', 'list'], { env });
    expect(all).toHaveLength(Config.keys().length);
    expect(all).toContainEqual({
      key: 'core.max_workspaces',
      value: 100,
      default: 100,
      source: 'default',
      doc: expect.stringContaining('Workspaces'),
    });
    expect(JSON.stringify(all)).not.toContain(CANARY);
    const shown = await project.ok(['config', 'show', '--profile', 'ci']);
    expect(shown).toContain('[logging]\nlevel = "debug"\n');
    expect(shown).toContain('token = "[redacted]"');
    expect(await project.json(['config', 'show'])).toMatchObject({ logging: { level: 'info' } });
  });
});

describe('config validate', () => {
  it('finds mistakes, with their places, and ends with 2', async () => {
    expect(await project.run(['config', 'validate'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No problems found.\n',
    });
    writeFile(userFile, '[core]\nmax_workspace = 5\n[profile.x]\ncache_size = -1\n');
    const found = await project.run(['config', 'validate']);
    expect(found.status).toBe(2);
    expect(found.stdout).toContain(
      `${userFile}:2:1: warning: There is no configuration key core.max_workspace`,
    );
    expect(found.stdout).toContain('Did you mean core.max_workspaces?');
    expect(found.stdout).toContain(`${userFile}:4:1: error: storage.cache_size_mb must be`);
    writeFile(userFile, 'core.max_workspace = 5\n');
    expect((await project.run(['config', 'validate'])).status).toBe(0);
    expect((await project.run(['config', 'validate', '--strict'])).status).toBe(2);
  });

  it('tells of a file that is no TOML, or open to others, as of any mistake', async () => {
    const broken = writeFile(join(project.home, 'a.toml'), 'a = 1\nb = = 2\n');
    const { status, stdout } = await project.run(['--json', 'config', 'validate', broken]);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      issues: [{ severity: 'error', message: expect.stringContaining(`${broken}:2:5`) }],
    });
    writeFile(userFile, `sync.turso.token = "${CANARY}"\n`, 0o644);
    const open = await project.run(['config', 'validate']);
    expect(open).toMatchObject({ status: 2, stdout: expect.stringContaining('chmod 600') });
    expect(open.stdout + open.stderr).not.toContain(CANARY);
  });
});

describe('config export, import and reset', () => {
  it('carry settings to another file, without secrets, and take them away again', async () => {
    writeFile(userFile, `cache_size = 5\n[sync.turso]\ntoken = "${CANARY}"\n`);
    const exported = await project.ok(['config', 'export']);
    expect(exported).toBe('[storage]\ncache_size_mb = 5\n');
    expect(await project.json(['config', 'export'])).toEqual({ storage: { cache_size_mb: 5 } });
    const file = writeFile(join(project.home, 'team.toml'), exported.replace('5', '6'), 0o644);
    expect(await project.json(['config', 'import', file])).toEqual({
      file: userFile,
      imported: ['storage.cache_size_mb'],
    });
    expect(await project.ok(['config', 'get', 'cache-size'])).toBe('6\n');
    expect(await project.json(['config', 'reset', 'cache-size', 'ui.pager'])).toEqual({
      file: userFile,
      reset: ['cache-size'],
    });
    const left = readFileSync(userFile, 'utf8');
    expect(left).toContain(CANARY);
    expect(left).not.toContain('cache_size');
    expect((await project.run(['config', 'reset'])).stderr).toContain('Reset 1 setting');
    expect(readFileSync(userFile, 'utf8').trim()).not.toContain('token');
  });

  it('refuse what has no effect in the project, wholly', async () => {
    await project.ok(['init']);
    const file = writeFile(join(project.home, 'a.toml'), 'cache_size = 5\nui.pager = "evil"\n');
    const { status, stderr } = await project.run(['config', 'import', '--project', file]);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ui.pager'),
    });
    expect(project.has('.agentfs/config.toml')).toBe(false);
  });

  it('say what is wrong with what they are given', async () => {
    expect(await project.run(['config', 'import', '/nonexistent'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no configuration file /nonexistent'),
    });
    expect((await project.run(['config', 'reset', 'nothing'])).status).toBe(2);
    expect((await project.run(['config', 'get'])).status).toBe(2);
    expect((await project.run(['config', 'list', '--json', '--format', 'csv'])).status).toBe(2);
  });
});

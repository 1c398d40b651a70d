import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { KEYS } from '../../src/config/keys.ts';
import { ConfigError } from '../../src/primitives/errors.ts';

let directory: string;
let home: string;
let base: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-config-'));
  home = join(directory, 'home');
  base = join(directory, 'base');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const writeUserFile = (text: string): string =>
  write(join(home, '.config/agentfs/config.toml'), text);
const writeProjectFile = (text: string): string => write(join(base, '.agentfs/config.toml'), text);

function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

describe('values', () => {
  it('has the documented defaults when nothing is set', () => {
    const config = Config.default();
    expect(config.get('storage.cache_size_mb')).toBe(256);
    expect(config.get('core.max_workspaces')).toBe(100);
    expect(config.get('core.audit_enabled')).toBe(true);
    expect(config.get('sync.default_mode')).toBe('manual');
    expect(config.get('sync.periodic_interval')).toBe(300);
    expect(config.get('storage.database_path')).toBeUndefined();
    expect(config.source('core.max_workspaces')).toBe('default');
    expect(config.validate()).toEqual([]);
  });

  it('gives the value of a full name its own type', () => {
    const config = Config.default();
    expectTypeOf(config.get('core.max_workspaces')).toEqualTypeOf<number>();
    expectTypeOf(config.get('security.allow_symlinks')).toEqualTypeOf<boolean | 'inside'>();
    expectTypeOf(config.get('storage.database_path')).toEqualTypeOf<string | undefined>();
  });

  it.each([
    [{ cacheSize: 512 }, 'storage.cache_size_mb', 512],
    [{ storage: { cacheSizeMb: 512 } }, 'storage.cache_size_mb', 512],
    [{ storage: { cacheSizeMB: 512 } }, 'storage.cache_size_mb', 512],
    [{ 'storage.cache_size_mb': 512 }, 'storage.cache_size_mb', 512],
    [{ 'cache-size': 512 }, 'storage.cache_size_mb', 512],
    [{ auditEnabled: false }, 'core.audit_enabled', false],
    [{ sync: { interval: 60 } }, 'sync.periodic_interval', 60],
    [{ sync: { defaultMode: 'periodic' } }, 'sync.default_mode', 'periodic'],
    [{ 'default-sync-mode': 'real-time' }, 'sync.default_mode', 'real-time'],
    [{ 'audit-retention': 7 }, 'core.audit_retention_days', 7],
    [{ maxWorkspaces: 0 }, 'core.max_workspaces', 0],
    [{ databasePath: 'a.db' }, 'storage.database_path', 'a.db'],
    [{ storage: 'memory' }, 'storage.backend', 'memory'],
    [{ ignore: ['*.log'] }, 'ignore.patterns', ['*.log']],
    [{ ignore: { patterns: ['*.log'] } }, 'ignore.patterns', ['*.log']],
    [{ sync: { turso: { advanced: { batchSize: 5 } } } }, 'sync.turso.advanced.batch_size', 5],
  ])('takes %j as %s', (settings, name, value) => {
    const config = new Config(settings);
    expect(config.get(name)).toEqual(value);
    expect(config.validate()).toEqual([]);
  });

  it('treats an option that is undefined as not given', () => {
    expect(new Config({ cacheSize: undefined }).get('storage.cache_size_mb')).toBe(256);
  });

  it.each([
    [{ cacheSize: '256' }, 'storage.cache_size_mb', 'a whole number from 0 to 65536'],
    [{ cacheSize: -1 }, 'storage.cache_size_mb', 'a whole number'],
    [{ cacheSize: Number.NaN }, 'storage.cache_size_mb', 'a whole number'],
    [{ cacheSize: null }, 'storage.cache_size_mb', 'a whole number'],
    [{ auditEnabled: 'yes' }, 'core.audit_enabled', 'true or false'],
    [{ storage: { backend: 'custom' } }, 'storage.backend', 'one of "sqlite", "memory"'],
    [{ ignore: ['a', 1] }, 'ignore.patterns', 'a list of strings'],
    [{ ignore: ['a'.repeat(20_000), 'b'.repeat(20_000)] }, 'ignore.patterns', '32768 bytes'],
    [{ databasePath: ' ' }, 'storage.database_path', 'a path'],
    [{ databasePath: 'a\0b' }, 'storage.database_path', 'a path'],
    [{ security: { encryptLocalDb: true } }, 'security.encrypt_local_db', 'must be false'],
  ])('refuses %j and says what %s must be', (settings, name, expected) => {
    const error = errorOf(() => new Config(settings));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(name);
    expect(error.message).toContain(expected);
    expect(error.details).toMatchObject({ key: name, source: 'options' });
  });

  it('suggests the word that is meant', () => {
    const hintOf = (level: unknown): unknown =>
      errorOf(() => new Config({ logging: { level } })).hint;
    expect(hintOf('warning')).toContain('Set logging.level to one of');
    expect(hintOf('warm')).toBe('Did you mean warn?');
    expect(hintOf('Debug')).toBe('Did you mean debug?');
    expect(hintOf(5)).not.toContain('mean');
  });

  it.each([[null], [[]], ['a'], [Config.default()]])('refuses %o as settings', (settings) => {
    expect(() => Reflect.construct(Config, [settings])).toThrow(TypeError);
  });

  it('keeps its own copy of a list', () => {
    const patterns = ['*.log'];
    const config = new Config({ ignore: patterns });
    patterns.push('*.txt');
    expect(config.get('ignore.patterns')).toEqual(['*.log']);
  });

  it('sets, changes and unsets a key in any spelling', () => {
    const config = new Config();
    config.set('cache-size', 64);
    expect(config.get('storage.cache_size_mb')).toBe(64);
    config.set('storage.cache_size_mb', undefined);
    expect(config.get('cacheSize')).toBe(256);
    expect(errorOf(() => config.set('cache-size', 'big')).message).toContain('cache_size_mb');
    expect(config.get('cacheSize')).toBe(256);
  });

  it('names the closest key when there is none of this name', () => {
    const error = errorOf(() => new Config().get('storage.cachesize_mb'));
    expect(error.message).toContain('storage.cachesize_mb');
    expect(error.hint).toBe('Did you mean storage.cache_size_mb?');
    expect(errorOf(() => new Config().get('zzzzzzzzzzzzzzzz')).hint).not.toContain('mean');
  });

  it('accepts every default and holds every key under one spelling only', () => {
    const spellings = Object.entries(KEYS).flatMap(([name, { aliases }]) => [name, ...aliases]);
    expect(new Set(spellings).size).toBe(spellings.length);
    for (const { default: standard, type } of Object.values(KEYS)) {
      if (standard !== undefined) expect(type.read(standard)).toEqual(standard);
    }
  });
});

describe('issues', () => {
  it('warns of an unknown key and suggests the closest', () => {
    const config = new Config({ storage: { cacheSzeMb: 5 } });
    expect(config.validate()).toEqual([
      expect.objectContaining({
        severity: 'warning',
        key: 'storage.cacheSzeMb',
        suggestion: 'Did you mean storage.cache_size_mb?',
      }),
    ]);
  });

  it('warns when one key is set under two names', () => {
    const config = new Config({ cacheSize: 5, storage: { cacheSizeMb: 6 } });
    expect(config.get('cacheSize')).toBe(6);
    expect(config.validate()).toHaveLength(1);
  });

  it('survives settings that contain themselves', () => {
    const settings: Record<string, unknown> = {};
    settings['self'] = settings;
    expect(new Config(settings).validate()).toHaveLength(1);
  });

  it('never changes a prototype, whatever the keys are', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('__proto__', 'constructor', 'x'),
        (value, key) => {
          const settings = { [key]: { polluted: value } };
          Object.defineProperty(settings, '__proto__', {
            value: { polluted: 1 },
            enumerable: true,
          });
          expect(new Config(settings).validate().length).toBeGreaterThan(0);
          expect(Reflect.get({}, 'polluted')).toBeUndefined();
        },
      ),
    );
  });
});

describe('files', () => {
  it('lays options over environment, profile, project file, user file and defaults', () => {
    writeUserFile(
      '[core]\nmax_workspaces = 1\n[storage]\ncache_size_mb = 1\ncompression_level = 1',
    );
    writeProjectFile(
      '[storage]\ncache_size_mb = 2\ncompression_level = 2\n[network]\ntimeout = 2\n' +
        '[profile.ci]\nstorage.compression_level = 3\nstorage.cache_size_mb = 3\nlogging.level = "debug"',
    );
    const config = Config.load(undefined, {
      home,
      base,
      profile: 'ci',
      environment: { AGENTFS_CACHE_SIZE: '4', AGENTFS_LOG_LEVEL: 'warn' },
      options: { logging: { level: 'error' } },
    });
    expect(config.get('core.max_workspaces')).toBe(1);
    expect(config.get('network.timeout')).toBe(2);
    expect(config.get('storage.compression_level')).toBe(3);
    expect(config.get('storage.cache_size_mb')).toBe(4);
    expect(config.get('logging.level')).toBe('error');
    expect(config.validate()).toEqual([]);
    expect(config.source('core.max_workspaces')).toMatch(/config\.toml:2:1$/);
    expect(config.source('storage.compression_level')).toMatch(/config\.toml:7:1$/);
    expect(config.source('storage.cache_size_mb')).toBe('AGENTFS_CACHE_SIZE');
    expect(config.source('logging.level')).toBe('options');
  });

  it('prefers the named configuration directory to the one in the home directory', () => {
    writeUserFile('cache_size = 1');
    write(join(directory, 'xdg/agentfs/config.toml'), 'cache_size = 2');
    const config = Config.load(undefined, { home, configHome: join(directory, 'xdg') });
    expect(config.get('cacheSize')).toBe(2);
  });

  it('reads no file when it is told of no directory', () => {
    expect(Config.load().toJSON()).toEqual(Config.default().toJSON());
  });

  it('reads one named file, and reports when it is missing', () => {
    const path = write(join(directory, 'my.toml'), 'sync.interval = 60\n');
    expect(Config.fromFile(path).get('sync.periodic_interval')).toBe(60);
    expect(Config.load(path).get('sync.periodic_interval')).toBe(60);
    const error = errorOf(() => Config.load(join(directory, 'none.toml')));
    expect(error.path).toBe(join(directory, 'none.toml'));
  });

  it('expands the home directory in paths, also when its name holds a dollar sign', () => {
    const path = write(join(directory, 'my.toml'), '[storage]\ndatabase_path = "~/a.db"\n');
    expect(Config.load(path, { home: '/h$&' }).get('storage.database_path')).toBe('/h$&/a.db');
    expect(Config.load(path).get('storage.database_path')).toBe('~/a.db');
  });

  it('keeps sections with a meaning elsewhere quiet and unread', () => {
    const path = write(join(directory, 'a.toml'), '[profile.ci.core]\nmax_workspaces = 5\n');
    const config = Config.load(path);
    expect(config.validate()).toEqual([]);
    expect(config.get('core.max_workspaces')).toBe(100);
  });
});

describe('showing and saving', () => {
  it('shows every value under the names of the files, and no secret', () => {
    const config = new Config({ sync: { turso: { token: 'secret-canary' } }, cacheSize: 5 });
    expect(config.get('sync.turso.token')).toBe('secret-canary');
    expect(JSON.stringify(config)).not.toContain('secret-canary');
    expect(config.toJSON()).toMatchObject({
      core: { max_workspaces: 100 },
      storage: { cache_size_mb: 5 },
      sync: { turso: { token: '[redacted]' } },
    });
    config.set('sync.turso.token', 'env:MY_TOKEN');
    expect(config.toJSON()).toMatchObject({ sync: { turso: { token: 'env:MY_TOKEN' } } });
  });

  it('never quotes a secret in an error', () => {
    const error = errorOf(() => new Config({ sync: { turso: { token: ['secret-canary'] } } }));
    expect(JSON.stringify(error) + error.stack).not.toContain('secret-canary');
  });

  it('saves what is set, secrets included, for the owner alone, and reads it back', () => {
    const path = join(directory, 'new/config.toml');
    new Config({ cacheSize: 5, sync: { turso: { token: 'secret' } } }).save(path);
    const config = Config.load(path);
    expect(config.get('storage.cache_size_mb')).toBe(5);
    expect(config.get('sync.turso.token')).toBe('secret');
    expect(config.source('core.max_workspaces')).toBe('default');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path))).toEqual(['config.toml']);
  });

  it('keeps unknown keys and profiles of the file that it saves', () => {
    const text =
      'cache_size = 5\n[profile.ci]\n"core.max_workspaces" = 5\n[future]\nkey = [1, 2]\n';
    const path = write(join(directory, 'a.toml'), text);
    const config = Config.load(path);
    config.set('cache-size', 6);
    config.save(path);
    const saved = readFileSync(path, 'utf8');
    expect(saved).toContain('[profile.ci]');
    expect(saved).toContain('key = [1, 2]');
    expect(saved).not.toContain('cache_size = 5');
    expect(Config.load(path).get('cacheSize')).toBe(6);
  });

  it('writes through a symbolic link', () => {
    const path = write(join(directory, 'dotfiles/agentfs.toml'), '');
    symlinkSync(path, join(directory, 'link.toml'));
    new Config({ cacheSize: 7 }).save(join(directory, 'link.toml'));
    expect(Config.load(path).get('cacheSize')).toBe(7);
  });

  it('leaves nothing behind when it cannot write', () => {
    write(join(directory, 'file'), '');
    const error = errorOf(() => new Config().save(join(directory, 'file/config.toml')));
    expect(error.cause).toBeDefined();
    mkdirSync(join(directory, 'taken.toml'));
    expect(errorOf(() => new Config().save(join(directory, 'taken.toml'))).path).toContain('taken');
    expect(readdirSync(directory).sort()).toEqual(['file', 'taken.toml']);
    expect(existsSync(join(directory, 'file/config.toml'))).toBe(false);
  });
});

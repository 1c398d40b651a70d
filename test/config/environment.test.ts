import { expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import type { Variables } from '../../src/config/environment.ts';
import { ConfigError } from '../../src/primitives/errors.ts';

const load = (environment: Variables): Config => Config.load(undefined, { environment });

it.each([
  ['AGENTFS_BASE', '/project', 'core.default_base', '/project'],
  ['AGENTFS_CACHE_SIZE', '512', 'storage.cache_size_mb', 512],
  ['AGENTFS_CACHE_SIZE', '1GB', 'storage.cache_size_mb', 1024],
  ['AGENTFS_LOG_LEVEL', 'trace', 'logging.level', 'trace'],
  ['TURSO_ORG', 'acme', 'sync.turso.organization', 'acme'],
  ['TURSO_TOKEN', 'one', 'sync.turso.token', 'one'],
  ['TURSO_AUTH_TOKEN', 'two', 'sync.turso.token', 'two'],
  ['TURSO_DATABASE_URL', 'libsql://db', 'sync.turso.default_database', 'libsql://db'],
])('reads %s=%s as %s', (variable, text, key, value) => {
  const config = load({ [variable]: text });
  expect(config.get(key)).toEqual(value);
  expect(config.source(key)).toBe(variable);
  expect(config.validate()).toEqual([]);
});

it('takes an empty variable as not set, and the first of two that are', () => {
  const config = load({ AGENTFS_CACHE_SIZE: '', TURSO_TOKEN: 'first', TURSO_AUTH_TOKEN: 'second' });
  expect(config.source('cache-size')).toBe('default');
  expect(config.get('sync.turso.token')).toBe('first');
});

it.each([
  ['AGENTFS_CACHE_SIZE', 'lots', 'storage.cache_size_mb must be a whole number'],
  ['AGENTFS_CACHE_SIZE', '1KB', 'storage.cache_size_mb must be a whole number'],
  ['AGENTFS_LOG_LEVEL', 'loud', 'one of "error", "warn"'],
])('refuses %s=%s and names the variable', (variable, text, message) => {
  expect(() => load({ [variable]: text })).toThrow(ConfigError);
  expect(() => load({ [variable]: text })).toThrow(message);
  expect(() => load({ [variable]: text })).toThrow(`(${variable})`);
});

it('warns of a misspelt variable of agentfs, and of no other', () => {
  const issues = load({
    AGENTFS_CASHE_SIZE: '1',
    AGENTFS_WORKSPACE: 'w',
    AGENTFS_COMMAND_ID: 'x',
    AGENTFS_CANDIDATE: 'x',
    AGENTFS_NODE: '/usr/bin/node',
    AGENTFS_TURN: '1',
    AGENTFS_WHATEVER: 'of somebody else',
    PATH: '/bin',
  }).validate();
  expect(issues).toEqual([
    expect.objectContaining({
      key: 'AGENTFS_CASHE_SIZE',
      suggestion: 'Did you mean AGENTFS_CACHE_SIZE?',
    }),
  ]);
});

it('does not read the environment of the process by itself', () => {
  process.env['AGENTFS_CACHE_SIZE'] = '7';
  try {
    expect(Config.load().get('storage.cache_size_mb')).toBe(256);
  } finally {
    delete process.env['AGENTFS_CACHE_SIZE'];
  }
});

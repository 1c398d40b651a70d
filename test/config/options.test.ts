import { expect, expectTypeOf, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import {
  type AgentFSOptions,
  type SectionOptions,
  splitOptions,
} from '../../src/config/options.ts';
import { silentLogger } from '../../src/primitives/logger.ts';

const split = (options: unknown): unknown => Reflect.apply(splitOptions, undefined, [options]);

it('separates settings, in every spelling, from what only a program can give', () => {
  const options: AgentFSOptions = {
    cacheSize: 5,
    storage: { compressionLevel: 1 },
    sync: { interval: 60, turso: { token: 'env:X', advanced: { batchSize: 1 } } },
    limits: { memoryBytes: 1 },
    agentId: 'agent',
    logger: silentLogger,
  };
  const { settings, runtime } = splitOptions(options);
  expect(runtime).toMatchObject({ agentId: 'agent', logger: silentLogger });
  if (settings instanceof Config) throw new Error('expected settings');
  const config = new Config(settings);
  expect(config.validate()).toEqual([]);
  expect(config.get('storage.compression_level')).toBe(1);
  expect(config.get('limits.memory_bytes')).toBe(1);
});

it('derives the types of nested options from the table of keys', () => {
  expectTypeOf<SectionOptions<'network'>>().toEqualTypeOf<{
    readonly timeout?: number | undefined;
    readonly retryAttempts?: number | undefined;
  }>();
});

it('refuses an unknown option, and says which one may be meant', () => {
  expect(() => split({ cachSize: 5 })).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      hint: 'Did you mean storage.cache_size_mb?',
    }),
  );
});

it.each([
  ['options', null],
  ['options', 5],
  ['agentId', { agentId: 5 }],
  ['author', { author: [] }],
  ['watchBase', { watchBase: 'yes' }],
  ['logger', { logger: { debug() {} } }],
  ['logger', { logger: null }],
  ['clock', { clock: {} }],
])('refuses a wrong %s: %o', (name, options) => {
  expect(() => split(options)).toThrow(TypeError);
  expect(() => split(options)).toThrow(new RegExp(`^${name} must be`));
});

it('takes a whole configuration beside runtime options, and no settings beside that', () => {
  const config = new Config({ cacheSize: 5 });
  expect(splitOptions({ config, agentId: 'agent' })).toMatchObject({
    settings: config,
    runtime: { agentId: 'agent' },
  });
  expect(() => splitOptions({ config, cacheSize: 6 })).toThrow(
    'cacheSize is given beside a config',
  );
  expect(() => split({ config: {} })).toThrow('config must be a Config');
});

it('refuses a blank name', () => {
  expect(() => splitOptions({ agentId: ' ' })).toThrow(RangeError);
});

it('refuses a key for encryption rather than ignoring it', () => {
  expect(() => split({ encryptionKey: 'k' })).toThrow('the store is not encrypted');
});

it.each([5, null, 'x', [], true])('names a section that is given as %j', (value) => {
  for (const section of ['sync', 'core', 'limits', 'logging']) {
    expect(() => new Config({ [section]: value })).toThrow(`${section} must be a section`);
  }
});

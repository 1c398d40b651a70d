import { expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { parseQuantity } from '../../src/primitives/quantity.ts';

it.each([
  ['100', 'MB', 100],
  ['100MB', 'MB', 100],
  ['100 mb', 'MB', 100],
  ['1GiB', 'MB', 1024],
  ['1.5g', 'MB', 1536],
  ['512KB', 'MB', 0.5],
  ['8m', 'KB', 8192],
  ['2k', 'bytes', 2048],
  ['90d', 'days', 90],
  ['2w', 'days', 14],
  ['5m', 's', 300],
  ['1h', 's', 3600],
  ['1.5s', 'ms', 1500],
] as const)('reads %s in %s as %d', (text, unit, amount) => {
  expect(parseQuantity(text, unit)).toBe(amount);
});

it.each(['', 'MB', '-1', '1e3', '0x10', '1MBx', '5 d', '1..5', '١'])(
  'reads no size in %j',
  (text) => expect(parseQuantity(text, 'MB')).toBeUndefined(),
);

it('knows no unit of a number that counts things', () => {
  expect(parseQuantity('5k', undefined)).toBeUndefined();
});

it.each([
  ['cache-size', '100MB', 100],
  ['audit-retention', '90d', 90],
  ['auditRetention', '2w', 14],
  ['audit-enabled', 'off', false],
  ['sync.interval', '5m', 300],
  ['limits.runtime_ms', '30s', 30_000],
  ['limits.memory_bytes', '1GB', 1024 ** 3],
  ['ignore', '*.log, dist/', ['*.log', 'dist/']],
  ['ignore', '', []],
  ['security.allow_symlinks', 'inside', 'inside'],
  ['security.allow_symlinks', 'false', false],
  ['ui.pager', 'less -R', 'less -R'],
])('sets %s to what %s means', (key, text, value) => {
  const config = new Config();
  config.setText(key, text);
  expect(config.get(key)).toEqual(value);
});

it.each([
  ['cache-size', '100KB'],
  ['cache-size', 'big'],
  ['max-workspaces', '5k'],
  ['audit-enabled', 'maybe'],
  ['ignore', 'a,,b'],
  ['ui.pager', ' '],
])('refuses %s %j and says what it must be', (key, text) => {
  expect(() => new Config().setText(key, text)).toThrow(/ must be .*\(set\)/);
});

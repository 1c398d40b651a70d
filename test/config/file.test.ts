import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { readConfigFile } from '../../src/config/file.ts';
import { ConfigError } from '../../src/primitives/errors.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-config-file-'));
  path = join(directory, 'config.toml');
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('is undefined when there is no file', () => {
  expect(readConfigFile(path)).toBeUndefined();
  writeFileSync(path, '');
  expect(readConfigFile(join(path, 'below'))).toBeUndefined();
});

it('names file, line and column of a syntax error, with advice', () => {
  writeFileSync(path, '[core]\nmax_workspaces = five\n');
  expect(() => readConfigFile(path)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      path,
      message: expect.stringContaining(`${path}:2:`),
      hint: expect.stringContaining('line 2'),
      details: { line: 2, column: expect.any(Number) },
    }),
  );
});

it('never quotes the file in a syntax error, since it may hold a token', () => {
  writeFileSync(path, '[sync.turso]\ntoken = "secret-canary\n');
  let thrown: unknown;
  try {
    readConfigFile(path);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigError);
  expect(inspect(thrown)).not.toContain('secret-canary');
});

it.each([
  ['[core]\n\n  max_workspaces = "x"', ':3:3'],
  ['core.max_workspaces = "x"', ':1:1'],
  ['\n"core"."max_workspaces" = "x"', ':2:1'],
  ['[ core ]\r\nmax_workspaces = "x"', ':2:1'],
  ['[storage]\ncompression = true\n[core]\nmax_workspaces = "x"', ':4:1'],
  ['core = { max_workspaces = "x" }', ''],
])('names the place of a wrong value in %j', (text, position) => {
  writeFileSync(path, text);
  expect(() => Config.load(path)).toThrow(
    `core.max_workspaces must be a whole number from 0 to 1000000, not "x" (${path}${position}).`,
  );
});

it('refuses a directory, a FIFO and a file above 1 MiB without reading them', () => {
  mkdirSync(join(directory, 'dir'));
  execFileSync('mkfifo', [join(directory, 'fifo')]);
  writeFileSync(join(directory, 'big'), '');
  truncateSync(join(directory, 'big'), 1024 * 1024 + 1);
  for (const name of ['dir', 'fifo', 'big']) {
    expect(() => readConfigFile(join(directory, name))).toThrow(ConfigError);
  }
});

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/primitives/errors.ts';

const CANARY = 'secret-canary';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentfs-secret-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string, mode: number): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

function errorOf(action: () => unknown): ConfigError {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
}

const withFile = (path: string): Config => new Config({ sync: { turso: { tokenFile: path } } });

describe('a token', () => {
  it('comes from the variable that the setting names', () => {
    const config = new Config({ sync: { turso: { token: 'env:MY_TOKEN' } } });
    expect(config.token({ MY_TOKEN: ` ${CANARY}\n` }, directory)).toBe(CANARY);
    const error = errorOf(() => config.token({ OTHER: CANARY }, directory));
    expect(error.message).toContain('MY_TOKEN is not set');
  });

  it('comes from a file that only its owner can read, also by a path from the base', () => {
    const path = write('token', `${CANARY}\n`, 0o600);
    expect(withFile(path).token({}, '/')).toBe(CANARY);
    expect(withFile('token').token({}, directory)).toBe(CANARY);
    symlinkSync('token', join(directory, 'link'));
    expect(withFile('link').token({}, directory)).toBe(CANARY);
  });

  it('is the setting itself before it is the file, and nothing when neither is set', () => {
    const path = write('token', 'other', 0o600);
    const config = new Config({ sync: { turso: { token: CANARY, tokenFile: path } } });
    expect(config.token({}, directory)).toBe(CANARY);
    expect(Config.default().token({}, directory)).toBeUndefined();
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o610])('is refused in a file of mode %o', (mode) => {
    const path = write('token', CANARY, mode);
    const error = errorOf(() => withFile(path).token({}, '/'));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(`mode is 0${mode.toString(8)}`);
    expect(error.hint).toContain(`chmod 600 ${path}`);
    expect(JSON.stringify(error)).not.toContain(CANARY);
  });

  it('is refused where there is none, or more than one', () => {
    const paths = [
      join(directory, 'absent'),
      directory,
      write('blank', '\n', 0o600),
      write('two', `${CANARY}\n${CANARY}\n`, 0o600),
      write('large', CANARY.repeat(10_000), 0o600),
    ];
    for (const path of paths) {
      const error = errorOf(() => withFile(path).token({}, '/'));
      expect(error.message).toContain(path);
      expect(error.hint).toMatch(/./);
      expect(JSON.stringify(error)).not.toContain(CANARY);
    }
  });

  it('does not wait for a FIFO', () => {
    const path = join(directory, 'fifo');
    execFileSync('mkfifo', ['-m', '600', path]);
    expect(errorOf(() => withFile(path).token({}, '/')).message).toContain('not a regular file');
  });
});

describe('a configuration file with a token in it', () => {
  const text = `[sync.turso]\ntoken = "${CANARY}"\n`;

  it('is read when only its owner can read it', () => {
    const config = Config.load(write('config.toml', text, 0o600));
    expect(config.token({}, directory)).toBe(CANARY);
    expect(config.shown('sync.turso.token')).toBe('[redacted]');
    expect(JSON.stringify(config)).not.toContain(CANARY);
  });

  it.each([
    ['outside of profiles', text, undefined],
    ['in the chosen profile', `[profile.ci.sync.turso]\ntoken = "${CANARY}"\n`, 'ci'],
  ])('is refused when others can, %s', (_where, content, profile) => {
    const path = write('config.toml', content, 0o644);
    const error = errorOf(() => Config.load(path, { profile }));
    expect(error.message).toContain(`${path}: its mode is 0644`);
    expect(error.details).toMatchObject({ key: 'sync.turso.token', mode: '0644' });
    expect(JSON.stringify(error)).not.toContain(CANARY);
  });

  it('may be readable by all when it only names where the token is', () => {
    const path = write('config.toml', '[sync.turso]\ntoken = "env:MY_TOKEN"\n', 0o644);
    expect(Config.load(path).shown('sync.turso.token')).toBe('env:MY_TOKEN');
  });
});

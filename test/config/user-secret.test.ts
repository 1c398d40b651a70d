import { execFile } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readUserSecret } from '../../src/config/user-secret.ts';
import { compiledModule } from '../support/compiled.ts';

function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'agentfs-secret-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

const isRoot = process.getuid?.() === 0;

describe('the secret of a user', () => {
  it('is made once, for the user alone, with the directories above it', () => {
    const home = join(temporaryHome(), 'not', 'there');
    const { bytes, isKept } = readUserSecret(home);
    expect([bytes.length, isKept]).toEqual([32, true]);
    expect(readUserSecret(home)).toEqual({ bytes, isKept });
    expect(readdirSync(join(home, 'agentfs'))).toEqual(['secret']);
    expect(statSync(join(home, 'agentfs', 'secret')).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'agentfs')).mode & 0o777).toBe(0o700);
    expect(readUserSecret(temporaryHome()).bytes).not.toEqual(bytes);
  });

  it('is the same for 8 processes that start at once', async () => {
    const home = temporaryHome();
    const url = await compiledModule('config/user-secret.ts');
    const script = `
      const { readUserSecret } = await import(${JSON.stringify(url)});
      console.log(readUserSecret(${JSON.stringify(home)}).bytes.toString('hex'));`;
    const start = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const found = await Promise.all(Array.from({ length: 8 }, start));
    expect(new Set(found.map(({ stdout }) => stdout)).size).toBe(1);
    expect(readdirSync(join(home, 'agentfs'))).toEqual(['secret']);
  });

  it('is refused when others can read it, or it is none', () => {
    const home = temporaryHome();
    readUserSecret(home);
    const path = join(home, 'agentfs', 'secret');
    const refused = { code: 'CONFIG_INVALID', path, hint: expect.stringContaining('adopt') };
    chmodSync(path, 0o640);
    expect(() => readUserSecret(home)).toThrow(expect.objectContaining(refused));
    chmodSync(path, 0o600);
    writeFileSync(path, 'short');
    expect(() => readUserSecret(home)).toThrow(/not a file of 32 bytes/);
    rmSync(path);
    symlinkSync('/dev/zero', path);
    expect(() => readUserSecret(home)).toThrow(/cannot be opened/);
  });

  it('is good for this process where none can be kept', () => {
    const home = temporaryHome();
    writeFileSync(join(home, 'file'), '');
    const places = [join(home, 'file'), '/proc', '/dev/null'];
    const [first, ...others] = places.map(readUserSecret);
    expect(first).toMatchObject({ isKept: false });
    for (const other of others) expect(other).toEqual(first);
  });

  it.runIf(isRoot)('is not made by root in the home of somebody else', () => {
    const home = temporaryHome();
    lchownSync(home, 65534, 65534);
    expect(readUserSecret(join(home, '.config')).isKept).toBe(false);
    expect(readdirSync(home)).toEqual([]);
    mkdirSync(join(home, '.config/agentfs'), { recursive: true });
    lchownSync(join(home, '.config/agentfs'), 65534, 65534);
    expect(readUserSecret(join(home, '.config')).isKept).toBe(false);
    expect(readdirSync(join(home, '.config/agentfs'))).toEqual([]);
  });
});

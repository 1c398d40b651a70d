import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AgentFSError } from '../../src/primitives/errors.ts';
import { contentId } from '../../src/primitives/object-id.ts';
import { Database } from '../../src/store/database.ts';
import { NEWEST_SCHEMA } from '../../src/store/migrate.ts';
import { openStore } from '../../src/store/open-store.ts';
import { compiledModule } from '../support/compiled.ts';
import { addWorkspace, openTestStore, putFiles, temporaryDirectory } from './fixtures.ts';

/** The path of a closed store with a few files in it. */
function smallStore(): string {
  const path = join(temporaryDirectory(), 'agentfs.db');
  const store = openTestStore(path);
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, 'x'.repeat(i)]));
  addWorkspace(store, 'w', putFiles(store, files));
  store.database.checkpoint();
  store.close();
  return path;
}

/** The code with which opening fails, while the file stays as it is. */
function refusal(path: string): string | undefined {
  const before = contentId(readFileSync(path));
  let code: string | undefined;
  try {
    openStore(path).close();
  } catch (error) {
    if (!(error instanceof AgentFSError)) throw error;
    code = error.code;
  }
  expect(contentId(readFileSync(path))).toBe(before);
  return code;
}

describe('opening a store', () => {
  it('creates it with its directory, private and hidden from git', () => {
    const directory = join(temporaryDirectory(), 'new', '.agentfs');
    openStore(join(directory, 'agentfs.db')).close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(directory, '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(directory).sort()).toEqual(['.gitignore', 'agentfs.db']);
  });

  it('leaves the ignore file of a user alone', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, '.gitignore'), 'mine\n');
    openStore(join(directory, 'agentfs.db')).close();
    expect(readFileSync(join(directory, '.gitignore'), 'utf8')).toBe('mine\n');
  });

  it('works in 8 processes that start at once on nothing', async () => {
    const path = join(temporaryDirectory(), 'agentfs.db');
    const url = await compiledModule('store/open-store.ts');
    const script = `
      const { openStore } = await import(${JSON.stringify(url)});
      const database = openStore(${JSON.stringify(path)});
      console.log(String(database.pragma('user_version')));
      database.close();
    `;
    const start = () =>
      promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const results = await Promise.all(Array.from({ length: 8 }, start));
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(
      Array.from({ length: 8 }, () => String(NEWEST_SCHEMA)),
    );
    expect(readdirSync(join(path, '..')).filter((name) => name.startsWith('own-'))).toEqual([]);
  });

  it('refuses a file that is cut short anywhere, and leaves it untouched', () => {
    const path = smallStore();
    const whole = readFileSync(path);
    const copy = join(temporaryDirectory(), 'agentfs.db');
    const sizes = [0, 1, 15, 99, 100, 101, 511, 512, 4095, 4097, whole.length - 1];
    for (let size = 4096; size < whole.length; size += 4096) sizes.push(size, size + 1234);
    for (const size of sizes.filter((each) => each < whole.length)) {
      copyFileSync(path, copy);
      truncateSync(copy, size);
      expect([size, refusal(copy)]).toEqual([size, 'STORE_CORRUPT']);
    }
  });

  it('refuses a directory and a symbolic link', () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'directory'));
    const target = smallStore();
    symlinkSync(target, join(directory, 'link'));
    symlinkSync('nowhere', join(directory, 'dangling'));
    for (const name of ['directory', 'link', 'dangling']) {
      expect(() => openStore(join(directory, name))).toThrow(
        expect.objectContaining({ code: 'STORE_FOREIGN' }),
      );
    }
    expect(readdirSync(directory).sort()).toEqual(['dangling', 'directory', 'link']);
  });

  it('refuses the database of another program, and a file that is none', () => {
    const directory = temporaryDirectory();
    const foreign = join(directory, 'foreign.db');
    const database = Database.open(foreign);
    database.exec('CREATE TABLE users (name TEXT)');
    database.close();
    expect(refusal(foreign)).toBe('STORE_FOREIGN');
    const text = join(directory, 'text.db');
    writeFileSync(text, 'Dear diary, '.repeat(100));
    expect(refusal(text)).toBe('STORE_FOREIGN');
  });

  it('refuses a store from a newer agentfs, instead of writing into it', () => {
    const path = smallStore();
    const database = Database.open(path);
    database.exec(`PRAGMA user_version = ${NEWEST_SCHEMA + 1}`);
    database.close();
    expect(refusal(path)).toBe('SCHEMA_NEWER');
  });

  it('says with a code when the file cannot be created', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(() => openStore(join(file, 'agentfs.db'))).toThrow(
      expect.objectContaining({ code: 'STORE_IO' }),
    );
    expect(() => openStore('/proc/agentfs.db')).toThrow(AgentFSError);
  });
});

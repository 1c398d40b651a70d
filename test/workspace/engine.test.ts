/** What agentfs refuses to open, and that it leaves it as it was. */

import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import DriverDatabase from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { AgentFS, AgentFSError, StorageError } from '../../src/index.ts';
import { asOrdinaryUser } from '../disk/support/ordinary-user.ts';
import { setUp, TestProject } from '../support/test-project.ts';

const hashOf = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex');

/** Runs `action` as an ordinary user, whose home is the project. */
async function asUser(project: TestProject, action: () => Promise<void>): Promise<void> {
  vi.stubEnv('HOME', project.dir);
  vi.stubEnv('XDG_CONFIG_HOME', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  await asOrdinaryUser(project.dir, action);
}

/** The error with which opening fails. */
async function refusal(base: string, options?: object): Promise<unknown> {
  return AgentFS.open(base, options).then(
    async (afs) => {
      await afs.close();
      return undefined;
    },
    (error: unknown) => error,
  );
}

it('refuses a base that is missing, a file, or not to be read', async () => {
  const project = new TestProject({ 'a.txt': 'a', 'closed/': '' });
  expect(await refusal(project.path('no'))).toMatchObject({ code: 'BASE_NOT_FOUND' });
  expect(await refusal(project.path('a.txt'))).toMatchObject({ code: 'BASE_NOT_DIRECTORY' });
  expect(project.list()).toEqual(['a.txt', 'closed/']);
  await asUser(project, async () => {
    chmodSync(project.path('closed'), 0o000);
    expect(await refusal(project.path('closed'))).toMatchObject({ code: 'EACCES' });
    chmodSync(project.path('closed'), 0o555);
    expect(await refusal(project.path('closed'))).toMatchObject({ code: 'BASE_READ_ONLY' });
    chmodSync(project.path('closed'), 0o755);
  });
});

describe('opening a store that is none', () => {
  /** A base whose store file was put there by the test; it is never changed by opening. */
  async function isRefused(content: string | Uint8Array, code: string): Promise<void> {
    const project = new TestProject({ '.agentfs/agentfs.db': content });
    const file = project.path('.agentfs/agentfs.db');
    const before = hashOf(file);
    const error = await refusal(project.dir);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
    expect(hashOf(file)).toBe(before);
  }

  /** The bytes of a real store, changed through SQLite. */
  async function changedStore(
    change: (database: DriverDatabase.Database) => void,
  ): Promise<Buffer> {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    for (let i = 0; i < 50; i++) await workspace.writeFile(`/f${i}`, `${i}`);
    await afs.close();
    const file = project.path('.agentfs/agentfs.db');
    const database = new DriverDatabase(file);
    change(database);
    database.close();
    return readFileSync(file);
  }

  it('refuses what is not SQLite, another program’s database, and a newer schema', async () => {
    await isRefused(
      'not a database at all, but long enough to have a header'.repeat(4),
      'STORE_FOREIGN',
    );
    const foreign = new TestProject();
    const database = new DriverDatabase(foreign.path('x.db'));
    database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    database.close();
    await isRefused(readFileSync(foreign.path('x.db')), 'STORE_FOREIGN');
    const newer = await changedStore((store) => store.pragma('user_version = 9999'));
    await isRefused(newer, 'SCHEMA_NEWER');
  });

  it('refuses a store that was cut short, and an empty one', async () => {
    const bytes = await changedStore(() => {});
    for (const size of [0, 1, 99, 4096, bytes.length - 4096, bytes.length - 1]) {
      await isRefused(bytes.subarray(0, size), 'STORE_CORRUPT');
    }
  });

  it('never gives wrong bytes of a damaged store, but a typed error', async () => {
    const { project, afs, workspace } = await setUp();
    const texts = Array.from({ length: 30 }, (_, i) => `content of file ${i} `.repeat(200));
    for (const [i, text] of texts.entries()) await workspace.writeFile(`/f${i}`, text);
    await afs.close();
    const file = project.path('.agentfs/agentfs.db');
    const bytes = readFileSync(file);
    bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 20_000);
    writeFileSync(file, bytes);
    let right = 0;
    let typed = 0;
    const damaged = project.open();
    for (const [i, text] of texts.entries()) {
      try {
        const found = await (await damaged.workspace.get('w')).readText(`/f${i}`);
        expect(found).toBe(text);
        right += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(AgentFSError);
        typed += 1;
      }
    }
    expect(right + typed).toBe(30);
    expect(typed).toBeGreaterThan(0);
    const report = await damaged.verify().catch((error: unknown) => error);
    expect(report instanceof StorageError || Reflect.get(Object(report), 'ok') === false).toBe(
      true,
    );
  });

  it('refuses a directory or a link in the place of the store', async () => {
    const directory = new TestProject({ '.agentfs/agentfs.db/': '' });
    expect(await refusal(directory.dir)).toMatchObject({ code: 'STORE_FOREIGN' });
    const outside = new TestProject({ 'precious.db': 'precious' });
    const link = new TestProject({ '.agentfs/': '' });
    symlinkSync(outside.path('precious.db'), link.path('.agentfs/agentfs.db'));
    expect(await refusal(link.dir)).toMatchObject({ code: 'STORE_UNSAFE' });
    expect(outside.read('precious.db')).toBe('precious');
  });

  it('says that a store of which nothing may be written is read-only', async () => {
    const { project, afs } = await setUp({ 'a.txt': 'a' });
    await afs.close();
    truncateSync(project.path('.agentfs/.gitignore'), 0);
    await asUser(project, async () => {
      chmodSync(project.path('.agentfs/agentfs.db'), 0o444);
      chmodSync(project.path('.agentfs'), 0o555);
      const error = await refusal(project.dir);
      expect(error).toMatchObject({ code: 'STORE_READ_ONLY', hint: expect.any(String) });
      chmodSync(project.path('.agentfs'), 0o755);
    });
  });
});

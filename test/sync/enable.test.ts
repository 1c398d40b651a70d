import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { LibsqlClient } from '../../src/sync/libsql-client.ts';
import { startServer } from '../support/remote-fixture.ts';
import { setUp, TestProject, textsOf } from '../support/test-project.ts';
import { fileRemote, pair, replica } from './support/replicas.ts';

describe('a remote', () => {
  it('is needed, and named where it is missing', async () => {
    const { workspace } = await setUp();
    expect(await workspace.sync.status()).toMatchObject({ state: 'disabled', remoteUrl: null });
    for (const call of [
      () => workspace.sync.push(),
      () => workspace.sync.pull(),
      () => workspace.sync.config({ mode: 'manual' }),
      () => workspace.sync.verify(),
      () => workspace.sync.reset(),
      () => workspace.sync.metrics(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'SYNC_DISABLED' });
    }
    await workspace.sync.disable();
    await expect(workspace.sync.enable()).rejects.toMatchObject({ code: 'REMOTE_URL' });
  });

  it('is told of, with what waits to be pushed', async () => {
    const url = fileRemote();
    const { workspace } = await replica(url, { 'f.txt': 'f\n' });
    expect(await workspace.sync.status()).toMatchObject({
      state: 'pending',
      mode: 'manual',
      lastSync: null,
      pendingChanges: 0,
      remoteRevision: 0,
    });
    await workspace.sync.push();
    expect(await workspace.sync.status()).toMatchObject({ state: 'synced', remoteRevision: 1 });
    await workspace.writeFile('g.txt', 'g\n');
    const status = await workspace.sync.status();
    expect(status).toMatchObject({ state: 'pending', pendingChanges: 1, lastError: null });
    expect(status.remoteUrl).toMatch(/^file:\/\/\/.*remote\.db$/);
    expect(status.lastSync).toBeInstanceOf(Date);
  });

  it('stays what it was when it is enabled again, and is forgotten when it is another', async () => {
    const { url, a } = await pair({ 'f.txt': 'f\n' });
    await a.workspace.sync.enable({ tursoDb: url, mode: 'periodic', interval: 60 });
    expect(await a.workspace.sync.status()).toMatchObject({ remoteRevision: 1, mode: 'periodic' });
    await a.workspace.sync.enable({ tursoDb: fileRemote() });
    expect(await a.workspace.sync.status()).toMatchObject({ remoteRevision: 0, mode: 'manual' });
  });

  it('that is of no use is refused before anything changes', async () => {
    const { workspace } = await replica(fileRemote());
    const wrong: readonly (readonly [object, unknown])[] = [
      [{ tursoDb: 'ftp://x.example' }, { code: 'REMOTE_URL' }],
      [{ tursoDb: 'http://x.example' }, { code: 'REMOTE_URL' }],
      [{ tursoDb: 'https://user:secret@x.example' }, { code: 'REMOTE_URL' }],
      [{ mode: 'often' }, { code: 'INVALID_ARGUMENT' }],
      [{ interval: 1 }, { code: 'INVALID_ARGUMENT' }],
      [{ include: ['../x'] }, { code: 'INVALID_PATTERN' }],
      [{ token: 'a', tokenFile: 'b' }, { code: 'INVALID_ARGUMENT' }],
      [{ name: '../x' }, { code: 'INVALID_NAME' }],
    ];
    for (const [options, expected] of wrong) {
      const given = { tursoDb: 'file:other.db', ...options };
      await expect(workspace.sync.enable(given as never)).rejects.toMatchObject(expected as object);
    }
    expect((await workspace.sync.status()).remoteUrl).toMatch(/remote\.db$/);
  });

  it('keeps its place after a reset, and its conflicts do not', async () => {
    const { a, b } = await pair({ 'f.txt': 'f\n' });
    await a.workspace.writeFile('f.txt', 'a\n');
    await a.workspace.sync.push();
    await b.workspace.writeFile('f.txt', 'b\n');
    await expect(b.workspace.sync.pull()).rejects.toMatchObject({ code: 'SYNC_CONFLICT' });
    await b.workspace.sync.reset();
    expect(await b.workspace.sync.conflicts()).toEqual([]);
    expect(await b.workspace.sync.status()).toMatchObject({ remoteRevision: 0 });
    expect(await b.workspace.readText('f.txt')).toBe('b\n');
  });

  it('hands over what was said about the workspace', async () => {
    const url = fileRemote();
    const a = await replica(url);
    await a.workspace.update({ description: 'shared work', tags: ['x'] });
    await a.workspace.sync.push();
    const b = await replica(url);
    await b.workspace.sync.pull();
    expect(b.workspace.description).toBe('shared work');
    expect(b.workspace.tags).toEqual(['x']);
  });

  it('that has lost objects is found out, and mended with force', async () => {
    const { url, a } = await pair({ 'f.txt': 'f\n', 'd/g.txt': 'g\n' });
    const client = new LibsqlClient({ url });
    const lost = createHash('sha256').update('g\n').digest();
    await client.execute({ sql: 'DELETE FROM afs_objects WHERE id = :lost', args: { lost } });
    client.close();
    expect(await a.workspace.sync.verify()).toMatchObject({
      ok: false,
      damaged: [{ id: lost.toString('hex'), code: 'REMOTE_INCOMPLETE' }],
    });
    const c = await replica(url);
    await expect(c.workspace.sync.pull()).rejects.toMatchObject({ code: 'REMOTE_INCOMPLETE' });
    expect(await textsOf(c.workspace)).toEqual({});
    await a.workspace.sync.push({ force: true });
    expect(await a.workspace.sync.verify()).toMatchObject({ ok: true });
    await c.workspace.sync.pull();
    expect(await textsOf(c.workspace)).toEqual({ 'f.txt': 'f\n', 'd/g.txt': 'g\n' });
  });

  it('may be vetoed by a hook', async () => {
    const { a } = await pair({ 'f.txt': 'f\n' });
    const asked: string[] = [];
    a.afs.hooks.before('sync', ({ workspace, direction }) => {
      asked.push(`${workspace.name} ${direction}`);
      throw new Error('not now');
    });
    await expect(a.workspace.sync.push()).rejects.toMatchObject({ code: 'HOOK_FAILED' });
    expect(asked).toEqual(['shared push']);
  });
});

describe('a secret', () => {
  const TOKEN = 'canary-token-0123456789';

  it('stays in memory: it is neither in the store nor in what is said', async () => {
    const project = new TestProject();
    const afs = project.open();
    const workspace = await afs.workspace.create('w');
    const key = randomBytes(32).toString('base64');
    await workspace.sync.enable({ tursoDb: fileRemote(), token: TOKEN, encryptionKey: key });
    await workspace.writeFile('f.txt', 'f\n');
    await workspace.sync.push();
    await workspace.sync.enable({ tursoDb: 'http://127.0.0.1:9', token: TOKEN });
    const error = await workspace.sync.push().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REMOTE_UNREACHABLE' });
    const said = [
      JSON.stringify(error),
      String(error),
      JSON.stringify(await workspace.audit.logs()),
      JSON.stringify(await workspace.sync.status()),
    ].join('\n');
    await afs.close();
    const stored = readFileSync(project.path('.agentfs/agentfs.db'), 'latin1');
    for (const secret of [TOKEN, key]) {
      expect(said).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
  }, 20_000);

  it('may be in a file that nobody else can read, and in no other', async () => {
    const url = fileRemote();
    const { project, workspace } = await replica(url, { 'f.txt': 'secret text\n' });
    const file = project.path('.agentfs/key');
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o644 });
    await workspace.sync.enable({ tursoDb: url, encryptionKeyFile: file });
    await expect(workspace.sync.push()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    writeFileSync(join(project.dir, '.agentfs/key2'), readFileSync(file), { mode: 0o600 });
    const encryptionKeyFile = join('.agentfs', 'key2');
    await workspace.sync.enable({ tursoDb: url, encryptionKeyFile });
    await workspace.sync.push();
    expect(readFileSync(fileURLToPath(url), 'latin1')).not.toContain('secret text');
    const other = await replica(url);
    await expect(other.workspace.sync.pull()).rejects.toMatchObject({ code: 'REMOTE_KEY' });
    const key = readFileSync(file, 'utf8').trim();
    await other.workspace.sync.enable({ tursoDb: url, encryptionKey: key });
    await other.workspace.sync.pull();
    expect(await textsOf(other.workspace)).toEqual({ 'f.txt': 'secret text\n' });
  });
});

describe('a selection', () => {
  it('keeps what it leaves out to each side', async () => {
    const { a, b } = await pair({ 'src/a.ts': 'a\n', 'notes.md': 'n\n' });
    await a.workspace.sync.config({ exclude: ['*.md', 'private/'] });
    await a.workspace.writeFile('src/a.ts', 'a2\n');
    await a.workspace.writeFile('notes.md', 'mine alone\n');
    await a.workspace.writeFile('private/x.ts', 'x\n');
    expect(await a.workspace.sync.status()).toMatchObject({ pendingChanges: 1 });
    await a.workspace.sync.push();
    expect(await a.workspace.sync.status()).toMatchObject({ state: 'synced', pendingChanges: 0 });
    await b.workspace.sync.pull();
    expect(await textsOf(b.workspace)).toEqual({ 'src/a.ts': 'a2\n', 'notes.md': 'n\n' });
    await b.workspace.writeFile('notes.md', 'of b\n');
    await b.workspace.writeFile('src/b.ts', 'b\n');
    await b.workspace.sync.push();
    await a.workspace.sync.pull();
    expect(await textsOf(a.workspace)).toEqual({
      'src/a.ts': 'a2\n',
      'src/b.ts': 'b\n',
      'notes.md': 'mine alone\n',
      'private/x.ts': 'x\n',
    });
    expect(await a.workspace.sync.push()).toMatchObject({ upToDate: true });
    await a.workspace.sync.config({ exclude: null });
    await expect(a.workspace.sync.push()).resolves.toMatchObject({ upToDate: false });
    await b.workspace.sync.pull();
    expect(await textsOf(b.workspace)).toMatchObject({ 'private/x.ts': 'x\n' });
  });
});

describe('a remote that was taken away and given back', () => {
  it('goes on where it was', async () => {
    const url = fileRemote();
    const a = await replica(url, { 'f.txt': 'one\n' });
    const { sync } = a.workspace;
    await a.workspace.writeFile('f.txt', 'two\n');
    await sync.push();
    await sync.disable();
    await a.workspace.writeFile('f.txt', 'three\n');
    await sync.enable({ tursoDb: url });
    // With what came before the first push as the ancestor, both sides would have changed it.
    expect(await sync.pull()).toMatchObject({ upToDate: true, conflicts: [] });
    expect(await sync.push()).toMatchObject({ upToDate: false, version: 2 });
    expect(await a.workspace.readText('f.txt')).toBe('three\n');
    await sync.disable();
    await sync.enable({ tursoDb: url });
    expect(await sync.push()).toMatchObject({ upToDate: true, version: 2 });
  });
});

describe('a database in a file', () => {
  it('is made by a push, and by no pull', async () => {
    const url = fileRemote();
    const { workspace } = await replica(url, { 'f.txt': 'f\n' });
    await expect(workspace.sync.pull()).rejects.toMatchObject({
      code: 'REMOTE_NOT_FOUND',
      message: expect.stringContaining(url.slice('file:'.length)),
    });
    expect(existsSync(url.slice('file:'.length))).toBe(false);
    await workspace.sync.push();
    expect(await workspace.sync.pull()).toMatchObject({ upToDate: true });
  });
});

describe('the variables of Turso', () => {
  it('count for a library that is told of no other place', async () => {
    const server = await startServer({ token: 'secret-canary' });
    for (const name of ['TURSO_TOKEN', 'TURSO_AUTH_TOKEN']) {
      vi.stubEnv(name, 'secret-canary');
      vi.stubEnv('TURSO_DATABASE_URL', server.url);
      const { workspace } = await setUp({ 'f.txt': 'f\n' });
      await workspace.sync.enable({ name: name.toLowerCase().replaceAll('_', '-') });
      expect((await workspace.sync.status()).remoteUrl).toBe(server.url);
      expect(await workspace.sync.push()).toMatchObject({ version: 1 });
      vi.unstubAllEnvs();
    }
  });
});

/** AgentFS itself: opening, closing, several on one base, events and hooks. */

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentFS, Config, type Logger } from '../src/index.ts';
import { setUp, TestProject } from './support/test-project.ts';

describe('opening', () => {
  it('touches nothing before the first use', async () => {
    const project = new TestProject({ 'a.txt': 'a' });
    const afs = new AgentFS(project.dir);
    expect(project.has('.agentfs')).toBe(false);
    await afs.close();
    expect(project.has('.agentfs')).toBe(false);
    await using opened = await AgentFS.open(project.dir);
    expect(project.has('.agentfs/agentfs.db')).toBe(true);
    expect(project.read('.agentfs/.gitignore')).toBe('*\n');
    expect(opened.basePath).toBe(project.dir);
  });

  it('takes the base and the configuration in either form', async () => {
    const project = new TestProject({ 'a.txt': 'a' });
    const link = new TestProject().path('link');
    symlinkSync(project.dir, link);
    const options = { maxWorkspaces: 7 };
    await using plain = new AgentFS(relative(process.cwd(), project.dir), options);
    await using object = new AgentFS({ basePath: link, config: options });
    await using loaded = new AgentFS(project.dir, plain.config);
    for (const afs of [plain, object, loaded]) {
      expect(afs.basePath).toBe(project.dir);
      expect(afs.config).toBeInstanceOf(Config);
      expect(afs.config.get('core.max_workspaces')).toBe(7);
    }
  });

  it('refuses options of the wrong type with the name of the option', async () => {
    const { dir } = new TestProject();
    const attempts: readonly [options: unknown, message: RegExp][] = [
      [{ agentId: 5 }, /agentId must be a string/],
      [{ sessionId: ' ' }, /sessionId must be a string that is not blank/],
      [{ watchBase: 'yes' }, /watchBase must be a boolean/],
      [{ clock: {} }, /clock must be an object with a method now/],
      [{ logger: { info: true } }, /logger must be an object with a method/],
      [{ maxWorkspaces: 'many' }, /max_?[wW]orkspaces/],
      [{ cacheSize: -1 }, /cache_?[sS]ize/],
      [{ encryptionKey: 'x' }, /encryptionKey is not supported/],
      ['x', /options must be an object/],
    ];
    for (const [options, message] of attempts) {
      const open = async (): Promise<void> => {
        const afs: unknown = Reflect.construct(AgentFS, [dir, options]);
        if (afs instanceof AgentFS) void afs.config;
      };
      await expect(open(), String(message)).rejects.toThrow(message);
    }
    for (const base of [5, undefined, null]) {
      expect(() => Reflect.construct(AgentFS, [base])).toThrow(/basePath must be a string/);
    }
  });

  it('keeps the store in memory, or at another place, when told to', async () => {
    const project = new TestProject({ 'a.txt': 'a' });
    const memory = project.open({ storage: 'memory' });
    expect(await (await memory.workspace.create('w')).readText('/a.txt')).toBe('a');
    expect(project.has('.agentfs')).toBe(false);
    const elsewhere = new TestProject();
    const databasePath = elsewhere.path('my.db');
    await project.open({ databasePath }).workspace.create('w');
    expect(elsewhere.has('my.db')).toBe(true);
  });
});

describe('closing', () => {
  it('ends every use with CLOSED, and may be repeated', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    const stream = workspace.createWriteStream('/b.bin');
    await afs.close();
    await afs.close();
    const uses: Readonly<Record<string, () => unknown>> = {
      list: () => afs.workspace.list(),
      create: () => afs.workspace.create('x'),
      temp: () => afs.workspace.temp(),
      log: () => afs.log(),
      gc: () => afs.gc(),
      verify: () => afs.verify(),
      usage: () => afs.storage.usage(),
      audit: () => afs.audit.logs(),
      config: () => afs.config,
      read: () => workspace.readFile('/a.txt'),
      write: () => workspace.writeFile('/a.txt', 'x'),
      exists: () => workspace.exists(),
      status: () => workspace.status(),
      commit: () => workspace.commit('x', { allowEmpty: true }),
      snapshot: () => workspace.snapshot.create('s'),
      undo: () => workspace.undo(),
      tags: () => workspace.tags,
      stream: () => new Promise((_, reject) => stream.on('error', reject).end('x')),
    };
    for (const [name, use] of Object.entries(uses)) {
      const attempt = async (): Promise<unknown> => use();
      await expect(attempt(), name).rejects.toMatchObject({ code: 'CLOSED' });
    }
    // Who is told of something afterwards has to say what it was about.
    expect(workspace.name).toBe('w');
    const again = await project.open().workspace.get('w');
    expect(await again.readText('/a.txt')).toBe('a');
    expect(await again.exists('/b.bin')).toBe(false);
  });

  it('leaves one file, which a copy can be made of', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/b.txt', 'b');
    await afs.close();
    expect(project.has('.agentfs/agentfs.db-wal')).toBe(false);
    const copy = new TestProject();
    mkdirSync(copy.path('.agentfs'));
    const database = readFileSync(project.path('.agentfs/agentfs.db'));
    writeFileSync(join(copy.dir, '.agentfs', 'agentfs.db'), database);
    expect(await (await copy.open().workspace.get('w')).readText('/b.txt')).toBe('b');
  });
});

describe('several AgentFS on one base', () => {
  it('see what the others write at once', async () => {
    const { project, workspace } = await setUp({ 'a.txt': 'a' });
    const other = await project.open().workspace.get('w');
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 === 0 ? [workspace, other] : [other, workspace];
      await writer.writeFile('/a.txt', `version ${i}`);
      await writer.writeFile(`/dir/${i}.txt`, 'x');
      expect(await reader.readText('/a.txt')).toBe(`version ${i}`);
      expect(await reader.readdir('/dir')).toHaveLength(i + 1);
    }
    await workspace.snapshot.create('s');
    await other.delete('/dir', { recursive: true });
    expect((await other.diff({ against: 's' })).changes).toHaveLength(20);
    await workspace.snapshot.restore('s');
    expect(await other.readdir('/dir')).toHaveLength(20);
    await other.update({ description: 'changed elsewhere' });
    expect(workspace.description).toBe('changed elsewhere');
  });
});

describe('events and hooks', () => {
  /** A logger that keeps the messages of errors. */
  function errorLog(): { readonly logger: Logger; readonly messages: string[] } {
    const messages: string[] = [];
    const ignore = (): void => {};
    const error = (message: string): void => void messages.push(message);
    return { messages, logger: { debug: ignore, info: ignore, warn: ignore, error } };
  }

  it('tell of what has happened', async () => {
    const { afs, project, workspace } = await setUp({ 'a.txt': 'a' });
    const heard: string[] = [];
    afs.on('workspaceCreate', ({ name }) => heard.push(`create ${name}`));
    afs.on('workspaceDelete', (name) => heard.push(`delete ${name}`));
    afs.on('snapshotCreate', ({ name }, snapshot) =>
      heard.push(`snapshot ${name}/${snapshot.name}`),
    );
    afs.on('snapshotRestore', (_, { snapshot }) => heard.push(`restore ${snapshot.name}`));
    afs.on('commit', ({ name }, message, { length }) => heard.push(`${name} ${message} ${length}`));
    afs.on('conflict', (_, conflicts) => heard.push(`conflict ${conflicts[0]?.path}`));
    afs.once('commit', () => heard.push('once'));
    await afs.workspace.create('x');
    await afs.workspace.delete('x');
    await workspace.snapshot.create('s');
    await workspace.writeFile('/a.txt', 'mine');
    await workspace.commit('first');
    await workspace.snapshot.restore('s');
    await workspace.writeFile('/a.txt', 'mine again');
    project.write('a.txt', 'theirs');
    await expect(workspace.commit('second')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(heard).toEqual([
      'create x',
      'delete x',
      'snapshot w/s',
      'w first 1',
      'once',
      'restore s',
      'conflict a.txt',
    ]);
  });

  it('never make a finished operation look failed', async () => {
    const { logger, messages } = errorLog();
    const project = new TestProject({ 'a.txt': 'a' });
    const afs = project.open({ logger });
    afs.on('workspaceCreate', () => {
      throw new Error('a listener throws');
    });
    afs.on('commit', async () => Promise.reject(new Error('a listener rejects')));
    const workspace = await afs.workspace.create('w');
    expect(messages).toHaveLength(1);
    const errors: unknown[] = [];
    afs.on('error', (error) => errors.push(error));
    await workspace.writeFile('/b.txt', 'b');
    await workspace.commit('committed all the same');
    await Promise.resolve();
    expect(project.read('b.txt')).toBe('b');
    expect(errors.map(String)).toEqual(['Error: a listener rejects']);
  });

  it('veto a creation and a commit before anything has happened', async () => {
    const { project, afs, workspace } = await setUp({ 'a.txt': 'a' });
    await workspace.writeFile('/a.txt', 'mine');
    const allowCommit = afs.hooks.before('commit', async ({ message }) => {
      await Promise.resolve();
      throw new Error(`no ${message} today`);
    });
    afs.hooks.before('workspaceCreate', ({ name }) => {
      if (name.startsWith('bad')) throw new Error('bad name');
    });
    await expect(workspace.commit('commits')).rejects.toMatchObject({
      name: 'HookError',
      code: 'HOOK_FAILED',
      message: expect.stringContaining('no commits today'),
    });
    await expect(afs.workspace.create('bad-one')).rejects.toMatchObject({ code: 'HOOK_FAILED' });
    expect(project.read('a.txt')).toBe('a');
    expect(await afs.workspace.exists('bad-one')).toBe(false);
    expect((await workspace.status()).hasChanges).toBe(true);
    allowCommit();
    await workspace.commit('allowed');
    expect(project.read('a.txt')).toBe('mine');
  });
});

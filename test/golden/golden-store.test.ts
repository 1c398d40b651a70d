import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { NEWEST_SCHEMA } from '../../src/store/migrate.ts';
import { readAll } from '../model/support/on-store.ts';
import { LARGE, makeGoldenStore } from './make-store.ts';

/** The schemas of which a store is checked in. */
const SCHEMAS = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13];

function goldenPath(schema: number): string {
  return fileURLToPath(new URL(`./schema-${schema}.db`, import.meta.url));
}

/** A base with a copy of a golden store, which no test changes. */
function openCopy(schema: number): AgentFS {
  const base = mkdtempSync(join(tmpdir(), 'agentfs-golden-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  mkdirSync(join(base, '.agentfs'));
  copyFileSync(goldenPath(schema), join(base, '.agentfs/agentfs.db'));
  return new AgentFS(base);
}

const COMMITTED = {
  'README.md': { kind: 'file', content: '# Golden\n', mode: 0o644 },
  bin: { kind: 'directory', mode: 0o755 },
  'bin/tool': { kind: 'file', content: '#!/bin/sh\n', mode: 0o755 },
  empty: { kind: 'directory', mode: 0o755 },
  tool: { kind: 'symlink', target: 'bin/tool' },
};

const MOVED = {
  ...COMMITTED,
  notes: { kind: 'file', content: 'golden\n', mode: 0o644 },
  source: { kind: 'directory', mode: 0o755 },
  'source/main.ts': { kind: 'file', content: 'export const answer = 43;\n', mode: 0o644 },
};

const { tool: _, ...kept } = MOVED;
const AGENT = {
  ...kept,
  'README.md': { kind: 'file', content: '# Golden\n', mode: 0o600 },
  ünïcode: { kind: 'directory', mode: 0o755 },
  'ünïcode/😀.txt': { kind: 'file', content: 'pending\n', mode: 0o644 },
};

// `AGENTFS_GOLDEN=1 npx vitest run test/golden` makes the store of the newest schema anew.
it.runIf(process.env['AGENTFS_GOLDEN'] === '1')(
  'makes the store of the newest schema',
  async () => {
    await makeGoldenStore(goldenPath(NEWEST_SCHEMA));
  },
);

it('there is a small store of every schema since the first release', () => {
  expect(SCHEMAS).toContain(NEWEST_SCHEMA);
  for (const schema of SCHEMAS) {
    expect(existsSync(goldenPath(schema))).toBe(true);
    expect(statSync(goldenPath(schema)).size).toBeLessThan(250_000);
  }
});

describe.each(SCHEMAS)('a store of schema %i', (schema) => {
  it('has its workspaces and their files', async () => {
    await using afs = openCopy(schema);
    const [agent, fork] = await afs.workspace.list();
    expect(agent).toMatchObject({ name: 'agent', description: 'a golden one', tags: ['old'] });
    expect(fork).toMatchObject({ name: 'fork', parent: 'agent', readOnly: true });
    expect(agent && Object.fromEntries(await readAll(agent))).toEqual(AGENT);
    expect(fork && Object.fromEntries(await readAll(fork))).toEqual(MOVED);
    expect((await agent?.status())?.hasChanges).toBe(true);
  });

  it('has its snapshots', async () => {
    await using afs = openCopy(schema);
    const agent = await afs.workspace.get('agent');
    const [first, second, third] = await agent.snapshot.list();
    expect(first).toMatchObject({
      name: 'before-commit',
      description: 'all is well',
      tags: ['safe'],
      fileCount: 4,
    });
    expect(second).toMatchObject({ name: 'large', parent: 'before-commit', fileCount: 5 });
    expect(third).toMatchObject({ name: 'moved', parent: 'large', fileCount: 5 });
    await agent.snapshot.restore('large');
    expect(await agent.readText('large.txt')).toBe(LARGE);
    await agent.snapshot.restore('before-commit');
    expect(Object.fromEntries(await readAll(agent))).toEqual({
      ...COMMITTED,
      src: { kind: 'directory', mode: 0o755 },
      'src/main.ts': MOVED['source/main.ts'],
    });
  });

  it('gives no snapshot the number of one that is gone', async () => {
    await using afs = openCopy(schema);
    const file = join(afs.basePath, '.agentfs/agentfs.db');
    const database = new Sqlite(file);
    onTestFinished(() => void database.close());
    database.exec("DELETE FROM snapshots WHERE name = 'moved'");
    const agent = await afs.workspace.get('agent');
    await agent.snapshot.create('new');
    const numbers = database.prepare('SELECT number FROM snapshots ORDER BY number').pluck();
    expect(numbers.all()).toEqual([1, 2, 4]);
  });

  it('has its steps, which can be taken back', async () => {
    await using afs = openCopy(schema);
    const agent = await afs.workspace.get('agent');
    const steps = (await agent.history()).map(({ kind, undone }) => (undone ? `(${kind})` : kind));
    expect(steps).toEqual(['(delete)', 'move', 'edit', 'commit', 'batch']);
    await agent.undo();
    await agent.undo();
    expect(await agent.exists('src/main.ts')).toBe(true);
    await agent.redo();
    expect(await agent.exists('src/main.ts')).toBe(false);
  });

  it('has its commits and its audit log', async () => {
    await using afs = openCopy(schema);
    const [commit, ...others] = await afs.log();
    expect(others).toEqual([]);
    expect(commit).toMatchObject({
      message: 'Correct the answer',
      author: { name: 'Golden', email: 'g@x' },
      workspace: 'agent',
    });
    expect(commit?.changes.map(({ type, path }) => `${type} ${path}`)).toEqual([
      'added bin/tool',
      'added empty',
      'modified src/main.ts',
      'added tool',
    ]);
    const entries = await afs.audit.logs();
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.every(({ agentId }) => agentId === 'golden-agent')).toBe(true);
    expect(await afs.audit.verify()).toMatchObject({ ok: true });
  });

  it('has large files that can be edited by position', async () => {
    await using afs = openCopy(schema);
    const agent = await afs.workspace.get('agent');
    await agent.snapshot.restore('large');
    const content = Buffer.from(LARGE);
    for (const position of [500_000, 3, 1_050_000]) {
      content.write('edited', position);
      await agent.patchFile('large.txt', Buffer.from('edited'), position);
      expect(content.equals(await agent.readFile('large.txt'))).toBe(true);
    }
    await agent.writeFile('copy.txt', content);
    await afs.gc();
    expect(content.equals(await agent.readFile('large.txt'))).toBe(true);
    expect(content.equals(await agent.readFile('copy.txt'))).toBe(true);
    expect(await afs.verify()).toMatchObject({ ok: true });
  });

  it('brings its large files to the project, and knows them there', async () => {
    await using afs = openCopy(schema);
    const agent = await afs.workspace.get('agent');
    await agent.snapshot.restore('large');
    const commit = await agent.commit('Bring it');
    if (!('id' in commit)) throw new Error('The commit has met a conflict.');
    const file = join(afs.basePath, 'large.txt');
    expect(readFileSync(file, 'utf8')).toBe(LARGE);
    utimesSync(file, 1, 1);
    expect((await agent.status({ refresh: true })).hasChanges).toBe(false);
    expect(await afs.revert(commit.id)).toHaveProperty('id');
    expect(existsSync(file)).toBe(false);
  });

  it('can be shared, with its large files', async () => {
    await using afs = openCopy(schema);
    const agent = await afs.workspace.get('agent');
    await agent.snapshot.restore('large');
    const directory = mkdtempSync(join(tmpdir(), 'agentfs-golden-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const tursoDb = `file:${join(directory, 'remote.db')}`;
    await agent.sync.enable({ tursoDb });
    await agent.sync.push();
    expect(await agent.sync.verify()).toMatchObject({ ok: true });
    await using other = new AgentFS(directory);
    const pulled = await other.workspace.create('agent', { fromSync: tursoDb });
    expect(await pulled.readText('large.txt')).toBe(LARGE);
    expect(await other.verify()).toMatchObject({ ok: true });
  });

  it('is whole, and can be worked with', async () => {
    await using afs = openCopy(schema);
    expect(await afs.verify()).toMatchObject({ ok: true });
    const agent = await afs.workspace.get('agent');
    await agent.writeFile('new', 'of today');
    await agent.snapshot.create('today');
    await afs.workspace.delete('fork');
    await afs.gc();
    expect(Object.fromEntries(await readAll(agent))).toEqual({
      ...AGENT,
      new: { kind: 'file', content: 'of today', mode: 0o644 },
    });
    expect(await afs.verify()).toMatchObject({ ok: true });
  });
});

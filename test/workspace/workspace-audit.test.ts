/** The audit log of a workspace: what it records, how it is asked, and that tampering shows. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import DriverDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, Workspace } from '../../src/index.ts';
import { setUp, TestProject } from '../support/test-project.ts';

const FILES = { 'a.txt': 'a', 'dir/b.txt': 'b' };

const linesOf = (entries: readonly AuditEntry[]): string[] =>
  entries.map(({ operation, path }) => `${operation} ${path}`);

const sha256 = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** A workspace with an entry of most kinds. */
async function busyWorkspace(workspace: Workspace): Promise<void> {
  await workspace.writeFile('/a.txt', 'changed');
  await workspace.writeFile('/src/new.ts', 'n');
  await workspace.mkdir('/made');
  await workspace.chmod('/src/new.ts', 0o755);
  await workspace.move('/src/new.ts', '/src/old.ts');
  await workspace.delete('/dir', { recursive: true });
  await workspace.snapshot.create('s');
  await workspace.snapshot.restore('s');
  await workspace.commit('c');
}

describe('logs', () => {
  it('has an entry for every change, in the order of the changes', async () => {
    const { afs, workspace } = await setUp(FILES);
    await busyWorkspace(workspace);
    const logs = await workspace.audit.logs();
    expect(linesOf(logs)).toEqual([
      'workspace.create ',
      'write a.txt',
      'create src/new.ts',
      'create made',
      'chmod src/new.ts',
      'rename src/old.ts',
      'delete dir',
      'snapshot ',
      'restore ',
      'commit ',
    ]);
    const ids = logs.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((left, right) => left - right));
    expect(logs[1]).toMatchObject({
      workspaceName: 'w',
      workspaceId: workspace.id,
      details: {
        sizeBefore: 1,
        sizeAfter: 7,
        checksumBefore: sha256('a'),
        checksumAfter: sha256('changed'),
      },
    });
    expect(logs[5]?.metadata).toEqual({ from: 'src/new.ts' });
    await afs.workspace.delete('w');
    expect(linesOf(await afs.audit.logs({ order: 'desc', limit: 1 }))).toEqual([
      'workspace.delete ',
    ]);
  });

  it('has no entry for what did not happen, and none for reads', async () => {
    const { workspace } = await setUp(FILES);
    const attempts = [
      workspace.writeFile('/dir', 'x'),
      workspace.delete('/no'),
      workspace.move('/no', '/x'),
      workspace.batch([
        { type: 'write', path: '/x', content: 'x' },
        { type: 'delete', path: '/no' },
      ]),
    ];
    for (const { status } of await Promise.allSettled(attempts)) expect(status).toBe('rejected');
    await workspace.readFile('/a.txt');
    await workspace.listDir('/', { recursive: true });
    expect(linesOf(await workspace.audit.logs())).toEqual(['workspace.create ']);
  });

  it('says who did it', async () => {
    const project = new TestProject(FILES);
    const one = project.open({ agentId: 'agent-1', sessionId: 'session-1' });
    const workspace = await one.workspace.create('w');
    const two = project.open({ agentId: 'agent-2', sessionId: 'session-2' });
    await (await two.workspace.get('w')).writeFile('/x', 'x');
    await workspace.writeFile('/y', 'y');
    const { audit } = workspace;
    expect(linesOf(await audit.logs({ agentId: 'agent-2' }))).toEqual(['create x']);
    expect(linesOf(await audit.logs({ sessionId: 'session-1' }))).toEqual([
      'workspace.create ',
      'create y',
    ]);
    expect(await audit.logs({ agentId: "' OR 1=1 --" })).toEqual([]);
  });

  it('filters by operation, path, time, and pages', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const { workspace } = await setUp(FILES, { clock: { now: () => now } });
    for (const path of ['a.txt', 'src/x.ts', 'src/y.ts', 'src/a_b', 'src/axb']) {
      now += 60_000;
      await workspace.writeFile(path, path);
    }
    const find = async (filter: object): Promise<string[]> =>
      linesOf(await workspace.audit.logs(filter));
    expect(await find({ operation: 'write' })).toEqual(['write a.txt']);
    expect(await find({ operation: ['write', 'workspace.create'] })).toHaveLength(2);
    expect(await find({ path: '/src/x.ts' })).toEqual(['create src/x.ts']);
    expect(await find({ path: 'src/a_b' })).toEqual(['create src/a_b']);
    expect(await find({ path: 'src/*.ts' })).toEqual(['create src/x.ts', 'create src/y.ts']);
    expect(await find({ from: '2026-01-01T00:04:00Z' })).toHaveLength(2);
    expect(await find({ from: new Date(now), to: now })).toEqual(['create src/axb']);
    expect(await find({ to: '2026-01-01T00:00:59.999Z' })).toEqual(['workspace.create ']);
    expect(await find({ limit: 2, offset: 1 })).toEqual(['write a.txt', 'create src/x.ts']);
    expect(await find({ limit: 1, order: 'desc' })).toEqual(['create src/axb']);
    await expect(find({ operation: 'explode' })).rejects.toThrow(/operation must be one of/);
    await expect(find({ from: 'yesterday' })).rejects.toThrow(/from must be/);
    await expect(find({ limit: -1 })).rejects.toThrow(/limit must be/);
    await expect(find({ path: '../x' })).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });

  it('is empty when auditing is off', async () => {
    const { workspace } = await setUp(FILES, { auditEnabled: false });
    await busyWorkspace(workspace);
    expect(await workspace.audit.logs()).toEqual([]);
    expect(await workspace.audit.verify()).toMatchObject({ ok: true, rows: 0 });
  });
});

describe('export', () => {
  it('writes JSON, JSON lines and CSV that hold what logs gives', async () => {
    const { project, workspace } = await setUp(FILES);
    await busyWorkspace(workspace);
    const expected: unknown = JSON.parse(JSON.stringify(await workspace.audit.logs()));
    const json = project.path('out.json');
    expect(await workspace.audit.export(json)).toBe(10);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(expected);
    expect(statSync(json).mode & 0o777).toBe(0o600);
    await workspace.audit.export(project.path('out.jsonl'), { format: 'jsonl' });
    const lines = project.read('out.jsonl').trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(expected);
    const some = { format: 'csv', operation: 'write' } as const;
    expect(await workspace.audit.export(project.path('out.csv'), some)).toBe(1);
    const [header, row] = project.read('out.csv').split('\r\n');
    expect(header).toMatch(/^id,timestamp,workspaceId,workspaceName,operation,path,/);
    expect(row).toContain(',write,a.txt,1,7,');
  });

  it('leaves nothing behind when it fails', async () => {
    const { project, workspace } = await setUp(FILES);
    const before = project.list();
    const { audit } = workspace;
    await expect(audit.export(project.path('no/x.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(audit.export(project.path('dir'))).rejects.toMatchObject({ code: 'EISDIR' });
    const wrong = Reflect.apply(audit.export, audit, [project.path('x'), { format: 'xml' }]);
    await expect(wrong).rejects.toThrow(/format must be json, jsonl or csv/);
    expect(project.list()).toEqual(before);
    expect(readdirSync(project.path('dir'))).toEqual(['b.txt']);
  });
});

describe('stream', () => {
  it('gives the entries that match and ends', async () => {
    const { workspace } = await setUp(FILES);
    await busyWorkspace(workspace);
    const found: AuditEntry[] = [];
    for await (const entry of workspace.audit.stream({ operation: 'create' })) found.push(entry);
    expect(linesOf(found)).toEqual(['create src/new.ts', 'create made']);
  });

  it('follows the log, also of what another AgentFS does, until it is aborted', async () => {
    const { project, workspace } = await setUp(FILES);
    const other = await project.open().workspace.get('w');
    const ending = new AbortController();
    const found: string[] = [];
    const { signal } = ending;
    await workspace.writeFile('/first', '1');
    for await (const { path } of workspace.audit.stream({
      follow: true,
      operation: 'create',
      signal,
    })) {
      found.push(path);
      if (path === 'first') await other.writeFile('/second', '2');
      if (path === 'second') ending.abort();
    }
    expect(found).toEqual(['first', 'second']);
  });

  it('ends by itself at its limit, which counts over all that it follows', async () => {
    const { workspace } = await setUp(FILES);
    await workspace.writeFile('/0', '');
    const found: string[] = [];
    const filter = { follow: true, operation: 'create', offset: 1, limit: 3 } as const;
    await workspace.writeFile('/1', '');
    for await (const { path } of workspace.audit.stream(filter)) {
      found.push(path);
      await workspace.writeFile(`/${found.length + 1}`, '');
    }
    expect(found).toEqual(['1', '2', '3']);
  });

  it('refuses options that make no sense', async () => {
    const { workspace } = await setUp(FILES);
    const first = (options: unknown): Promise<unknown> => {
      const stream: unknown = Reflect.apply(workspace.audit.stream, workspace.audit, [options]);
      return Reflect.apply(Reflect.get(Object(stream), 'next'), stream, []);
    };
    await expect(first({ follow: 'yes' })).rejects.toThrow(/follow must be a boolean/);
    await expect(first({ signal: 5 })).rejects.toThrow(/signal must be an AbortSignal/);
    await expect(first({ follow: true, order: 'desc' })).rejects.toThrow(/order must be 'asc'/);
  });
});

describe('verify', () => {
  /** Changes the rows behind the back of agentfs, as somebody with the file can. */
  function tamper(project: TestProject, ...statements: readonly string[]): void {
    const database = new DriverDatabase(project.path('.agentfs/agentfs.db'));
    database.exec(
      'DROP TRIGGER IF EXISTS audit_is_append_only; DROP TRIGGER IF EXISTS audit_is_kept',
    );
    for (const statement of statements) database.exec(statement);
    database.close();
  }

  const WHERE = "workspace = 1 AND path = 'a.txt'";
  const TAMPERING: Readonly<Record<string, readonly string[]>> = {
    'a changed path': [`UPDATE audit SET path = 'other.txt' WHERE ${WHERE}`],
    'a changed size': [`UPDATE audit SET after_size = 5 WHERE ${WHERE}`],
    'another agent': [`UPDATE audit SET agent_id = 'somebody' WHERE ${WHERE}`],
    'another time': [`UPDATE audit SET time = time - 1 WHERE ${WHERE}`],
    'a removed entry': [`DELETE FROM audit WHERE ${WHERE}`],
    'a removed end': ['DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)'],
    'two entries in another order': [
      'UPDATE audit SET sequence = 99 WHERE workspace = 1 AND sequence = 2',
      'UPDATE audit SET sequence = 2 WHERE workspace = 1 AND sequence = 3',
      'UPDATE audit SET sequence = 3 WHERE workspace = 1 AND sequence = 99',
    ],
  };

  for (const [what, statements] of Object.entries(TAMPERING)) {
    it(`finds ${what}`, async () => {
      const { project, afs, workspace } = await setUp(FILES);
      await busyWorkspace(workspace);
      const before = await workspace.audit.verify();
      expect(before).toMatchObject({ ok: true, rows: 10 });
      await afs.close();
      tamper(project, ...statements);
      const again = project.open();
      const verdict = await (await again.workspace.get('w')).audit.verify();
      expect(verdict.ok).toBe(false);
      expect(verdict.problem).toMatch(/row/i);
      expect((await again.audit.verify()).ok).toBe(false);
      expect((await again.verify()).ok).toBe(false);
    });
  }

  it('refuses to change or remove entries by way of the database', async () => {
    const { project, workspace } = await setUp(FILES);
    await busyWorkspace(workspace);
    const database = new DriverDatabase(project.path('.agentfs/agentfs.db'));
    expect(() => database.exec(`UPDATE audit SET path = 'x' WHERE ${WHERE}`)).toThrow(/changed/);
    expect(() => database.exec(`DELETE FROM audit WHERE ${WHERE}`)).toThrow(/deleted/);
    database.close();
    expect((await workspace.audit.verify()).ok).toBe(true);
  });
});

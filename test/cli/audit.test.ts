import { once } from 'node:events';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { cliProject, collect } from '../support/cli.ts';
import { until } from '../support/processes.ts';

interface Entry {
  readonly operation: string;
  readonly path: string;
  readonly workspaceName: string;
}

describe('agentfs audit', () => {
  it('says what has happened, of one workspace or all, filtered', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const afs = project.open({ agentId: 'robot', sessionId: 'night' });
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('src/a.ts', 'a');
    await workspace.delete('a.txt');
    await (await afs.workspace.create('export')).writeFile('b.txt', 'b');
    const paths = async (...args: string[]): Promise<string[]> =>
      ((await project.json(['audit', ...args])) as Entry[]).map(({ path }) => path).filter(Boolean);
    expect(await paths()).toEqual(['src/a.ts', 'a.txt', 'b.txt']);
    expect(await paths('w')).toEqual(['src/a.ts', 'a.txt']);
    expect(await paths('-w', 'export')).toEqual(['b.txt']);
    expect(await paths('query', 'w', '--operation', 'delete,rename')).toEqual(['a.txt']);
    expect(await paths('--path', 'src/**')).toEqual(['src/a.ts']);
    expect(
      await paths('--filter', 'b.txt', '--agent-id', 'robot', '--session-id', 'night'),
    ).toEqual(['b.txt']);
    expect(await paths('--since', '1h', '-n', '1')).toEqual([]);
    expect(await paths('--to', '2020-01-01')).toEqual([]);
    expect(await project.ok(['audit', 'w', '--operation', 'delete'])).toMatch(
      /^\d+\t\S+Z\tw\tdelete\ta\.txt\trobot\n$/,
    );
    for (const [args, status] of [
      [['w', '--operation', 'explode'], 2],
      [['w', '--from', 'yesterday'], 2],
      [['--from', '2020-01-01', '--since', '1h'], 2],
      [['nobody'], 3],
    ] as const) {
      expect(await project.run(['audit', ...args])).toMatchObject({ status });
    }
  });

  it('is written to files and to the output, in the same form', async () => {
    const project = await cliProject();
    await (await project.open().workspace.get('w')).writeFile('a.txt', 'a');
    for (const format of ['json', 'jsonl', 'csv']) {
      const call = ['audit', 'export', 'w', '--format', format];
      const file = await project.run([...call, '--output', 'audit.out']);
      expect(file).toEqual({ status: 0, stdout: '', stderr: 'Wrote 2 lines to audit.out.\n' });
      expect(await project.ok(call)).toBe(project.read('audit.out'));
    }
    expect(
      await project.json(['audit', 'w', '--format', 'json', '--output', 'q.json']),
    ).toMatchObject({
      entries: 2,
    });
    expect(JSON.parse(project.read('q.json'))).toMatchObject([
      { operation: 'workspace.create' },
      {},
    ]);
    const csv = await project.ok(['audit', 'query', 'w', '--format', 'csv']);
    expect(csv).toMatch(/^id,timestamp,workspaceName,operation,path,agentId\r\n/);
    expect(await project.run(['audit', 'w', '--format', 'table', '--output', 'x'])).toMatchObject({
      status: 2,
    });
    expect(await project.run(['audit', 'export', '--output', 'no/such/dir/x'])).toMatchObject({
      status: 1,
    });
  });

  it('is streamed as it grows, until Ctrl-C', async () => {
    const project = await cliProject();
    expect(await project.ok(['audit', 'stream', 'w', '--no-follow'])).toContain('workspace.create');
    const child = await project.start(['audit', 'stream', '--since', '1h', '--json']);
    const output = collect(child.stdout);
    await until(() => output.join('').includes('workspace.create'));
    await (await project.open().workspace.get('w')).writeFile('later.txt', 'x');
    await until(() => output.join('').includes('later.txt'));
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
    const lines = output.join('').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).operation)).toEqual(['workspace.create', 'create']);
  });

  it('ends quietly when nobody reads it any more', async () => {
    const project = await cliProject();
    const child = await project.start(['audit', 'stream', '--since', '1h']);
    const errors = collect(child.stderr);
    await once(child.stdout ?? child, 'data');
    child.stdout?.destroy();
    const workspace = await project.open().workspace.get('w');
    let written = 0;
    await until(async () => {
      await workspace.writeFile(`f${written++}`, 'x');
      return child.exitCode !== null;
    });
    expect([child.exitCode, errors.join('')]).toEqual([0, '']);
  });

  it('proves that nobody has changed it', async () => {
    const project = await cliProject();
    const afs = project.open();
    await (await afs.workspace.get('w')).writeFile('a.txt', 'a');
    expect(await project.ok(['audit', 'verify'])).toBe('ok: 2 rows\n');
    expect(await project.json(['audit', 'verify', 'w'])).toMatchObject({ ok: true, rows: 2 });
    await afs.close();
    const database = new Database(project.path('.agentfs/agentfs.db'));
    const triggers = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .pluck()
      .all();
    for (const name of triggers) database.exec(`DROP TRIGGER ${name}`);
    database.prepare("UPDATE audit SET path = 'b.txt' WHERE path = 'a.txt'").run();
    database.close();
    const damaged = await project.run(['audit', 'verify']);
    expect(damaged).toMatchObject({ status: 1 });
    expect(damaged.stdout).toMatch(/^damaged: /);
  });
});

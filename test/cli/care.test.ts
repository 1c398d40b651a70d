import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { CliProject, cliProject } from '../support/cli.ts';

describe('looking after the store', () => {
  it('measures it, names what is large, and makes it small', async () => {
    const project = await cliProject({ 'src/large.txt': 'x'.repeat(50_000), 'small.txt': 's' });
    const usage = await project.ok(['storage', 'usage']);
    expect(usage).toMatch(
      /^Database: .*\nLog: .*\ncontent: {5}2 objects, 49 KB, stored in 49 KB\n/,
    );
    expect(usage).toContain('Workspaces:  1\n');
    expect(await project.json(['storage', 'usage'])).toMatchObject({ workspaces: 1, snapshots: 0 });
    const analysis = await project.ok(['storage', 'usage', '--largest', '1']);
    expect(analysis).toMatch(
      /^Snapshots: +0\nAll trees: .*\nContents: .*\nStored in: .*\nLargest files:\n {6}49 KB {2}src\/large\.txt {2}\(workspace w\)\nLargest directories:\n/m,
    );
    expect(await project.json(['storage', 'usage', '--largest', '20'])).toMatchObject({
      largestFiles: [{ path: 'src/large.txt', size: 50_000 }, { path: 'small.txt' }],
    });
    const compact = await project.run(['storage', 'compact']);
    expect(compact).toMatchObject({ status: 0, stdout: '' });
    expect(compact.stderr).toMatch(/^Compacted the store from .* to .*\.\nRemoved .* compressed /);
    expect(await project.json(['storage', 'compact'])).toHaveProperty('bytesAfter');
  });

  it('frees what nothing refers to, or only says so', async () => {
    const project = await cliProject();
    const afs = project.open();
    const workspace = await afs.workspace.get('w');
    await workspace.writeFile('a.txt', 'first');
    await workspace.writeFile('a.txt', 'second');
    const dry = await project.run(['gc', '--dry-run']);
    expect(dry).toMatchObject({ status: 0, stdout: '' });
    expect(dry.stderr).toMatch(/^Would free [1-9]\d* objects?, /);
    const report = await project.json(['gc', '-y']);
    expect(report).toMatchObject({ dryRun: false, objects: expect.any(Number) });
    expect(await project.ok(['verify'])).toBe('ok\n');
  });

  it('examines store, configuration and host', async () => {
    const project = await cliProject();
    const doctor = await project.ok(['doctor']);
    expect(doctor).toMatch(/Sandbox profiles with directory: none/);
    expect(doctor).toContain('No problems found.\n');
    project.write('.agentfs/config.toml', '[hooks]\npre_commit = "true"\n');
    const told = await project.run(['doctor', '--json']);
    expect(JSON.parse(told.stdout)).toMatchObject({
      findings: expect.any(Array),
      configuration: [{ key: 'hooks.pre_commit', severity: 'warning' }],
      strategies: [{ name: 'overlay' }, { name: 'directory' }],
    });
  });
});

describe('a store in trouble', () => {
  it('that is damaged is found out, with the files that it hits', async () => {
    const project = await cliProject({ 'a.txt': 'precious\n', 'b.txt': 'b\n' });
    const database = new Database(project.path('.agentfs/agentfs.db'));
    database
      .prepare("UPDATE objects SET data = CAST('precioos\n' AS BLOB) WHERE data = ?")
      .run(Buffer.from('precious\n'));
    database.close();
    const verify = await project.run(['verify']);
    expect(verify).toMatchObject({ status: 1 });
    expect(verify.stdout).toMatch(/^OBJECT_CORRUPT: .*\n {2}in workspace w: a\.txt\n/);
    expect(await project.run(['verify', '--no-data'])).toMatchObject({ status: 0, stdout: 'ok\n' });
    const json = await project.run(['verify', '--sample', '100', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      damage: [{ code: 'OBJECT_CORRUPT' }],
    });
  });

  it('that is no store, newer, or full of rubbish is left as it is', async () => {
    const project = new CliProject({ '.agentfs/agentfs.db': 'rubbish '.repeat(1000) });
    const call = async (): Promise<unknown[]> => {
      const { status, stderr } = await project.run(['workspace', 'list', '--json']);
      return [status, JSON.parse(stderr).error.code];
    };
    expect(await call()).toEqual([1, 'STORE_FOREIGN']);
    expect(project.read('.agentfs/agentfs.db')).toMatch(/^rubbish/);
    project.remove('.agentfs');
    await project.ok(['init']);
    const path = project.path('.agentfs/agentfs.db');
    const database = new Database(path);
    database.pragma('user_version = 9999');
    database.close();
    expect(await call()).toEqual([1, 'SCHEMA_NEWER']);
    const header = Buffer.alloc(4096, 0xff);
    header.write('SQLite format 3\0', 'latin1');
    writeFileSync(path, header);
    const [status, code] = await call();
    expect(status).toBe(1);
    expect(code).toMatch(/^STORE_/);
  });

  it('that somebody else writes to can be read meanwhile', async () => {
    const project = await cliProject({ 'a.txt': 'a\n' });
    const database = new Database(project.path('.agentfs/agentfs.db'));
    database.exec('BEGIN IMMEDIATE');
    expect(await project.ok(['status', 'w', '--no-refresh', '--porcelain'])).toBe('');
    database.exec('ROLLBACK');
    database.close();
  });
});

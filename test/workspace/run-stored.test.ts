import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { setUp } from '../support/test-project.ts';
import { auditOf, FILES, listingOf, run, workspaceOf } from './support/commands.ts';

describe('changes are dropped', () => {
  it.each([
    ['read-only', { readOnly: true }],
    ['frozen', { state: 'frozen' }],
    ['archived', { state: 'archived' }],
    ['expired', { expires: new Date(1) }],
  ] as const)('in a workspace that is %s', async (_, changes) => {
    const workspace = await workspaceOf();
    await workspace.update(changes);
    const before = await listingOf(workspace);
    const result = await run(workspace, 'cat a.txt; echo x > a.txt');
    expect(result).toMatchObject({
      stdout: 'a\n',
      exitCode: 0,
      discarded: true,
      operationId: null,
    });
    expect(result.changes).toMatchObject([{ type: 'modified', path: 'a.txt' }]);
    expect(await listingOf(workspace)).toEqual(before);
    expect((await run(workspace, 'cat a.txt')).stdout).toBe('a\n');
    expect(await auditOf(workspace)).toMatchObject([{ operation: 'run' }, { operation: 'run' }]);
  });

  it('in a snapshot, which the command sees in place of the workspace', async () => {
    const workspace = await workspaceOf();
    await workspace.snapshot.create('first');
    await workspace.writeFile('a.txt', 'now');
    const result = await run(workspace, 'cat a.txt; echo x > x', { snapshot: 'first' });
    expect(result).toMatchObject({ stdout: 'a\n', discarded: true, changes: [{ path: 'x' }] });
    expect((await run(workspace, 'cat a.txt; ls')).stdout).toBe('nowa.txt\nsrc\n');
    await expect(run(workspace, 'true', { snapshot: 'second' })).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
    });
  });

  it('never for a workspace of another agent: there nothing runs', async () => {
    const { project, workspace } = await setUp(FILES);
    await workspace.update({ agentId: 'other' });
    const other = await project.open({ agentId: 'one' }).workspace.get(workspace.name);
    await expect(run(other, 'true')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(other.materialize()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(existsSync(other.workDir)).toBe(false);
  });
});

describe('the audit log of a run', () => {
  it('has a row for the command and one for each path, with its id', async () => {
    const workspace = await workspaceOf();
    const result = await run(
      workspace,
      'echo n > new; rm a.txt; echo x >> src/b.txt; chmod 700 src',
    );
    const rows = await auditOf(workspace);
    expect(rows.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'run ',
      'delete a.txt',
      'create new',
      'chmod src',
      'write src/b.txt',
    ]);
    expect(new Set(rows.map(({ commandId }) => commandId))).toEqual(new Set([result.commandId]));
    expect(rows[4]).toMatchObject({ details: { sizeBefore: 2, sizeAfter: 4 } });
    expect(rows[0]?.metadata).toMatchObject({
      command: result.command,
      exitCode: 0,
      timedOut: false,
      discarded: false,
    });
  });

  it('names the variables that were given, and never their values', async () => {
    const canary = 'canary-5c1f9e';
    const { project, workspace } = await setUp(FILES);
    const env = { SECRET: canary };
    const command = 'echo $SECRET; echo $SECRET | wc -c > length; exit 1';
    const failure = run(workspace, command, { env, check: true });
    await expect(failure).rejects.toMatchObject({ result: { stdout: `${canary}\n` } });
    vi.stubEnv('INHERITED', canary);
    expect((await run(workspace, 'echo $INHERITED')).stdout).toBe(`${canary}\n`);
    vi.unstubAllEnvs();
    expect((await auditOf(workspace))[0]?.metadata).toMatchObject({ env: ['SECRET'] });
    const found = await failure.catch((error: unknown) => JSON.stringify(error));
    expect(found).not.toContain(canary);
    const grep = spawn('grep', ['-rlaF', canary, project.path('.agentfs')]);
    expect(await text(grep.stdout)).toBe('');
  });

  it('can be left out, for one run or all', async () => {
    const workspace = await workspaceOf();
    await run(workspace, 'echo x > x', { audit: false });
    expect(await auditOf(workspace)).toEqual([]);
    const silent = await workspaceOf(FILES, { auditEnabled: false });
    expect(await run(silent, 'echo x > x')).toMatchObject({ operationId: 1 });
    expect(await auditOf(silent)).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import { Database } from '../../src/store/database.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';
import { inTime } from '../support/in-time.ts';

describe('the sandbox and the limits of a workspace', () => {
  it('hold for its commands where a run does not say', async () => {
    await using test = await TemporaryWorkspace.create();
    const { workspace } = test;
    await workspace.update({ limits: { outputBytes: 3 } });
    const short = await workspace.run('echo 123456');
    expect([short.stdout, short.truncated]).toEqual(['123', true]);
    const session = await workspace.session();
    expect((await session.run('echo 123456')).stdout).toBe('123');
    await session.close();
    const own = await workspace.run('echo 123456', { limits: { outputBytes: 5 } });
    expect(own.stdout).toBe('12345');
    await workspace.update({ limits: null, sandbox: 'none' });
    const free = await workspace.run('echo 123456');
    expect([free.stdout, free.isolation.profile]).toEqual(['123456\n', 'none']);
  });

  it('are laid over those of the configuration, which a later AgentFS may have', async () => {
    await using test = await TemporaryWorkspace.create();
    await test.workspace.update({ limits: { outputBytes: 3 } });
    const config = { limits: { outputBytes: 1, runtimeMs: 60_000 }, sandbox: { profile: 'none' } };
    await using afs = new AgentFS(test.dir, config as never);
    const workspace = await afs.workspace.get(test.workspace.name);
    expect([workspace.limits, workspace.sandbox]).toEqual([{ outputBytes: 3 }, null]);
    const result = await workspace.run('echo 123456');
    expect([result.stdout, result.isolation.profile]).toEqual(['123', 'none']);
    const other = await afs.workspace.create('other', { limits: { processes: 7 } });
    expect(other.limits).toEqual({ processes: 7 });
    expect((await other.run('echo 123456', { limits: { processes: undefined } })).stdout).toBe('1');
  });

  it('end a command that prints nothing for too long, and no other', async () => {
    await using test = await TemporaryWorkspace.create();
    const { workspace } = test;
    const silent = await inTime(
      async (idleMs) => {
        await workspace.update({ limits: { idleMs } });
        return workspace.run('echo begun; sleep 600');
      },
      ({ stdout }) => stdout !== '',
    );
    expect(silent).toMatchObject({ stdout: 'begun\n', timedOut: true, failed: true });
    const busy = await workspace.run('for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done', {
      limits: { idleMs: 20_000 },
    });
    expect(busy).toMatchObject({ timedOut: false, exitCode: 0 });
  });

  it('are refused when they are wrong, and nothing changes', async () => {
    await using test = await TemporaryWorkspace.create();
    const { workspace } = test;
    await workspace.update({ limits: { memoryBytes: 5e8 }, sandbox: 'standard' });
    for (const [update, name] of [
      [{ limits: { memoryBytes: 0 } }, 'limits.memoryBytes'],
      [{ limits: { processes: '3' } }, 'limits.processes'],
      [{ limits: { network: 'host' } }, 'limits.network'],
      [{ limits: 3 }, 'limits'],
      [{ sandbox: 'strong' }, 'sandbox'],
    ] as const) {
      const error = await workspace.update(update as never).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(String(error)).toContain(name);
    }
    expect([workspace.limits, workspace.sandbox]).toEqual([{ memoryBytes: 5e8 }, 'standard']);
  });

  it('stop every command when they are damaged, until they are set again', async () => {
    await using test = await TemporaryWorkspace.create();
    const { workspace, dir } = test;
    await workspace.update({ limits: { processes: 3 } });
    const database = Database.open(`${dir}/.agentfs/agentfs.db`);
    database.exec(`UPDATE workspaces SET limits = '{"processes":-3}', epoch = epoch + 1`);
    database.close();
    await expect(workspace.run('true')).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
    await workspace.update({ limits: null });
    expect((await workspace.run('true')).exitCode).toBe(0);
  });
});

/** A second command beside a running one: in its files, as confined, and no longer than it. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { BackgroundRun, RunOptions, StrategyName, Workspace } from '../../src/index.ts';
import { markedProcesses, until } from '../support/processes.ts';
import { pathsOf, setUp, type TestFiles, type TestProject } from '../support/test-project.ts';

const FILES: TestFiles = { 'a.txt': 'a\n', 'src/b.txt': 'b\n' };

interface Setting {
  readonly project: TestProject;
  readonly workspace: Workspace;
  /** Starts a command that waits until it is told to go on. */
  server(options?: RunOptions, first?: string): Promise<BackgroundRun>;
}

describe.each<StrategyName>(['directory', 'overlay'])(
  'beside a command in the %s strategy',
  (strategy) => {
    async function setting(context: TestContext): Promise<Setting> {
      const { project, afs, workspace } = await setUp(FILES);
      const { strategies } = await afs.capabilities();
      const profiles = strategies.find(({ name }) => name === strategy)?.profiles ?? [];
      const refusals = profiles.flatMap((each) => (each.available ? [] : [each.reason]));
      if (refusals.length === profiles.length) context.skip(refusals[0] ?? 'not offered');
      const server: Setting['server'] = async (options, first = 'true') => {
        const line = `${first}; echo ready; until [ -e end ]; do :; done; rm end; cat said`;
        const run = workspace.start(line, { strategy, timeout: 120_000, ...options });
        run.wait().catch(() => undefined);
        await until(() => run.output().stdout.includes('ready\n'));
        return run;
      };
      return { project, workspace, server };
    }

    it('another one works in the same files, and what it changes comes with the first', async (context) => {
      const { workspace, server } = await setting(context);
      const first = await server({}, 'echo first > a.txt; rm -r src');
      await workspace.writeFile('api.txt', 'api\n');
      const second = await workspace.run('cat a.txt api.txt; ls; echo hello > said; false', {
        beside: true,
      });
      expect(second).toMatchObject({ exitCode: 1, stdout: 'first\napi\na.txt\napi.txt\n' });
      expect(second).toMatchObject({ strategy, changes: [], operationId: null, discarded: false });
      expect(await workspace.exists('said')).toBe(false);
      const lines: string[] = [];
      for await (const line of workspace.runStream('cat said; touch end', { beside: true }))
        lines.push(line);
      expect(lines).toEqual(['hello\n']);
      const result = await first.wait();
      expect(result).toMatchObject({ stdout: 'ready\nhello\n', isolation: second.isolation });
      expect(pathsOf(result.changes)).toEqual(['a.txt', 'said', 'src/b.txt']);
      const commands = (await workspace.audit.logs()).filter(
        ({ operation }) => operation === 'run',
      );
      expect(commands.map(({ commandId }) => commandId)).toContain(second.commandId);
      expect((await workspace.history()).map(({ kind }) => kind)).toEqual(['run', 'edit']);
    });

    it('a guest of a session, which may come while it is being set up', async (context) => {
      const { workspace } = await setting(context);
      const opening = workspace.session({ strategy });
      const guest = workspace.run('echo guest > guest; pwd', { beside: true, wait: 60_000 });
      const session = await opening;
      const { stdout } = await session.run('pwd');
      expect(await guest).toMatchObject({ exitCode: 0, stdout });
      expect((await session.run('cat guest')).stdout).toBe('guest\n');
      expect(pathsOf((await session.checkpoint()).changes)).toEqual(['guest']);
      const again = workspace.run('cat guest a.txt', { beside: true, wait: 0 });
      await expect(again).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      await session.run('true');
      expect((await workspace.run('cat guest', { beside: true })).stdout).toBe('guest\n');
      await session.close();
    });

    it('ends with it, with all that it has started', async (context) => {
      const { workspace, server } = await setting(context);
      const first = await server();
      const second = workspace.start('(setsid sleep 1000 &); echo up; sleep 1000', {
        beside: true,
      });
      second.wait().catch(() => undefined);
      await until(() => second.output().stdout.includes('up'));
      await workspace.run('touch said end', { beside: true });
      expect(await first.wait()).toMatchObject({ exitCode: 0 });
      const { commandId, failed } = await second.wait();
      expect(failed).toBe(true);
      expect(await markedProcesses(commandId)).toEqual([]);
    });

    it('is refused where there is nothing to be beside, or something else is asked for', async (context) => {
      const { workspace, server } = await setting(context);
      const beside = { beside: true, wait: 0 } as const;
      await expect(workspace.run('true', beside)).rejects.toMatchObject({
        code: 'NOTHING_RUNNING',
        hint: expect.any(String),
      });
      for (const option of [
        { snapshot: 's' },
        { sandbox: 'none' },
        { limits: {} },
        { strategy: 'auto' },
        { rollbackOnFailure: true },
      ] as RunOptions[]) {
        await expect(
          workspace.run('true', { ...option, beside: true, encoding: 'utf8' }),
        ).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('beside'),
        });
      }
      await workspace.snapshot.create('s');
      const inSnapshot = workspace.start('echo ready; sleep 1000', { strategy, snapshot: 's' });
      await until(() => inSnapshot.output().stdout === 'ready\n');
      await expect(workspace.run('true', beside)).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      await inSnapshot[Symbol.asyncDispose]();
      const first = await server();
      await expect(
        workspace.run('true', { beside: true, workdir: 'nowhere' }),
      ).rejects.toMatchObject({
        code: 'ENOENT',
      });
      await workspace.run('touch said end', { beside: true });
      await first.wait();
      await expect(workspace.run('true', beside)).rejects.toMatchObject({
        code: 'NOTHING_RUNNING',
      });
    });

    it('believes no note that this user has not signed', async (context) => {
      const { workspace, server } = await setting(context);
      const first = await server();
      const path = join(`${workspace.workDir}.overlay`, 'live.json');
      const { text, signature } = JSON.parse(readFileSync(path, 'utf8'));
      for (const forged of [
        { text: text.replace('"strategy":"', '"strategy":"not-'), signature },
        { text, signature: signature.replace(/./g, '0') },
        { text },
        [],
      ]) {
        writeFileSync(path, JSON.stringify(forged));
        const guest = workspace.run('true', { beside: true, wait: 0 });
        await expect(guest).rejects.toMatchObject({ code: 'WORKSPACE_BUSY' });
      }
      writeFileSync(path, JSON.stringify({ text, signature }));
      await workspace.run('touch said end', { beside: true });
      expect(await first.wait()).toMatchObject({ exitCode: 0 });
    });
  },
);

it('is confined exactly as the first command is', async (context) => {
  const { afs, workspace } = await setUp(FILES);
  const { strategies } = await afs.capabilities();
  const overlay = strategies.find(({ name }) => name === 'overlay');
  const refusal = overlay?.profiles.find(({ available }) => !available);
  if (refusal !== undefined && !refusal.available) context.skip(refusal.reason);
  const look = [
    'readlink /proc/self/ns/user /proc/self/ns/mnt /proc/self/ns/pid /proc/self/ns/net /proc/self/ns/ipc',
    'grep -E "^(Cap|NoNewPrivs|Uid|Gid|Seccomp)" /proc/self/status',
    'cat /proc/net/dev | tail -n +3 | cut -d: -f1',
    'ls /proc | grep -c "^[0-9]" > /dev/null',
    'cat /proc/self/mountinfo | cut -d" " -f5 | sort',
    'ulimit -t; env | grep -vE "^(AGENTFS_COMMAND_ID|_|PWD|SHLVL)=" | sort',
    'touch /usr/x /etc/x 2> /dev/null || echo read-only',
  ].join('\n');
  const options = { sandbox: 'restricted', limits: { cpuSeconds: 100, processes: 64 } } as const;
  const first = workspace.start(`${look}\necho ready; until [ -e end ]; do sleep 0.1; done`, {
    strategy: 'overlay',
    ...options,
  });
  first.wait().catch(() => undefined);
  await until(() => first.output().stdout.includes('ready\n'));
  const second = await workspace.run(look, { beside: true });
  expect(`${second.stdout}ready\n`).toBe(first.output().stdout);
  expect(second.stdout).toContain('read-only');
  expect(second.isolation).toMatchObject({ profile: 'restricted', network: 'none' });
  await workspace.run('touch end', { beside: true });
  expect(await first.wait()).toMatchObject({ exitCode: 0 });
});

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AgentFS, HookError, installHookScripts } from '../../src/index.ts';
import { silentLogger } from '../../src/primitives/logger.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';
import { temporaryDatabase } from '../support/remote-fixture.ts';

let test: TemporaryWorkspace;
let open: AgentFS[] = [];
let lines: string[] = [];
let warnings: string[] = [];

beforeAll(async () => {
  test = await TemporaryWorkspace.create({ files: { 'a.txt': 'a\n' } });
});

afterEach(async () => {
  for (const afs of open) await afs.close();
  open = [];
  lines = [];
  warnings = [];
});

afterAll(async () => {
  await test.cleanup();
});

interface Installed extends AsyncDisposable {
  readonly afs: AgentFS;
  settled(): Promise<void>;
}

/** An AgentFS on the shared base with these scripts in place. */
function install(
  hooks: Readonly<Record<string, unknown>>,
  more: { env?: Record<string, string>; signal?: AbortSignal } = {},
): Installed {
  const afs = new AgentFS(test.afs.basePath, { hooks });
  open.push(afs);
  const scripts = installHookScripts(afs, {
    env: { PATH: process.env['PATH'], ...more.env },
    output: (line) => lines.push(line.trim()),
    logger: { ...silentLogger, warn: (message) => warnings.push(message) },
    signal: more.signal,
  });
  return {
    afs,
    settled: () => scripts.settled(),
    [Symbol.asyncDispose]: () => scripts[Symbol.asyncDispose](),
  };
}

const tell = (...names: string[]): string =>
  `echo "$AGENTFS_HOOK/$1/$2/$PWD/${names.map((name) => `$${name}`).join('/')}"`;

it('tells the scripts of a creation about the workspace', async () => {
  await using installed = install({
    preWorkspaceCreate: tell('AGENTFS_WORKSPACE', 'AGENTFS_BASE'),
    postWorkspaceCreate: tell('AGENTFS_WORKSPACE', 'AGENTFS_BASE'),
  });
  const { afs } = installed;
  const created = await afs.workspace.create('created');
  await installed.settled();
  const base = afs.basePath;
  expect(lines).toEqual([
    `pre_workspace_create/created//${base}/created/${base}`,
    `post_workspace_create/created/${created.workDir}/${base}/created/${base}`,
  ]);
});

it('tells the scripts of a commit and of a command about those', async () => {
  await using installed = install({
    preCommit: tell('AGENTFS_MESSAGE'),
    postCommit: tell('AGENTFS_MESSAGE', 'AGENTFS_COMMIT'),
    preCommand: tell('AGENTFS_COMMAND'),
    postCommand: tell('AGENTFS_COMMAND', 'AGENTFS_EXIT_CODE'),
  });
  const workspace = await installed.afs.workspace.get(test.workspace.name);
  await workspace.run(['sh', '-c', "echo 'x' > b.txt; exit 3"]);
  await installed.settled();
  const { id } = await workspace.commit('Say "x"\nand more');
  await installed.settled();
  const place = `${workspace.name}/${workspace.workDir}/${installed.afs.basePath}`;
  const command = String.raw`sh -c 'echo '\''x'\'' > b.txt; exit 3'`;
  expect(lines.join('\n')).toBe(
    [
      `pre_command/${place}/${command}`,
      `post_command/${place}/${command}/3`,
      `pre_commit/${place}/Say "x"\nand more`,
      `post_commit/${place}/Say "x"\nand more/${id}`,
    ].join('\n'),
  );
});

it('tells the scripts of a sync about it, and lets one stop it', async () => {
  await using installed = install({
    preSync: `${tell('AGENTFS_DIRECTION')}; test "$AGENTFS_DIRECTION" = push`,
    postSync: tell('AGENTFS_DIRECTION'),
  });
  const workspace = await installed.afs.workspace.create('shared');
  await workspace.sync.enable({ tursoDb: `file:${temporaryDatabase()}` });
  await workspace.sync.push();
  await installed.settled();
  const place = `shared/${workspace.workDir}/${installed.afs.basePath}`;
  expect(lines).toEqual([`pre_sync/${place}/push`, `post_sync/${place}/push`]);
  await expect(workspace.sync.pull()).rejects.toThrow('hooks.pre_sync exited with status 1');
});

it('stops an operation when the script before it fails, and changes nothing', async () => {
  await using installed = install({
    preWorkspaceCreate: 'exit 7',
    preCommit: 'kill -9 $$',
    preCommand: 'echo no >&2; exit 1',
  });
  const { afs } = installed;
  await expect(afs.workspace.create('vetoed')).rejects.toThrow(HookError);
  expect(await afs.workspace.exists('vetoed')).toBe(false);
  const workspace = await afs.workspace.get(test.workspace.name);
  await expect(workspace.run('echo c > c.txt')).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    message: 'A hook stopped run: hooks.pre_command exited with status 1.',
  });
  expect(lines).toEqual(['no']);
  expect(await workspace.exists('c.txt')).toBe(false);
  await workspace.writeFile('d.txt', 'd');
  await expect(workspace.commit('m')).rejects.toThrow('hooks.pre_commit was ended by SIGKILL');
  expect(await workspace.exists('d.txt')).toBe(true);
});

it('only warns when the script after an operation fails', async () => {
  await using installed = install({ postWorkspaceCreate: 'exit 4' });
  await installed.afs.workspace.create('kept');
  await installed.settled();
  expect(await installed.afs.workspace.exists('kept')).toBe(true);
  expect(warnings).toEqual([
    'A hook failed after the operation was done: hooks.post_workspace_create exited with status 4.',
  ]);
});

it('ends a script that takes too long, with all that it has started', async () => {
  await using installed = install({ timeout: 1, preWorkspaceCreate: 'sleep 1000 & sleep 1000' });
  await expect(installed.afs.workspace.create('slow')).rejects.toThrow(
    'hooks.pre_workspace_create took longer than 1 seconds',
  );
});

it('ends a script through its signal', async () => {
  const controller = new AbortController();
  await using installed = install(
    { preWorkspaceCreate: 'echo started; sleep 1000' },
    { signal: controller.signal },
  );
  const creating = installed.afs.workspace.create('aborted');
  const outcome = expect(creating).rejects.toThrow('was interrupted');
  await expect.poll(() => lines).toEqual(['started']);
  controller.abort();
  await outcome;
});

it('waits for the scripts that run when it is disposed, and runs none afterwards', async () => {
  const installed = install({ postWorkspaceCreate: 'cat a.txt > hook.txt; echo done' });
  await installed.afs.workspace.create('last');
  await installed[Symbol.asyncDispose]();
  expect(lines).toEqual(['done']);
  expect(await readFile(join(installed.afs.basePath, 'hook.txt'), 'utf8')).toBe('a\n');
  await installed.afs.workspace.create('later');
  await installed[Symbol.asyncDispose]();
  expect(lines).toEqual(['done']);
});

it('runs nothing inside of a script, nor for a program that does not ask', async () => {
  await using installed = install({ preWorkspaceCreate: 'exit 1' }, { env: { AGENTFS_HOOK: 'x' } });
  await installed.afs.workspace.create('inside');
  const afs = new AgentFS(test.afs.basePath, { hooks: { preWorkspaceCreate: 'exit 1' } });
  open.push(afs);
  expect((await afs.workspace.create('unasked')).name).toBe('unasked');
});

it('takes a message that no variable could hold', async () => {
  await using installed = install({ preCommit: 'echo "$AGENTFS_MESSAGE" | wc -c' });
  const workspace = await installed.afs.workspace.get(test.workspace.name);
  await workspace.writeFile('e.txt', 'e');
  await workspace.commit(`m${'ä'.repeat(200_000)}`);
  expect(Number(lines[0])).toBeGreaterThan(30_000);
});

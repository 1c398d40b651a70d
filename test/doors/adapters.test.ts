/** The adapters on the real packages: their types have to fit, and what they do. */

import { createSessionFsAdapter, type SessionFsProvider } from '@github/copilot-sdk';
import type { WorkspaceFilesystem, WorkspaceSandbox } from '@mastra/core/workspace';
import * as mastraCore from '@mastra/core/workspace';
import { createWorkspaceTools, WORKSPACE_TOOLS } from '@mastra/core/workspace';
import { defineSandbox, InMemorySandboxStore, type SandboxProvider } from '@tanstack/ai-sandbox';
import {
  generateText,
  type Experimental_SandboxSession as SandboxSession,
  stepCountIs,
  tool,
} from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { type Sandbox as BashSandbox, createBashTool } from 'bash-tool';
import { createDeepAgent, isSandboxBackend, type SandboxBackendProtocolV2 } from 'deepagents';
import { Bash, type IFileSystem, InMemoryFs, MountableFs } from 'just-bash';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toSandboxSession, toTools } from '../../src/adapters/ai-sdk.ts';
import { toBashSandbox } from '../../src/adapters/bash-tool.ts';
import { toSessionFs } from '../../src/adapters/copilot-sdk.ts';
import { toSandboxBackend } from '../../src/adapters/deepagents.ts';
import { toJustBashFs } from '../../src/adapters/just-bash.ts';
import { toMastraFilesystem, toMastraSandbox } from '../../src/adapters/mastra.ts';
import { toSandboxProvider } from '../../src/adapters/tanstack-ai.ts';
import { TemporaryWorkspace } from '../../src/testing/index.ts';

const FILES = { 'src/a.txt': 'one\ntwo\nthree\n', 'run.sh': 'echo running; exit 3\n' };

async function setUp(): Promise<TemporaryWorkspace> {
  return TemporaryWorkspace.create({ files: FILES });
}

describe('just-bash', () => {
  it('runs scripts on a workspace, mounted or as a whole', async () => {
    await using test = await setUp();
    const fs: IFileSystem = toJustBashFs(test.workspace);
    const bash = new Bash({ fs, cwd: '/' });
    const script = `
      set -e
      cd src
      grep -n two a.txt
      cp a.txt b.txt && mv b.txt c.txt && sed -i s/one/ONE/ c.txt
      mkdir -p deep/er && echo x > deep/er/x && ln -s ../a.txt deep/link && cat deep/link | head -1
      find . -type f | sort
      chmod 755 c.txt && test -x c.txt && echo executable
      rm -r deep
      cat none 2>&1 || true
      ls
    `;
    const { stdout, exitCode } = await bash.exec(script);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '2:two',
      'one',
      './a.txt',
      './c.txt',
      './deep/er/x',
      'executable',
      'cat: none: No such file or directory',
      'a.txt',
      'c.txt',
      '',
    ]);
    expect(await test.workspace.readText('src/c.txt')).toBe('ONE\ntwo\nthree\n');
    expect((await test.workspace.status()).added.map(({ path }) => path)).toEqual(['src/c.txt']);

    const mounted = new MountableFs({ base: new InMemoryFs() });
    mounted.mount('/workspace', fs);
    const other = new Bash({ fs: mounted, cwd: '/workspace' });
    expect((await other.exec('echo hi > /tmp/t; cat src/c.txt | wc -l')).stdout.trim()).toBe('3');
    expect(await test.workspace.exists('tmp')).toBe(false);
  });
});

describe('bash-tool', () => {
  it('runs commands, reads and writes', async () => {
    await using test = await setUp();
    const sandbox: BashSandbox = toBashSandbox(test.workspace);
    const { tools } = await createBashTool({ sandbox, destination: test.afs.basePath });
    const call = { toolCallId: '1', messages: [], context: {} } as never;
    const run = await tools.bash.execute?.({ command: 'sh run.sh' }, call);
    expect(run).toMatchObject({ stdout: 'running\n', exitCode: 3 });
    await tools.writeFile.execute?.({ path: 'new.txt', content: 'new' }, call);
    expect(await test.workspace.readText('new.txt')).toBe('new');
    expect((await sandbox.executeCommand('kill -9 $$')).exitCode).toBe(137);
    await expect(sandbox.readFile('none')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the AI SDK', () => {
  it('has a workspace as the sandbox of its tools', async () => {
    await using test = await setUp();
    const session: SandboxSession = toSandboxSession(test.workspace);
    const at = (path: string): string => `${test.afs.basePath}/${path}`;
    expect(await session.readTextFile({ path: at('src/a.txt'), startLine: 2, endLine: 2 })).toBe(
      'two\n',
    );
    expect(await session.readTextFile({ path: 'none' })).toBeNull();
    expect(await session.readFile({ path: 'none' })).toBeNull();
    expect(await session.stat({ path: 'src' })).toMatchObject({ type: 'directory' });
    expect(await session.stat({ path: 'none' })).toBeNull();
    expect(await session.listDirectory({ path: 'src' })).toEqual([{ name: 'a.txt', type: 'file' }]);
    expect(await session.listDirectory({ path: 'none' })).toBeNull();
    await expect(session.listDirectory({ path: 'run.sh' })).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
    await session.writeFile({ path: 'deep/b.txt', content: new Blob(['streamed']).stream() });
    const read = await session.readFile({ path: 'deep/b.txt' });
    expect(await new Response(read as ReadableStream).text()).toBe('streamed');
    expect(await session.deleteFile({ path: 'deep/b.txt' })).toBe(true);
    expect(await session.deleteFile({ path: 'deep/b.txt' })).toBe(false);
    await expect(session.deleteFile({ path: 'src' })).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await session.run({ command: 'sh ../run.sh', workingDirectory: 'src' })).toEqual({
      exitCode: 3,
      stdout: 'running\n',
      stderr: '',
    });
    const child = await session.spawn({ command: 'cat; echo err >&2', stdin: true });
    const writer = child.stdin.getWriter();
    await writer.write(Buffer.from('to the process\n'));
    await writer.close();
    expect(await new Response(child.stdout as ReadableStream).text()).toBe('to the process\n');
    expect(await new Response(child.stderr as ReadableStream).text()).toBe('err\n');
    expect(await child.wait()).toEqual({ exitCode: 0 });
    const endless = await session.spawn({ command: 'echo up; sleep 1000' });
    await endless.kill();
    await endless.kill();
  });

  it('calls operations as tools, and hands the sandbox on', async () => {
    await using test = await setUp();
    const calls: [string, object][] = [
      ['file_edit', { path: 'src/a.txt', edits: [{ oldText: 'two', newText: 'TWO' }] }],
      ['file_read', { path: 'none' }],
      ['count', {}],
    ];
    const usage = {
      inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 1, text: 1, reasoning: 0 },
    };
    const model = new MockLanguageModelV4({
      doGenerate: async () => {
        const [name, input] = calls.shift() ?? [];
        const unified = name === undefined ? 'stop' : 'tool-calls';
        return {
          content:
            name === undefined
              ? [{ type: 'text', text: 'done' }]
              : [
                  {
                    type: 'tool-call',
                    toolCallId: name,
                    toolName: name,
                    input: JSON.stringify(input),
                  },
                ],
          finishReason: { unified, raw: unified },
          usage,
          warnings: [],
        };
      },
    });
    const count = tool({
      inputSchema: z.object({}),
      execute: async (_, { experimental_sandbox: sandbox }) =>
        (await sandbox?.run({ command: 'grep -c TWO src/a.txt' }))?.stdout.trim(),
    });
    const { steps } = await generateText({
      model,
      prompt: 'go',
      tools: { ...toTools(test.afs, test.workspace), count },
      experimental_sandbox: toSandboxSession(test.workspace),
      stopWhen: stepCountIs(9),
    });
    expect(await test.workspace.readText('src/a.txt')).toBe('one\nTWO\nthree\n');
    const [failed] = steps[1]?.content.filter(({ type }) => type === 'tool-error') ?? [];
    expect(failed).toMatchObject({ error: { code: 'ENOENT' } });
    expect(steps[2]?.toolResults).toMatchObject([{ output: '1' }]);
    expect(() => toTools(test.afs, test.workspace, ['file.nothing'])).toThrow(RangeError);
  });
});

describe('Deep Agents', () => {
  it('has a workspace as its backend', async () => {
    await using test = await setUp();
    const backend: SandboxBackendProtocolV2 = toSandboxBackend(test.workspace);
    expect(isSandboxBackend(backend)).toBe(true);
    expect((await backend.ls('/')).files?.map(({ path }) => path)).toEqual(['/run.sh', '/src/']);
    expect(await backend.read('/src/a.txt', 1, 1)).toMatchObject({
      content: 'two',
      totalLines: 3,
      startLine: 2,
      endLine: 2,
      nextOffset: 2,
    });
    expect(await backend.read('/src/a.txt')).toMatchObject({ content: 'one\ntwo\nthree\n' });
    expect((await backend.read('/src/a.txt', 9)).error).toMatch('exceeds');
    expect((await backend.read('/none')).error).toMatch('ENOENT');
    expect((await backend.edit('/src/a.txt', 'o', '0')).error).toMatch('2 times');
    expect(await backend.edit('/src/a.txt', 'two', '2')).toMatchObject({ occurrences: 1 });
    expect(await backend.grep('2', '/', '**/*.txt')).toMatchObject({
      matches: [{ path: '/src/a.txt', line: 2, text: '2' }],
      truncated: false,
    });
    expect((await backend.grep('e', '/', null, 1)).truncated).toBe(true);
    expect((await backend.glob('*.txt', '/src')).files?.map(({ path }) => path)).toEqual([
      '/src/a.txt',
    ]);
    expect(await backend.execute('sh run.sh')).toMatchObject({ output: 'running\n', exitCode: 3 });
    const up = await backend.uploadFiles?.([
      ['/up', Buffer.from([0, 255])],
      ['/src', Buffer.alloc(1)],
    ]);
    expect(up).toEqual([
      { path: '/up', error: null },
      { path: '/src', error: 'is_directory' },
    ]);
    const down = await backend.downloadFiles?.(['/up', '/none']);
    expect(down?.map(({ error }) => error)).toEqual([null, 'file_not_found']);
    expect((await backend.read('/up')).content).toEqual(new Uint8Array([0, 255]));
    expect(await backend.delete?.('/src')).toEqual({ path: '/src' });
    expect(createDeepAgent({ backend, model: 'anthropic:none' })).toBeDefined();
  });
});

describe('Mastra', () => {
  it('reads, writes and runs in a workspace through its own tools', async () => {
    await using test = await setUp();
    const filesystem: WorkspaceFilesystem = toMastraFilesystem(test.workspace, mastraCore);
    const sandbox: WorkspaceSandbox = toMastraSandbox(test.workspace);
    const mastra = new mastraCore.Workspace({ filesystem, sandbox });
    await mastra.init();
    const tools = await createWorkspaceTools(mastra);
    const context = { workspace: mastra } as never;
    const use = async (name: string, input: object): Promise<string> =>
      String(await tools[name]?.execute?.(input, context));
    const { READ_FILE, WRITE_FILE, LIST_FILES } = WORKSPACE_TOOLS.FILESYSTEM;
    expect(await use(READ_FILE, { path: '/src/a.txt' })).toMatch('two');
    await use(WRITE_FILE, { path: '/new/b.txt', content: 'by Mastra' });
    expect(await test.workspace.readText('new/b.txt')).toBe('by Mastra');
    expect(await use(LIST_FILES, { path: '/' })).toMatch('b.txt');
    expect(
      await use(WORKSPACE_TOOLS.SANDBOX.EXECUTE_COMMAND, { command: 'cat new/b.txt' }),
    ).toMatch('by Mastra');
    const { modifiedAt } = await filesystem.stat('/src/a.txt');
    await filesystem.writeFile('/src/a.txt', 'x', { expectedMtime: modifiedAt });
    const stale = filesystem.writeFile('/src/a.txt', 'y', { expectedMtime: new Date(1) });
    await expect(stale).rejects.toMatchObject({ name: 'StaleFileError', code: 'ESTALE' });
    await expect(filesystem.deleteFile('/src')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(filesystem.rmdir('/src')).rejects.toMatchObject({ code: 'ENOTEMPTY' });
    await filesystem.deleteFile('/none', { force: true });
    expect(await filesystem.readdir('/', { recursive: true, extension: '.txt' })).toMatchObject([
      { name: 'new', type: 'directory' },
      { name: 'new/b.txt', type: 'file', size: 9 },
      { name: 'src', type: 'directory' },
      { name: 'src/a.txt', type: 'file', size: 1 },
    ]);
    expect(await sandbox.executeCommand?.('sh run.sh')).toMatchObject({
      success: false,
      exitCode: 3,
    });
    await mastra.destroy();
  });
});

describe('TanStack AI', () => {
  it('makes, resumes, snapshots and forks sandboxes', async () => {
    await using test = await setUp();
    const provider: SandboxProvider = toSandboxProvider(test.afs);
    const sandbox = defineSandbox({ id: 'dev', provider });
    const store = new InMemorySandboxStore();
    const first = await sandbox.ensure({ store, threadId: 't', runId: 'r1' });
    await first.fs.write('/workspace/b.txt', 'b');
    const again = await sandbox.ensure({ store, threadId: 't', runId: 'r2' });
    expect(again.id).toBe(first.id);
    expect(await again.fs.read('b.txt')).toBe('b');
    expect(await again.fs.list('/workspace/src')).toEqual([
      { name: 'a.txt', path: '/workspace/src/a.txt', type: 'file' },
    ]);
    await first.env.set({ GREETING: 'hello' });
    const run = await first.process.exec('echo $GREETING; pwd', { cwd: '/workspace/src' });
    expect(run.stdout).toMatch(/^hello\n.*\/src\n$/);
    const child = await first.process.spawn('cat');
    await child.stdin.write('line\n');
    await child.stdin.end();
    let text = '';
    for await (const piece of child.stdout) text += piece;
    expect([text, await child.wait()]).toEqual(['line\n', 0]);
    const snapshot = await first.snapshot?.('before: all');
    await first.fs.remove('/workspace/src');
    const restored = await provider.restoreSnapshot?.({ snapshotId: snapshot?.id ?? '' });
    expect(await restored?.fs.exists('/workspace/src/a.txt')).toBe(true);
    const fork = await first.fork?.();
    expect(await fork?.fs.exists('/workspace/src')).toBe(false);
    await provider.destroy({ id: first.id });
    await provider.destroy({ id: first.id });
    expect(await provider.resume({ id: first.id })).toBeNull();
  });

  it('calls git in a sandbox', async () => {
    await using test = await setUp();
    const sandbox = await toSandboxProvider(test.afs).create({ id: 'git' });
    const who = 'git config user.email a@example.org && git config user.name Agent';
    await sandbox.process.exec(`git init -q -b main . && ${who}`);
    await sandbox.git.add(['run.sh']);
    await sandbox.git.commit("it's first");
    expect(await sandbox.git.branch()).toBe('main');
    expect(await sandbox.git.status()).toBe('?? src/');
    await expect(sandbox.git.push()).rejects.toThrow('git push ended with');
  });
});

describe('the Copilot SDK', () => {
  it('keeps the files of a session in a workspace', async () => {
    await using test = await setUp();
    const provider: SessionFsProvider = toSessionFs(test.workspace);
    const session = createSessionFsAdapter(provider);
    const sessionId = 's';
    expect(
      await session.writeFile({ sessionId, path: '/state/a', content: 'a', mode: 0o600 }),
    ).toBeUndefined();
    expect(await session.appendFile({ sessionId, path: '/state/a', content: 'b' })).toBeUndefined();
    expect(await session.readFile({ sessionId, path: '/state/a' })).toEqual({ content: 'ab' });
    expect(await session.exists({ sessionId, path: '/none' })).toEqual({ exists: false });
    expect((await session.stat({ sessionId, path: '/none' })).error?.code).toBe('ENOENT');
    expect(await session.stat({ sessionId, path: '/state/a' })).toMatchObject({
      isFile: true,
      size: 2,
    });
    await session.mkdir({ sessionId, path: '/x/y', recursive: true });
    await session.rename({ sessionId, src: '/state/a', dest: '/x/y/a' });
    expect(await session.readdirWithTypes({ sessionId, path: '/x' })).toEqual({
      entries: [{ name: 'y', type: 'directory' }],
    });
    await session.rm({ sessionId, path: '/x', recursive: true });
    expect((await session.rm({ sessionId, path: '/x' }))?.code).toBe('ENOENT');
    expect(await session.rm({ sessionId, path: '/x', force: true })).toBeUndefined();
  });
});

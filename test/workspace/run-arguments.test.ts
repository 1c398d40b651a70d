import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../../src/index.ts';
import { FILES, listingOf, run, workspaceOf } from './support/commands.ts';

describe('the directory that a command starts in', () => {
  it('is any directory of the workspace, also by a link and one that is not versioned', async () => {
    const workspace = await workspaceOf({ ...FILES, 'node_modules/dep/x': 'x' });
    await run(workspace, 'mkdir -p deep/er; ln -s deep/er short');
    const pwd = async (options: RunOptions): Promise<string> =>
      (await run(workspace, 'pwd', options)).stdout.trim().slice(workspace.workDir.length);
    expect(await pwd({})).toBe('');
    expect(await pwd({ workdir: '/src' })).toBe('/src');
    expect(await pwd({ cwd: 'deep/er' })).toBe('/deep/er');
    expect(await pwd({ workdir: 'short' })).toBe('/deep/er');
    expect(await pwd({ workdir: 'node_modules/dep' })).toBe('/node_modules/dep');
    expect(await pwd({ workdir: 'src/../deep', cwd: 'deep' })).toBe('/deep');
  });

  it.each([
    ['missing', 'ENOENT'],
    ['src/missing', 'ENOENT'],
    ['a.txt', 'ENOTDIR'],
    ['a.txt/x', 'ENOTDIR'],
    ['..', 'INVALID_PATH'],
    ['/src/../../x', 'INVALID_PATH'],
    ['.git', 'INVALID_PATH'],
    ['outside', 'INVALID_PATH'],
    ['node_modules/outside', 'ENOTDIR'],
    ['a\0b', 'INVALID_PATH'],
  ])('cannot be %j', async (workdir, code) => {
    const workspace = await workspaceOf();
    await run(workspace, 'ln -s /etc outside; mkdir node_modules; ln -s /etc node_modules/outside');
    const before = await listingOf(workspace);
    await expect(run(workspace, 'touch x', { workdir })).rejects.toMatchObject({ code });
    expect(await listingOf(workspace)).toEqual(before);
  });
});

describe('wrong arguments', () => {
  it.each<[string, unknown, unknown]>([
    ['command', '', {}],
    ['command', 5, {}],
    ['command[1]', ['echo', 5], {}],
    ['options', 'true', 'now'],
    ['env', 'true', { env: 'A=1' }],
    ['env.A', 'true', { env: { A: 1 } }],
    ['A name in env', 'true', { env: { 'A=B': '' } }],
    ['inheritEnv', 'true', { inheritEnv: 1 }],
    ['workdir', 'true', { workdir: 1 }],
    ['cwd', 'true', { cwd: 1 }],
    ['cwd', 'true', { workdir: 'src', cwd: '/' }],
    ['timeout', 'true', { timeout: -1 }],
    ['timeout', 'true', { timeout: '1s' }],
    ['timeout', 'true', { timeout: Number.NaN }],
    ['timeout', 'true', { timeout: Number.POSITIVE_INFINITY }],
    ['capture', 'true', { capture: 'no' }],
    ['captureOutput', 'true', { capture: true, captureOutput: false }],
    ['input', 'true', { input: 5 }],
    ['signal', 'true', { signal: {} }],
    ['shell', 'true', { shell: 5 }],
    ['encoding', 'true', { encoding: 'latin1' }],
    ['maxBuffer', 'true', { maxBuffer: 1.5 }],
    ['killSignal', 'true', { killSignal: 'SIGNOTHING' }],
    ['killSignal', 'true', { killSignal: 'constructor' }],
    ['check', 'true', { check: 1 }],
    ['audit', 'true', { audit: 1 }],
    ['rollbackOnFailure', 'true', { rollbackOnFailure: 1 }],
    ['strategy', 'true', { strategy: 'container' }],
    ['sandbox', 'true', { sandbox: 'strict' }],
    ['limits', 'true', { limits: 5 }],
    ['limits.memoryBytes', 'true', { limits: { memoryBytes: 0 } }],
    ['limits.runtimeMs', 'true', { limits: { runtimeMs: '1' } }],
  ])('are refused by name before anything happens: %s', async (name, command, options) => {
    const workspace = await workspaceOf();
    const failure = workspace.run(command as string, options as object);
    await expect(failure).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(`${name} must be`),
    });
    expect(existsSync(workspace.workDir)).toBe(false);
  });

  it.each<[RunOptions]>([
    [{ sandbox: 'standard' }],
    [{ sandbox: 'restricted' }],
    [{ limits: { memoryBytes: 1 } }],
  ])('that the strategy cannot give are refused, never weakened: %j', async (options) => {
    const workspace = await workspaceOf();
    const failure = run(workspace, 'true', options);
    await expect(failure).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(existsSync(workspace.workDir)).toBe(false);
  });

  it('of the configuration hold for every run', async () => {
    const workspace = await workspaceOf(FILES, { sandbox: { profile: 'standard' } });
    await expect(run(workspace, 'true')).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
    expect(await run(workspace, 'true', { sandbox: 'none' })).toMatchObject({ exitCode: 0 });
  });
});

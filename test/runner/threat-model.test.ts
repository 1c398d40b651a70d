/**
 * The claims of THREAT_MODEL.md that no other test makes, those about what is not protected too: a
 * model that promises too little is wrong as well.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AgentFS } from '../../src/index.ts';
import type { GroupPlaces } from '../../src/runner/sandbox/sandbox-cgroup.ts';
import { divideLimits } from '../../src/runner/sandbox/sandbox-limits.ts';
import { describeOverlay, overlayBench, runnerOf } from '../support/overlay-host.ts';
import { forkWorkspace, temporaryDirectory, writeFiles } from '../support/run-fixture.ts';
import { TestProject } from '../support/test-project.ts';
import { visiblePlace } from '../support/visible-place.ts';

const PROJECT = { 'a.txt': 'a\n', '.gitignore': 'node_modules/\n' };

/** A home directory where none of what is hidden anyway hides it. */
function useHome(files: Readonly<Record<string, string>>, place = visiblePlace()): string {
  const home = mkdtempSync(join(place, 'agentfs-home-'));
  const before = process.env['HOME'];
  process.env['HOME'] = home;
  onTestFinished(() => {
    process.env['HOME'] = before;
    rmSync(home, { recursive: true });
  });
  writeFiles(home, files);
  return home;
}

/** Listens where no file system leads; the name by which it is reached. */
async function listenAbstractly(): Promise<string> {
  const name = `agentfs-test-${process.pid}`;
  const server = createServer((socket) => socket.end('reached'));
  await new Promise<void>((resolve) => server.listen(`\0${name}`, resolve));
  onTestFinished(() => void server.close());
  return name;
}

function connectTo(name: string): readonly string[] {
  const script = `require('node:net').connect('\\0${name}').on('data', (data) => console.log(String(data))).on('error', ({ code }) => console.log(code))`;
  return [process.execPath, '-e', script];
}

await describeOverlay('standard', 'with the standard profile', () => {
  it('a command reads what is at home but for the usual secrets, and writes for itself', async () => {
    const home = useHome({ '.ssh/id': 'secret', '.aws/credentials': 'secret', 'notes.txt': 'n\n' });
    const { run } = await overlayBench(PROJECT);
    const result = await run(
      'cat ~/notes.txt; ls -A ~/.ssh ~/.aws; cat ~/.ssh/id; echo edited > ~/notes.txt; cat ~/notes.txt',
    );
    expect(result.stdout).not.toContain('secret');
    expect(result.stdout).toMatch(/^n\n[\s\S]*edited\n$/);
    expect(readFileSync(join(home, 'notes.txt'), 'utf8')).toBe('n\n');
    expect((await run('cat ~/notes.txt')).stdout).toBe('n\n');
  });

  it('a command has a home also where that is hidden with what is above it', async () => {
    const home = useHome({ 'notes.txt': 'n\n' }, '/tmp');
    const { run } = await overlayBench(PROJECT);
    expect((await run('ls ~; echo x > ~/x; cat ~/x')).stdout).toBe('x\n');
    expect(readFileSync(join(home, 'notes.txt'), 'utf8')).toBe('n\n');
    expect((await run('ls ~')).stdout).toBe('');
  });

  it('temporary files are its own, and forgotten', async () => {
    const { run } = await overlayBench(PROJECT);
    expect((await run('echo x | tee /tmp/x /dev/shm/x; ls /tmp /dev/shm')).stdout).toContain('x');
    expect(await run('cat /tmp/x /dev/shm/x')).toMatchObject({ exitCode: 1, stdout: '' });
  });

  it('a command reads the rest of the host, and reaches what listens on it', async () => {
    const { run } = await overlayBench(PROJECT);
    const other = mkdtempSync(join(visiblePlace(), 'other-'));
    onTestFinished(() => rmSync(other, { recursive: true }));
    writeFiles(other, { 'source.txt': 'of another project\n' });
    expect((await run(`cat ${other}/source.txt`)).stdout).toBe('of another project\n');
    expect((await run(connectTo(await listenAbstractly()))).stdout).toBe('reached\n');
  });

  it('a command sees what the user changes in ignored content, and no other change', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`node_modules/${index}.js`, 'old\n']),
    );
    const { base, run } = await overlayBench({ ...PROJECT, ...many });
    await run('true');
    writeFiles(base, { 'node_modules/7.js': 'new\n', 'a.txt': 'new\n' });
    expect((await run('cat node_modules/7.js a.txt')).stdout).toBe('new\na\n');
  });
});

await describeOverlay('restricted', 'with the restricted profile', () => {
  it('a command does not reach sockets of the host that have no file', async () => {
    const { run } = await overlayBench(PROJECT);
    const name = await listenAbstractly();
    expect((await run(connectTo(name), { sandbox: 'restricted' })).stdout).toBe('ECONNREFUSED\n');
  });
});

await describeOverlay('none', 'with no profile', () => {
  it('a command writes where the user may, but sees neither the store nor processes', async () => {
    const { base, engine, strategy, run } = await overlayBench(PROJECT);
    const other = await forkWorkspace(engine, 'other');
    await runnerOf(other, strategy)('echo secret > other.txt');
    const outside = temporaryDirectory();
    const result = await run(
      `echo x > ${outside}/x; ls -A .agentfs ${engine.work.path}; ls /proc | grep -c '^[0-9]*$'; kill -9 ${process.pid}; echo y > y`,
      { sandbox: 'none' },
    );
    expect(readFileSync(join(outside, 'x'), 'utf8')).toBe('x\n');
    expect(Number(result.stdout)).toBeLessThan(8);
    expect(result.changes).toMatchObject([{ path: 'y' }]);
    expect(result.isolation).toMatchObject({ profile: 'none', filesystem: 'cooperative' });
    expect(existsSync(join(base, 'y'))).toBe(false);
  });

  it('a daemon ends with its command all the same', async () => {
    const { run } = await overlayBench(PROJECT);
    // Like no other process of the host.
    const sleep = `sleep 4321.${process.pid}`;
    const result = await run(`(setsid env -i ${sleep} &); echo up`, { sandbox: 'none' });
    expect(result.stdout).toBe('up\n');
    expect(spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout).not.toContain(sleep);
  });
});

describe('with the directory strategy', () => {
  it('a command writes where the user may, the base and the store included', async () => {
    const project = new TestProject(PROJECT);
    const workspace = await project.open().workspace.create('w');
    const command = `echo x >> ${project.dir}/a.txt; ls ${project.dir}/.agentfs`;
    const result = await workspace.run(command, { strategy: 'directory' });
    expect(result.stdout).toContain('agentfs.db');
    expect(readFileSync(project.path('a.txt'), 'utf8')).toBe('a\nx\n');
    expect(result.isolation).toMatchObject({ profile: 'none', filesystem: 'cooperative' });
  });
});

describe('the capabilities', () => {
  it('say of each strategy and profile whether it can be had, or why not', async () => {
    await using afs = new AgentFS(temporaryDirectory(PROJECT));
    const { strategies } = await afs.capabilities();
    expect(strategies.map(({ name }) => name)).toEqual(['overlay', 'directory']);
    for (const { name, profiles } of strategies) {
      expect(profiles.map(({ profile }) => profile)).toEqual(['none', 'standard', 'restricted']);
      for (const support of profiles) {
        if (support.available) expect(support.isolation.profile).toBe(support.profile);
        else expect(support.reason).toMatch(/\w/);
        const request = { strategy: name, sandbox: support.profile } as const;
        const workspace = await afs.workspace.temp();
        const outcome = await workspace.run('true', request).then(
          ({ isolation }) => isolation.profile,
          ({ code }: { code?: string }) => code,
        );
        expect(outcome).toBe(support.available ? support.profile : 'SANDBOX_UNAVAILABLE');
      }
    }
  });
});

describe('limits', () => {
  const group = { directory: '/sys/fs/cgroup', version: 2 } as const;
  const none: GroupPlaces = {};
  const isRoot = process.getuid?.() === 0;

  it('are for the command as a whole where there are control groups', () => {
    const limits = { memoryBytes: 1e9, processes: 10 };
    const places = { memory: group, pids: group };
    expect(divideLimits(limits, places, 'standard')).toEqual({ perProcess: {}, notes: [] });
  });

  it('are for each process elsewhere, which is said; number of processes not for root', () => {
    const { perProcess, notes } = divideLimits({ memoryBytes: 1e9, cpuSeconds: 5 }, none, 'none');
    expect(perProcess).toEqual({ memoryBytes: 1e9, cpuSeconds: 5 });
    expect(notes).toHaveLength(2);
    const processes = (): unknown => divideLimits({ processes: 10 }, none, 'standard').perProcess;
    if (isRoot) expect(processes).toThrow(expect.objectContaining({ code: 'SANDBOX_UNAVAILABLE' }));
    else expect(processes()).toEqual({ processes: 10 });
  });

  it.each([
    ['that leaves the host writable', 1e6, 'none'],
    ['beyond what memory can hold', 1e18, 'standard'],
  ] as const)('on the disk are refused with a profile %s', (_, diskBytes, profile) => {
    const divide = (): unknown => divideLimits({ diskBytes }, none, profile);
    expect(divide).toThrow(expect.objectContaining({ code: 'SANDBOX_UNAVAILABLE' }));
  });
});

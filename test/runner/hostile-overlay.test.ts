/** Commands that try to get out, to stay on, or to do harm. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findGroupPlaces } from '../../src/runner/sandbox/sandbox-cgroup.ts';
import { inTime } from '../support/in-time.ts';
import { describeOverlay, overlayBench, runnerOf } from '../support/overlay-host.ts';
import { markedProcesses } from '../support/processes.ts';
import {
  forkWorkspace,
  listDirectory,
  listWorkspace,
  temporaryDirectory,
} from '../support/run-fixture.ts';

const PROJECT = { 'a.txt': 'a\n', 'src/b.txt': 'b\n', 'src/c.txt': 'c\n' };
const MEBIBYTE = 1024 * 1024;

await describeOverlay('standard', 'a command in a sandbox', () => {
  it('writes nothing outside its workspace', async () => {
    const { base, run } = await overlayBench(PROJECT);
    const outside = temporaryDirectory({ 'victim.txt': 'untouched' });
    const name = `agentfs-canary-${process.pid}`;
    const places = ['/tmp', '/dev/shm', '/var/tmp', '/run', homedir(), '/', '/etc', outside];
    const canaries = [...places, join(base, '..')].map((place) => join(place, name));
    onTestFinished(() => {
      for (const canary of canaries) rmSync(canary, { force: true });
    });
    const writes = [...canaries, `../${name}`, `${outside}/victim.txt`].map(
      (path) => `echo x > ${path}`,
    );
    await run(`${writes.join('; ')}; ln -s ${outside} way; echo x > way/victim.txt; exit 0`);
    await run(`rm -rf ${outside} /etc/hostname ${base}/../*; exit 0`);
    expect(canaries.filter((canary) => existsSync(canary))).toEqual([]);
    expect(listDirectory(outside)).toEqual({ 'victim.txt': '644 untouched' });
    expect(listDirectory(base)).toMatchObject({ 'a.txt': '644 a\n', 'src/b.txt': '644 b\n' });
  });

  it('sees neither the store, nor other workspaces, nor secrets at home', async () => {
    const { base, engine, strategy, run } = await overlayBench(PROJECT);
    const other = await forkWorkspace(engine, 'other');
    await runnerOf(other, strategy)('echo secret > other.txt');
    const hidden = ['.agentfs', engine.work.path, `${other.workDirectory}.overlay`];
    const result = await run(
      `ls -A ${hidden.join(' ')}; ls -A ${homedir()}/.ssh; ls -A; find ${base} /tmp /run /dev/shm -type f`,
    );
    const files = Object.keys(PROJECT).map((path) => `${base}/${path}`);
    const lines = result.stdout.split('\n').filter((line) => !/^$|:$/.test(line));
    expect(new Set(lines)).toEqual(new Set(['a.txt', 'src', ...files]));
  });

  it('sees and signals no process of the host', async () => {
    const { run } = await overlayBench(PROJECT);
    const result = await run(
      `ls /proc | grep -c '^[0-9]*$'; cat /proc/${process.pid}/environ /proc/1/environ /proc/1/root/etc/hostname; kill -9 ${process.pid} ; kill -9 -1; echo alive`,
    );
    expect(Number(result.stdout.split('\n')[0])).toBeLessThan(8);
    expect(result.stdout).toContain('alive');
    expect(result.stderr).toMatch(/environ: (No such file|Permission denied)/);
  });

  it('cannot mount, unmount, or take the sandbox apart', async () => {
    const { base, run } = await overlayBench(PROJECT);
    const attempts = [
      `umount ${base}`,
      `umount -l ${base}`,
      'mount -t tmpfs x /mnt',
      `mount --bind / ${base}/src`,
      'mount -o remount,rw /',
      'mount -o remount,bind,rw /etc',
      `unshare -Urm sh -c 'umount -l ${base}'`,
      `unshare -Urm mount -o remount,bind,rw /`,
      `nsenter -t 1 -m ls /`,
      'chroot / true',
      'mknod disk b 254 0 && head -c 1 disk',
      'head -c 1 /dev/vda',
      'echo x > /proc/sys/kernel/core_pattern',
      'echo h > /proc/sysrq-trigger',
      'echo x > /sys/power/state',
    ];
    const script = attempts.map(
      (each, index) => `(${each}) > /dev/null 2>&1 && echo done ${index}`,
    );
    const result = await run(
      `${script.join('\n')}\ncat ${base}/a.txt; grep NoNewPrivs /proc/self/status`,
    );
    expect(result.stdout).toBe('a\nNoNewPrivs:\t1\n');
    expect(listDirectory(base)).toMatchObject({ 'a.txt': '644 a\n' });
  });

  it('leaves no process behind, however it hides', async () => {
    const { run } = await overlayBench(PROJECT);
    // Like no other process of the host.
    const sleep = `sleep 1000.${process.pid}`;
    const result = await run(
      `(setsid env -i /bin/sh -c 'trap "" TERM HUP INT; ${sleep}' > /dev/null 2>&1 &) ; (setsid /bin/sh -c '${sleep} & ${sleep}' &) ; echo $$`,
    );
    expect(result).toMatchObject({ exitCode: 0, warnings: [] });
    expect(await markedProcesses(result.commandId)).toEqual([]);
    const { stdout } = spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    expect(stdout.split('\n').filter((line) => line === sleep)).toEqual([]);
  });

  it('that ignores SIGTERM ends with its time', async () => {
    const { run } = await overlayBench(PROJECT);
    const command = 'trap "" TERM; echo x > x; while :; do sleep 1000; done';
    const result = await inTime(
      (timeout) => run(command, { timeout, killSignal: 'SIGKILL' }),
      ({ changes }) => changes.length > 0,
    );
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: 'SIGKILL' });
    expect(result.changes).toMatchObject([{ type: 'added', path: 'x' }]);
  });

  it('is told of as killed when SIGKILL ends it, and of nothing else', async () => {
    const { run } = await overlayBench(PROJECT);
    const killed = { exitCode: null, signal: 'SIGKILL', stderr: 'before\n' };
    expect(await run('echo before >&2; kill -KILL $$')).toMatchObject(killed);
    const status = await run('/bin/sh -c "kill -KILL \\$\\$" 2> /dev/null; exit $?');
    expect(status).toMatchObject({ exitCode: 137, signal: null, stderr: '' });
    const open = await run(
      '[ -e /proc/$$/fd/2 ] && [ ! -e /proc/$$/fd/3 ] && [ ! -e /proc/$$/fd/4 ]',
    );
    expect(open.exitCode).toBe(0);
  });

  it('is asked to end, and may tidy up, when its time is over', async () => {
    const { run } = await overlayBench(PROJECT);
    const command = 'trap "echo tidied; exit 7" TERM; echo ready; while :; do sleep 0.01; done';
    const result = await inTime(
      (timeout) => run(command, { timeout }),
      ({ stdout }) => stdout !== '',
    );
    expect(result).toMatchObject({ timedOut: true, exitCode: 7, stdout: 'ready\ntidied\n' });
  });

  it('cannot fork without end', async ({ skip }) => {
    const { strategy, run } = await overlayBench(PROJECT);
    const limits = { processes: 20 };
    await strategy.isolation({ profile: undefined, limits }).catch((error) => skip(String(error)));
    const result = await run('i=0; while [ $i -lt 60 ]; do sleep 1000 & i=$((i + 1)); done', {
      limits,
    });
    expect(result.failed).toBe(true);
    expect(result.stderr).toMatch(/fork/i);
    expect((await run('echo usable')).stdout).toBe('usable\n');
  });

  it('cannot take more memory than it may', async () => {
    const { run } = await overlayBench(PROJECT);
    const hog =
      'const held = []; for (let i = 0; i < 60; i++) held.push(Buffer.alloc(1e7, 1)); console.log("held")';
    const limits = { memoryBytes: 256 * MEBIBYTE };
    const result = await run([process.execPath, '-e', hog], { limits });
    expect(result.failed).toBe(true);
    expect(result.stdout).toBe('');
    // A bound of each process makes its requests fail; a group has the system kill it, and is named.
    const named = result.warnings.filter(({ kind }) => kind === 'memory');
    expect(named).toHaveLength(findGroupPlaces().memory === undefined ? 0 : 1);
    expect((await run('echo fine', { limits })).warnings).toEqual([]);
  });

  it('has no network where that is taken away from it', async () => {
    const { run } = await overlayBench(PROJECT);
    const interfaces = "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '";
    const cut = await run(interfaces, { limits: { network: 'none' } });
    expect([cut.stdout, cut.isolation.network]).toEqual(['lo\n', 'none']);
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = `require('net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(9))`;
    const command = [process.execPath, '-e', connect];
    expect((await run(command)).exitCode).toBe(0);
    expect((await run(command, { limits: { network: 'none' } })).exitCode).toBe(9);
    const unconfined = run('true', { sandbox: 'none', limits: { network: 'none' } });
    await expect(unconfined).rejects.toMatchObject({ code: 'SANDBOX_UNAVAILABLE' });
  });

  it('cannot run longer than its processor time', async () => {
    const { run } = await overlayBench(PROJECT);
    const result = await run('while :; do :; done', { limits: { cpuSeconds: 1 }, timeout: 20_000 });
    expect(result).toMatchObject({ failed: true, timedOut: false });
  });

  it('cannot fill the disk', async () => {
    const { run } = await overlayBench({ ...PROJECT, '.gitignore': '*.log\n' });
    const options = { limits: { diskBytes: 8 * MEBIBYTE } };
    const fill =
      'echo kept > small.txt; echo ignored > a.log; dd if=/dev/zero of=big bs=1M count=40 || rm big; dd if=/dev/zero of=/tmp/big bs=1M count=40; exit 0';
    const result = await run(fill, options);
    expect(result.stderr.match(/No space left on device/g)).toHaveLength(2);
    expect(result.changes).toMatchObject([{ path: 'small.txt' }]);
    expect((await run('cat small.txt a.log')).stdout).toBe('kept\nignored\n');
  });

  it('cannot fill the memory with empty files, wherever it may write', async () => {
    const { run } = await overlayBench({
      ...PROJECT,
      '.gitignore': 'ignored/\n',
      'ignored/x': 'x',
    });
    const places = ['.', 'ignored', '/tmp', '/var/tmp', '/run', '/dev/shm', '~'];
    // As many as the limit has pages, and a few for directories.
    const most = (20 * MEBIBYTE) / 4096 + 1024;
    const make = `import os, sys
      for place in sys.argv[1:]:
          place = os.path.expanduser(place)
          try:
              count = 0
              while count < 400_000:
                  open(f'{place}/f{count}', 'x').close()
                  count += 1
          except OSError as error:
              print(place, error.strerror, count, flush=True)
          for index in range(count): os.unlink(f'{place}/f{index}')`.replaceAll('\n      ', '\n');
    const limits = { diskBytes: 20 * MEBIBYTE };
    const { stdout, stderr, changes } = await run(['python3', '-c', make, ...places], { limits });
    const lines = stdout.trim().split('\n');
    expect(lines, stderr).toHaveLength(places.length);
    for (const line of lines) {
      expect(line).toContain('No space left on device');
      expect(Number(line.split(' ').at(-1))).toBeLessThanOrEqual(most);
    }
    expect(changes).toEqual([]);
    const bounds = await run('stat -f -c %c /tmp /var/tmp /run /dev/shm');
    expect(bounds.stdout.trim().split('\n').map(Number)).toEqual([0, 0, 0, 0].map(() => MEBIBYTE));
  });

  it('that prints without end is cut short in the result', async () => {
    const { run } = await overlayBench(PROJECT);
    const result = await run('head -c 200000000 /dev/zero', { maxBuffer: MEBIBYTE });
    expect(result).toMatchObject({ exitCode: 0, truncated: true });
    expect(result.stdout).toHaveLength(MEBIBYTE);
  });

  it('that shuts, removes and replaces its own directories is captured as far as can be', async () => {
    const { core, run } = await overlayBench(PROJECT);
    const outside = temporaryDirectory({ 'b.txt': 'outside' });
    await run(
      `rm -r src; ln -s ${outside} src; echo x > src/b.txt; mkdir shut; echo y > shut/y; chmod 000 shut/y`,
    );
    expect(listWorkspace(core)).toMatchObject({ src: `-> ${outside}`, shut: '755/' });
    expect(listDirectory(outside)).toEqual({ 'b.txt': '644 outside' });
    const gone = await run(
      'mkdir here; cd here; rmdir ../here; rm -rf "$AGENTFS_WORKDIR"/*; echo end',
    );
    expect(gone).toMatchObject({ exitCode: 0, stdout: 'end\n' });
    expect(listWorkspace(core)).toEqual({});
    expect((await run('echo new > new')).changes).toMatchObject([{ path: 'new' }]);
  });

  it('makes no device and no FIFO that leaves it', async () => {
    const { core, run } = await overlayBench(PROJECT);
    const result = await run(
      'mkfifo pipe; mknod null c 1 3; mknod white c 0 0; rm src/b.txt; mkfifo src/b.txt; exit 0',
    );
    expect(Object.keys(listWorkspace(core))).toEqual(['a.txt', 'src', 'src/c.txt']);
    expect(result.warnings.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['pipe', 'src/b.txt']),
    );
  });

  it('does not see what happens to the base while it runs', async () => {
    const { base, core, run } = await overlayBench(PROJECT);
    const running = run(
      `i=0; while [ $i -lt 300 ]; do cat a.txt src/*; i=$((i + 1)); done | sort | uniq -c | awk '{print $2}'`,
    );
    for (let i = 0; i < 50; i++) {
      writeFileSync(join(base, 'a.txt'), `edited ${i}\n`);
      writeFileSync(join(base, 'src', `new-${i}`), 'new\n');
      rmSync(join(base, 'src', 'b.txt'), { force: true });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await running).stdout).toBe('a\nb\nc\n');
    expect(Object.keys(listWorkspace(core))).toEqual(['a.txt', 'src', 'src/b.txt', 'src/c.txt']);
  });

  it('cannot slip a library into the programs that close the sandbox', async () => {
    const { run } = await overlayBench({ ...PROJECT, 'evil.so': 'not a library' });
    const result = await run('echo ran', {
      env: { LD_PRELOAD: './evil.so', LD_AUDIT: './evil.so' },
    });
    // The loader complains once for each program that it is to load it into: the shell alone.
    expect(result.stdout).toBe('ran\n');
    expect(result.stderr.match(/LD_PRELOAD/g)?.length ?? 0).toBeLessThanOrEqual(2);
  });
});

await describeOverlay('restricted', 'a restricted command', () => {
  it('reaches no network, not even the host itself', async () => {
    const { run } = await overlayBench(PROJECT);
    const server = createServer((socket) => socket.end('reached'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const connect = `require("net").connect(${port}, "127.0.0.1").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code)).setTimeout(3000, () => process.exit(9))`;
    const open = await run([process.execPath, '-e', connect]);
    expect(open.stdout).toBe('reached\n');
    const closed = await run([process.execPath, '-e', connect], { sandbox: 'restricted' });
    expect(closed.stdout).toMatch(/^E[A-Z]+\n$/);
    expect(closed.isolation).toMatchObject({ profile: 'restricted', network: 'none' });
  });

  it('gets no variable that is not listed', async () => {
    const env = { ...process.env, SECRET_CANARY: 'top-secret' };
    const { engine, run } = await overlayBench(PROJECT, env);
    const command = 'env; cat /proc/self/environ';
    expect((await run(command)).stdout).toContain('top-secret');
    const result = await run(command, { sandbox: 'restricted', env: { LISTED: 'yes' } });
    expect(result.stdout).toContain('LISTED=yes');
    expect(result.stdout).not.toContain('SECRET_CANARY');
    expect(readFileSync(engine.store.database.path).includes('top-secret')).toBe(false);
  });
});

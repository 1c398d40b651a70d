/** Commands of root that raise the limits of their control group, or write into those of others. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CommandGroups, findGroupPlaces } from '../../src/runner/sandbox/sandbox-cgroup.ts';
import { HOST_USERS, HostProgram } from '../support/host-program.ts';
import { describeOverlay, overlayBench } from '../support/overlay-host.ts';

const MEBIBYTE = 1024 * 1024;
const PROCESSES = 30;
const MEMORY = 150 * MEBIBYTE;

/**
 * Makes namespaces by system call, so that no capability is lost by starting a program; mounts every
 * hierarchy there is, and writes whatever raises a limit or reaches a group of somebody else. Tells
 * what went through, then takes as many processes or as much memory as it can get.
 */
const ATTACK = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if os.getpid() != os.getpgrp(): os.setsid()
NEWNS, NEWUSER, NEWCGROUP = 0x20000, 0x10000000, 0x2000000
done = []

def attempt(name, action):
    try:
        action()
        done.append(name)
    except OSError:
        pass

def call(result):
    if result != 0: raise OSError(ctypes.get_errno(), 'refused')

def write(path, text):
    with open(path, 'w') as file: file.write(text)

attempt('cgroup namespace', lambda: call(libc.unshare(NEWUSER | NEWNS | NEWCGROUP)))
if not done: attempt('user namespace', lambda: call(libc.unshare(NEWUSER | NEWNS)))
place = sys.argv[2]
options = [line.split()[0] for line in open('/proc/cgroups') if not line.startswith('#')]
for option in options + ['none,name=systemd', 'v2']:
    v2 = option == 'v2'
    kind, data = (b'cgroup2', None) if v2 else (b'cgroup', option.encode())
    before = len(done)
    attempt('mount ' + option, lambda: call(libc.mount(b'x', place.encode(), kind, 0, data)))
    if len(done) == before: continue
    for name, text in [('pids.max', 'max'), ('memory.max', 'max'), ('memory.memsw.limit_in_bytes', '-1'),
                       ('memory.limit_in_bytes', '-1'), ('cgroup.procs', '0')]:
        attempt('write ' + name, lambda: write(os.path.join(place, name), text))
    for directory, _, files in os.walk(place):
        if directory != place and 'freezer.state' in files:
            attempt('freeze ' + directory, lambda: write(os.path.join(directory, 'freezer.state'), 'THAWED'))
print(sorted(set(each for each in done if each != 'user namespace')), flush=True)
if sys.argv[1] == 'processes':
    count = 0
    try:
        while count < 200:
            if os.fork() == 0: os.kill(os.getpid(), 19)
            count += 1
    except OSError:
        pass
    print(count, flush=True)
    os.killpg(0, 9)
held = [bytearray(b'x') * 10_000_000 for _ in range(60)]
print('held')
`;

const places = findGroupPlaces();
const isRoot = process.getuid?.() === 0;

function tryFor(what: string, place: string): readonly string[] {
  return ['python3', '-c', ATTACK, what, place];
}

function reasonWithout(place: unknown): string {
  return place === undefined ? ' (not tried: no control group can be made here)' : '';
}

await describeOverlay('standard', 'in a sandbox, a command', () => {
  it.each(HOST_USERS)('of $name mounts no control groups', async (user) => {
    const program = await HostProgram.create(user);
    for (const sandbox of ['standard', 'restricted']) {
      const command = JSON.stringify([
        'python3',
        '-c',
        ATTACK.split('if sys.argv[1]')[0],
        '-',
        '/mnt',
      ]);
      const script = program.script(
        `print((await workspace.run(${command}, { sandbox: '${sandbox}' })).stdout);`,
      );
      const [file = '', ...args] = script;
      const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: program.env });
      expect(JSON.parse(stdout || stderr)).toBe('[]\n');
    }
  });

  it.skipIf(places.pids === undefined)(
    `cannot raise its number of processes${reasonWithout(places.pids)}`,
    async () => {
      const { run } = await overlayBench({});
      const limits = { processes: PROCESSES };
      const { stdout, stderr } = await run(tryFor('processes', '/mnt'), { limits });
      const [raised, count] = stdout.split('\n');
      expect(raised, stderr).toBe('[]');
      expect(Number(count)).toBeLessThanOrEqual(PROCESSES);
    },
  );

  it.skipIf(places.memory === undefined)(
    `cannot raise its memory${reasonWithout(places.memory)}`,
    async () => {
      const { run } = await overlayBench({});
      const result = await run(tryFor('memory', '/mnt'), { limits: { memoryBytes: MEMORY } });
      expect(result.stdout).toBe('[]\n');
      expect(result.failed).toBe(true);
    },
  );
});

/** Where a namespace of control groups can be made after all, there is a second line. */
describe.skipIf(!isRoot)('a process of root in a group of a command', () => {
  const limits = { processes: PROCESSES, memoryBytes: MEMORY };
  let groups: CommandGroups | undefined;

  afterEach(async () => {
    const directories = groups?.members.map((file) => dirname(dirname(file))) ?? [];
    await groups?.remove();
    expect(directories.filter((each) => existsSync(each))).toEqual([]);
  });

  function attackIn(what: string): { readonly stdout: string; readonly signal: string | null } {
    groups = CommandGroups.create(places, `test${process.pid}`, limits);
    const join = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 9; shift; done; shift; exec "$@"';
    const line = ['-c', join, 'sh', ...groups.members, '--', ...tryFor(what, '/mnt')];
    return spawnSync('/bin/sh', line, { encoding: 'utf8' });
  }

  it.skipIf(places.pids === undefined)(
    `may write to its own, and has no more processes for it${reasonWithout(places.pids)}`,
    () => {
      const [raised, count] = attackIn('processes').stdout.split('\n');
      expect(raised).toContain('cgroup namespace');
      if (places.pids?.version === 1) expect(raised).toContain('write pids.max');
      expect(Number(count)).toBeLessThanOrEqual(PROCESSES);
    },
  );

  it.skipIf(places.memory === undefined)(
    `may write to its own, and has no more memory for it${reasonWithout(places.memory)}`,
    () => {
      const { stdout, signal } = attackIn('memory');
      if (places.memory?.version === 1) expect(stdout).toContain('write memory.limit_in_bytes');
      expect(stdout).not.toContain('held');
      expect(signal).toBe('SIGKILL');
    },
  );

  it('is alone in it: the group with the limits has no members of its own', () => {
    groups = CommandGroups.create(places, `test${process.pid}`, limits);
    for (const file of groups.members) {
      const outer = dirname(dirname(file));
      expect(readdirSync(outer)).toContain('members');
      expect(spawnSync('cat', [`${outer}/cgroup.procs`], { encoding: 'utf8' }).stdout).toBe('');
    }
  });
});

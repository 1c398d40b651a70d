/** Descriptors of whoever started the host: no command gets one, however it is run. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunOptions } from '../../src/index.ts';
import { HOST_USERS, HostProgram, type HostUser } from '../support/host-program.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { listDirectory, temporaryDirectory } from '../support/run-fixture.ts';

const NUMBERS = [3, 4, 5, 9, 10, 16, 20, 40, 63, 200, 1000];

/** Tries every door, then lists what is open. */
const ATTACK = [
  ...NUMBERS.map((number) => `echo x 2> /dev/null > /proc/self/fd/${number}/new`),
  'ls -l /proc/self/fd',
].join('\n');

/** Starts a command line with a directory open under all the numbers; returns what it prints. */
function withDoors(line: readonly string[], directory: string, program: HostProgram): string {
  const doors = NUMBERS.map((number) => `exec ${number}< "$0"`).join('; ');
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', `${doors}; exec "$@"`, directory, ...line],
    { encoding: 'utf8', cwd: program.base, env: program.env },
  );
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** What is open above the streams of a command, but for what is nothing and the listed directory. */
function openBesides(listing: string): string[] {
  const links = listing.split('\n').flatMap((line) => / (\d+) -> (.*)$/.exec(line)?.slice(1) ?? []);
  const pairs = links.flatMap((_, index) =>
    index % 2 === 0 ? [[links[index], links[index + 1]] as const] : [],
  );
  return pairs
    .filter(([number, target]) => Number(number) > 2 && target !== '/dev/null')
    .filter(([, target]) => !/^\/proc\/\d+\/fd$/.test(target ?? ''))
    .map(([number, target]) => `${number} ${target}`);
}

/** Runs `attack` in every way that there is, and prints what each of them shows. */
const ALL_WAYS = `
  const shown = { run: (await workspace.run(attack, options)).stdout };
  const session = await workspace.session(options);
  shown.session = (await session.run(attack)).stdout + (await session.run(attack)).stdout;
  await session.close();
  shown.stream = '';
  for await (const line of workspace.runStream(attack, options)) shown.stream += line;
  shown.start = (await workspace.start(attack, options).wait()).stdout;
  const lines = [];
  installHookScripts(afs, { env: process.env, output: (line) => lines.push(line) });
  await workspace.writeFile('/x', 'x');
  await workspace.commit('x');
  shown.hook = lines.join('');
  print(shown);`;

async function tryAll(user: HostUser, options: RunOptions): Promise<void> {
  const program = await HostProgram.create(user, { 'a.txt': 'a\n' });
  const door = program.own(temporaryDirectory());
  const setting = `const attack = ${JSON.stringify(ATTACK)}; const options = ${JSON.stringify(options)};`;
  const script = program.script(setting + ALL_WAYS, { hooks: { preCommit: ATTACK } });
  const shown: Record<string, string> = JSON.parse(withDoors(script, door, program));
  expect(Object.keys(shown)).toEqual(['run', 'session', 'stream', 'start', 'hook']);
  for (const [name, listing] of Object.entries(shown)) {
    expect(openBesides(listing), name).toEqual([]);
    // It did list something.
    expect(listing, name).toContain('/dev/null');
  }
  expect(readdirSync(door)).toEqual([]);
}

describe.each(HOST_USERS)('descriptors of whoever started the host of $name', (user) => {
  it('do not reach a command in a directory', async () => {
    await tryAll(user, { strategy: 'directory' });
  });
});

for (const profile of ['none', 'standard', 'restricted'] as const) {
  await describeOverlay(profile, `with the profile ${profile}, descriptors`, () => {
    it.each(HOST_USERS)('do not reach a command of $name', async (user) => {
      await tryAll(user, { strategy: 'overlay', sandbox: profile });
    });
  });
}

await describeOverlay('standard', 'a host with a command in the background', () => {
  it.each(HOST_USERS)('of $name lets no process have them', async (user) => {
    const program = await HostProgram.create(user);
    const door = program.own(temporaryDirectory());
    // The namespace's own processes, the launcher and the watchdog.
    const body = `
      const { readdirSync, readlinkSync } = await import('node:fs');
      const isDoor = (path) => {
        try { return readlinkSync(path) === ${JSON.stringify(door)}; } catch { return false; }
      };
      const countDoors = (pid) => {
        try { return readdirSync('/proc/' + pid + '/fd').filter((name) => isDoor('/proc/' + pid + '/fd/' + name)).length; } catch { return 0; }
      };
      const running = workspace.start('echo up; exec sleep 1000', { strategy: 'overlay' });
      while (running.output().stdout === '') await new Promise((resolve) => setImmediate(resolve));
      const others = readdirSync('/proc').filter((name) => Number(name) > 0 && Number(name) !== process.pid);
      print({ own: countDoors(process.pid), others: others.filter((pid) => countDoors(pid) > 0) });
      running.kill('SIGKILL');
      await running.wait();`;
    const told = JSON.parse(withDoors(program.script(body), door, program));
    expect(told).toEqual({ own: NUMBERS.length, others: [] });
  });
});

describe('a file or directory that is a standard stream', () => {
  /** Runs a line of bash in which `"$@"` is a host that runs the command, and `$0` the place. */
  async function inShell(line: string, place: string, command: string): Promise<string> {
    const program = await HostProgram.create(HOST_USERS[0]);
    const body = `await workspace.run(${JSON.stringify(command)}, { capture: false });`;
    const { env } = program;
    return execFileSync('bash', ['-c', line, place, ...program.script(body)], {
      ...{ encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] },
    });
  }

  it('is read by the command, but cannot be opened anew to be written', async () => {
    const place = temporaryDirectory({ 'in.txt': 'one\ntwo\n' });
    const attack = 'cat; echo x > /proc/self/fd/0; chmod 777 /proc/self/fd/0; exit 0';
    expect(await inShell('"$@" < $0/in.txt', place, attack)).toBe('one\ntwo\n');
    expect(listDirectory(place)).toEqual({ 'in.txt': '644 one\ntwo\n' });
  });

  it('is read from where it stands, and left there for whoever reads it next', async () => {
    const place = temporaryDirectory({ 'in.txt': 'one\ntwo\nthree\n' });
    const line = '{ read -r first; "$@"; cat; } < $0/in.txt';
    expect(await inShell(line, place, 'head -n 1')).toBe('two\ntwo\nthree\n');
    expect(await inShell(line, place, 'true')).toBe('two\nthree\n');
  });

  it('is no door when it is a directory', async () => {
    const place = temporaryDirectory();
    for (const number of [0, 1, 2]) {
      await inShell(`"$@" ${number}< $0`, place, `echo x > /proc/self/fd/${number}/new; exit 0`);
    }
    expect(listDirectory(place)).toEqual({});
  });

  it('takes what is printed, in order and at its end, and nothing else', async () => {
    const place = temporaryDirectory({ log: 'before\n' });
    const print = 'for i in 1 2 3; do echo out $i; echo err $i >&2; done';
    const attack = ': > /proc/self/fd/1; chmod 4777 /proc/self/fd/1 2> /dev/null; exit 0';
    await inShell('"$@" >> $0/log 2>&1', place, `${print}; ${attack}`);
    const printed = 'before\nout 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n';
    const { log = '' } = listDirectory(place);
    expect(log.slice(0, 4 + printed.length)).toBe(`644 ${printed}`);
  });

  it('is kept apart from another one', async () => {
    const place = temporaryDirectory();
    const command = 'head -c 3000000 /dev/zero; echo problem >&2';
    await inShell('"$@" > $0/out 2> $0/err', place, command);
    const { out, err } = listDirectory(place);
    expect([out?.length, err]).toEqual([4 + 3_000_000, '644 problem\n']);
  });

  it('that takes nothing ends the command as a closed pipe does', async () => {
    const place = temporaryDirectory({ 'read-only': '' });
    await inShell('"$@" 1< $0/read-only', place, 'yes');
    expect(listDirectory(place)).toEqual({ 'read-only': '644 ' });
  });
});

describe('a descriptor whose number is too high to shut', () => {
  it('is named, and nothing runs', async () => {
    const program = await HostProgram.create(HOST_USERS[0]);
    const body = `await workspace.run('touch never').catch(({ code, details }) => print({ code, details }));`;
    const line = ['-c', 'ulimit -n 500; exec 499< /; exec "$@"', 'bash', ...program.script(body)];
    const { stdout } = spawnSync('bash', line, { encoding: 'utf8', env: program.env });
    expect(JSON.parse(stdout)).toEqual({
      code: 'COMMAND_NOT_STARTED',
      details: { descriptor: 499 },
    });
  });
});

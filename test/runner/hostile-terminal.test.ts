/**
 * Commands that have the terminal and want more than that: to type what is read afterwards, to
 * signal those that share it, to stay and listen, to leave it unusable. At a real pseudo-terminal.
 */

import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RunOptions } from '../../src/index.ts';
import { HOST_USERS, HostProgram, type HostUser } from '../support/host-program.ts';
import { isLong } from '../support/long.ts';
import { describeOverlay } from '../support/overlay-host.ts';
import { temporaryDirectory } from '../support/run-fixture.ts';
import { TYPIST, type Typing } from '../support/typist.ts';
import { visiblePlace } from '../support/visible-place.ts';

/** Types a line into the terminal that a program has; fails where the kernel has no such call. */
const TIOCSTI = `import fcntl, termios
for byte in b"injected\\n": fcntl.ioctl(0, termios.TIOCSTI, bytes([byte]))`;

/**
 * Reads lines up to the one that the typist types, and shows them. What is written right before the
 * last program closes a terminal may not be read any more; so this comes last everywhere.
 */
const READ_ON =
  'printf "next? "; while IFS= read -r line && [ "$line" != end ]; do echo "read: $line"; done';
const LAST_LINES = '\nend\n';

/** What a host tells of a command. */
interface Told {
  readonly code?: string;
  readonly message?: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly paths?: readonly string[];
}

/** Runs a line of bash at a terminal, in which `"$@"` is a host; returns what was on the screen. */
async function atTerminal(
  line: string,
  typing: Typing,
  host: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const typed = JSON.stringify([...typing, ['next? ', LAST_LINES]]);
  const bash = ['bash', '-c', `${line}; ${READ_ON}`, 'bash', ...host];
  const options = { env, timeout: 150_000 };
  const { stdout } = await promisify(execFile)('python3', ['-c', TYPIST, typed, ...bash], options);
  return stdout.replaceAll('\r\n', '\n');
}

/** A host that runs commands with the terminal one after the other, and tells what came of each. */
function hostOf(
  program: HostProgram,
  commands: readonly unknown[],
  options: RunOptions,
  around = '',
): readonly string[] {
  return program.script(`${around}
    for (const command of ${JSON.stringify(commands)}) {
      const told = await workspace.run(command, ${JSON.stringify({ tty: true, ...options })}).then(
        ({ exitCode, signal, changes }) => ({ exitCode, signal, paths: changes.map(({ path }) => path) }),
        ({ code, message }) => ({ code, message }));
      console.log('told ' + JSON.stringify(told));
    }`);
}

function toldOn(screen: string): Told[] {
  return [...screen.matchAll(/told (\{.*\})$/gm)].map(([, json = '']) => JSON.parse(json));
}

interface Seen {
  readonly screen: string;
  readonly told: readonly Told[];
}

async function attack(
  user: HostUser,
  options: RunOptions,
  commands: readonly unknown[],
  { line = '"$@"', typing = [] }: { readonly line?: string; readonly typing?: Typing } = {},
): Promise<Seen> {
  const program = await HostProgram.create(user);
  const host = hostOf(program, commands, options);
  const screen = await atTerminal(line, typing, host, program.env);
  return { screen, told: toldOn(screen) };
}

const canInject = spawnSync('python3', ['-c', TYPIST, '[]', 'python3', '-c', TIOCSTI]).status === 0;
const noTiocsti = canInject ? '' : ' (not tried: this kernel has no TIOCSTI)';

function describeAttacks(user: HostUser, options: RunOptions): void {
  it.skipIf(!canInject)(`cannot type what is read afterwards${noTiocsti}`, async () => {
    const { screen, told } = await attack(user, options, [['python3', '-c', TIOCSTI]]);
    expect(told).toMatchObject([{ exitCode: 0 }]);
    expect(screen).not.toContain('read: injected');
    expect(screen).toContain('read: \n');
  });

  it('signals nobody else when it signals its group', async () => {
    const names = ['KILL', 'TERM', 'HUP', 'INT'];
    const commands = names.map((name) => `kill -${name} 0; sleep 1000`);
    const line =
      'sleep 1000 & "$@"; kill -0 $! && echo sibling alive; kill -KILL $!; echo caller alive';
    const { screen, told } = await attack(user, options, commands, { line });
    expect(told).toMatchObject(names.map((name) => ({ exitCode: null, signal: `SIG${name}` })));
    expect(screen).toContain('sibling alive\n');
    expect(screen).toContain('caller alive\n');
  });

  it('stops nobody when it stops its group, not even itself for good', async () => {
    const names = ['STOP', 'TSTP', 'TTIN', 'TTOU'];
    const commands = names.map((name) => `kill -${name} 0; echo on > ${name}`);
    const { screen, told } = await attack(user, options, commands);
    expect(told).toMatchObject(names.map((name) => ({ exitCode: 0, paths: [name] })));
    expect(screen).toContain('read: \n');
  });
}

/** Types an interrupt and a command, and lets whoever has the terminal otherwise have it. */
const DICTATE = `import fcntl, os, signal, sys, termios
for turn in range(30):
    for byte in b"\\x03\\ntouch " + sys.argv[1].encode() + b"\\n": fcntl.ioctl(0, termios.TIOCSTI, bytes([byte]))
    os.killpg(0, signal.SIGSTOP)
for byte in b"\\ntouch " + sys.argv[1].encode() + b"\\n": fcntl.ioctl(0, termios.TIOCSTI, bytes([byte]))
os.kill(os.getpid(), signal.SIGKILL)`;

function describeUse(user: HostUser, options: RunOptions): void {
  // What is no attack is the same for all of them.
  if (user !== HOST_USERS.at(-1) && !isLong) return;

  it('leaves nobody behind who listens to what is typed', async () => {
    const listen = '(setsid cat < /dev/tty > /dev/null 2>&1 &); (cat < /dev/tty &); echo left';
    const line = '"$@"; printf "go on"';
    const typing: Typing = [['go on', 'for the caller\n']];
    const { screen } = await attack(user, options, [listen], { line, typing });
    expect(screen).toContain('read: for the caller\n');
  });

  it('leaves the terminal as it was, however it ends', async () => {
    const line = 'before=$(stty -g); "$@"; [ "$(stty -g)" = "$before" ] && echo unchanged';
    const commands = ['stty raw -echo -isig', 'stty raw; kill -KILL $$', 'stty raw; kill -KILL 0'];
    expect((await attack(user, options, commands, { line })).screen).toContain('unchanged\n');
  });

  it('is told of by its own end, and a status is no signal', async () => {
    const ends = ['exit 130', 'exit 255', 'kill -INT $$', 'kill -SEGV $$'];
    expect((await attack(user, options, ends)).told).toMatchObject([
      { exitCode: 130, signal: null },
      { exitCode: 255, signal: null },
      { exitCode: null, signal: 'SIGINT' },
      { exitCode: null, signal: 'SIGSEGV' },
    ]);
  });

  it('gets Ctrl-\\, Ctrl-D and Ctrl-Z', async () => {
    // Some shells take no notice of Ctrl-\\ as long as they are there.
    const read = `import sys
print("ready", sys.argv[1], flush=True)
open("typed-" + sys.argv[1], "w").write(sys.stdin.read())`;
    const commands = ['1', '2', '3'].map((name) => ['python3', '-c', read, name]);
    const typing: Typing = [
      ['ready 1', '\x1c'],
      ['ready 2', '\x04'],
      // Nobody could bring back what is stopped: it goes on.
      ['ready 3', '\x1a'],
      ['^Z', 'on\n\x04'],
    ];
    expect((await attack(user, options, commands, { typing })).told).toMatchObject([
      { exitCode: null, signal: 'SIGQUIT' },
      { exitCode: 0, paths: ['typed-2'] },
      { exitCode: 0, paths: ['typed-3'] },
    ]);
  });

  it('has no descriptor but the terminal, and the variables that it was given', async () => {
    const env = { SHELL: '/bin/own', ENV: './rc', POSIXLY_CORRECT: '1' };
    const commands = [['env'], ['ls', '-l', '/proc/self/fd']];
    const line = 'exec 9< / 20< / 30< /; "$@"';
    const { screen } = await attack(user, { ...options, env }, commands, { line });
    expect(screen).toMatch(/^SHELL=\/bin\/own$/m);
    expect(screen).toMatch(/^ENV=\.\/rc$/m);
    // Some shells set it to another value for what they start.
    expect(screen).toMatch(/^POSIXLY_CORRECT=/m);
    expect(screen).toMatch(/^AGENTFS_COMMAND_ID=[\w-]{36}$/m);
    const open = [...screen.matchAll(/ (\d+) -> (.*)$/gm)].map(
      ([, number = '', target = '']) => [Number(number), target] as const,
    );
    expect(open.filter(([number]) => number <= 2)).toHaveLength(3);
    const others = open.filter(([number]) => number > 2).map(([, target]) => target);
    expect(others.filter((each) => !/^\/dev\/null$|^\/proc\/\d+\/fd$/.test(each))).toEqual([]);
  });

  it('prints where its caller has led its outputs', async () => {
    const place = temporaryDirectory();
    const print = 'echo out; echo err >&2; echo seen > /dev/tty';
    const program = await HostProgram.create(user);
    const given = JSON.stringify({ tty: true, ...options });
    const host = program.script(`await workspace.run(${JSON.stringify(print)}, ${given});`);
    const show = 'for name in out err; do printf "$name:%s " "$(paste -sd, < $name)"; done; echo';
    const ways = ['> out 2> err', '2> err', '> out 2>&1', '2> err | cat > out'];
    const lines = ways.map((way) => `: > out; : > err; "$@" ${way}; ${show}`);
    const screen = await atTerminal(`cd ${place}; ${lines.join('; ')}`, [], host, program.env);
    const shown = screen.split('\n').filter((each) => each.startsWith('out:'));
    expect(shown).toEqual([
      'out:out err:err ',
      'out: err:err ',
      'out:out,err err: ',
      'out:out err:err ',
    ]);
    expect(screen.match(/^seen$/gm)).toHaveLength(ways.length);
  });

  it('does not survive its host, which leaves the terminal usable', async () => {
    const program = await HostProgram.create(user);
    // The host kills itself once the command is there.
    const around = `
      const { readdirSync } = await import('node:fs');
      const look = () => {
        const names = readdirSync(${JSON.stringify(`${program.base}/.agentfs`)}, { recursive: true });
        if (names.some((name) => name.endsWith('/ready'))) process.kill(process.pid, 'SIGKILL');
        setImmediate(look);
      };
      look();`;
    const command = 'stty raw -echo; echo ready > ready; exec sleep 1000';
    const host = hostOf(program, [command], options, around);
    const wait = `while grep -qsF AGENTFS_BASE=${program.base} /proc/[0-9]*/environ; do :; done`;
    const screen = await atTerminal(`"$@"; ${wait}`, [], host, program.env);
    expect(screen).toContain('read: \n');
  });
}

describe.each(HOST_USERS)('a command of $name that has the terminal, in a directory', (user) => {
  const options = { strategy: 'directory' } as const;

  it('has a session that is led by a shell which reads nothing', async () => {
    const show = 'readlink "/proc/$(ps -o sid= -p $$ | tr -d " ")/fd/0"';
    const { screen } = await attack(user, options, [show]);
    expect(screen).toMatch(/^\/dev\/null$/m);
  });

  describeAttacks(user, options);
  describeUse(user, options);
});

await describeOverlay('standard', 'with the profile standard', () => {
  describe.each(HOST_USERS)('a command of $name that has the terminal', (user) => {
    const options = { strategy: 'overlay', sandbox: 'standard' } as const;

    it.skipIf(!canInject)(`dictates nothing to the shells around it${noTiocsti}`, async () => {
      const place = mkdtempSync(join(visiblePlace(), 'dictated-'));
      onTestFinished(() => rmSync(place, { recursive: true, force: true }));
      chmodSync(place, 0o777);
      const command = `trap "" INT; exec python3 -c '${DICTATE}' ${place}/dictated`;
      const { told } = await attack(user, options, [command, command, command]);
      expect(told).toMatchObject([{}, {}, {}].map(() => ({ signal: 'SIGKILL' })));
      expect(readdirSync(place)).toEqual([]);
    });

    describeAttacks(user, options);
    describeUse(user, options);
  });
});

await describeOverlay('restricted', 'with the profile restricted', () => {
  describe.each(HOST_USERS)('a command of $name that has the terminal', (user) => {
    describeAttacks(user, { strategy: 'overlay', sandbox: 'restricted' });
  });
});

/** Whether something else can be put in place of a program, for one process alone. */
const canReplace =
  spawnSync('unshare', ['--mount', 'mount', '--bind', '/dev/null', '/etc/hostname']).status === 0;
const noMounts = canReplace ? '' : ' (not tried: mounting is not allowed here)';

describe.skipIf(!canReplace)(`where a program for a terminal is missing${noMounts}`, () => {
  const options = { strategy: 'directory' } as const;

  it.each(['script', 'awk'])('such as %s, the command is refused with what to do', async (name) => {
    const hide = `mount --bind /dev/null "$(realpath "$(command -v ${name})")"; exec "$@"`;
    const line = `unshare --mount sh -c '${hide}' sh "$@"`;
    const { told } = await attack(HOST_USERS[0], options, ['touch never'], { line });
    expect(told).toMatchObject([{ code: 'SANDBOX_UNAVAILABLE' }]);
    expect(told[0]?.message).toContain(name);
  });

  it.each([
    ['script', '#!/bin/sh\necho unknown option >&2; exit 1\n'],
    ['awk', '#!/bin/sh\nexit 0\n'],
  ])('or %s is of another kind, too', async (name, text) => {
    const other = `${temporaryDirectory({ other: text })}/other`;
    const lay = `chmod 755 ${other}; mount --bind ${other} "$(realpath "$(command -v ${name})")"; exec "$@"`;
    const line = `unshare --mount sh -c '${lay}' sh "$@"`;
    const { told } = await attack(HOST_USERS[0], options, ['touch never'], { line });
    expect(told).toMatchObject([{ code: 'SANDBOX_UNAVAILABLE' }]);
  });

  it('the terminal is usable again when script itself is killed', async () => {
    const line = 'before=$(stty -a); "$@"; [ "$(stty -a)" = "$before" ] && echo unchanged';
    const kill = 'kill -KILL "$(pgrep -x script -s "$AGENTFS_HOST")"; sleep 1000';
    const { screen, told } = await attack(HOST_USERS[0], options, [kill], {
      line: `export AGENTFS_HOST=$$; stty sane; ${line}`,
    });
    // By which of the two depends on who is faster.
    expect(told).toMatchObject([{ exitCode: null, signal: expect.stringMatching(/KILL|HUP/) }]);
    expect(screen).toContain('unchanged\n');
  });
});

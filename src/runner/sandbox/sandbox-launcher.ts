/** The command line by which a command gets into a namespace, and loses all power over it. */

import type { ResourceLimits } from '../isolation.ts';
import { beginWith, SET_ASIDE, SET_ASIDE_AND_READ } from '../process/begin-script.ts';
import type { Invocation } from '../process/command.ts';
import type { Launch } from '../strategy.ts';
import type { SandboxTools } from './sandbox-tools.ts';

/** Where a command is started. */
export interface LaunchPlace {
  readonly tools: SandboxTools;
  /** The namespaces to enter, as `nsenter` takes them; the network's only if it is cut off. */
  readonly enter: readonly string[];
  /** Limits that each process gets for itself. */
  readonly perProcess: ResourceLimits;
  /** Files of control groups, which a process joins by writing to them. */
  readonly groups: readonly string[];
}

/** What a command is started with. */
export interface LaunchOptions extends LaunchPlace {
  readonly env: Readonly<Record<string, string>>;
  /** What the command executes: a path, or a name that is looked up in `PATH`. */
  readonly program: string;
  /** Directory to start in, from the one that the launcher is started in. */
  readonly workdir: string;
}

/**
 * Root keeps what it needs to work with files of all users and to change users, but nothing by
 * which it could mount, trace other users' processes or reach a device.
 */
const ROOT_CAPABILITIES = [
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid'],
  'net_bind_service',
];

/** Joins groups while the host's own file system is still there; no command runs outside them. */
const JOIN = 'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift';

/**
 * Variables by which programs load code or data, or shells run some or mean something else; those
 * before the command must not see them. `/bin/sh` may be bash.
 */
const LATE_VARIABLES =
  /^(LD_|GLIBC_TUNABLES$|GCONV_PATH$|LOCPATH$|NLSPATH$|MALLOC_|BASH|SHELLOPTS$|PS\d$|ENV$|IFS$|CDPATH$|FPATH$|POSIXLY_CORRECT$|PROMPT_COMMAND$|E?UID$|PPID$|OPTIND$|OPTERR$|LINENO$|(S?RANDOM|SECONDS|GROUPS|DIRSTACK|FUNCNAME|HISTCMD|PIPESTATUS)$|.*\W|\d)/;

/**
 * Composes the launcher of a command in a namespace. The first process stays outside to wait and
 * to pass the exit status on; SIGTERM and SIGINT do not end it before the command.
 *
 * An ordinary user's command gets a user namespace of its own, in which it is that user again: the
 * one around it, which owns the mounts, is root's by name and stays out of reach.
 */
export function composeLaunch(options: LaunchOptions): ComposedLaunch {
  const { tools, groups, program, workdir } = options;
  const entries = Object.entries(options.env);
  const late = entries.filter(([name]) => LATE_VARIABLES.test(name));
  const before =
    late.length === 0 ? [] : [tools.env, ...late.map(([name, value]) => `${name}=${value}`)];
  const shell = [tools.sh, '-c', beginWith(''), 'sh', workdir === '' ? '.' : `./${workdir}`];
  const chain = [tools.nsenter, ...confine(options), ...shell, program, ...before];
  return {
    launcher: {
      file: tools.sh,
      args: ['-c', `${JOIN}; ${SET_ASIDE}`, 'sh', ...groups, '--', ...chain],
    },
    env: Object.fromEntries(entries.filter(([name]) => !LATE_VARIABLES.test(name))),
    before,
  };
}

/** A launcher, what it starts with, and what of the variables comes in front of the command. */
interface ComposedLaunch extends Pick<Launch, 'launcher' | 'env'> {
  readonly before: readonly string[];
}

/**
 * The same for a command that is not known yet. It reads the number of the process whose namespaces
 * it enters, and in there the lines of a shell.
 */
export function composeWaiting(place: LaunchPlace): Invocation {
  const { tools, groups } = place;
  const chain = [tools.nsenter, ...confine(place), tools.sh];
  const enter = `read -r pid <&4 || exit; ${JOIN}; nsenter=$1; shift; set -- "$nsenter" "--target=$pid" "$@"`;
  return {
    file: tools.sh,
    args: ['-c', `${enter}; ${SET_ASIDE_AND_READ}`, 'sh', ...groups, '--', ...chain],
  };
}

/** What of a launcher takes all power from what comes behind it. */
function confine({ tools, enter, perProcess }: LaunchPlace): string[] {
  const own = process.getuid?.() === 0 ? [] : ownUser();
  return [
    ...[...enter, '--no-fork', '--wd=.'],
    ...['--preserve-credentials', '--', tools.unshare, '--fork', '--kill-child', ...own, '--'],
    ...[tools.setpriv, '--no-new-privs', '--inh-caps=-all', ...bounding(), '--'],
    ...limited(tools, perProcess),
  ];
}

function ownUser(): string[] {
  const [user, group] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return ['--user', `--map-user=${user}`, `--map-group=${group}`];
}

function bounding(): string[] {
  if (process.getuid?.() !== 0) return [];
  const kept = ROOT_CAPABILITIES.map((name) => `+${name}`);
  return [`--bounding-set=-all,${kept.join(',')}`];
}

function limited(tools: SandboxTools, limits: ResourceLimits): string[] {
  const flags = [
    limits.cpuSeconds === undefined ? undefined : `--cpu=${limits.cpuSeconds}`,
    limits.memoryBytes === undefined ? undefined : `--data=${limits.memoryBytes}`,
    limits.processes === undefined ? undefined : `--nproc=${limits.processes}`,
  ].filter((flag) => flag !== undefined);
  return flags.length === 0 ? [] : [tools.prlimit, ...flags, '--'];
}

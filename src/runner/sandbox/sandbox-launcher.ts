/** The command line by which a command gets into a namespace, and loses all power over it. */

import type { ResourceLimits } from '../isolation.ts';
import { BEGIN, SET_ASIDE } from '../process/launcher-report.ts';
import type { Launch } from '../strategy.ts';
import type { SandboxTools } from './sandbox-tools.ts';

/** What a command is started with. */
export interface LaunchOptions {
  readonly tools: SandboxTools;
  /** The namespaces to enter, as `nsenter` takes them; the network's only if it is cut off. */
  readonly enter: readonly string[];
  /** Limits that each process gets for itself. */
  readonly perProcess: ResourceLimits;
  /** Files of control groups, which a process joins by writing to them. */
  readonly groups: readonly string[];
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
 * Variables by which programs load code or data, or shells run some; those before the command must
 * not see them. `/bin/sh` may be bash.
 */
const LOADER_VARIABLES =
  /^(LD_|GLIBC_TUNABLES$|GCONV_PATH$|LOCPATH$|NLSPATH$|MALLOC_|BASH|SHELLOPTS$|PS\d$|ENV$|IFS$|CDPATH$|FPATH$|POSIXLY_CORRECT$|PROMPT_COMMAND$)/;

/**
 * Composes the launcher of a command in a namespace. The first process stays outside to wait and
 * to pass the exit status on; SIGTERM and SIGINT do not end it before the command.
 *
 * An ordinary user's command gets a user namespace of its own, in which it is that user again: the
 * one around it, which owns the mounts, is root's by name and stays out of reach.
 */
export function composeLaunch(options: LaunchOptions): Omit<Launch, 'cwd'> {
  const { tools, enter, perProcess, groups, program, workdir } = options;
  const own = process.getuid?.() === 0 ? [] : ownUser();
  const entries = Object.entries(options.env);
  const late = entries.filter(([name]) => LOADER_VARIABLES.test(name));
  const args = [
    ...[...enter, '--no-fork', '--wd=.'],
    ...['--preserve-credentials', '--', tools.unshare, '--fork', '--kill-child', ...own, '--'],
    ...[tools.setpriv, '--no-new-privs', '--inh-caps=-all', ...bounding(), '--'],
    ...limited(tools, perProcess),
    ...[tools.sh, '-c', BEGIN, 'sh', workdir === '' ? '.' : `./${workdir}`, program],
    ...(late.length === 0 ? [] : [tools.env, ...late.map(([name, value]) => `${name}=${value}`)]),
  ];
  return {
    launcher: {
      file: tools.sh,
      args: ['-c', `${JOIN}; ${SET_ASIDE}`, 'sh', ...groups, '--', tools.nsenter, ...args],
    },
    env: Object.fromEntries(entries.filter(([name]) => !LOADER_VARIABLES.test(name))),
  };
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

/**
 * A set of namespaces with its mounts: user, mount, pid and ipc, and network when that is to be cut
 * off. One small shell holds it, as the first process of the pid namespace, and ends with the host
 * process: the kernel then kills what is left inside and takes the mounts away.
 */

import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { errorCode } from '../../primitives/errors.ts';
import { startProgram } from '../../primitives/start-program.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import { boundOptions } from './sandbox-mounts.ts';
import type { SandboxTools } from './sandbox-tools.ts';

/** What to set up. */
export interface NamespacePlan {
  readonly tools: SandboxTools;
  /** An address of the base, in which the mounts are made: names of its own content begin here. */
  readonly directory: string;
  /** The layers of the workspace, and the checkout; from the base on, or absolute. */
  readonly layers: string;
  readonly checkout: string;
  /** The lowest layer, likewise; `''` for none. */
  readonly stock: string;
  /** The caches of package managers, likewise. */
  readonly caches: string;
  /** Changes that are kept in memory, as long as the namespaces live; undefined for none. */
  readonly stage: Stage | undefined;
  readonly network: 'host' | 'none';
  /**
   * Whether the command may make namespaces of control groups, in which it could mount all
   * hierarchies of the host from where it is in them, and as root write into them.
   */
  readonly controlGroups: 'host' | 'none';
  /** Whether directories of the host are to be covered, as far as their file systems allow it. */
  readonly covers: boolean;
  /** Sockets that the command must not reach, where they are seen; they may be gone by then. */
  readonly sockets: readonly string[];
  /** What programs look names up by, when its file is hidden with `/run`. */
  readonly resolver: { readonly path: string; readonly content: string } | undefined;
}

/** A file system in memory. */
export interface Stage {
  /** Bytes that it holds; undefined for the file system's own default. */
  readonly bytes: number | undefined;
  /** Directories to make in it. */
  readonly directories: readonly string[];
}

/**
 * How mounts name the places that their layers lie in. Opened before anything is mounted, they are
 * there however much of the host is hidden by then.
 */
export const LAYERS = '/proc/self/fd/8';
export const CHECKOUT = '/proc/self/fd/7';
export const STOCK = '/proc/self/fd/6';
export const STAGED = '/proc/self/fd/9';
export const CACHES = '/proc/self/fd/5';

/** The file with the mounts for `mount --all`, in the directory of the layers. */
export const MOUNTS_FILE = 'mounts';

/** The same with what is good to have: where one of these mounts fails, the others are made. */
export const COVERS_FILE = 'covers';

/** Where changes in memory are mounted, in the directory of the layers. */
const STAGE_DIRECTORY = 'stage';

/** The holder's environment: nothing of the host's, and the classic system call for mounting. */
const HOLDER_ENV = {
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  // The newer calls cut options off at 256 bytes.
  LIBMOUNT_FORCE_MOUNT2: 'always',
};

/** In the new user namespace: waits until the host has said who is who in it, then goes on. */
const WAIT_FOR_IDS = 'echo && read -r _ && exec "$@"';

// The host's /proc is still there, and tells which process this is to the host. What waits for the
// end of the host's pipe ignores its children, so that the kernel reaps them.
const SET_UP = `
set -e
read -r pid _ < /proc/self/stat
echo "$pid"
layers=$1 checkout=$2 stock=$3 resolver=$4 resolved=$5 options=$6 groups=$7 sockets=$8 covers=$9
shift 9
caches=$1
shift
# Counts for all user namespaces below as well; to raise it takes a capability that no command has.
[ "$groups" != none ] || echo 0 > /proc/sys/user/max_cgroup_namespaces
exec 7< "$checkout" 8< "$layers"
[ -z "$stock" ] || exec 6< "$stock"
[ -z "$caches" ] || exec 5< "$caches"
if [ -n "$options" ]; then
  mount -t tmpfs -o "$options" agentfs ${LAYERS}/${STAGE_DIRECTORY}
  exec 9< ${LAYERS}/${STAGE_DIRECTORY}
  (cd -- ${STAGED} && mkdir -p "$@")
fi
[ -z "$covers" ] || mount --all --fstab ${LAYERS}/${COVERS_FILE} >&2 || :
mount --all --fstab ${LAYERS}/${MOUNTS_FILE} >&2
exec 5<&- 6<&- 7<&- 8<&-
if [ -n "$resolver" ]; then
  mkdir -p "\${resolver%/*}"
  printf '%s' "$resolved" > "$resolver"
fi
IFS='
'
set -f
# A service that is started anew at this moment has another one in its place.
hide() { mount --bind /dev/null "$1" || [ ! -S "$1" ]; }
for socket in $sockets; do
  hide "$socket" || hide "$socket" || hide "$socket"
done
cd /
echo mounted
exec > /dev/null env --ignore-signal=CHLD cat
`;

/** The namespaces that commands enter, in the words of `nsenter`, and their files in `/proc`. */
export function namespacesOf(network: 'host' | 'none'): readonly (readonly [string, string])[] {
  const kinds = [
    ['user', 'user'],
    ['mount', 'mnt'],
    ['pid', 'pid'],
    ['ipc', 'ipc'],
  ] as const;
  return network === 'none' ? [...kinds, ['net', 'net']] : kinds;
}

/** The same for a process that is named besides. */
export function entered(network: 'host' | 'none'): string[] {
  return namespacesOf(network).map(([name]) => `--${name}`);
}

/** An open set of namespaces. */
export class Namespace {
  /** The first process of the pid namespace, by the host's number. */
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #ended: Promise<void>;
  #users: Promise<unknown> = Promise.resolve();

  constructor(holder: ChildProcess, pid: number, ended: Promise<void>) {
    this.#holder = holder;
    this.#ended = ended;
    this.pid = pid;
  }

  /** How `nsenter` gets in: by a number that is ours, for as long as this is open. */
  enter(network: 'host' | 'none'): string[] {
    return [`--target=${this.pid}`, ...entered(network)];
  }

  /** A path of the namespace, as the host reaches it. */
  hostPath(path: string): string {
    return `/proc/${this.pid}/root${path}`;
  }

  /** A path of the stage, as the host reaches it; nobody else does once it is covered. */
  stagePath(path: string): string {
    return `/proc/${this.pid}/fd/9/${path}`;
  }

  /** Waits for the end of something, before the number of the first process is given up. */
  outlive(user: Promise<unknown>): void {
    this.#users = Promise.all([this.#users, user]);
  }

  /** Kills every process inside and waits until all are dead; may be called again. */
  async close(): Promise<void> {
    await this.#users;
    this.kill();
    await this.#ended;
  }

  /** Kills every process inside without waiting. */
  kill(): void {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    try {
      // The number is ours: it cannot be given out again before the holder has seen it die.
      process.kill(this.pid, 'SIGKILL');
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }
}

/**
 * Sets namespaces up.
 *
 * @param onEntry - called with the number of the first process, once there are namespaces to enter.
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE with what the system said.
 */
export async function openNamespace(
  plan: NamespacePlan,
  onEntry?: (pid: number) => void,
): Promise<Namespace> {
  const holder = startHolder(plan);
  const messages: Buffer[] = [];
  holder.stderr?.on('data', (bytes: Buffer) => messages.push(bytes));
  holder.stdin?.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    holder.once('error', (error) => {
      messages.push(Buffer.from(error.message));
      resolve();
    });
    holder.once('close', () => resolve());
  });
  const nextLine = linesOf(holder, ended);
  if (process.getuid?.() === 0 && (await nextLine()) !== undefined) nameAllIds(holder);
  const pid = await nextLine();
  if (pid !== undefined) onEntry?.(Number(pid));
  if (pid !== undefined && (await nextLine()) !== undefined) {
    return new Namespace(holder, Number(pid), ended);
  }
  const reason = Buffer.concat(messages).toString().trim().split('\n')[0] ?? '';
  throw sandboxUnavailable(
    `This host does not let agentfs set up its sandbox (${reason || 'no reason given'})`,
    'Allow unprivileged user namespaces, or use the directory strategy.',
  );
}

function startHolder(plan: NamespacePlan): ChildProcess {
  const { tools, directory, layers, checkout, stock, caches } = plan;
  const { stage, network, controlGroups, resolver } = plan;
  const options = stage === undefined ? '' : `mode=700,${boundOptions(stage.bytes)}`;
  const inside = [
    ...['--mount', '--pid', '--ipc', '--fork', '--kill-child'],
    ...(network === 'none' ? ['--net'] : []),
    ...[tools.sh, '-c', SET_UP, 'sh', layers, checkout, stock],
    ...[resolver?.path ?? '', resolver?.content ?? '', options],
    ...[controlGroups, plan.sockets.join('\n'), plan.covers ? COVERS_FILE : ''],
    caches,
    ...(stage?.directories ?? []),
  ];
  const isRoot = process.getuid?.() === 0;
  const user = isRoot
    ? ['--user', tools.sh, '-c', WAIT_FOR_IDS, 'sh', tools.unshare]
    : ['--user', '--map-root-user'];
  return startProgram(tools.unshare, [...user, ...inside], {
    cwd: directory,
    detached: true,
    env: HOLDER_ENV,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Root keeps every user's number that there is here, so that owners of files look as outside. */
function nameAllIds(holder: ChildProcess): void {
  try {
    for (const file of ['uid_map', 'gid_map']) {
      writeFileSync(
        `/proc/${holder.pid}/${file}`,
        sameIds(readFileSync(`/proc/self/${file}`, 'utf8')),
      );
    }
    holder.stdin?.write('\n');
  } catch {
    holder.kill('SIGKILL');
  }
}

/** A map of ids to themselves: all of them, unless this process is in a user namespace already. */
function sameIds(map: string): string {
  const ranges = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return ranges.map(([first = '0', , count = '1']) => `${first} ${first} ${count}\n`).join('');
}

/** Gives one line after the other that the holder prints; undefined when it has ended. */
function linesOf(
  { stdout }: ChildProcess,
  ended: Promise<void>,
): () => Promise<string | undefined> {
  let text = '';
  let tell: () => void = () => undefined;
  stdout?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    tell();
  });
  const next = async (): Promise<string> => {
    for (;;) {
      const [line, ...others] = text.split('\n');
      if (line !== undefined && others.length > 0) {
        text = others.join('\n');
        return line;
      }
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  return () => Promise.race([next(), ended.then(() => undefined)]);
}

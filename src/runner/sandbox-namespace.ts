/**
 * A set of namespaces with its mounts: user, mount, pid and ipc, and network when that is to be cut
 * off. One small shell holds it, as the first process of the pid namespace, and ends with the host
 * process: the kernel then kills what is left inside and takes the mounts away.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../primitives/errors.ts';
import { sandboxUnavailable } from './isolation.ts';
import type { SandboxTools } from './sandbox-tools.ts';

/** What to set up. */
export interface NamespacePlan {
  readonly tools: SandboxTools;
  /** Directory to make the mounts in; relative names of layers begin here. */
  readonly directory: string;
  /** File with the mounts for `mount --all`. */
  readonly mounts: string;
  /** A directory to keep the changes of the home directory in, in memory; undefined for none. */
  readonly stage: string | undefined;
  /** Makes the root of the host read-only at last. */
  readonly readOnly: boolean;
  readonly network: 'host' | 'none';
  /** What programs look names up by, when its file is hidden with `/run`. */
  readonly resolver: { readonly path: string; readonly content: string } | undefined;
}

/** All ids of users and groups, as the kernel counts them. */
const ALL_IDS = '0 0 4294967295\n';

/** The holder's environment: nothing of the host's, and the classic system call for mounting. */
const HOLDER_ENV = {
  PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  // The newer calls cut options off at 256 bytes.
  LIBMOUNT_FORCE_MOUNT2: 'always',
};

/** Waits until the host has said who is who in the new user namespace, then becomes it. */
const WAIT_FOR_IDS = 'read -r _ && exec "$@"';

// The host's /proc is still there, and tells which process this is to the host. At the end all
// orphans are reaped by the kernel, since nobody waits for them.
const SET_UP = `
set -e
read -r pid _ < /proc/self/stat
cd -- "$1"
if [ -n "$3" ]; then
  mount -t tmpfs -o mode=700 agentfs "$3"
  mkdir "$3/upper" "$3/work"
fi
mount --all --fstab "$2" >&2
if [ -n "$5" ]; then
  mkdir -p "\${5%/*}"
  printf '%s' "$6" > "$5"
fi
if [ -n "$4" ]; then mount -o remount,bind,ro /; fi
cd /
trap '' CHLD
echo "$pid"
read -r _ || true
`;

/** An open set of namespaces. */
export class Namespace {
  /** The first process of the pid namespace, by the host's number. */
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(holder: ChildProcess, pid: number, ended: Promise<void>) {
    this.#holder = holder;
    this.#ended = ended;
    this.pid = pid;
  }

  /** A path of the namespace, as the host reaches it. */
  hostPath(path: string): string {
    return `/proc/${this.pid}/root${path}`;
  }

  /** Kills every process inside and waits until all are dead; may be called again. */
  async close(): Promise<void> {
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
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE with what the system said.
 */
export async function openNamespace(plan: NamespacePlan): Promise<Namespace> {
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
  try {
    if (process.getuid?.() === 0) await nameAllIds(holder);
  } catch {
    holder.kill('SIGKILL');
  }
  const pid = await Promise.race([firstNumber(holder), ended]);
  if (pid !== undefined) {
    holder.unref();
    return new Namespace(holder, pid, ended);
  }
  const reason = Buffer.concat(messages).toString().trim().split('\n')[0] ?? '';
  throw sandboxUnavailable(
    `This host does not let agentfs set up its sandbox (${reason || 'no reason given'})`,
    'Allow unprivileged user namespaces, or use the directory strategy.',
  );
}

function startHolder(plan: NamespacePlan): ChildProcess {
  const { tools, directory, mounts, stage = '', readOnly, network, resolver } = plan;
  const inside = [
    ...['--mount', '--pid', '--ipc', '--fork', '--kill-child'],
    ...(network === 'none' ? ['--net'] : []),
    ...[tools.sh, '-c', SET_UP, 'sh', directory, mounts, stage, readOnly ? 'yes' : ''],
    ...[resolver?.path ?? '', resolver?.content ?? ''],
  ];
  const isRoot = process.getuid?.() === 0;
  const user = isRoot
    ? ['--user', tools.sh, '-c', WAIT_FOR_IDS, 'sh', tools.unshare]
    : ['--user', '--map-root-user'];
  return spawn(tools.unshare, [...user, ...inside], {
    cwd: '/',
    detached: true,
    env: HOLDER_ENV,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Root keeps every user's number, so that owners of files look as they do outside. */
async function nameAllIds(holder: ChildProcess): Promise<void> {
  const own = readlinkSync('/proc/self/ns/user');
  while (readlinkSync(`/proc/${holder.pid}/ns/user`) === own) {
    if (holder.exitCode !== null || holder.signalCode !== null) return;
    await nextTurn();
  }
  writeFileSync(`/proc/${holder.pid}/uid_map`, ALL_IDS);
  writeFileSync(`/proc/${holder.pid}/gid_map`, ALL_IDS);
  holder.stdin?.write('\n');
}

function firstNumber(holder: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    let text = '';
    holder.stdout?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes('\n')) resolve(Number(text.trim()));
    });
    holder.stdout?.once('end', () => resolve(undefined));
  });
}

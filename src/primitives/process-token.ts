/**
 * The identity of a process, for leases: a pid alone comes back for another process, so a token
 * also holds when the process started and which pids it is counted among.
 */

import { readFileSync, readlinkSync } from 'node:fs';
import { errorCode } from './errors.ts';

/** Names one process, in a way that no later process shares. */
export interface ProcessToken {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; `''` where there is no `/proc`. */
  readonly startTime: string;
  /** The pid namespace and the boot of the machine; `''` where there is no `/proc`. */
  readonly namespace: string;
}

/** What can be said about the process of a token. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** The token of the calling process, or of another one. */
export function processToken(pid: number = process.pid): ProcessToken {
  const namespace = ownNamespace();
  const stat = namespace === '' ? undefined : readStat(pid);
  return { pid, startTime: stat?.startTime ?? '', namespace };
}

/**
 * Tells whether the process of a token still runs; a zombie counts as dead.
 *
 * `'unknown'` means that it cannot be told from here: the token comes from another machine, boot or
 * pid namespace, `/proc` hides the process, or there is no `/proc` and the pid is in use.
 */
export function isAlive(token: ProcessToken): Liveness {
  if (token.namespace !== ownNamespace()) return 'unknown';
  if (token.namespace === '') {
    if (token.pid === process.pid) return 'alive';
    return isPidUsed(token.pid) ? 'unknown' : 'dead';
  }
  const stat = readStat(token.pid);
  // A /proc mounted with hidepid shows nothing of other users' processes.
  if (stat === undefined) return isPidUsed(token.pid) ? 'unknown' : 'dead';
  if (stat.startTime !== token.startTime) return 'dead';
  return stat.state === 'Z' || stat.state === 'X' ? 'dead' : 'alive';
}

/** The token as text: `<pid>/<start time>/<namespace>`. */
export function encodeProcessToken(token: ProcessToken): string {
  return `${token.pid}/${token.startTime}/${token.namespace}`;
}

/** The token from its text, or undefined when the text is not one. */
export function decodeProcessToken(text: string): ProcessToken | undefined {
  const match = /^([1-9]\d{0,9})\/(\d*)\/([^/]*)$/.exec(text);
  if (match === null) return undefined;
  const [, pid = '', startTime = '', namespace = ''] = match;
  return { pid: Number(pid), startTime, namespace };
}

/** The boot of the machine in the namespace of a token; `''` where that is not known. */
export function bootOf(namespace: string): string {
  const at = namespace.indexOf('@');
  return at < 0 ? '' : namespace.slice(at + 1);
}

/** The boot of this machine; `''` where it is not known. */
export function ownBoot(): string {
  return bootOf(processToken().namespace);
}

function ownNamespace(): string {
  try {
    // A /proc that was mounted for another pid namespace would number the processes differently.
    if (readlinkSync('/proc/self') !== String(process.pid)) return '';
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${namespace}@${boot}`;
  } catch {
    // No /proc, or not Linux's: tokens then say less, which `isAlive` reports as 'unknown'.
    return '';
  }
}

function readStat(pid: number): { state: string; startTime: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, field 2, may hold spaces and parentheses: count from the last parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
  } catch {
    // ENOENT, or ESRCH when the process went away while it was read: either way there is none.
    return undefined;
  }
}

function isPidUsed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

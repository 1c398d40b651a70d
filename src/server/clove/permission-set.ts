/** What an agent may do: the levels, and when one set allows no more than another. */

import type { Principal } from '../core/access.ts';
import { Refusal } from './request.ts';

/** As it stands on the wire. */
export interface PermissionSet {
  readonly can_exec: boolean;
  readonly can_read: boolean;
  readonly can_write: boolean;
  readonly can_think: boolean;
  readonly can_spawn: boolean;
  readonly can_http: boolean;
  /** Patterns; empty lists allow all that is not blocked. */
  readonly filesystem: {
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly blocked: readonly string[];
  };
  /** Programs; empty for any. */
  readonly exec: readonly string[];
  readonly blocked_commands: readonly string[];
  /** Domains; empty for none. */
  readonly network: readonly string[];
  /** 0 for any number. */
  readonly llm: { readonly max_tokens: number; readonly max_calls: number };
  readonly max_exec_time_ms: number;
}

const BLOCKED_PATHS = [
  ...['/etc/shadow', '/etc/passwd', '~/.ssh/*', '~/.gnupg/*', '~/.aws/*', '~/.config/gcloud/*'],
  ...['*/.env', '*/.git/config', '*/credentials*', '*/secrets*', '*/*token*', '*/*password*'],
];

const BLOCKED_COMMANDS = [
  ...['rm -rf /', 'rm -rf ~', 'rm -rf /*', 'sudo', 'su ', 'chmod 777', 'curl | bash'],
  ...['wget | bash', '> /dev/sd', 'dd if=', 'mkfs', ':(){ :|:& };:', 'shutdown', 'reboot'],
  ...['init 0', 'poweroff'],
];

const STANDARD: PermissionSet = {
  ...{ can_exec: true, can_read: true, can_write: true, can_think: true },
  ...{ can_spawn: false, can_http: false },
  filesystem: { read: [], write: [], blocked: BLOCKED_PATHS },
  ...{ exec: [], blocked_commands: BLOCKED_COMMANDS, network: [] },
  llm: { max_tokens: 0, max_calls: 0 },
  max_exec_time_ms: 30_000,
};

const READONLY: PermissionSet = { ...STANDARD, can_exec: false, can_write: false };

const LEVELS: Readonly<Record<string, PermissionSet>> = {
  unrestricted: {
    ...STANDARD,
    ...{ can_spawn: true, can_http: true, network: ['*'], blocked_commands: [] },
    filesystem: { read: [], write: [], blocked: [] },
  },
  standard: STANDARD,
  sandboxed: {
    ...STANDARD,
    filesystem: { read: ['/tmp/*', '/home/*'], write: ['/tmp/*'], blocked: BLOCKED_PATHS },
  },
  readonly: READONLY,
  minimal: { ...READONLY, can_read: false },
};

const FLAGS = ['can_exec', 'can_read', 'can_write', 'can_think', 'can_spawn', 'can_http'] as const;

/** The permissions of a level; of one that there is not, those of `standard`. */
export function levelOf(name: string): PermissionSet {
  return (Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined) ?? STANDARD;
}

/** What a child of an agent may do: never more than `standard`, nor than the agent itself. */
export function inherited(parent: PermissionSet): PermissionSet {
  return isWithin(STANDARD, parent) ? STANDARD : parent;
}

/** The permissions in the row of a principal. */
export function permissionsOf({ permissions }: Principal): PermissionSet {
  return { ...STANDARD, ...(permissions as Partial<PermissionSet>) };
}

/**
 * Lays what a client has sent over permissions.
 *
 * @throws {Refusal} for a field of another type.
 */
export function changed(
  before: PermissionSet,
  change: Readonly<Record<string, unknown>>,
): PermissionSet {
  const flags = FLAGS.map((name) => [name, flagIn(change, name, before[name])]);
  const filesystem = recordIn(change, 'filesystem');
  const llm = recordIn(change, 'llm');
  return {
    ...before,
    ...Object.fromEntries(flags),
    filesystem: {
      read: listIn(filesystem, 'read', before.filesystem.read),
      write: listIn(filesystem, 'write', before.filesystem.write),
      blocked: listIn(filesystem, 'blocked', before.filesystem.blocked),
    },
    exec: listIn(change, 'exec', before.exec),
    blocked_commands: listIn(change, 'blocked_commands', before.blocked_commands),
    network: listIn(change, 'network', before.network),
    llm: {
      max_tokens: numberIn(llm, 'max_tokens', before.llm.max_tokens),
      max_calls: numberIn(llm, 'max_calls', before.llm.max_calls),
    },
    max_exec_time_ms: numberIn(change, 'max_exec_time_ms', before.max_exec_time_ms),
  };
}

/** Whether a set allows nothing that another one does not. */
export function isWithin(set: PermissionSet, other: PermissionSet): boolean {
  const { filesystem: files, llm } = other;
  return (
    FLAGS.every((name) => !set[name] || other[name]) &&
    narrows(set.filesystem.read, files.read) &&
    narrows(set.filesystem.write, files.write) &&
    narrows(set.exec, other.exec) &&
    holdsAll(set.filesystem.blocked, files.blocked) &&
    holdsAll(set.blocked_commands, other.blocked_commands) &&
    (other.network.includes('*') || holdsAll(other.network, set.network)) &&
    bounds(set.llm.max_tokens, llm.max_tokens) &&
    bounds(set.llm.max_calls, llm.max_calls) &&
    set.max_exec_time_ms <= other.max_exec_time_ms
  );
}

/** Of lists where an empty one stands for everything. */
function narrows(list: readonly string[], other: readonly string[]): boolean {
  return other.length === 0 || (list.length > 0 && holdsAll(other, list));
}

function holdsAll(list: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((each) => list.includes(each));
}

/** Of bounds where 0 stands for none. */
function bounds(bound: number, other: number): boolean {
  return other === 0 || (bound > 0 && bound <= other);
}

type Wire = Readonly<Record<string, unknown>>;

function flagIn(change: Wire, name: string, before: boolean): boolean {
  const value = change[name] ?? before;
  if (typeof value === 'boolean') return value;
  throw new Refusal(`invalid request: ${name} has to be true or false`);
}

function listIn(change: Wire, name: string, before: readonly string[]): readonly string[] {
  const value = change[name] ?? before;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new Refusal(`invalid request: ${name} has to be a list of strings`);
}

function numberIn(change: Wire, name: string, before: number): number {
  const value = change[name] ?? before;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(`invalid request: ${name} has to be a whole number from 0`);
}

function recordIn(change: Wire, name: string): Wire {
  const value = change[name] ?? {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Wire;
  throw new Refusal(`invalid request: ${name} has to be an object`);
}

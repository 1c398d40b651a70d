/**
 * Control groups: what bounds the memory and the number of processes of a command as a whole. Both
 * versions are known; a group is made below this process's own, or beside it, where we may write.
 *
 * A command is in a group of its own below the one that has the limits. The files of its own group
 * belong to its user, who may be root, and can be seen from inside wherever control groups can be
 * mounted anew; those of the group above cannot.
 */

import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from '../../primitives/errors.ts';
import type { ResourceLimits } from '../isolation.ts';

/** What a group can bound. */
export type GroupController = 'memory' | 'pids';

/** The directory in which groups of a controller can be made. */
export type GroupPlaces = Readonly<Partial<Record<GroupController, GroupPlace>>>;

/** A directory of the control group file system. */
export interface GroupPlace {
  readonly directory: string;
  readonly version: 1 | 2;
}

/** The shell that joins the groups and the process that waits outside count as well. */
const OWN_PROCESSES = 1;

const PREFIX = 'agentfs-';

/** The group that the command is a member of. In version 2 it has no controllers, and needs none. */
const MEMBERS = 'members';
const REMOVAL_ROUNDS = 20;

/** Finds out where groups can be made; cheap enough for every process, but not for every run. */
export function findGroupPlaces(): GroupPlaces {
  const memory = findPlace('memory');
  const pids = findPlace('pids');
  return { ...(memory && { memory }), ...(pids && { pids }) };
}

/** The groups of one command. */
export class CommandGroups {
  readonly #directories: readonly string[];

  private constructor(directories: readonly string[]) {
    this.#directories = directories;
  }

  /**
   * Makes groups with the limits that groups can keep here; others are left to others.
   *
   * @param name - of letters and digits; a group of this name that an earlier process left is reused.
   */
  static create(places: GroupPlaces, name: string, limits: ResourceLimits): CommandGroups {
    const directories = new Set<string>();
    const { memoryBytes, processes } = limits;
    if (memoryBytes !== undefined && places.memory !== undefined) {
      directories.add(limitMemory(places.memory, name, memoryBytes));
    }
    if (processes !== undefined && places.pids !== undefined) {
      const directory = makeGroup(places.pids, name);
      directories.add(directory);
      writeFileSync(join(directory, 'pids.max'), String(processes + OWN_PROCESSES));
    }
    // Only now: before Linux 5.11 a group with groups below could not be told to count them in.
    for (const directory of directories) mkdirSync(join(directory, MEMBERS), { recursive: true });
    return new CommandGroups([...directories]);
  }

  /** The files that a process writes `0` to, to become a member. */
  get members(): string[] {
    return this.#directories.map((directory) => join(directory, MEMBERS, 'cgroup.procs'));
  }

  /** How many processes the kernel has killed so far because the memory of the command was at its limit. */
  get memoryKills(): number {
    // Version 1 counts where the process was, version 2 in all groups above as well.
    const kills = this.#directories.map((directory) => {
      const above = killsIn(join(directory, 'memory.events'));
      return above ?? killsIn(join(directory, MEMBERS, 'memory.oom_control')) ?? 0;
    });
    return Math.max(0, ...kills);
  }

  /** Removes the groups; their processes have to be dead, but may be so only since a moment. */
  async remove(): Promise<void> {
    const inner = this.#directories.map((directory) => join(directory, MEMBERS));
    for (const directory of [...inner, ...this.#directories]) {
      for (let round = 0; round < REMOVAL_ROUNDS && !tryRemove(directory); round++) {
        await delay(round);
      }
    }
  }
}

function limitMemory(place: GroupPlace, name: string, bytes: number): string {
  const directory = makeGroup(place, name);
  const files =
    place.version === 2
      ? { 'memory.max': bytes, 'memory.swap.max': 0, 'memory.oom.group': 1 }
      : { 'memory.limit_in_bytes': bytes, 'memory.memsw.limit_in_bytes': bytes };
  if (place.version === 1) countGroupsBelow(directory);
  for (const [file, value] of Object.entries(files)) {
    // Without swap there is no file for it, and nothing to bound.
    if (existsSync(join(directory, file))) writeFileSync(join(directory, file), String(value));
  }
  return directory;
}

/** Since Linux 5.11 each group of version 1 does so, and the file only says it. */
function countGroupsBelow(directory: string): void {
  const file = join(directory, 'memory.use_hierarchy');
  if (existsSync(file) && readFileSync(file, 'utf8').trim() === '0') writeFileSync(file, '1');
}

function killsIn(file: string): number | undefined {
  const line = readLines(file).find((each) => each.startsWith('oom_kill '));
  return line === undefined ? undefined : Number(line.slice('oom_kill '.length));
}

function makeGroup({ directory }: GroupPlace, name: string): string {
  const path = join(directory, `${PREFIX}${name}`);
  mkdirSync(path, { recursive: true });
  return path;
}

function tryRemove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return errorCode(error) !== 'EBUSY';
  }
}

function findPlace(controller: GroupController): GroupPlace | undefined {
  for (const { version, directory } of candidates(controller)) {
    if (canMakeGroups(directory, version, controller)) return { directory, version };
  }
  return undefined;
}

/** The group of this process and the one above: version 2 has no members beside inner groups. */
function candidates(controller: GroupController): GroupPlace[] {
  const groups = readLines('/proc/self/cgroup').map((line) => /^\d+:([^:]*):(.*)$/.exec(line));
  return readLines('/proc/self/mountinfo').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root = '/', mount = ''] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    const version = type === 'cgroup2' ? 2 : 1;
    if (version === 1 && (type !== 'cgroup' || !options.split(',').includes(controller))) return [];
    const own = groups.find((group) =>
      version === 2 ? group?.[1] === '' : group?.[1]?.split(',').includes(controller),
    )?.[2];
    if (own === undefined || !own.startsWith(root === '/' ? '' : root)) return [];
    const directory = join(mount, own.slice(root === '/' ? 0 : root.length));
    return [directory, dirname(directory)]
      .filter((each) => each.startsWith(mount))
      .map((each) => ({ directory: each, version }) as const);
  });
}

/** By making one: permissions alone do not tell. */
function canMakeGroups(directory: string, version: 1 | 2, controller: GroupController): boolean {
  const trial = join(directory, `${PREFIX}trial-${process.pid}`);
  try {
    // A process cannot move between groups without a say in the one above both.
    accessSync(join(directory, 'cgroup.procs'), constants.W_OK);
    if (version === 2 && !readdirSync(directory).includes('cgroup.subtree_control')) return false;
    mkdirSync(trial);
  } catch {
    return false;
  }
  try {
    const file = { memory: ['memory.max', 'memory.limit_in_bytes'], pids: ['pids.max'] }[
      controller
    ];
    return file.some((each) => existsSync(join(trial, each)));
  } finally {
    rmdirSync(trial);
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // No /proc, no groups; or not of this version.
    return [];
  }
}

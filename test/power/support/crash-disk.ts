/**
 * A disk that remembers what was synced, and gives the states that a power cut may leave: all that
 * was synced, and of the rest whatever happened to get there.
 *
 * Names are kept as journaling file systems do it: a directory loses its newest changes, a rename
 * between two directories is lost in both or in neither, and syncing a file does not make its name
 * safe. Directories do not wait for one another.
 */

import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../model/support/random.ts';
import { CrashFile } from './crash-file.ts';

/** One name after a call; undefined where it is gone. */
export type NameAfter = readonly [directory: CrashFile, name: string, file: CrashFile | undefined];

/** A call that changed names, in all directories that it depends on. */
interface NameChange {
  readonly at: number;
  readonly names: readonly NameAfter[];
  readonly directories: readonly CrashFile[];
}

export class CrashDisk {
  readonly root: CrashFile;
  #changes: NameChange[] = [];

  private constructor(root: CrashFile) {
    this.root = root;
  }

  /** A disk with everything in a real directory, all of it on stable storage. */
  static of(directory: string): CrashDisk {
    return new CrashDisk(takeIn(directory));
  }

  /** Changes names, in one step. `emptied` is a directory that had to be empty for it. */
  rename(at: number, names: readonly NameAfter[], emptied?: CrashFile): void {
    const directories = names.map(([directory]) => directory);
    if (emptied !== undefined) directories.push(emptied);
    this.#changes.push({ at, names, directories });
    setNames(names, 'names');
  }

  /** Brings the names in a directory to stable storage, as far as they are older than a time. */
  syncNames(directory: CrashFile, before: number): void {
    const limits = new Map([[directory, before]]);
    const isSafe = ({ at, directories }: NameChange): boolean =>
      directories.some((each) => at < (limits.get(each) ?? 0));
    // A safe change makes older ones in all of its directories safe.
    for (let size = -1; size < limits.size; ) {
      size = limits.size;
      for (const change of this.#changes.toReversed()) {
        if (!isSafe(change)) continue;
        for (const each of change.directories) {
          limits.set(each, Math.max(limits.get(each) ?? 0, change.at + 1));
        }
      }
    }
    for (const change of this.#changes.filter(isSafe)) setNames(change.names, 'stableNames');
    this.#changes = this.#changes.filter((change) => !isSafe(change));
  }

  /** Writes one state that a power cut may leave into a new directory. */
  writeAfterCrash(target: string, random: Random): void {
    const names = this.#namesAfterCrash(random);
    const modes: (readonly [path: string, mode: number])[] = [];
    /** Where each file is already: it may have another name. */
    const written = new Map<CrashFile, string>();
    const write = (file: CrashFile, path: string): void => {
      const first = written.get(file);
      if (first !== undefined) linkSync(first, path);
      else modes.push(...writeFile(file, path, random));
      written.set(file, path);
      for (const [name, below] of names(file)) {
        // Shared memory is no file that a power cut leaves.
        if (!name.endsWith('-shm')) write(below, join(path, name));
      }
    };
    write(this.root, target);
    for (const [path, mode] of modes.toReversed()) chmodSync(path, mode);
  }

  #namesAfterCrash(random: Random): (directory: CrashFile) => ReadonlyMap<string, CrashFile> {
    const chance = random.pick([0, 0.02, 0.2, 1]);
    const isOrdered = random.chance(0.5);
    const result = new Map<CrashFile, Map<string, CrashFile>>();
    const namesOf = (directory: CrashFile): Map<string, CrashFile> => {
      const names = result.get(directory) ?? new Map(directory.stableNames);
      result.set(directory, names);
      return names;
    };
    /** Directories that have lost a change, and with it all later ones. */
    const ended = new Set<CrashFile>();
    for (const { names, directories } of this.#changes) {
      const isLost = isOrdered ? ended.size > 0 : directories.some((each) => ended.has(each));
      if (isLost || random.chance(chance)) for (const each of directories) ended.add(each);
      else for (const [directory, name, file] of names) set(namesOf(directory), name, file);
    }
    return namesOf;
  }
}

/** Makes one file as a power cut may leave it, and returns the modes that are to be set in the end. */
function writeFile(
  file: CrashFile,
  path: string,
  random: Random,
): (readonly [path: string, mode: number])[] {
  const { content, mode } = file.afterCrash(random);
  if (file.kind === 'symlink') {
    symlinkSync(content, path);
    return [];
  }
  if (file.kind === 'directory') mkdirSync(path);
  else writeFileSync(path, content);
  return [[path, mode]];
}

function setNames(names: readonly NameAfter[], where: 'names' | 'stableNames'): void {
  for (const [directory, name, file] of names) set(directory[where], name, file);
}

function set(names: Map<string, CrashFile>, name: string, file: CrashFile | undefined): void {
  if (file === undefined) names.delete(name);
  else names.set(name, file);
}

/** @param known - what was taken in already, by inode: a file may have several names. */
function takeIn(path: string, known: Map<number, CrashFile> = new Map()): CrashFile {
  const stats = lstatSync(path);
  const mode = stats.mode & 0o7777;
  const file = known.get(stats.ino) ?? new CrashFile(kindOf(stats), mode, contentOf(path, stats));
  known.set(stats.ino, file);
  for (const name of stats.isDirectory() ? readdirSync(path) : []) {
    const below = takeIn(join(path, name), known);
    file.names.set(name, below);
    file.stableNames.set(name, below);
  }
  return file;
}

function kindOf(stats: Stats): CrashFile['kind'] {
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'file';
}

function contentOf(path: string, stats: Stats): Buffer | undefined {
  if (stats.isDirectory()) return undefined;
  return stats.isSymbolicLink() ? readlinkSync(path, 'buffer') : readFileSync(path);
}

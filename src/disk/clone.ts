/**
 * Copies what is not versioned, such as `node_modules`, from one directory into another: by
 * reflink where the file system can, otherwise byte for byte. Links are copied as links.
 */

import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  linkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { PIECE_BYTES } from '../primitives/limits.ts';
import { joinPath, type TreePath } from '../primitives/path.ts';
import { procPath } from './directory-handles.ts';
import { diskError, systemCode } from './disk-error.ts';
import type { SafeDirectory } from './safe-directory.ts';
import { problemOf } from './scan-problem.ts';
import { kindOf } from './stat-index.ts';
import { runInSlices, type Steps } from './time-slices.ts';
import { writeFully } from './write-fully.ts';

const PERMISSIONS = 0o777;
const OWNER_ALL = 0o700;
// Larger files are copied in pieces where there is no reflink, so that the event loop turns.
const WHOLE_COPY_BYTES = 8 * 1024 * 1024;

/** How far {@link cloneIgnored} is, and at the end what it did. */
export interface CloneCounts {
  /** Files and links that were copied. */
  readonly files: number;
  /** Bytes of files that were copied. */
  readonly bytes: number;
}

/** What was copied, and what was not. */
export interface CloneResult extends CloneCounts {
  /** FIFOs, sockets, devices, names that are not UTF-8, and what may not be read. */
  readonly skipped: readonly string[];
}

/** What to copy where. */
export interface CloneOptions {
  readonly from: SafeDirectory;
  readonly to: SafeDirectory;
  /** The same in both; the directory above it has to be in `to`. */
  readonly path: TreePath;
  /** Whether a file may be given a second name instead; one that cannot is copied. */
  readonly mayLink?: ((path: TreePath, stats: Stats) => boolean) | undefined;
  /** All that is copied is a layer of an overlay: files and whiteouts get second names. */
  readonly isLayer?: boolean | undefined;
  /** Whether a path is left out, with what is below it. */
  readonly omits?: ((path: TreePath) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about every 15 ms and at the end. */
  readonly onProgress?: ((counts: CloneCounts) => void) | undefined;
}

/**
 * Copies a file, link or directory, letting the event loop turn about every 15 ms. Keeps permission
 * bits and mtimes. What is in the target already stays, so a copy that was stopped can be repeated.
 *
 * @throws {AgentFSError} ABORTED, STORE_FULL.
 * @throws {FileNotFoundError} ENOENT when the directory above is missing in `to`.
 */
export async function cloneIgnored(options: CloneOptions): Promise<CloneResult> {
  const { signal, onProgress } = options;
  const clone = new Clone(options);
  const onSlice = (): void => onProgress?.(clone.counts);
  await runInSlices(clone.steps(options.path), { signal, onSlice });
  onSlice();
  return { ...clone.counts, skipped: clone.skipped };
}

/** A directory that is being copied; an explicit stack, since trees can be deeper than ours. */
interface Frame {
  readonly path: TreePath;
  readonly stats: Stats;
  readonly names: readonly string[];
  /** Made here, so that its mode and times are to be set. */
  readonly isNew: boolean;
  next: number;
}

class Clone {
  readonly skipped: string[] = [];
  readonly #from: SafeDirectory;
  readonly #to: SafeDirectory;
  readonly #mayLink: NonNullable<CloneOptions['mayLink']>;
  readonly #omits: NonNullable<CloneOptions['omits']>;
  readonly #isLayer: boolean;
  readonly #stack: Frame[] = [];
  #files = 0;
  #bytes = 0;

  constructor({ from, to, mayLink, omits = () => false, isLayer = false }: CloneOptions) {
    this.#from = from;
    this.#to = to;
    this.#mayLink = mayLink ?? (() => isLayer);
    this.#isLayer = isLayer;
    this.#omits = omits;
  }

  get counts(): CloneCounts {
    return { files: this.#files, bytes: this.#bytes };
  }

  *steps(path: TreePath): Steps<void> {
    yield* this.#copy(path);
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      const name = frame.names[frame.next++];
      if (name === undefined) this.#leave(frame);
      else yield* this.#copy(joinPath(frame.path, name));
      yield 0;
    }
  }

  /** What is gone or shut off by now is skipped: the source is alive. */
  *#copy(path: TreePath): Steps<void> {
    if (this.#omits(path)) return;
    const stats = this.#look(path);
    if (stats === undefined) return;
    const kind = kindOf(stats);
    if (kind === 'directory') this.#enter(path, stats);
    else if (kind === 'symlink') this.#copyLink(path, stats);
    else if (kind === 'file' && this.#mayLink(path, stats) && this.#link(path, stats)) return;
    else if (kind === 'file') yield* this.#copyFile(path);
    else if (!(this.#isLayer && this.#link(path, stats))) this.skipped.push(path);
  }

  #look(path: TreePath): Stats | undefined {
    return this.#reading(path, () => this.#from.lstat(path));
  }

  #enter(path: TreePath, stats: Stats): void {
    const listed = this.#reading(path, () => this.#from.names(path));
    if (listed === undefined) return;
    for (const name of listed.undecodable) this.skipped.push(joinPath(path, name));
    const isNew = this.#creating(() => this.#to.mkdir(path, OWNER_ALL));
    if (!isNew && this.#to.lstat(path)?.isDirectory() !== true) return;
    this.#stack.push({ path, stats, isNew, names: listed.names, next: 0 });
  }

  #leave(frame: Frame): void {
    this.#stack.pop();
    if (!frame.isNew) return;
    this.#to.chmod(frame.path, frame.stats.mode & PERMISSIONS);
    this.#to.utimes(frame.path, frame.stats.mtimeMs);
  }

  #copyLink(path: TreePath, stats: Stats): void {
    const target = this.#reading(path, () => this.#from.readlink(path));
    if (target === undefined) return;
    if (!this.#creating(() => this.#to.symlink(target, path))) return;
    this.#to.utimes(path, stats.mtimeMs);
    this.#files++;
  }

  /** False when it has to be copied: another file system, another's file, too many names. */
  #link(path: TreePath, stats: Stats): boolean {
    try {
      linkSync(this.#from.address(path), this.#to.address(path));
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (code === 'EEXIST' || code === 'ENOENT') return true;
      if (!NO_LINK.has(code)) throw diskError(error, path, 'link');
      return false;
    }
    this.#files++;
    this.#bytes += stats.size;
    return true;
  }

  *#copyFile(path: TreePath): Steps<void> {
    const source = this.#reading(path, () => this.#from.openRead(path));
    if (source === undefined) return;
    try {
      const stats = fstatSync(source);
      if (!stats.isFile()) {
        this.skipped.push(path);
        return;
      }
      if (yield* this.#fill(source, path, stats.size)) this.#finish(path, stats);
    } finally {
      closeSync(source);
    }
  }

  /** False when something is at the path already. */
  *#fill(source: number, path: TreePath, size: number): Steps<boolean> {
    if (size <= WHOLE_COPY_BYTES) return this.#copyWhole(source, path, constants.COPYFILE_FICLONE);
    try {
      return this.#copyWhole(source, path, constants.COPYFILE_FICLONE_FORCE);
    } catch (error) {
      if (!NO_REFLINK.has(systemCode(error) ?? '')) throw error;
    }
    return yield* this.#copyPieces(source, path);
  }

  #copyWhole(source: number, path: TreePath, how: number): boolean {
    return this.#creating(() => {
      const from = this.#from.raceFree ? procPath(source) : this.#from.address(path);
      try {
        copyFileSync(from, this.#to.address(path), how | constants.COPYFILE_EXCL);
      } catch (error) {
        throw diskError(error, path, 'copy');
      }
    });
  }

  *#copyPieces(source: number, path: TreePath): Steps<boolean> {
    let target: number | undefined;
    this.#creating(() => {
      target = this.#to.createExclusive(path, OWNER_ALL);
    });
    if (target === undefined) return false;
    let complete = false;
    try {
      const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
      for (let count = -1; count !== 0; ) {
        count = readSync(source, buffer, 0, PIECE_BYTES, null);
        writeFully(target, buffer.subarray(0, count), path);
        yield 0;
      }
      complete = true;
    } finally {
      closeSync(target);
      // Half a file would pass for a copy the next time.
      if (!complete) this.#to.unlink(path);
    }
    return true;
  }

  #finish(path: TreePath, stats: Stats): void {
    this.#to.chmod(path, stats.mode & PERMISSIONS);
    this.#to.utimes(path, stats.mtimeMs);
    this.#files++;
    this.#bytes += stats.size;
  }

  /** Looks at the source, which is alive: what is gone or shut off by now is passed over. */
  #reading<T>(path: TreePath, operation: () => T): T | undefined {
    try {
      return operation();
    } catch (error) {
      const problem = problemOf(error);
      if (problem === undefined) throw diskError(error, path, 'copy');
      if (problem !== 'moved') this.skipped.push(path);
      return undefined;
    }
  }

  /** Makes something in the target; false when the workspace has something there. */
  #creating(operation: () => void): boolean {
    try {
      operation();
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
  }
}

const NO_LINK: ReadonlySet<string> = new Set([
  ...['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'],
]);
const NO_REFLINK: ReadonlySet<string> = new Set([
  ...['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY'],
]);

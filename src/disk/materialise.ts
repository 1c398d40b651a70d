/**
 * Brings a kept directory from one tree to another by writing only what differs. The directory is a
 * working copy: nothing is synced to stable storage, and what stands in the way is removed.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, fchmodSync, futimesSync, type Stats } from 'node:fs';
import { type Clock, systemClock } from '../primitives/clock.ts';
import type { Entry } from '../primitives/entry.ts';
import { errorCode, FileNotFoundError } from '../primitives/errors.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import {
  compareNames,
  joinPath,
  parentPath,
  ROOT,
  STAGE_PREFIX,
  type TreePath,
} from '../primitives/path.ts';
import { utimeOf } from './file-time.ts';
import { removeTree } from './remove-tree.ts';
import type { SafeDirectory } from './safe-directory.ts';
import type { IndexUpdate } from './scan-result.ts';
import { contentRow, directoryRow, type FileTimes } from './stat-index.ts';
import { runInSlices, type Steps } from './time-slices.ts';
import { writeFully } from './write-fully.ts';

const OWNER_ALL = 0o700;

/** One path that differs between the tree that the directory shows and the one it is to show. */
export interface PathChange {
  readonly path: TreePath;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** How far {@link applyToDirectory} is. */
export interface ApplyCounts {
  /** Files and links written. */
  readonly files: number;
  /** Bytes of content written. */
  readonly bytes: number;
}

/** Asked where others change the directory at the same time. */
export interface Bystander {
  /** Whether a path is still what the change begins from; the last thing before it is changed. */
  allows(change: PathChange): boolean;
  /** Told of each path that was left as it is. */
  left(path: TreePath): void;
}

/** What to bring where. */
export interface ApplyOptions {
  readonly root: SafeDirectory;
  /** Each path once, in any order; every directory that is new has a change of its own. */
  readonly changes: Iterable<PathChange>;
  /** Gives the content of a file, or the target of a link, in pieces. */
  readContent(entry: Entry): Iterable<Uint8Array>;
  /** Of a directory in which commands run; without one nothing else writes to it. */
  readonly bystander?: Bystander | undefined;
  /** The id that directories have in the index. */
  readonly emptyTree: ObjectId;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about every 15 ms and at the end. */
  readonly onProgress?: ((counts: ApplyCounts) => void) | undefined;
}

/**
 * Applies the changes, letting the event loop turn about every 15 ms, and returns the rows that the
 * directory's index needs.
 *
 * A directory that goes is removed with everything in it, ignored content included; so is a
 * directory where a file has to be. With a bystander neither is, unless it is empty by then. After a failure or an abort the directory is somewhere between
 * the two trees: scan it to find out where.
 *
 * @throws {AgentFSError} ABORTED, STORE_FULL, and what `readContent` throws.
 */
export async function applyToDirectory(options: ApplyOptions): Promise<IndexUpdate[]> {
  const { signal, onProgress } = options;
  const application = new Application(options);
  const onSlice = (): void => onProgress?.(application.counts);
  await runInSlices(application.steps(), { signal, onSlice });
  onSlice();
  return application.updates();
}

/** One application of changes; used once. */
class Application {
  readonly #options: ApplyOptions;
  readonly #root: SafeDirectory;
  /** Modes that directories get at the end, so that one without write permission can be filled. */
  readonly #modes = new Map<TreePath, number>();
  readonly #opened = new Set<TreePath>();
  readonly #removed: TreePath[] = [];
  readonly #directories: { readonly path: TreePath; readonly entry: Entry }[] = [];
  readonly #written: {
    readonly path: TreePath;
    readonly entry: Entry;
    readonly stats: FileTimes;
  }[] = [];
  #bytes = 0;

  constructor(options: ApplyOptions) {
    this.#options = options;
    this.#root = options.root;
  }

  get counts(): ApplyCounts {
    return { files: this.#written.length, bytes: this.#bytes };
  }

  *steps(): Steps<void> {
    const changes = [...this.#options.changes].sort((a, b) => compareNames(a.path, b.path));
    try {
      for (const change of changes.toReversed()) {
        if (change.after === undefined) yield* this.#attempt(change);
      }
      for (const change of changes) {
        if (change.after !== undefined) yield* this.#attempt(change);
      }
    } finally {
      this.#setModes();
    }
  }

  /** Makes a change, unless that would take away what somebody else has done there. */
  *#attempt(change: PathChange): Steps<void> {
    const { bystander } = this.#options;
    if (bystander === undefined) {
      yield* this.#change(change);
      return;
    }
    try {
      if (bystander.allows(change)) yield* this.#change(change);
      else bystander.left(change.path);
    } catch (error) {
      if (!OVERTAKEN.has(errorCode(error) ?? '')) throw error;
      bystander.left(change.path);
    }
  }

  *#change(change: PathChange): Steps<void> {
    const { path, after } = change;
    if (after !== undefined) {
      yield* this.#put(change, after);
      return;
    }
    yield* this.#remove(path);
    this.#removed.push(path);
  }

  /** The rows, as of now: what was written just before is racy. */
  updates(): IndexUpdate[] {
    const now = (this.#options.clock ?? systemClock).now();
    const { emptyTree } = this.#options;
    return [
      ...this.#removed.map((path) => ({ path, entry: undefined })),
      ...this.#directories.map(({ path, entry }) => ({
        path,
        entry: directoryRow(entry.mode, entry.mtime, emptyTree),
      })),
      ...this.#written.map(({ path, entry, stats }) => {
        const kind = entry.kind === 'symlink' ? 'symlink' : 'file';
        return { path, entry: contentRow(kind, stats, entry.id, now) };
      }),
    ];
  }

  *#remove(path: TreePath): Steps<void> {
    const isShared = this.#options.bystander !== undefined;
    try {
      this.#openUp(parentPath(path));
      if (!isShared) yield* removeTree(this.#root, path);
      else if (this.#root.lstat(path)?.isDirectory() === true) this.#root.rmdir(path);
      else this.#root.unlink(path);
    } catch (error) {
      // Gone already, or below something that is: a command may have been faster.
      if (isShared || !NOTHING_THERE.has(errorCode(error) ?? '')) throw error;
    }
    this.#modes.delete(path);
    this.#opened.delete(path);
    yield 0;
  }

  *#put(change: PathChange, entry: Entry): Steps<void> {
    const { path } = change;
    this.#openUp(parentPath(path));
    const present = this.#root.lstat(path);
    if (entry.kind === 'directory') {
      yield* this.#putDirectory(path, entry, present);
      return;
    }
    if (present?.isDirectory() === true) yield* this.#remove(path);
    const stats = yield* this.#putContent(change, entry);
    if (stats === undefined) return;
    this.#written.push({ path, entry, stats });
    this.#bytes += entry.size;
    yield 0;
  }

  *#putDirectory(path: TreePath, entry: Entry, present: Stats | undefined): Steps<void> {
    if (present?.isDirectory() === true) {
      this.#openUp(path);
    } else {
      if (present !== undefined) yield* this.#remove(path);
      this.#root.mkdir(path, OWNER_ALL);
    }
    this.#modes.set(path, entry.mode);
    this.#directories.push({ path, entry });
  }

  /** Under another name first, so that a hard link elsewhere keeps its content. */
  *#putContent(change: PathChange, entry: Entry): Steps<FileTimes | undefined> {
    const { path } = change;
    const { bystander } = this.#options;
    const staged = joinPath(parentPath(path), `${STAGE_PREFIX}${randomUUID()}`);
    try {
      if (entry.kind === 'symlink') this.#makeLink(staged, entry);
      else yield* this.#writeFile(staged, entry);
      const stats = this.#root.lstat(staged);
      if (stats === undefined) throw new FileNotFoundError(path);
      if (bystander?.allows(change) === false) {
        this.#root.unlink(staged);
        bystander.left(path);
        return undefined;
      }
      this.#root.rename(staged, path);
      // Renaming has moved its times; somebody may have removed it, or more, by now.
      return this.#root.find(path) ?? stats;
    } catch (error) {
      yield* removeTree(this.#root, staged);
      throw error;
    }
  }

  *#writeFile(path: TreePath, entry: Entry): Steps<void> {
    const descriptor = this.#root.createExclusive(path, 0o600);
    try {
      for (const piece of this.#options.readContent(entry)) {
        writeFully(descriptor, piece, path);
        yield 0;
      }
      fchmodSync(descriptor, entry.mode);
      futimesSync(descriptor, utimeOf(entry.mtime), utimeOf(entry.mtime));
    } finally {
      closeSync(descriptor);
    }
  }

  #makeLink(path: TreePath, entry: Entry): void {
    this.#root.symlink(Buffer.concat([...this.#options.readContent(entry)]), path);
    this.#root.utimes(path, entry.mtime);
  }

  /** Lets the owner change a directory that a command or the tree made read-only. */
  #openUp(directory: TreePath): void {
    if (directory === ROOT || this.#opened.has(directory)) return;
    this.#openUp(parentPath(directory));
    this.#opened.add(directory);
    const stats = this.#root.lstat(directory);
    if (stats?.isDirectory() !== true || (stats.mode & OWNER_ALL) === OWNER_ALL) return;
    this.#modes.set(directory, stats.mode & 0o777);
    this.#root.chmod(directory, (stats.mode & 0o777) | OWNER_ALL);
  }

  /** Deepest first: without its own permissions a directory shuts off what is below. */
  #setModes(): void {
    for (const [path, mode] of [...this.#modes].reverse()) {
      if (this.#root.lstat(path)?.isDirectory() === true) this.#root.chmod(path, mode);
    }
  }
}

/** Somebody else has been there first. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY', 'EEXIST', 'INVALID_PATH'],
]);

const NOTHING_THERE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'INVALID_PATH']);

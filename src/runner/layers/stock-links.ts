/**
 * Which ignored files a stock may share with the base by a second name, which costs nothing, and
 * which it has to copy: a file that a program writes in place would change in both.
 */

import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { pathParts, type TreePath } from '../../primitives/path.ts';

/** What package managers fill: they replace files, and never write into them. */
const PACKAGES: ReadonlySet<string> = new Set([
  ...['node_modules', 'bower_components', '.pnpm-store', '.yarn', 'site-packages', 'dist-packages'],
  ...['vendor', 'Pods', '.terraform', '.gradle'],
]);

/** What lies in such places and is written by programs all the same. */
const CACHES: ReadonlySet<string> = new Set(['.cache', '.vite', '__pycache__', 'incremental']);

/** Databases, their logs, and what programs append to or lock. */
const WRITTEN_IN_PLACE =
  /\.(?:db|db3|sqlite|sqlite3|mdb|ldb|rdb|kdbx|log|lock|pid)(?:-(?:wal|shm|journal))?$/i;

/** Elsewhere only so much is copied; what lies beyond is shared. */
const MAX_COPIED_FILES = 8192;
const MAX_COPIED_BYTES = 256 * 1024 * 1024;

/** Says for each file of one stock whether it may be shared. */
export class StockLinks {
  readonly #open: ReadonlySet<string> = filesOpenForWriting();
  readonly #now = Date.now();
  #files = 0;
  #bytes = 0;

  /** Whether a file may be shared; counts those that are not. */
  mayLink(path: TreePath, stats: Stats): boolean {
    if (this.#isShareable(path, stats)) return true;
    this.#files++;
    this.#bytes += stats.size;
    return false;
  }

  #isShareable(path: TreePath, stats: Stats): boolean {
    // Whether it was written later could not be told.
    if (stats.mtimeMs > this.#now) return false;
    if (isPackaged(path)) return !this.#open.has(identityOf(stats));
    const isInPlace = WRITTEN_IN_PLACE.test(path) || pathParts(path).includes('.git');
    return !isInPlace && !this.#open.has(identityOf(stats)) && this.#isBeyond(stats);
  }

  #isBeyond({ size }: Stats): boolean {
    return this.#files >= MAX_COPIED_FILES || this.#bytes + size > MAX_COPIED_BYTES;
  }
}

/** Whether files at a path only come, go and are replaced. */
export function isPackaged(path: TreePath): boolean {
  if (WRITTEN_IN_PLACE.test(path)) return false;
  const names = pathParts(path);
  const git = names.indexOf('.git');
  // Objects are written once, under the name of their content.
  if (git >= 0) return names[git + 1] === 'objects';
  return names.some((name) => PACKAGES.has(name)) && !names.some((name) => CACHES.has(name));
}

/** Locks of git belong to a command that runs at this moment, and would stay for ever. */
export function isGitLock(path: TreePath): boolean {
  return path.endsWith('.lock') && pathParts(path).includes('.git');
}

const OPEN_FOR_WRITING = 0o3;

/** Files that processes of this user have open to write; empty where nobody says so. */
function filesOpenForWriting(): Set<string> {
  const processes = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  const descriptors = processes.flatMap((pid) =>
    namesIn(`/proc/${pid}/fd`).map((descriptor) => writtenThrough(pid, descriptor)),
  );
  return new Set(descriptors.filter((found) => found !== undefined));
}

function writtenThrough(pid: string, descriptor: string): string | undefined {
  try {
    const stats = statSync(`/proc/${pid}/fd/${descriptor}`);
    if (!stats.isFile()) return undefined;
    const info = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1');
    const flags = Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0', 8);
    return (flags & OPEN_FOR_WRITING) === 0 ? undefined : identityOf(stats);
  } catch {
    // It was closed, or belongs to someone else.
    return undefined;
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

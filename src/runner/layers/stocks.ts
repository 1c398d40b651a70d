/**
 * Stocks: what the base has and does not version, as it was at one moment. A stock is filled once,
 * mostly by links, then never written again; it is the lowest layer of all workspaces that began
 * at that moment, so that `node_modules` is pinned and can be removed and renamed in a command.
 */

import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { cloneIgnored } from '../../disk/clone.ts';
import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { runInSlices, type Steps } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { joinPath, parentPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { transientName } from '../../primitives/transient-name.ts';
import type { RunWarning } from '../strategy.ts';
import { comesAlong, GIT_FILE_WARNING } from './git-file.ts';
import { isGitLock, isPackaged, StockLinks } from './stock-links.ts';
import { removeAbandoned } from './transient.ts';
import { findWritten } from './written-links.ts';

/** The directory of the stocks, below the one where workspaces are kept. */
const STOCKS = 'stocks';

const TREE = 'tree';
const NOTE = 'stock.json';

/** The name of a stock of nothing. */
const EMPTY_STOCK = 'empty';

/** Something in the base that is not versioned. */
export interface IgnoredItem {
  readonly path: TreePath;
  readonly isRepository: boolean;
  readonly isDirectory: boolean;
}

/** How a stock is filled. */
export interface StockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files that are in place. */
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** A stock, and what it could not take from the base. */
export interface Stock {
  /** The name of its directory. */
  readonly name: string;
  readonly warnings: readonly RunWarning[];
}

/** What is noted down of a stock. */
interface StockNote {
  /** What it could not take from the base. */
  readonly warnings: readonly RunWarning[];
  /** When its files were linked, in milliseconds since 1970. */
  readonly takenAt: number | undefined;
}

/** The stocks in one directory. */
export class Stocks {
  readonly place: Place;
  readonly #signer: Signer;

  /** @param work - where workspaces are kept. */
  constructor(work: Place, signer: Signer) {
    this.place = work.at(STOCKS);
    this.#signer = signer;
  }

  /** Opens what a stock holds; undefined when it is not there, or came along with the project. */
  open(name: string): SafeDirectory | undefined {
    if (this.#note(name) === undefined) return undefined;
    return this.treeOf(name).openIfThere();
  }

  /** Where what a stock holds is. */
  treeOf(name: string): Place {
    return this.place.at(name).at(TREE);
  }

  /** Whether a stock is there. */
  has(name: string): boolean {
    return this.#note(name) !== undefined;
  }

  /** What a stock could not take from the base. */
  warningsOf(name: string): readonly RunWarning[] {
    return this.#note(name)?.warnings ?? [];
  }

  /** What there is to say of files that have changed in a stock since, once. Looks at all of them. */
  *written(name: string): Steps<RunWarning[]> {
    const takenAt = this.#note(name)?.takenAt;
    using tree = takenAt === undefined ? undefined : this.open(name);
    return tree === undefined || takenAt === undefined
      ? []
      : yield* findWritten(this.place.at(name), tree, takenAt);
  }

  /**
   * The stock of what the base has at these paths now: one that is there, or a new one. Whether it
   * is still the same is told from the times of directories, and of files outside of them.
   *
   * @throws {AgentFSError} ABORTED, STORE_FULL.
   */
  async take(
    base: SafeDirectory,
    items: readonly IgnoredItem[],
    options: StockOptions = {},
  ): Promise<Stock> {
    const { signal } = options;
    if (items.length === 0) return { name: EMPTY_STOCK, warnings: [] };
    const name = await runInSlices(nameOf(base, items), { signal });
    const note = this.#note(name);
    using all = this.place.make();
    if (note !== undefined) {
      all.utimes(joinPath(name as TreePath, NOTE), Date.now());
      return { name, warnings: note.warnings };
    }
    await removeAbandoned(this.place);
    const building = transientName();
    try {
      const skipped = await this.#fill(all, building as TreePath, name, {
        base,
        items,
        ...options,
      });
      all.rename(building as TreePath, name as TreePath);
      return { name, warnings: skipped };
    } catch (error) {
      // Another process was faster.
      const other = EXISTS.has(errorCode(error) ?? '') ? this.#note(name) : undefined;
      if (other === undefined) throw error;
      return { name, warnings: other.warnings };
    } finally {
      await this.place.at(building).remove();
    }
  }

  /** The names of the stocks that were taken last before a time in milliseconds since 1970. */
  list(before: number): string[] {
    using all = this.place.openIfThere();
    return (all?.list(ROOT) ?? []).filter((name) => {
      const takenAt = all?.find(joinPath(name as TreePath, NOTE))?.mtimeMs;
      return NAME.test(name) && (takenAt ?? 0) < before;
    });
  }

  /**
   * Removes a stock. It is set aside first, and put back where a workspace has begun with it meanwhile.
   *
   * @returns whether it is gone.
   */
  async remove(name: string, isUsed: () => boolean): Promise<boolean> {
    using all = this.place.open();
    const aside = transientName();
    all.rename(name as TreePath, aside as TreePath);
    if (isUsed() && all.lstat(name as TreePath) === undefined) {
      all.rename(aside as TreePath, name as TreePath);
      return false;
    }
    await this.place.at(aside).remove();
    return true;
  }

  async #fill(
    all: SafeDirectory,
    building: TreePath,
    name: string,
    from: { readonly base: SafeDirectory; readonly items: readonly IgnoredItem[] } & StockOptions,
  ): Promise<RunWarning[]> {
    const { base, items, signal, onProgress } = from;
    all.makePath(joinPath(building, TREE), OWNER_ALL);
    using to = all.enter(joinPath(building, TREE));
    const links = new StockLinks();
    const takenAt = Date.now();
    const warnings: RunWarning[] = [];
    let files = 0;
    for (const item of items) {
      const { path } = item;
      if (!comesAlong(base, item, true)) {
        warnings.push({ path, kind: 'git-file', message: GIT_FILE_WARNING });
        continue;
      }
      to.makePath(parentPath(path), 0o755);
      const before = files;
      const result = await cloneIgnored({
        ...{ from: base, to, path, signal, omits: isGitLock },
        mayLink: (each, stats) => links.mayLink(each, stats),
        onProgress: (counts) => onProgress?.(before + counts.files),
      });
      files += result.files;
      warnings.push(...result.skipped.map(describeNotCopied));
    }
    const text = JSON.stringify({ warnings, takenAt });
    const signature = this.#signer.sign(subjectOf(name), text);
    writeNote(all, joinPath(building, NOTE), JSON.stringify({ text, signature }));
    return warnings;
  }

  /** What is known of a complete stock of our own. */
  #note(name: string): StockNote | undefined {
    if (name === EMPTY_STOCK) return { warnings: [], takenAt: undefined };
    if (!NAME.test(name)) return undefined;
    using all = this.place.openIfThere();
    try {
      const note = all && readNote(all, joinPath(name as TreePath, NOTE));
      const { text, signature } = JSON.parse(note ?? '{}');
      if (typeof text !== 'string' || !this.#signer.isOwn(subjectOf(name), text, signature)) {
        return undefined;
      }
      const { warnings, takenAt }: Partial<StockNote> = JSON.parse(text);
      return { warnings: warnings ?? [], takenAt };
    } catch {
      return undefined;
    }
  }
}

/** The warning for a path that could not be copied. */
export function describeNotCopied(path: string): RunWarning {
  const message = 'It could not be copied from the project; commands do not see it.';
  return { path, kind: 'not-copied', message };
}

const NAME = /^[0-9a-f]{32}$/;
const EXISTS: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

function subjectOf(name: string): string {
  return `stock ${name}`;
}

/**
 * What the state of these paths amounts to. In directories of packages files only come, go and are
 * replaced, which moves the time of the directory; elsewhere each file is looked at.
 */
function* nameOf(base: SafeDirectory, items: readonly IgnoredItem[]): Steps<string> {
  const hash = createHash('sha256');
  const pending = items.map(({ path }) => path).sort();
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = base.find(path);
    yield 0;
    if (stats === undefined) continue;
    const { mode, mtimeMs, ino, size } = stats;
    hash.update(`${path}\0${mode}\0${mtimeMs}\0${ino}\0${stats.isDirectory() ? '' : size}\0`);
    if (!stats.isDirectory()) continue;
    for (const entry of entriesOf(base, path)) {
      const below = joinPath(path, entry.name);
      if (entry.isDirectory() || !isPackaged(below)) pending.push(below);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

function entriesOf(base: SafeDirectory, path: TreePath): Dirent[] {
  try {
    return base.entries(path);
  } catch {
    // The base is alive: what is gone or shut off by now has nothing to give.
    return [];
  }
}

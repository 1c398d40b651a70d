/**
 * Watches the base, so that a scan has to look only at what has moved. Whenever an event may have
 * been lost, the watch says so and the next scan looks at everything: correctness never hangs on it.
 *
 * The paths of the operating system's own events are used, not those that chokidar makes of them a
 * little later. The kernel delivers them in order, so once a file that was just written as a fence
 * has been seen, so has everything that happened before it.
 */

import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { RULE_FILES } from '../disk/ignore-rules.ts';
import type { Logger } from '../primitives/logger.ts';
import { parsePath, type TreePath } from '../primitives/path.ts';

/** What the next scan has to look at. */
export type ScanPlan =
  | { readonly kind: 'everything' }
  | { readonly kind: 'paths'; readonly paths: readonly TreePath[] };

/** What the watch does not follow. */
export type IsUnwatched = (path: TreePath, isDirectory: boolean) => boolean;

const FENCE_TIMEOUT_MS = 1000;
// The kernel drops events beyond 16,384 in its queue without telling anybody who listens through
// libuv; a burst of half of that in one turn of the event loop is taken for a loss.
const MAX_BURST = 8192;
// Beyond this, looking at everything is cheaper.
const MAX_PATHS = 2000;
// chokidar reports a new directory a moment before it watches it.
const GROWN_UP_MS = 5000;

/** The watch on one base directory. It never keeps the process alive. */
export class BaseWatch {
  readonly #root: string;
  readonly #fenceDirectory: string;
  readonly #logger: Logger;
  readonly #fences = new Map<string, () => void>();
  readonly #moved = new Set<TreePath>();
  /** Paths in which not everything may be watched yet, and when chokidar has come to know them. */
  readonly #young = new Map<TreePath, number | undefined>();
  #watcher: FSWatcher | undefined;
  #isReady = false;
  #isTrusted = false;
  #burst = 0;

  /** @param root - absolute path of the base. */
  constructor(root: string, logger: Logger) {
    this.#root = root;
    this.#fenceDirectory = join(root, '.agentfs', 'watch');
    this.#logger = logger;
  }

  /** Begins to watch, unless it has begun; a watch that cannot be set up is reported and left out. */
  async start(unwatched: () => IsUnwatched): Promise<void> {
    if (this.#watcher !== undefined) return;
    const isUnwatched = unwatched();
    try {
      mkdirSync(this.#fenceDirectory, { recursive: true });
      // Loaded on demand: most programs never watch.
      const { watch } = await import('chokidar');
      this.#watcher = watch([this.#root, this.#fenceDirectory], {
        persistent: false,
        ignoreInitial: true,
        followSymlinks: false,
        ignored: (path, stats) => this.#isLeftOut(path, stats?.isDirectory() ?? false, isUnwatched),
      });
      this.#listen(this.#watcher);
    } catch (error) {
      this.#logger.warn('The base cannot be watched; it is scanned instead.', { error });
    }
  }

  /** What a scan that begins now has to look at. */
  async plan(): Promise<ScanPlan> {
    if (!this.#isTrusted || !(await this.#fence()) || !this.#isTrusted) {
      this.#moved.clear();
      // Events from here on count for the scan after this one.
      this.#isTrusted = this.#isReady;
      return { kind: 'everything' };
    }
    const paths = [...new Set([...this.#moved, ...this.#young.keys()])];
    this.#moved.clear();
    this.#releaseGrownUp();
    return paths.length > MAX_PATHS ? { kind: 'everything' } : { kind: 'paths', paths };
  }

  /** Has the next scan look at everything, because this one has failed or a loss is possible. */
  distrust(): void {
    this.#isTrusted = false;
  }

  /** Has the next scans look at these paths whatever happens: they are new, and not yet watched. */
  addYoung(paths: Iterable<TreePath>): void {
    if (this.#watcher === undefined) return;
    for (const path of paths) this.#young.set(path, undefined);
  }

  /** Takes note that these paths are gone. */
  removeYoung(paths: Iterable<TreePath>): void {
    for (const path of paths) this.#young.delete(path);
  }

  /** Stops watching. The directory of the fences stays: other processes may watch with it. */
  async close(): Promise<void> {
    this.#isTrusted = false;
    this.#isReady = false;
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  #listen(watcher: FSWatcher): void {
    watcher.on('ready', () => {
      this.#isReady = true;
    });
    watcher.on('error', (error) => {
      this.distrust();
      this.#isReady = false;
      this.#logger.warn('The watch on the base has failed; it is scanned instead.', { error });
    });
    watcher.on('raw', (_event, name, details) => {
      this.#countBurst();
      const watchedPath = watchedPathOf(details);
      if (watchedPath === undefined) this.distrust();
      else this.#note(watchedPath, name);
    });
    watcher.on('all', (event, path) => {
      if (event === 'addDir' || event === 'add') this.#noteKnown(path, event === 'addDir');
      this.#notePath(path);
    });
  }

  /** An event of a directory names the entry; one of a watched file names the file itself. */
  #note(watchedPath: string, name: string | null): void {
    if (watchedPath === this.#fenceDirectory) this.#fences.get(name ?? '')?.();
    else if (name === null || basename(watchedPath) === name) this.#notePath(watchedPath);
    else this.#notePath(join(watchedPath, name));
  }

  #notePath(hostPath: string): void {
    const path = this.#treePath(hostPath);
    if (path === undefined) return;
    // Other rules may bring in, or leave out, paths that have not moved.
    if (path === '' || RULE_FILES.includes(basename(hostPath))) this.distrust();
    else this.#moved.add(path);
  }

  /** chokidar has come to know a path; one that it leaves out stays young for ever. */
  #noteKnown(hostPath: string, isDirectory: boolean): void {
    const path = this.#treePath(hostPath);
    if (path === undefined || path === '') return;
    if (isDirectory || this.#young.has(path)) this.#young.set(path, performance.now());
  }

  #releaseGrownUp(): void {
    for (const [path, since] of this.#young) {
      if (since !== undefined && performance.now() - since > GROWN_UP_MS) this.#young.delete(path);
    }
  }

  #treePath(hostPath: string): TreePath | undefined {
    try {
      return parsePath(relative(this.#root, hostPath));
    } catch {
      // Reserved or impossible names: no scan lists them.
      return undefined;
    }
  }

  #isLeftOut(hostPath: string, isDirectory: boolean, isUnwatched: IsUnwatched): boolean {
    if (hostPath.startsWith(this.#fenceDirectory)) return false;
    const path = this.#treePath(hostPath);
    return path === undefined || (path !== '' && isUnwatched(path, isDirectory));
  }

  /** Waits until everything that has happened so far has been heard of; false when it is not. */
  async #fence(): Promise<boolean> {
    const name = randomUUID();
    const file = join(this.#fenceDirectory, name);
    try {
      return await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), FENCE_TIMEOUT_MS);
        this.#fences.set(name, () => {
          clearTimeout(timer);
          resolve(true);
        });
        writeFileSync(file, '');
      });
    } catch (error) {
      this.#logger.warn('The watch on the base cannot be fenced.', { error });
      return false;
    } finally {
      this.#fences.delete(name);
      rmSync(file, { force: true });
    }
  }

  #countBurst(): void {
    if (this.#burst === 0) {
      setImmediate(() => {
        this.#burst = 0;
      });
    }
    this.#burst += 1;
    if (this.#burst > MAX_BURST) this.distrust();
  }
}

/** Which path the watch that reports an event is on; the type of this is not chokidar's promise. */
function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return;
  return typeof details.watchedPath === 'string' ? details.watchedPath : undefined;
}

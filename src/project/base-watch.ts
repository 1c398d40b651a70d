/**
 * Watches the base, so that a scan has to look only at what has moved. Whenever an event may have
 * been lost, the watch says so and the next scan looks at everything.
 *
 * The kernel delivers events in order, so once a file that was just written as a fence has been
 * seen, so has everything that happened before it.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, type FSWatcher, watch } from 'node:fs';
import { DirectoryWatches } from '../disk/directory-watches.ts';
import { RULE_FILES } from '../disk/ignore-rules.ts';
import type { Place } from '../disk/place.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { runInSlices, type Steps } from '../disk/time-slices.ts';
import type { Logger } from '../primitives/logger.ts';
import { baseName, nameProblem, ROOT, STAGE_PREFIX, type TreePath } from '../primitives/path.ts';

/** What the next scan has to look at. */
export type ScanPlan =
  | { readonly kind: 'everything' }
  | { readonly kind: 'paths'; readonly paths: readonly TreePath[] };

const FENCE_TIMEOUT_MS = 1000;
// The kernel drops events beyond 16,384 in its queue without telling anybody who listens through
// libuv; a burst of half of that in one turn of the event loop is taken for a loss.
const MAX_BURST = 8192;
// Beyond this, looking at everything is cheaper.
const MAX_PATHS = 2000;

/** The watch on one base directory. It never keeps the process alive. */
export class BaseWatch {
  readonly #fencePlace: Place;
  readonly #logger: Logger;
  readonly #directories: DirectoryWatches;
  readonly #fences = new Map<string, () => void>();
  readonly #moved = new Set<TreePath>();
  #fenceDirectory: SafeDirectory | undefined;
  #fenceWatcher: FSWatcher | undefined;
  /** `on` once all directories that scans have found are watched; `over` for good. */
  #state: 'off' | 'on' | 'over' = 'off';
  #isTrusted = false;
  #burst = 0;

  /**
   * @param root - absolute path of the base.
   * @param fences - where fences are written, apart from the base.
   */
  constructor(root: string, fences: Place, logger: Logger) {
    this.#fencePlace = fences;
    this.#logger = logger;
    this.#directories = new DirectoryWatches(root, {
      onEvent: (path) => this.#hear(path),
      onLoss: () => this.distrust(),
    });
  }

  /** What a scan that begins now has to look at. */
  async plan(): Promise<ScanPlan> {
    const isComplete = this.#isTrusted && (await this.#fence()) && this.#isTrusted;
    const paths = [...this.#moved];
    this.#moved.clear();
    this.#directories.dropMoved();
    // Events from here on count for the scan after this one.
    this.#isTrusted = this.#state === 'on';
    return isComplete && paths.length <= MAX_PATHS
      ? { kind: 'paths', paths }
      : { kind: 'everything' };
  }

  /**
   * Watches the directories that a scan has found; a watch that cannot be set up is reported and
   * left out. What happened in new ones before that, the next scan finds: it looks at them again.
   */
  async follow(directories: Iterable<TreePath>): Promise<void> {
    if (this.#state === 'over') return;
    try {
      if (this.#state === 'off') this.#watchFences();
      await runInSlices(this.#watchEach(directories));
      if (this.#state === 'off') this.#state = 'on';
    } catch (error) {
      this.close();
      this.#logger.warn('The project cannot be watched; it is scanned instead.', { error });
    }
  }

  /** Has the next scan look at everything, because this one has failed or a loss is possible. */
  distrust(): void {
    this.#isTrusted = false;
  }

  /** Has the next scan look at these paths whatever happens. */
  note(paths: Iterable<TreePath>): void {
    for (const path of paths) this.#moved.add(path);
  }

  /** Stops watching. The directory of the fences stays: other processes may watch with it. */
  close(): void {
    this.#isTrusted = false;
    this.#state = 'over';
    this.#directories.close();
    this.#fenceWatcher?.close();
    this.#fenceDirectory?.close();
  }

  *#watchEach(directories: Iterable<TreePath>): Steps<void> {
    for (const directory of directories) {
      if (this.#directories.add(directory)) this.#moved.add(directory);
      yield 0;
    }
  }

  #watchFences(): void {
    const directory = this.#fencePlace.make();
    this.#fenceDirectory = directory;
    this.#fenceWatcher = watch(directory.location, { persistent: false }, (_event, name) => {
      this.#fences.get(name ?? '')?.();
    });
    this.#fenceWatcher.on('error', () => this.distrust());
  }

  #hear(path: TreePath): void {
    this.#countBurst();
    const name = baseName(path);
    // Other rules may bring in, or leave out, paths that have not moved.
    if (path === ROOT || RULE_FILES.includes(name)) this.distrust();
    // No scan lists the others.
    else if (nameProblem(name) === undefined && !name.startsWith(STAGE_PREFIX)) {
      this.#moved.add(path);
    }
  }

  /** Waits until everything that has happened so far has been heard of; false when it is not. */
  async #fence(): Promise<boolean> {
    const name = randomUUID();
    const file = name as TreePath;
    const directory = this.#fenceDirectory;
    try {
      return await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => resolve(false), FENCE_TIMEOUT_MS);
        this.#fences.set(name, () => {
          clearTimeout(timer);
          resolve(true);
        });
        if (directory === undefined) resolve(false);
        else closeSync(directory.createExclusive(file, 0o600));
      });
    } catch (error) {
      this.#logger.warn('The watch on the project cannot be fenced.', { error });
      return false;
    } finally {
      this.#fences.delete(name);
      if (directory?.find(file) !== undefined) directory.unlink(file);
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

/**
 * The kept directory of one workspace: brought to a tree by writing only what differs, and scanned
 * for what a command or a user did in it. The store knows which tree it shows, and whether it may
 * have been touched since.
 */

import type { Stats } from 'node:fs';
import type { IgnoreSettings } from '../../disk/ignore-settings.ts';
import { applyToDirectory, type PathChange } from '../../disk/materialise.ts';
import type { Place } from '../../disk/place.ts';
import { SafeDirectory } from '../../disk/safe-directory.ts';
import { scanDirectory } from '../../disk/scan.ts';
import type { IndexUpdate } from '../../disk/scan-result.ts';
import { treeAfterScan } from '../../disk/scanned-tree.ts';
import type { Clock } from '../../primitives/clock.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { FileSystemError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { ROOT } from '../../primitives/path.ts';
import type { ContentWriter } from '../../store/content-writer.ts';
import type { Store } from '../../store/store.ts';
import { diffShown } from '../../tree/diff-trees.ts';
import { EMPTY_TREE, type Trees } from '../../tree/trees.ts';
import { shownEntry, withExecuteBits } from '../layers/execute-bits.ts';
import type { StepBudget } from '../layers/ignored-steps.ts';
import { shownTree, updateLive } from '../layers/live-files.ts';
import type { Stocks } from '../layers/stocks.ts';
import { killLeftovers } from '../process/process-tree.ts';
import type { Capture, RunWarning } from '../strategy.ts';
import { type IgnoredMode, provideIgnored, withoutBaseLinks } from './ignored-content.ts';

/** What all work directories of a store share. */
export interface WorkDirectoryContext {
  readonly store: Store;
  readonly trees: Trees;
  readonly clock: Clock;
  /** Absolute path of the base, where ignored content comes from. */
  readonly base: string;
  readonly ignore: IgnoreSettings;
  readonly ignoredMode: IgnoredMode;
  readonly stocks: Stocks;
  /** What is kept of ignored content, to be undone. */
  readonly undoBudget: StepBudget;
  /** False takes the execute bits away. Advisory: a command can set them again. */
  readonly allowBinaries: boolean;
}

/** How a tree is shown. */
export interface ShowOptions {
  /** Where ignored content comes from at first; the base itself when absent. */
  readonly stock?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the number of files that are in place. */
  readonly onProgress?: ((files: number) => void) | undefined;
}

/** The directory of one workspace. Call only while holding the workspace's run lease. */
export class WorkDirectory {
  readonly #place: Place;
  readonly #context: WorkDirectoryContext;
  readonly #number: number;

  /** @param workspace - the number of the workspace. */
  constructor(context: WorkDirectoryContext, workspace: number, place: Place) {
    this.#context = context;
    this.#number = workspace;
    this.#place = place;
  }

  /** Absolute path. */
  get path(): string {
    return this.#place.path;
  }

  /** The tree that it was brought to last, whatever has become of it; undefined for none. */
  get shownTree(): ObjectId | undefined {
    return this.#shown()?.tree;
  }

  /** The tree that it shows, but for edits by hand; undefined when it has to be filled again. */
  get settledTree(): ObjectId | undefined {
    const shown = this.#shown();
    return shown?.dirty === false ? shown.tree : undefined;
  }

  /**
   * Brings the directory to a tree, whatever is in it. It counts as touched from then on, until a
   * capture is settled or {@link markSettled} is called. What was in it and not settled is lost.
   *
   * @param tree - kept in the store by the caller meanwhile.
   * @throws {AgentFSError} ABORTED, STORE_FULL.
   */
  async show(tree: ObjectId, options: ShowOptions = {}): Promise<RunWarning[]> {
    const shown = this.#shown();
    // Touched while it was empty: it was being filled for the first time, and rule files may be
    // missing that tell ignored content from the rest.
    if (shown === undefined || (shown.dirty && shown.tree === EMPTY_TREE)) {
      const warnings = await this.#create(tree, options);
      await this.#bring(EMPTY_TREE, tree, options);
      return warnings;
    }
    const from = shown.dirty ? await this.#leftovers(options) : shown.tree;
    await this.#bring(from, tree, options);
    return [];
  }

  /**
   * Brings the directory to another tree while commands work in it, but for what they have changed.
   *
   * @param keep - called with the tree that they are shown then, in the transaction that stores it.
   * @returns that tree.
   */
  async update(to: ObjectId, keep: (tree: ObjectId) => void): Promise<ObjectId> {
    const { store, trees } = this.#context;
    const shown = this.#shown();
    if (shown === undefined) throw this.#missing();
    using root = this.#open();
    const live = await updateLive({ ...this.#context, root, from: shown.tree, to });
    return store.database.transaction(() => {
      const tree = shownTree(trees, to, live);
      keep(tree);
      this.#putRows(live.rows);
      this.#setShown(tree, true);
      return tree;
    });
  }

  /** Notes that nothing has touched the directory since it was brought to its tree. */
  markSettled(): void {
    const shown = this.#shown();
    if (shown !== undefined) this.#setShown(shown.tree, false);
  }

  /**
   * Finds out how the directory differs from the tree that it was brought to.
   *
   * @param quiescent - whether nothing can be writing to it at the same time.
   * @throws {FileSystemError} ENOENT, ENOTDIR when the directory itself is gone or replaced.
   * @throws {StorageError} when the content cannot be stored.
   */
  async capture(quiescent: boolean, signal?: AbortSignal): Promise<WorkCapture> {
    const { store, clock, ignore, base } = this.#context;
    const shown = this.#shown();
    if (shown === undefined) throw this.#missing();
    using root = this.#open();
    const writer = store.contentWriter();
    try {
      const result = await scanDirectory({
        root: root.location,
        index: store.stats.load(this.#number),
        sink: writer,
        emptyTree: EMPTY_TREE,
        ignore,
        quiescent,
        clock,
        signal,
      });
      const { changes, index } = withoutBaseLinks(result, root, base);
      return new WorkCapture(writer, result.warnings, () => {
        const found = withExecuteBits({ ...this.#context, tree: shown.tree }, changes);
        const tree = treeAfterScan(this.#context.trees, shown.tree, found);
        this.#putRows(index);
        this.#setShown(tree, false);
        return tree;
      });
    } catch (error) {
      writer.abandon();
      throw error;
    }
  }

  /** What the store knows of the directory, if it is still there. */
  #shown(): { readonly tree: ObjectId; readonly dirty: boolean } | undefined {
    const isThere = this.#stats?.isDirectory() ?? false;
    return isThere ? this.#context.store.stats.directory(this.#number) : undefined;
  }

  #setShown(tree: ObjectId, dirty: boolean): void {
    const { store, clock } = this.#context;
    store.stats.setDirectory(this.#number, { tree, dirty, scannedAt: clock.now() });
  }

  /** Until the store knows of the directory, the next time starts over with all of this. */
  async #create(tree: ObjectId, options: ShowOptions): Promise<RunWarning[]> {
    const { store } = this.#context;
    store.database.transaction(() => store.stats.begin(this.#number));
    await this.#place.remove(options);
    using to = this.#place.make();
    const { base, ignoredMode: mode, stocks, ...context } = this.#context;
    const stock = options.stock ?? '';
    // Links lead to the base itself.
    using from = (mode === 'copy' ? stocks.open(stock) : undefined) ?? SafeDirectory.open(base);
    const warnings = mode === 'copy' ? stocks.warningsOf(stock) : [];
    const source = { ...context, base: from, tree };
    return [...warnings, ...(await provideIgnored(source, to, { ...options, mode }))];
  }

  /** The tree of what an unfinished run has left, with an index that fits. */
  async #leftovers({ signal }: ShowOptions): Promise<ObjectId> {
    await killLeftovers(this.path);
    const capture = await this.capture(false, signal);
    return this.#context.store.database.transaction(() => capture.settle());
  }

  async #bring(from: ObjectId, to: ObjectId, options: ShowOptions): Promise<void> {
    const { store, trees, clock } = this.#context;
    this.#setShown(from, true);
    if (from === to) return;
    using root = this.#open();
    const rows = await applyToDirectory({
      root,
      changes: this.#changes(diffShown(trees, from, to)),
      readContent: (entry) => store.contents.pieces(entry),
      emptyTree: EMPTY_TREE,
      clock,
      signal: options.signal,
      onProgress: ({ files }) => options.onProgress?.(files),
    });
    store.database.transaction(() => {
      this.#putRows(rows);
      this.#setShown(to, true);
    });
  }

  *#changes(differences: Iterable<PathChange>): Generator<PathChange> {
    const { allowBinaries } = this.#context;
    for (const { path, before, after } of differences) {
      yield { path, before, after: after && shownEntry(after, allowBinaries) };
    }
  }

  #putRows(rows: readonly IndexUpdate[]): void {
    const { stats } = this.#context.store;
    for (const { path, entry } of rows) {
      if (entry === undefined) stats.delete(this.#number, path);
      else stats.put(this.#number, path, entry);
    }
  }

  /** Opens the directory, which a command may have shut. */
  #open(): SafeDirectory {
    const root = this.#place.open();
    const mode = root.lstat(ROOT)?.mode ?? OWNER_ALL;
    if ((mode & 0o777) !== OWNER_ALL) root.chmod(ROOT, OWNER_ALL);
    return root;
  }

  get #stats(): Stats | undefined {
    return this.#place.lstat();
  }

  #missing(): FileSystemError {
    const stats = this.#stats;
    const message =
      stats === undefined
        ? `ENOENT: the work directory '${this.path}' was removed, so its changes cannot be captured`
        : `ENOTDIR: the work directory '${this.path}' was replaced by something else`;
    return new FileSystemError(stats === undefined ? 'ENOENT' : 'ENOTDIR', message, {
      path: this.path,
      hint: 'Delete what is in the directory, not the directory itself; the workspace is unchanged.',
    });
  }
}

/** Found changes, whose content is pinned in the store. Ends with `settle` or `abandon`. */
export class WorkCapture implements Capture {
  readonly warnings: readonly RunWarning[];
  readonly #writer: ContentWriter;
  readonly #settle: () => ObjectId;

  constructor(writer: ContentWriter, warnings: readonly RunWarning[], settle: () => ObjectId) {
    this.#writer = writer;
    this.warnings = warnings;
    this.#settle = settle;
  }

  settle(): ObjectId {
    this.#writer.settle();
    return this.#settle();
  }

  /** Gives up what was found, instead of settling it or when that failed. */
  abandon(): void {
    this.#writer.abandon();
  }
}

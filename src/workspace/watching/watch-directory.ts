/** Watches the materialised directory of a workspace for what somebody does in it. */

import { once } from 'node:events';
import { relative } from 'node:path';
import type { IgnoreRules } from '../../disk/ignore-rules.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { baseName, nameProblem, parsePath, type TreePath } from '../../primitives/path.ts';
import type { ChangeNotice, WorkspaceCore } from '../core/workspace-core.ts';

const TYPES: ReadonlyMap<string, ChangeNotice['type']> = new Map([
  ['add', 'added'],
  ['addDir', 'added'],
  ['change', 'modified'],
  ['unlink', 'deleted'],
  ['unlinkDir', 'deleted'],
]);

/** Who hears of what is seen. */
export interface DirectoryListener {
  onChange(notice: ChangeNotice): void;
  /** Told when the watch is incomplete, such as for want of watches in the system. */
  onError(error: unknown): void;
}

/**
 * Watches the directory of a workspace, which has to exist. Paths that a capture would leave out
 * are not watched. Never keeps the process alive.
 *
 * @returns the function that ends the watch; when it is there, every later change will be seen.
 */
export async function watchDirectory(
  core: WorkspaceCore,
  listener: DirectoryListener,
): Promise<() => Promise<void>> {
  // Loaded only here: most programs never watch.
  const { watch } = await import('chokidar');
  const root = core.workPlace.open();
  const filter = new WatchFilter(core, root);
  const watcher = watch(root.root, {
    ignoreInitial: true,
    persistent: false,
    followSymlinks: false,
    ignored: (path, stats) => filter.ignores(path, stats?.isDirectory() ?? false),
  });
  watcher.on('all', (event, path) => {
    const changed = filter.treePath(path);
    const type = TYPES.get(event);
    if (type === undefined || changed === undefined || changed === '') return;
    filter.learn(changed);
    listener.onChange({ type, path: changed, source: 'directory' });
  });
  watcher.on('error', (error) => listener.onError(error));
  await once(watcher, 'ready');
  return async () => {
    await watcher.close();
    root.close();
  };
}

/** Decides which paths are watched. */
class WatchFilter {
  readonly #core: WorkspaceCore;
  readonly #root: SafeDirectory;
  #rules: IgnoreRules;

  constructor(core: WorkspaceCore, root: SafeDirectory) {
    this.#core = core;
    this.#root = root;
    this.#rules = this.#readRules();
  }

  /** Whether a capture would leave the path out. */
  ignores(path: string, isDirectory: boolean): boolean {
    const found = this.treePath(path);
    if (found === undefined) return true;
    // What is versioned already stays so, whatever the rules say.
    return (
      this.#rules.ignores(found, isDirectory) && this.#core.view().tree.get(found) === undefined
    );
  }

  /** Reads the rules again when they may have changed. */
  learn(changed: TreePath): void {
    // The names of all files with rules end like this.
    if (baseName(changed).endsWith('ignore')) this.#rules = this.#readRules();
  }

  /** The path in the workspace; undefined when no tree can hold it. */
  treePath(path: string): TreePath | undefined {
    const inside = relative(this.#root.root, path);
    const problem = inside
      .split('/')
      .some((name) => inside !== '' && nameProblem(name) !== undefined);
    return problem ? undefined : parsePath(inside);
  }

  #readRules(): IgnoreRules {
    return this.#core.engine.ignore.rulesFor(this.#root);
  }
}

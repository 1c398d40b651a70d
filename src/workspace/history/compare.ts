/** Status and diff of a workspace. */

import { checkBoolean, checkCount, checkOptions } from '../../primitives/arguments.ts';
import { errorCode, wrongType } from '../../primitives/errors.ts';
import { compileSelection } from '../../primitives/glob.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { BaseScan } from '../../project/base-directory.ts';
import { collectChanges, type StatusFile, summariseStatus } from '../../snapshot/changes.ts';
import { type DiffOptions, DiffResult } from '../../snapshot/diff-result.ts';
import { mergeTrees } from '../../snapshot/merge-trees.ts';
import { lookWhenFull } from '../../store/full-disk.ts';
import { withScannedBase } from '../commits/base-lease.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { ignoredPaths } from './ignored-paths.ts';
import { findTree } from './references.ts';

/** What a status is to say. */
export interface StatusOptions {
  /** Looks at the base on disk first; default false: as it was last scanned. */
  readonly refresh?: boolean | undefined;
  /** Lists the paths that are not versioned, which takes a scan of the base; default false. */
  readonly ignored?: boolean | undefined;
  /** Glob patterns of the paths to tell of; default all. */
  readonly include?: readonly string[] | undefined;
  /** Reports renames as such and not as a deletion and an addition; default false. */
  readonly detectRenames?: boolean | undefined;
}

/** What a workspace has changed since its fork, and how the base has moved meanwhile. */
export interface WorkspaceStatus {
  readonly modified: readonly StatusFile[];
  readonly added: readonly StatusFile[];
  readonly deleted: readonly StatusFile[];
  readonly renamed: readonly { readonly path: string; readonly from: string }[];
  readonly hasChanges: boolean;
  /** Top-most paths that are not versioned; undefined unless asked for. */
  readonly ignored: readonly string[] | undefined;
  /** Paths changed both here and in the base, in ways that cannot be merged. */
  readonly conflicts: readonly string[];
  /** Number of changes in the base since the fork. */
  readonly behind: number;
}

/** How a diff is made, and against what. */
export interface WorkspaceDiffOptions extends DiffOptions {
  /**
   * A snapshot of this workspace, `workspace/snapshot`, a workspace, a commit id, or `base` for the
   * base as it is on disk now; default the fork.
   */
  readonly against?: string | undefined;
}

/** The options of {@link DiffOptions}. */
export const DIFF_OPTIONS: readonly (keyof DiffOptions)[] = [
  ...(['context', 'include', 'exclude', 'stat', 'nameOnly', 'detectRenames', 'binary'] as const),
];

/** The status of a workspace. Costs what has changed, unless the base is to be looked at. */
export async function workspaceStatus(
  core: WorkspaceCore,
  options?: StatusOptions,
): Promise<WorkspaceStatus> {
  const given = checkOptions(options, ['refresh', 'ignored', 'include', 'detectRenames']);
  const refresh = checkBoolean('refresh', given.refresh) ?? false;
  const listIgnored = checkBoolean('ignored', given.ignored) ?? false;
  const detectRenames = checkBoolean('detectRenames', given.detectRenames) ?? false;
  const isWanted = compileSelection(given.include, undefined);
  const { engine } = core;
  const scan =
    refresh || listIgnored
      ? await withScannedBase(engine, { full: listIgnored }, (found) => found).catch((error) =>
          asLastSeen(engine, error),
        )
      : undefined;
  const { objects, store } = engine;
  return lookWhenFull(store.database, () => {
    const { root, fork } = core.working.foldedTrees();
    const base = engine.base.tree ?? fork;
    const all = collectChanges(objects, fork, root, { detectRenames });
    const changes = all.filter(({ path, from }) => isWanted(path) || (from && isWanted(from)));
    const merge = mergeTrees(objects, { base: fork, ours: root, theirs: base });
    return {
      ...summariseStatus(changes),
      ignored: listIgnored ? ignoredOf(core, scan) : undefined,
      conflicts: merge.conflicts.map(({ path }) => path).filter(isWanted),
      behind: collectChanges(objects, fork, base, { detectRenames: false }).length,
    };
  });
}

/** Those of the workspace; of the base for one that has not begun with any yet. */
function ignoredOf(core: WorkspaceCore, scan: BaseScan | undefined): readonly string[] | undefined {
  const { stock } = core.working.row();
  if (core.engine.stocks.has(stock)) return ignoredPaths(core);
  return scan?.ignored.map(({ path }) => path);
}

/** Where a scan finds no room for what it has seen, the project is compared as it was before. */
function asLastSeen({ logger }: Engine, error: unknown): undefined {
  if (errorCode(error) !== 'STORE_FULL') throw error;
  logger.warn(
    'The disk is full: changes of the project since it was last looked at are not shown.',
  );
}

/** What the workspace has that the other tree has not. */
export async function workspaceDiff(
  core: WorkspaceCore,
  options?: WorkspaceDiffOptions,
): Promise<DiffResult> {
  const { against, ...rest } = checkOptions(options, ['against', ...DIFF_OPTIONS]);
  const { engine } = core;
  const shown = checkDiffOptions(rest);
  const before = await treeAgainst(core, against);
  const { objects, store } = engine;
  return lookWhenFull(
    store.database,
    () => new DiffResult(objects, before, core.working.foldedRoot(), shown),
  );
}

/**
 * Checks how a diff is to be shown; its patterns are checked where they are compiled.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT with the name of the option.
 */
export function checkDiffOptions(options: DiffOptions | undefined): DiffOptions {
  const given = checkOptions(options, DIFF_OPTIONS);
  for (const name of ['stat', 'nameOnly', 'detectRenames', 'binary'] as const) {
    checkBoolean(name, given[name]);
  }
  checkCount('context', given.context);
  return given;
}

async function treeAgainst(core: WorkspaceCore, against: unknown): Promise<ObjectId> {
  if (against === undefined) return core.working.row().fork;
  if (typeof against !== 'string') throw wrongType('against', 'a string', against);
  if (against !== 'base') return findTree(core, against);
  return withScannedBase(core.engine, {}, (scan) => scan.tree);
}

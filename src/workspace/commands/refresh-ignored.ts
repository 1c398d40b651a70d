/** `workspace.refresh`: ignored content of the base as it is now, in place of the workspace's. */

import { isWithinAny } from '../../disk/path-set.ts';
import {
  checkBoolean,
  checkOptions,
  checkSignal,
  checkStrings,
} from '../../primitives/arguments.ts';
import { AgentFSError } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { baseName, joinPath, parsePath, ROOT, type TreePath } from '../../primitives/path.ts';
import { chooseStrategy } from '../../runner/choose-strategy.ts';
import type {
  IgnoredChanges,
  RefreshCapture,
  RunStrategy,
  RunWarning,
} from '../../runner/strategy.ts';
import { unsavedInGit } from '../core/unsaved-git.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { ignoredNow } from '../history/ignored-paths.ts';
import { withoutState } from './run-files.ts';
import { runDefaults } from './run-limits.ts';
import { ignoredOf } from './run-process.ts';
import { takeIn } from './take-in.ts';
import { finishRuns } from './unfinished-run.ts';

const WAIT_MS = 200;
const GIT = '.git';
/** Paths that a message names. */
const MAX_NAMED = 5;

/** How ignored content is taken anew. */
export interface RefreshOptions {
  /** Also what the workspace has changed itself. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was taken. */
export interface RefreshResult {
  /** What is different now; null for nothing. */
  readonly ignored: IgnoredChanges | null;
  /** What the workspace had changed itself; undo brings it back. */
  readonly overruled: readonly string[];
  /** The step in `history()`; null when nothing was different, or a plain directory keeps no steps. */
  readonly operationId: number | null;
  /** Paths that could not be copied. */
  readonly warnings: readonly RunWarning[];
}

/**
 * Takes what the base has and does not version, as one step that undo takes back. A repository is taken
 * only where a path names it: it goes with the files that the workspace has.
 *
 * @param paths - files and directories; all when undefined.
 * @throws {AgentFSError} WORKSPACE_DIRTY when the workspace has changed something there itself, unless
 *   forced; ABORTED, SANDBOX_UNAVAILABLE.
 * @throws {WorkspaceBusyError} while a command runs in it. {StorageError} STORE_FULL.
 */
export async function refreshIgnored(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
  paths?: readonly string[],
  options?: RefreshOptions,
): Promise<RefreshResult> {
  const given = checkOptions(options, ['force', 'signal']);
  const force = checkBoolean('force', given.force) ?? false;
  const signal = checkSignal(given.signal);
  const wanted = checkStrings('paths', paths)?.map(parseIgnored) ?? [ROOT];
  core.engine.base.requirePresent();
  core.requireWritable(core.working.row());
  const lease = { waitMs: WAIT_MS, signal };
  return core.engine.leases.hold(core.runLease, lease, async () => {
    await finishRuns(core, strategies);
    return refreshIn(core, strategies, { paths: wanted, force, signal });
  });
}

interface RefreshRequest {
  readonly paths: readonly TreePath[];
  readonly force: boolean;
  readonly signal: AbortSignal | undefined;
}

async function refreshIn(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
  { paths, force, signal }: RefreshRequest,
): Promise<RefreshResult> {
  const { engine } = core;
  const { sandbox: profile, limits } = runDefaults(core);
  const { strategy } = await chooseStrategy(strategies, 'auto', { profile, limits });
  const tree = core.working.foldedRoot();
  const pin = engine.store.pin(tree);
  try {
    const plan = await strategy.refresh({
      workspace: core.number,
      tree,
      ignored: await ignoredOf(core, tree, { signal }),
      directory: core.workPlace,
      base: engine.basePath,
      ...{ paths, signal },
    });
    const repositories = new Set(paths.filter((path) => baseName(path) === GIT));
    const own = plan.own.filter((path) => !isWithinAny(path, repositories));
    const overruled = [...own, ...unsavedRefs(core, repositories)];
    if (overruled.length > 0 && !force) throw refusal(core, overruled);
    const capture = await plan.take();
    return {
      ignored: withoutState(capture.ignored),
      overruled,
      operationId: store(core, tree, capture),
      warnings: capture.warnings,
    };
  } finally {
    pin.release();
  }
}

function store(core: WorkspaceCore, tree: ObjectId, capture: RefreshCapture): number | null {
  const { state, ...taken } = capture.ignored ?? {};
  return core.working.change((draft) => {
    core.requireWritable(draft.row);
    capture.settle();
    if (!('paths' in taken)) return null;
    core.recordEvent(draft, 'refresh', { paths: taken.paths });
    if (state === undefined) return null;
    const ignored = { ...taken, state };
    const label = { kind: 'refresh', summary: `refresh of ${listOf(taken.paths)}` } as const;
    return takeIn(core, draft, { from: tree, to: tree, side: 'ours', ...label, ignored })
      .operationId;
  });
}

/** As any path, but it may name a repository. */
function parseIgnored(path: string): TreePath {
  const [, above = '', git] = /^(.*?)(?:(?:^|\/)(\.git)\/?)?$/s.exec(path) ?? [];
  const parent = parsePath(above, 'paths');
  return git === undefined ? parent : joinPath(parent, git);
}

/** The index and logs of a repository change with each look at it; what counts are its names. */
function unsavedRefs(core: WorkspaceCore, repositories: ReadonlySet<TreePath>): string[] {
  using now = ignoredNow(core);
  const changed = [...repositories].filter((path) => now.isChanged(path));
  return changed.flatMap((path) => unsavedInGit(now, path, core.engine.basePath));
}

function refusal(core: WorkspaceCore, overruled: readonly string[]): AgentFSError {
  const { name } = core.working.row();
  return new AgentFSError(
    'WORKSPACE_DIRTY',
    `Workspace '${name}' has changed ${listOf(overruled)} itself.`,
    {
      hint: 'Name the paths to take from the project, or replace these too with force (--force); undo brings them back.',
      details: { overruled },
    },
  );
}

function listOf(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_NAMED).join(', ');
  const others = paths.length - MAX_NAMED;
  return others > 0 ? `${named} and ${others} more` : named;
}

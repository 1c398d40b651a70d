/** `afs.explore`: to explore, and to decide later about what an exploration has kept. */

import { checkBoolean, checkOptions } from '../../primitives/arguments.ts';
import type { Engine } from '../core/engine.ts';
import type { Workspace } from '../workspace.ts';
import type { WorkspaceManager } from '../workspace-manager.ts';
import { explore } from './explore.ts';
import type { ExploreOptions } from './explore-options.ts';
import type { ExploreResult } from './explore-result.ts';
import {
  type CandidateStatus,
  chooseExplored,
  dropAbandoned,
  exploredWorkspaces,
} from './explored-workspaces.ts';

/** Tries several ways at once. */
export interface Explore {
  /**
   * Forks a workspace for each candidate, runs them, judges what came of them, lands or keeps the
   * best and drops the rest. A function may explore again from its own workspace.
   *
   * @throws {AgentFSError} ABORTED, and what a judge throws: nothing is left then; {CommitError},
   *   {MergeConflictError} when the best cannot land: it stays. {TypeError} {RangeError}.
   * @example
   * const candidates = [{ run: 'npm run fix' }, { run: async (ws) => ws.writeFile('a', 'b') }];
   * const { best } = await afs.explore({ candidates, judge: { command: 'npm test' } });
   */
  (options: ExploreOptions): Promise<ExploreResult>;
  /**
   * What an exploration has, best first: while it is going on, or with `keep` afterwards.
   *
   * @throws {AgentFSError} EXPLORATION_NOT_FOUND when it has no workspaces.
   */
  status(id: string): Promise<CandidateStatus[]>;
  /**
   * Keeps the workspace of one candidate, or without a name none, and drops the others.
   *
   * @throws {AgentFSError} EXPLORATION_NOT_FOUND; {WorkspaceBusyError} while it is going on.
   */
  choose(id: string, candidate?: string): Promise<Workspace | undefined>;
  /**
   * Drops what explorations have left whose process has died; the next one does it anyway, and gc.
   *
   * @param options - `dryRun`: only counts.
   * @returns how many workspaces there were.
   */
  dropAbandoned(options?: { dryRun?: boolean }): Promise<number>;
}

/** How the workspaces of a store are explored. */
export function exploring(workspaces: WorkspaceManager, engine: () => Engine): Explore {
  return Object.assign((options: ExploreOptions) => explore(workspaces, engine, options), {
    status: (id: string) => exploredWorkspaces(workspaces, id),
    choose: (id: string, candidate?: string) => chooseExplored(workspaces, id, candidate),
    dropAbandoned: async (options?: { dryRun?: boolean }) => {
      const dryRun = checkBoolean('dryRun', checkOptions(options, ['dryRun']).dryRun) ?? false;
      return dropAbandoned(workspaces, engine(), dryRun);
    },
  });
}

/** The workspaces that an exploration left to be decided about later. */

import { AgentFSError } from '../../primitives/errors.ts';
import type { Engine } from '../core/engine.ts';
import type { Workspace } from '../workspace.ts';
import type { WorkspaceManager } from '../workspace-manager.ts';
import type { CandidateState, ExploredCandidate } from './explore-result.ts';

/** A workspace of an exploration that is over, or still going on. */
export interface CandidateStatus {
  readonly name: string;
  readonly workspace: string;
  /** Undefined while it is going on. */
  readonly state: CandidateState | undefined;
  readonly score: number | null;
  /** From 1 for the best; undefined while it is going on. */
  readonly rank: number | undefined;
}

/** Writes down in the tags of a workspace what came of it. */
export async function noteOutcome(
  workspace: Workspace,
  { state, score }: ExploredCandidate,
  rank: number,
): Promise<void> {
  const tags = [...workspace.tags, `state:${state}`, `rank:${rank}`];
  await workspace.update({ tags: score === null ? tags : [...tags, `score:${score}`] });
}

/**
 * The workspaces that an exploration has, best first.
 *
 * @throws {AgentFSError} EXPLORATION_NOT_FOUND when there are none.
 */
export async function exploredWorkspaces(
  workspaces: WorkspaceManager,
  id: string,
): Promise<CandidateStatus[]> {
  const found = await workspaces.list({ tag: `explore:${id}` });
  if (found.length === 0) {
    throw new AgentFSError('EXPLORATION_NOT_FOUND', `There is no exploration '${id}'.`, {
      hint: "List workspaces with the tag 'explore': theirs is explore:ID.",
    });
  }
  const all = found.map((workspace): CandidateStatus => {
    const value = (name: string): string | undefined => tagged(workspace.tags, name);
    const [score, rank] = [value('score'), value('rank')];
    return {
      name: value('candidate') ?? workspace.name,
      workspace: workspace.name,
      state: value('state') as CandidateState | undefined,
      score: score === undefined ? null : Number(score),
      rank: rank === undefined ? undefined : Number(rank),
    };
  });
  return all.sort((one, other) => (one.rank ?? all.length) - (other.rank ?? all.length));
}

/**
 * Drops the workspaces of explorations whose process has died: what they have tried was not judged.
 *
 * @returns how many there are.
 */
export async function dropAbandoned(
  workspaces: WorkspaceManager,
  { leases }: Engine,
  dryRun: boolean,
): Promise<number> {
  const left = (await workspaces.list({ tag: 'explore' })).filter(
    ({ tags }) => tagged(tags, 'state') === undefined,
  );
  let count = 0;
  for (const { name, tags } of left) {
    const id = tagged(tags, 'explore');
    let isOver = false;
    if (id !== undefined) {
      leases.holdIfFree(leaseOf(id), () => {
        isOver = true;
      });
    }
    if (!isOver) continue;
    count += 1;
    if (!dryRun) await workspaces.delete(name);
  }
  return count;
}

/** What an exploration holds while it is going on. */
export function leaseOf(id: string): string {
  return `explore:${id}`;
}

/** The value of a tag such as `state:failed`. */
function tagged(tags: readonly string[], name: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${name}:`))?.slice(name.length + 1);
}

/**
 * Keeps one workspace of an exploration, or none, and drops the others.
 *
 * @param candidate - its name; undefined drops all.
 * @returns the one that is kept.
 * @throws {AgentFSError} EXPLORATION_NOT_FOUND, also when it has no such candidate.
 */
export async function chooseExplored(
  workspaces: WorkspaceManager,
  id: string,
  candidate: string | undefined,
): Promise<Workspace | undefined> {
  const all = await exploredWorkspaces(workspaces, id);
  const chosen = all.find(({ name }) => name === candidate);
  if (candidate !== undefined && chosen === undefined) {
    throw new AgentFSError(
      'EXPLORATION_NOT_FOUND',
      `The exploration '${id}' has no candidate '${candidate}'.`,
      { hint: `Choose one of ${all.map(({ name }) => name).join(', ')}.` },
    );
  }
  for (const { workspace } of all) {
    if (workspace !== chosen?.workspace) await workspaces.delete(workspace);
  }
  return chosen === undefined ? undefined : workspaces.get(chosen.workspace);
}

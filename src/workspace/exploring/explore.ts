/**
 * Tries several ways at once, each in a workspace of its own, judges what came of them, lands or
 * keeps the best and drops the rest.
 */

import { randomBytes } from 'node:crypto';
import { AgentFSError, WorkspaceBusyError } from '../../primitives/errors.ts';
import type { CommitResult } from '../commits/commit-result.ts';
import type { MergeResult } from '../commits/merge-workspaces.ts';
import type { Engine } from '../core/engine.ts';
import type { CreateOptions } from '../create-options.ts';
import type { Workspace } from '../workspace.ts';
import type { WorkspaceManager } from '../workspace-manager.ts';
import { CandidateRun } from './candidate-run.ts';
import { checkExplore, type ExploreOptions, type ExploreRequest } from './explore-options.ts';
import type { ExploreResult } from './explore-result.ts';
import { dropAbandoned, leaseOf, noteOutcome } from './explored-workspaces.ts';
import { tournament } from './tournament.ts';

/**
 * Explores.
 *
 * @throws {AgentFSError} ABORTED: nothing is left then; what making workspaces, a judge and landing
 *   throw: then nothing is left either, but when landing failed the best one stays.
 */
export async function explore(
  workspaces: WorkspaceManager,
  engine: () => Engine,
  options: ExploreOptions,
): Promise<ExploreResult> {
  const request = checkExplore(options);
  requireGoingOn(request.signal);
  await dropAbandoned(workspaces, engine(), false);
  const id = randomBytes(4).toString('hex');
  // Tells others that its workspaces are not left over.
  return engine().leases.hold(leaseOf(id), { waitMs: 0 }, () => tryAll(workspaces, id, request));
}

async function tryAll(
  workspaces: WorkspaceManager,
  id: string,
  request: ExploreRequest,
): Promise<ExploreResult> {
  const won = new AbortController();
  const runs: CandidateRun[] = [];
  try {
    for (const [index, candidate] of request.candidates.entries()) {
      const name = `explore-${id}-${candidate.name}`;
      const tags = ['explore', `explore:${id}`, `candidate:${candidate.name}`];
      const workspace = await workspaces.create(name, { ...originOf(request, runs[0]), tags });
      runs.push(new CandidateRun({ workspace, candidate, index, request, won }));
    }
    await runAll(runs, request.concurrency, won);
    requireGoingOn(request.signal);
    const ranked = await rank(runs, request);
    requireGoingOn(request.signal);
    return await settle(workspaces, request, id, ranked);
  } catch (error) {
    won.abort();
    await dropAll(
      workspaces,
      runs.filter((run) => !run.isKept),
    );
    throw error;
  }
}

/** Only the first that is forked from the project scans it. */
function originOf(
  { base, signal }: ExploreRequest,
  first: CandidateRun | undefined,
): CreateOptions {
  if (base === 'base')
    return first === undefined ? { signal } : { fromWorkspace: first.workspace.name };
  return base.includes('/') ? { fromSnapshot: base } : { fromWorkspace: base };
}

async function runAll(
  runs: readonly CandidateRun[],
  concurrency: number,
  won: AbortController,
): Promise<void> {
  const waiting = runs.values();
  const worker = async (): Promise<void> => {
    try {
      for (const run of waiting) await run.start();
    } catch (error) {
      // The others need not go on.
      won.abort();
      throw error;
    }
  };
  const all = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  for (const each of all) if (each.status === 'rejected') throw each.reason;
}

async function rank(
  runs: readonly CandidateRun[],
  { judge }: ExploreRequest,
): Promise<readonly CandidateRun[]> {
  const passed = runs.filter(({ state }) => state === 'succeeded');
  const out = runs.filter(({ state }) => state !== 'succeeded');
  if (typeof judge === 'object' && 'compare' in judge) {
    const compare = async (one: CandidateRun, other: CandidateRun): Promise<number> =>
      judge.compare(one.workspace, other.workspace);
    return [...(await tournament(passed, compare)), ...out];
  }
  // Sorting keeps the order of equals.
  const score = (run: CandidateRun): number => run.score ?? 0;
  return [...passed.sort((one, other) => score(other) - score(one)), ...out];
}

async function settle(
  workspaces: WorkspaceManager,
  request: ExploreRequest,
  id: string,
  ranked: readonly CandidateRun[],
): Promise<ExploreResult> {
  const [first] = ranked;
  const best = first?.state === 'succeeded' ? first : undefined;
  for (const run of ranked) {
    run.isKept = request.keep === 'all' || (request.keep === 'best' && run === best);
  }
  // First, so that an accident in what follows leaves those that are kept.
  for (const [index, run] of ranked.entries()) {
    if (run.isKept) await noteOutcome(run.workspace, run.explored(), index + 1);
  }
  await dropAll(
    workspaces,
    ranked.filter((run) => !run.isKept && run !== best),
  );
  let landed: Landed = {};
  if (best !== undefined && request.commit !== undefined) {
    const { isKept } = best;
    // What could not be landed is not lost.
    best.isKept = true;
    landed = await land(workspaces, request.base, best.workspace, request.commit);
    best.isKept = isKept;
  }
  if (best !== undefined && !best.isKept) await dropAll(workspaces, [best]);
  return {
    id,
    ranking: ranked.map((run) => run.explored()),
    best: best?.explored(),
    commit: landed.commit,
    merge: landed.merge,
  };
}

interface Landed {
  readonly commit?: CommitResult;
  readonly merge?: MergeResult;
}

/** Brings a workspace to where it came from: the project, or another workspace. */
async function land(
  workspaces: WorkspaceManager,
  base: string,
  workspace: Workspace,
  message: string,
): Promise<Landed> {
  if (base === 'base') return { commit: await workspace.commit(message) };
  const [target = ''] = base.split('/');
  return { merge: await workspaces.merge(workspace.name, target) };
}

async function dropAll(workspaces: WorkspaceManager, runs: readonly CandidateRun[]): Promise<void> {
  for (const run of runs) {
    const { workspace } = run;
    try {
      if (await workspace.exists()) await workspaces.delete(workspace.name);
    } catch (error) {
      if (!(error instanceof WorkspaceBusyError)) throw error;
      // A function that does not look at its signal has a command running.
      await run.ended;
      await workspaces.delete(workspace.name);
    }
    run.isDropped = true;
  }
}

function requireGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AgentFSError('ABORTED', 'The exploration was stopped; nothing of it is left.', {
    hint: 'Start it again.',
    cause: signal.reason,
  });
}

/** What is explored, how it is judged, and what becomes of it: checked once, with the names. */

import {
  checkChoice,
  checkCount,
  checkOptions,
  checkSignal,
  checkText,
} from '../../primitives/arguments.ts';
import { wrongType, wrongValue } from '../../primitives/errors.ts';
import { parseName } from '../../primitives/name.ts';
import type { Command } from '../../runner/process/command.ts';
import { RUN_OPTIONS, type RunOptions } from '../commands/run-options.ts';
import type { RunResult } from '../commands/run-result.ts';
import type { Workspace } from '../workspace.ts';
import type { ExploredCandidate } from './explore-result.ts';

/** What a candidate that is a function is given. */
export interface CandidateContext {
  readonly name: string;
  /** From 0. */
  readonly index: number;
  /** Fires at a timeout, an abort, and when another one has won. */
  readonly signal: AbortSignal;
}

/** One way to try. */
export interface Candidate {
  /** Default its number, from 1. */
  readonly name?: string | undefined;
  /**
   * A command, which finds its name in `AGENTFS_CANDIDATE` and its number in
   * `AGENTFS_CANDIDATE_NUMBER`; or a function, which fails by throwing.
   */
  readonly run: Command | ((workspace: Workspace, context: CandidateContext) => unknown);
}

/** What a judge that is a function is given besides the workspace. */
export interface CandidateOutcome {
  readonly name: string;
  /** Whether it has succeeded: status 0, or a function that did not throw. */
  readonly succeeded: boolean;
  /** What the command did. */
  readonly result: RunResult | undefined;
  /** What the function returned. */
  readonly value: unknown;
}

/** Gives a score: the higher, the better. False is out of the race, true is 1. */
export type ScoreJudge = (
  workspace: Workspace,
  outcome: CandidateOutcome,
) => number | boolean | Promise<number | boolean>;

/** Says which of two is better: below zero the first, above zero the second. */
export interface PairJudge {
  readonly compare: (first: Workspace, second: Workspace) => number | Promise<number>;
}

/**
 * A command that runs in each workspace and changes nothing there: status 0 passes, and a number on
 * the last line of its output is the score.
 */
export interface CommandJudge {
  readonly command: Command;
}

/** Who decides; `first-success` ends the others as soon as one has succeeded. */
export type Judge = ScoreJudge | PairJudge | CommandJudge | 'first-success';

/** What is explored. */
export interface ExploreOptions {
  readonly candidates: readonly Candidate[];
  /** What the candidates start from: `base`, a workspace or `workspace/snapshot`; default `base`. */
  readonly base?: string | undefined;
  /** Candidates that run at a time; default 4. */
  readonly concurrency?: number | undefined;
  /** Milliseconds for each candidate, and for each judgement of a command; default none. */
  readonly timeout?: number | undefined;
  /** Default: all that succeed are as good, and the first of them is the best. */
  readonly judge?: Judge | undefined;
  /** Whose workspaces stay: that of the `best`, those of `all`, or none; default `best`. */
  readonly keep?: 'best' | 'all' | 'none' | undefined;
  /** Lands the best under this message: in the project, or in the workspace that was the base. */
  readonly commit?: string | undefined;
  /** How the commands run. */
  readonly run?: Omit<RunOptions, 'encoding' | 'signal' | 'timeout' | 'tty'> | undefined;
  /** Ends all of it, and leaves nothing. */
  readonly signal?: AbortSignal | undefined;
  /** Is told of each step of a candidate. */
  readonly onProgress?: ((candidate: ExploredCandidate) => void) | undefined;
}

/** The options, checked. */
export interface ExploreRequest extends ExploreOptions {
  readonly candidates: readonly (Candidate & { readonly name: string })[];
  readonly base: string;
  readonly concurrency: number;
  readonly keep: 'best' | 'all' | 'none';
}

const EXPLORE_OPTIONS: readonly (keyof ExploreOptions)[] = [
  ...(['candidates', 'base', 'concurrency', 'timeout', 'judge'] as const),
  ...(['keep', 'commit', 'run', 'signal', 'onProgress'] as const),
];

const CONCURRENCY = 4;
const MOST_CANDIDATES = 1000;

/** @throws {TypeError} {RangeError} INVALID_ARGUMENT, {InvalidNameError}. */
export function checkExplore(options: ExploreOptions): ExploreRequest {
  const given = checkOptions(options, EXPLORE_OPTIONS);
  const { judge, onProgress } = given;
  if (!isJudge(judge)) {
    throw wrongType('judge', "a function, { command }, { compare } or 'first-success'", judge);
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw wrongType('onProgress', 'a function', onProgress);
  }
  return {
    ...{ judge, onProgress },
    candidates: checkCandidates(given.candidates),
    base: checkText('base', given.base) ?? 'base',
    concurrency: checkCount('concurrency', given.concurrency, 1) ?? CONCURRENCY,
    timeout: checkCount('timeout', given.timeout, 1),
    keep: checkChoice('keep', given.keep, ['best', 'all', 'none']) ?? 'best',
    commit: checkText('commit', given.commit),
    run: checkOptions<RunOptions>(given.run, RUN_OPTIONS, 'run'),
    signal: checkSignal(given.signal),
  };
}

function checkCandidates(candidates: unknown): ExploreRequest['candidates'] {
  if (!Array.isArray(candidates)) throw wrongType('candidates', 'an array', candidates);
  const { length } = candidates;
  if (length === 0 || length > MOST_CANDIDATES) {
    throw wrongValue('candidates', `from 1 to ${MOST_CANDIDATES}`, length);
  }
  const checked = candidates.map((candidate: Candidate, index) => {
    const { name, run } = checkOptions(candidate, ['name', 'run'], 'each of candidates');
    if (run === undefined) throw wrongType('run', 'a command or a function', run);
    return { run, name: name === undefined ? String(index + 1) : parseName('workspace', name) };
  });
  const names = new Set(checked.map(({ name }) => name));
  if (names.size < length) throw wrongValue('candidates', 'named differently', [...names].join());
  return checked;
}

function isJudge(judge: unknown): boolean {
  if (judge === undefined || judge === 'first-success' || typeof judge === 'function') return true;
  if (typeof judge !== 'object' || judge === null) return false;
  return 'command' in judge || ('compare' in judge && typeof judge.compare === 'function');
}

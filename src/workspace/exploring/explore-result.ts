/** What came of an exploration. */

import type { DiffStats } from '../../snapshot/diff-result.ts';
import type { CommitResult } from '../commits/commit-result.ts';
import type { MergeResult } from '../commits/merge-workspaces.ts';

/** How far a candidate has come. */
export type CandidateState =
  | 'waiting'
  | 'running'
  | 'judging'
  | 'succeeded'
  | 'failed'
  | 'timed-out'
  /** Ended because another one has won. */
  | 'cancelled';

/** A candidate, with what is known of it so far. */
export interface ExploredCandidate {
  readonly name: string;
  /** Its workspace; null when that is dropped. */
  readonly workspace: string | null;
  readonly state: CandidateState;
  /** What the judge gave; null for none. */
  readonly score: number | null;
  /** Of a command; null for a function, and when a signal has ended it. */
  readonly exitCode: number | null;
  /** The end of what the command has printed. */
  readonly output: string;
  /** Why it failed. */
  readonly error: string | null;
  /** What it changed in what it started from. */
  readonly stats: DiffStats | null;
  readonly durationMs: number;
}

/** What came of an exploration. */
export interface ExploreResult {
  /** Names it: each of its workspaces has the tag `explore:ID`. */
  readonly id: string;
  /** Best first; those that did not succeed are last. */
  readonly ranking: readonly ExploredCandidate[];
  /** Undefined when none has succeeded. */
  readonly best: ExploredCandidate | undefined;
  /** The best one as it came into the project. */
  readonly commit: CommitResult | undefined;
  /** The best one as it came into the workspace that was the base. */
  readonly merge: MergeResult | undefined;
}

/** The errors of commits and merges, which carry the conflicts that stopped them. */

import type { ErrorCode } from '../primitives/error-code.ts';
import { AgentFSError, type ErrorFields } from '../primitives/errors.ts';
import { type Conflict, formatConflict } from './conflict.ts';

const MAX_NAMED_CONFLICTS = 3;

/** Why a commit was refused. */
export type CommitErrorCode = Extract<
  ErrorCode,
  'NOTHING_TO_COMMIT' | 'CONFLICT' | 'BLANK_MESSAGE' | 'OUTSIDE_SYMLINK' | 'NAME_COLLISION'
>;

/** What a {@link CommitError} may carry besides its message. */
export interface CommitErrorFields extends ErrorFields {
  readonly conflicts?: readonly Conflict[] | undefined;
}

/** A commit was refused and the base left as it was; the code says why. */
export class CommitError extends AgentFSError {
  declare readonly code: CommitErrorCode;
  /** The paths that both sides changed; set when the code is `CONFLICT`. */
  readonly conflicts: readonly Conflict[] | undefined;

  constructor(code: CommitErrorCode, message: string, fields: CommitErrorFields = {}) {
    super(code, message, fields);
    this.conflicts = fields.conflicts;
  }

  /** The error as plain data, with its conflicts. */
  override toJSON(): Record<string, unknown> {
    const json = super.toJSON();
    return this.conflicts === undefined ? json : { ...json, conflicts: this.conflicts };
  }
}

/** A merge of two workspaces met conflicts and changed nothing; code `MERGE_CONFLICT`. */
export class MergeConflictError extends AgentFSError {
  declare readonly code: 'MERGE_CONFLICT';
  /** The paths that both sides changed, at least one. */
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[], fields: ErrorFields = {}) {
    super('MERGE_CONFLICT', `The merge has ${listConflicts(conflicts)}.`, {
      path: conflicts[0]?.path,
      hint: "Set onConflict to 'ours', 'theirs' or, for text, to 'markers'.",
      ...fields,
    });
    this.conflicts = conflicts;
  }

  /** The error as plain data, with its conflicts. */
  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), conflicts: this.conflicts };
  }
}

/** The conflicts that stopped a commit or merge; none for any other error. */
export function conflictsIn(error: unknown): readonly Conflict[] {
  const isConflict = error instanceof CommitError || error instanceof MergeConflictError;
  return isConflict ? (error.conflicts ?? []) : [];
}

/** The error of a commit whose changes clash with those of the base. */
export function commitConflict(
  conflicts: readonly Conflict[],
  hint = "Set onConflict to 'ours' or 'theirs', or settle them after rebase({ onConflict: 'markers' }).",
): CommitError {
  return new CommitError('CONFLICT', `The commit has ${listConflicts(conflicts)}.`, {
    path: conflicts[0]?.path,
    hint,
    conflicts,
  });
}

/** Counts the conflicts and describes the first three: `2 conflicts: 'a' was ..., 'b' is ...`. */
function listConflicts(conflicts: readonly Conflict[]): string {
  const named = conflicts.slice(0, MAX_NAMED_CONFLICTS).map(formatConflict).join(', ');
  const rest = conflicts.length - MAX_NAMED_CONFLICTS;
  const more = rest > 0 ? `, and ${rest} more` : '';
  const count = conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`;
  return `${count}: ${named}${more}`;
}

/** The errors of synchronising, among them the one that carries conflicts. */

import type { ErrorCode } from '../primitives/error-code.ts';
import { AgentFSError, type ErrorFields } from '../primitives/errors.ts';
import { type Conflict, formatConflict } from '../snapshot/conflict.ts';

const MAX_NAMED_CONFLICTS = 3;

/** What a {@link SyncError} may carry besides its message. */
export interface SyncErrorFields extends ErrorFields {
  readonly conflicts?: readonly Conflict[] | undefined;
}

/** Synchronising failed and left the workspace as it was; the code says why. */
export class SyncError extends AgentFSError {
  /** The paths that both sides changed; set when the code is `SYNC_CONFLICT`. */
  readonly conflicts: readonly Conflict[] | undefined;

  constructor(code: ErrorCode, message: string, fields: SyncErrorFields = {}) {
    super(code, message, fields);
    this.conflicts = fields.conflicts;
  }

  /** The error as plain data, with its conflicts. */
  override toJSON(): Record<string, unknown> {
    const json = super.toJSON();
    return this.conflicts === undefined ? json : { ...json, conflicts: this.conflicts };
  }
}

/** Local and remote changes contradict each other; both are intact. Code `SYNC_CONFLICT`. */
export class SyncConflictError extends SyncError {
  declare readonly code: 'SYNC_CONFLICT';
  /** The paths that both sides changed, at least one. */
  declare readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    const named = conflicts.slice(0, MAX_NAMED_CONFLICTS).map(formatConflict).join(', ');
    const count = conflicts.length === 1 ? 'a conflict' : `${conflicts.length} conflicts`;
    const more = conflicts.length > MAX_NAMED_CONFLICTS ? ', ...' : '';
    super('SYNC_CONFLICT', `Local and remote changes have ${count}: ${named}${more}.`, {
      path: conflicts[0]?.path,
      hint: 'List them with conflicts(), settle each with resolve(), then push.',
      conflicts,
    });
  }
}

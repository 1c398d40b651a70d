/** All operations: the one table from which every door is made. */

import { AgentFSError } from '../index.ts';
import { ARCHIVE_OPERATIONS } from './archive.ts';
import { AUDIT_OPERATIONS } from './audit.ts';
import { COMMAND_OPERATIONS } from './command.ts';
import { CONFLICT_OPERATIONS } from './conflicts.ts';
import { EXPLORE_OPERATIONS } from './explore.ts';
import { FILE_OPERATIONS } from './file.ts';
import { FILE_BATCH_OPERATIONS } from './file-batch.ts';
import { FILE_CHANGE_OPERATIONS } from './file-changes.ts';
import { HISTORY_OPERATIONS } from './history.ts';
import type { Operation, OperationContext } from './operation.ts';
import { PROCESS_OPERATIONS } from './process.ts';
import { SESSION_OPERATIONS } from './session.ts';
import { SNAPSHOT_OPERATIONS } from './snapshot.ts';
import { STORE_OPERATIONS } from './store.ts';
import { SYNC_OPERATIONS } from './sync.ts';
import { WATCH_OPERATIONS } from './watch.ts';
import { WORKSPACE_OPERATIONS } from './workspace.ts';

/** The operations, in the order in which they are listed. */
export const OPERATIONS: readonly Operation[] = [
  ...WORKSPACE_OPERATIONS,
  ...HISTORY_OPERATIONS,
  ...CONFLICT_OPERATIONS,
  ...ARCHIVE_OPERATIONS,
  ...FILE_OPERATIONS,
  ...FILE_CHANGE_OPERATIONS,
  ...FILE_BATCH_OPERATIONS,
  ...SNAPSHOT_OPERATIONS,
  ...COMMAND_OPERATIONS,
  ...PROCESS_OPERATIONS,
  ...SESSION_OPERATIONS,
  ...WATCH_OPERATIONS,
  ...EXPLORE_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...STORE_OPERATIONS,
  ...SYNC_OPERATIONS,
];

const byName = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

/** The operation of this name, or undefined. */
export function findOperation(name: string): Operation | undefined {
  return byName.get(name);
}

/** The operations that a door offers. */
export function offeredOperations(readOnly: boolean): readonly Operation[] {
  return readOnly ? OPERATIONS.filter(({ effect }) => effect === 'read') : OPERATIONS;
}

/**
 * What a door does before each operation, or what is like one; it throws when the client may not
 * call that.
 */
export type Gate = (operation: Pick<Operation, 'name' | 'effect'>, input: unknown) => Promise<void>;

/** What a door allows its client. */
export interface Allowance {
  /** Refuses everything that changes something. */
  readonly readOnly: boolean;
  readonly gate?: Gate | undefined;
}

/**
 * Calls an operation through a door.
 *
 * @throws {AgentFSError} READ_ONLY when the door only reads and the operation does more; what the
 *   gate and the operation throw.
 */
export async function callOperation(
  operation: Operation,
  context: OperationContext & Allowance,
  input: unknown,
): Promise<unknown> {
  if (context.readOnly && operation.effect !== 'read') {
    throw new AgentFSError('READ_ONLY', `${operation.name} is refused: only reading is allowed.`, {
      hint: 'Start the server without --read-only.',
    });
  }
  if (context.gate !== undefined) await context.gate(operation, input);
  return operation.run(context, input);
}

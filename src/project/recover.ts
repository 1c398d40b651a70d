/** Ends the changes to the base that a process died in, without asking. */

import { Place, type Start } from '../disk/place.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { AgentFSError } from '../primitives/errors.ts';
import type { Logger } from '../primitives/logger.ts';
import type { TreePath } from '../primitives/path.ts';
import type { JournalRow } from '../store/journals.ts';
import type { Store } from '../store/store.ts';
import type { ChangeJournal, KeptEdit } from './change-step.ts';
import { decodeSteps, endJournal } from './journal.ts';
import { removeLeftovers } from './leftovers.ts';
import { rollBack } from './roll-back.ts';
import { syncAroundNow } from './sync-around.ts';

/** The base directory and its store. The caller holds the lease on the base. */
export interface RecoverContext {
  readonly store: Store;
  /** The base, open or by its absolute path. */
  readonly root: Start;
}

/** What became of a change that a process has died in. */
export interface RecoveryReport {
  /** `taken-back`: the base is as before it. `completed`: it was final, and was tidied up after. */
  readonly outcome: 'taken-back' | 'completed';
  /** All paths of the change. */
  readonly paths: readonly TreePath[];
  /** Edits made between the death of the process and now, all of them kept. */
  readonly kept: readonly KeptEdit[];
}

/**
 * Takes back or tidies up what a process that died in a commit has left in the base. The caller
 * holds the lease on the base. Costs one query when there is nothing.
 *
 * @throws as `recoverBase`.
 */
export function finishInterrupted(store: Store, root: Start, logger: Logger): void {
  for (const { outcome, paths, kept } of recoverBase({ store, root })) {
    const how = outcome === 'completed' ? outcome : 'rolled back';
    logger.warn(`An interrupted commit was ${how}.`, { paths, kept });
  }
}

/**
 * Ends every change that is neither complete nor taken back. Costs one query when there is none,
 * and may itself be killed at any time. The base has to be scanned afterwards.
 *
 * @throws {StorageError} STORE_CORRUPT when a journal is damaged; STORE_FULL, STORE_IO.
 * @throws {AgentFSError} BASE_NOT_FOUND, BASE_NOT_DIRECTORY; NOT_TRUSTED when one came along with
 *   the project: nothing is touched then.
 */
export function recoverBase(context: RecoverContext): RecoveryReport[] {
  const { store, root } = context;
  const rows = store.journals.list();
  if (rows.length === 0) return [];
  const place = new Place(root);
  if (rows.some(({ isOwn }) => !isOwn)) throw foreignJournal(place.path);
  const base = place.open();
  try {
    // The newest first: it began where the one before it had ended, or been left.
    return rows.toReversed().map((row) => recoverChange(base, store, row));
  } finally {
    base.close();
  }
}

function recoverChange(base: SafeDirectory, store: Store, row: JournalRow): RecoveryReport {
  const { number, state } = row;
  const journal: ChangeJournal = { number, steps: decodeSteps(number, row.steps) };
  const paths = journal.steps.map(({ path }) => path);
  const applied = state === 'applied';
  const kept = applied ? finishChange(base, journal) : rollBack(base, journal);
  endJournal(store, journal);
  return { outcome: applied ? 'completed' : 'taken-back', paths, kept };
}

/** Removes what a final change has left over. */
export function finishChange(base: SafeDirectory, journal: ChangeJournal): readonly KeptEdit[] {
  const kept = removeLeftovers(base, journal);
  // A journal must not end before its leftovers are gone for good: no one would look again.
  syncAroundNow(base, journal);
  return kept;
}

/** What a journal says is done to files of the base: who has not begun it must look at it first. */
function foreignJournal(root: string): AgentFSError {
  return new AgentFSError(
    'NOT_TRUSTED',
    'An interrupted commit came along with the project, or was changed: it is not taken back.',
    { path: root, hint: 'Review it with adopt({ dryRun: true }); adopt() finishes it.' },
  );
}

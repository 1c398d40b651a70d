/**
 * Brings a change to the base directory: all of it or nothing, whatever fails and whenever the
 * process dies, and without losing an edit that somebody makes at the same time. docs/FORMAT.md
 * describes the protocol.
 */

import { Place, type Start } from '../disk/place.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import type { IndexUpdate } from '../disk/scan-result.ts';
import { runInSlices } from '../disk/time-slices.ts';
import type { Clock } from '../primitives/clock.ts';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { ROOT, type TreePath } from '../primitives/path.ts';
import type { Store } from '../store/store.ts';
import type { TreeDifference } from '../tree/diff-trees.ts';
import { appliedRows } from './applied-rows.ts';
import { BaseCheck, conflictAt, type IndexLookup } from './base-check.ts';
import { BaseChange } from './change-base.ts';
import { type ChangeJournal, type KeptEdit, removesDirectory } from './change-step.ts';
import { beginJournal, endJournal, isApplied } from './journal.ts';
import { removeLeftovers } from './leftovers.ts';
import { refuseCollisions } from './name-collision.ts';
import { refuseOutsideLinks, refuseReadOnly } from './outside-links.ts';
import { type ChangePlan, planChange } from './plan-change.ts';
import { finishChange, recoverBase } from './recover.ts';
import { rollBack } from './roll-back.ts';
import { type StagedFiles, stageFiles } from './stage-files.ts';
import { syncAround } from './sync-around.ts';

/** The base directory and its store. The caller holds the lease on the base. */
export interface ApplyContext {
  readonly store: Store;
  /** The base, open or by its absolute path. */
  readonly root: Start;
  readonly clock: Clock;
}

/** What to do to the base. */
export interface ApplyRequest {
  /** From the tree of the last scan to the wanted one; all new content is in the store. */
  readonly changes: readonly TreeDifference[];
  /** What the scan saw. */
  readonly indexed: IndexLookup;
  /** Makes symbolic links that are absolute or lead out of the base, too; default false. */
  readonly allowOutsideSymlinks?: boolean | undefined;
  /** Stops the change as long as nothing is visible of it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Records the change in the store, the rows included: in the durable transaction that makes it
   * final. When it throws, the base is put back.
   */
  readonly finish: (applied: AppliedChange) => void;
}

/** A change that is in the base. */
export interface AppliedChange {
  /** What the stat index has to say about the changed paths from now on. */
  readonly rows: readonly IndexUpdate[];
  /**
   * Directories that were to go and stay, because of something in them that is not versioned; inner
   * ones first. They have no row: the next scan takes them up as empty directories.
   */
  readonly kept: readonly TreePath[];
  /** What deserves a word though the change is complete; not yet there in `finish`. */
  readonly warnings: readonly KeptEdit[];
}

/**
 * Changes the base. Resolves when the change would survive a power cut; when it rejects, the base
 * is as it was, but for what others have changed in it meanwhile.
 *
 * @throws {AgentFSError} before anything is touched: OUTSIDE_SYMLINK, BASE_READ_ONLY; before
 *   anything is visible: NAME_COLLISION, ABORTED; CONFLICT with `details.paths` when the base is
 *   not, or does not stay, what the scan saw, with `details.kept` for edits that could not stay in
 *   their place; BASE_NOT_FOUND, BASE_NOT_DIRECTORY.
 * @throws {StorageError} STORE_FULL, STORE_IO; what `finish` throws.
 */
export async function applyToBase(
  context: ApplyContext,
  request: ApplyRequest,
): Promise<AppliedChange> {
  refuseUnfinished(context);
  if (request.allowOutsideSymlinks !== true) {
    refuseOutsideLinks(context.store.contents, request.changes);
  }
  const base = new Place(context.root).open();
  try {
    const plan = planChange(base, request.changes);
    refuseReadOnly(base, plan.steps);
    const journal = beginJournal(context.store, plan.steps, context.clock.now());
    const check = new BaseCheck(base, request.indexed, context.clock);
    const applied = await changeOrPutBack(base, context, request, { plan, journal, check });
    return { ...applied, warnings: await cleanUp(base, context.store, journal, check) };
  } finally {
    base.close();
  }
}

/** An unfinished change of ours would, once taken back later, take this one apart. */
function refuseUnfinished(context: ApplyContext): void {
  const reports = recoverBase(context);
  const paths = reports.filter(({ outcome }) => outcome === 'taken-back').flatMap((r) => r.paths);
  if (paths.length > 0) throw conflictAt(paths);
}

async function changeOrPutBack(
  base: SafeDirectory,
  context: ApplyContext,
  request: ApplyRequest,
  work: {
    readonly plan: ChangePlan;
    readonly journal: ChangeJournal;
    readonly check: BaseCheck;
  },
): Promise<AppliedChange> {
  const { store, clock } = context;
  const { plan, journal, check } = work;
  const change = new BaseChange(base, store.contents, journal, check);
  let staged: StagedFiles = new Map();
  let isVisible = false;
  const applied = (): AppliedChange => ({
    rows: appliedRows(base, clock, journal, plan, staged),
    kept: change.kept,
    warnings: [],
  });
  try {
    staged = await stageFiles(base, store.contents, journal, request.signal);
    refuseCollisions(base, journal);
    check.run(journal.steps);
    isVisible = true;
    await runInSlices(change.moveAway());
    if (plan.steps.some(removesDirectory)) await syncAround(base, journal);
    await runInSlices(change.run());
    await syncAround(base, journal);
    await runInSlices(change.setModes());
    change.assertUntouched();
    const result = applied();
    store.database.transaction(
      () => {
        request.finish(result);
        if (!store.journals.markApplied(journal.number)) throw takenOver(plan);
      },
      { durable: true },
    );
    return result;
  } catch (error) {
    // The transaction may have been committed though what followed it failed.
    if (isApplied(store, journal)) return applied();
    throw putBack(base, store, journal, error, isVisible ? rollBack : finishChange);
  }
}

/** The process that took the lease over has taken this change back: it must not be recorded. */
function takenOver({ steps }: ChangePlan): AgentFSError {
  const hint = 'Try again; this process was held up for so long that it seemed to be dead.';
  return new AgentFSError('CONFLICT', 'Another process has taken this commit back.', {
    hint,
    details: { paths: steps.map(({ path }) => path) },
  });
}

/** Takes the change back and returns the error that says so. */
function putBack(
  base: SafeDirectory,
  store: Store,
  journal: ChangeJournal,
  reason: unknown,
  takeBack: typeof rollBack,
): unknown {
  let kept: readonly KeptEdit[];
  try {
    kept = takeBack(base, journal);
    endJournal(store, journal);
  } catch (error) {
    return unfinished(base, error, reason);
  }
  const copies = kept.filter(({ copy }) => copy !== undefined);
  if (!(reason instanceof AgentFSError) || copies.length === 0) return reason;
  const { code, message, path, hint, details, cause } = reason;
  return new AgentFSError(code, message, {
    path,
    hint,
    details: { ...details, kept: copies },
    cause,
  });
}

function unfinished(base: SafeDirectory, error: unknown, reason: unknown): AgentFSError {
  const code = error instanceof AgentFSError ? error.code : 'STORE_IO';
  const why = reason instanceof Error ? reason.message : String(reason);
  return new AgentFSError(code, `The project could not be put back after a failure: ${why}`, {
    path: base.root,
    hint: 'Fix what the cause names; the project is put back when it is next opened.',
    details: { reason: errorCode(reason) },
    cause: error,
  });
}

/** The change is final: what fails here is done at the next open. */
async function cleanUp(
  base: SafeDirectory,
  store: Store,
  journal: ChangeJournal,
  check: BaseCheck,
): Promise<readonly KeptEdit[]> {
  try {
    const kept = removeLeftovers(base, journal, (step, at) => check.isUntouched(step, at));
    // The journal must not end before its leftovers are gone for good: no one would look again.
    await syncAround(base, journal);
    store.journals.end(journal.number);
    return kept;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ path: journal.steps[0]?.path ?? ROOT, message: `Files are left to tidy up: ${why}` }];
  }
}

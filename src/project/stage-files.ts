/** Writes the new content of a change beside its targets, complete and on stable storage. */

import { closeSync, fchmodSync, fstatSync, type Stats } from 'node:fs';
import { diskError } from '../disk/disk-error.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { type OpenFile, syncFiles } from '../disk/sync-files.ts';
import { runInSlices, type Steps } from '../disk/time-slices.ts';
import { writeFully } from '../disk/write-fully.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import { type ChangeJournal, type ChangeStep, places, stagedPath } from './change-step.ts';

/** Each staged file as it was when it was complete. */
export type StagedFiles = ReadonlyMap<ChangeStep, Stats>;

/** Files that are synced at a time, and open meanwhile. */
const BATCH = 32;

/** A staged file that is still open. */
interface StagedFile extends OpenFile {
  readonly step: ChangeStep;
}

/**
 * Stages every new file and returns what each is then. Symbolic links need no staging: making one
 * is a single exclusive call.
 *
 * @throws {StorageError} STORE_FULL when the disk is full; OBJECT_MISSING, OBJECT_CORRUPT.
 * @throws {AgentFSError} ABORTED.
 */
export async function stageFiles(
  base: SafeDirectory,
  contents: Contents,
  journal: ChangeJournal,
  signal: AbortSignal | undefined,
): Promise<StagedFiles> {
  const staged = new Map<ChangeStep, Stats>();
  const steps = journal.steps.filter((step) => places(step) && step.after?.kind === 'file');
  for (let start = 0; start < steps.length; start += BATCH) {
    const open: StagedFile[] = [];
    const batch = steps.slice(start, start + BATCH);
    try {
      await runInSlices(writeFiles(base, contents, { journal, batch, open }), { signal });
      await syncFiles(open);
      for (const { step, descriptor } of open) staged.set(step, fstatSync(descriptor));
    } finally {
      for (const { descriptor } of open) closeSync(descriptor);
    }
  }
  return staged;
}

/** Writes some files, yielding after each piece, and leaves them open. */
function* writeFiles(
  base: SafeDirectory,
  contents: Contents,
  work: {
    readonly journal: ChangeJournal;
    readonly batch: readonly ChangeStep[];
    readonly open: StagedFile[];
  },
): Steps<void> {
  for (const step of work.batch) {
    if (step.after === undefined) continue;
    const path = stagedPath(work.journal.number, step, 'new');
    const descriptor = base.createExclusive(path, 0o600);
    work.open.push({ step, path, descriptor });
    for (const piece of contents.pieces(step.after)) {
      writeFully(descriptor, piece, path);
      yield 0;
    }
    setOpenMode(descriptor, path, step.after.mode);
  }
}

function setOpenMode(descriptor: number, path: TreePath, mode: number): void {
  try {
    fchmodSync(descriptor, mode);
  } catch (error) {
    throw diskError(error, path, 'write');
  }
}

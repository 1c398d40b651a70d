/** Writes the new content of a change beside its targets, complete and on stable storage. */

import { closeSync, fchmodSync, fstatSync, fsyncSync, type Stats } from 'node:fs';
import { diskError } from '../disk/disk-error.ts';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import type { Steps } from '../disk/time-slices.ts';
import { writeFully } from '../disk/write-fully.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import {
  type ChangeJournal,
  type ChangeStep,
  places,
  type Side,
  stagedPath,
} from './change-step.ts';

/** Each staged file as it was when it was complete. */
export type StagedFiles = ReadonlyMap<ChangeStep, Stats>;

/**
 * Stages every new file, yielding after each piece, and returns what each is then. Symbolic links
 * need no staging: making one is a single exclusive call.
 *
 * @throws {StorageError} STORE_FULL when the disk is full; OBJECT_MISSING, OBJECT_CORRUPT.
 */
export function* stageFiles(
  base: SafeDirectory,
  contents: Contents,
  journal: ChangeJournal,
): Steps<StagedFiles> {
  const staged = new Map<ChangeStep, Stats>();
  for (const step of journal.steps) {
    if (places(step) && step.after?.kind === 'file') {
      const path = stagedPath(journal.number, step, 'new');
      staged.set(step, yield* stageFile(base, contents, path, step.after));
    }
  }
  return staged;
}

function* stageFile(
  base: SafeDirectory,
  contents: Contents,
  path: TreePath,
  file: Side,
): Steps<Stats> {
  const descriptor = base.createExclusive(path, 0o600);
  try {
    for (const piece of contents.pieces(file)) {
      writeFully(descriptor, piece, path);
      yield 0;
    }
    fchmodSync(descriptor, file.mode);
    fsyncSync(descriptor);
    return fstatSync(descriptor);
  } catch (error) {
    throw diskError(error, path, 'write');
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the names of a change last: fsyncs the directories in which something was renamed or made. */

import { closeSync } from 'node:fs';
import type { SafeDirectory } from '../disk/safe-directory.ts';
import { type OpenFile, syncDirectory, syncFiles } from '../disk/sync-files.ts';
import { parentPath, type TreePath } from '../primitives/path.ts';
import { type ChangeJournal, makesDirectory } from './change-step.ts';
import { look } from './disk-entry.ts';

/** Directories that are synced at a time, and open meanwhile. */
const SYNC_BATCH = 32;

/** Brings the names in all directories of a change to stable storage, several at a time. */
export async function syncAround(base: SafeDirectory, journal: ChangeJournal): Promise<void> {
  const directories = [...directoriesAround(base, journal)];
  for (let start = 0; start < directories.length; start += SYNC_BATCH) {
    const open: OpenFile[] = [];
    try {
      for (const path of directories.slice(start, start + SYNC_BATCH)) {
        open.push({ path, descriptor: base.openDirectory(path) });
      }
      await syncFiles(open);
    } finally {
      for (const { descriptor } of open) closeSync(descriptor);
    }
  }
}

/** The same without giving way to others, for recovery while a store is opened. */
export function syncAroundNow(base: SafeDirectory, journal: ChangeJournal): void {
  for (const directory of directoriesAround(base, journal)) syncDirectory(base, directory);
}

function* directoriesAround(base: SafeDirectory, { steps }: ChangeJournal): Iterable<TreePath> {
  const directories = new Set(steps.flatMap(({ path, anchor }) => [anchor, parentPath(path)]));
  for (const step of steps) if (makesDirectory(step)) directories.add(step.path);
  for (const path of directories) if (look(base, path)?.isDirectory() === true) yield path;
}

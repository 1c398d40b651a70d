/**
 * Files of a stock that the base has written into: it shares them by second names, as package managers
 * replace what they have installed. Who does not changes the stock too, which is found out and said.
 */

import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { RunWarning } from '../strategy.ts';

/** What was said of a stock; nothing depends on it. */
const TOLD = 'told.json' as TreePath;

/**
 * Finds those that nobody was told of yet, and notes that somebody is now.
 *
 * @param stock - the directory of the stock.
 * @param tree - its files.
 * @param takenAt - when they were linked, in milliseconds since 1970.
 */
export function* findWritten(
  stock: Place,
  tree: SafeDirectory,
  takenAt: number,
): Steps<RunWarning[]> {
  const found: TreePath[] = [];
  const pending: TreePath[] = [ROOT];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const entry of tree.entries(path)) {
      const below = joinPath(path, entry.name);
      if (entry.isDirectory()) pending.push(below);
      else if (entry.isFile() && isWritten(tree, below, takenAt)) found.push(below);
      yield 0;
    }
  }
  using place = stock.open();
  const told = new Set(pathsIn(readNote(place, TOLD)));
  const news = found.filter((path) => !told.has(path)).sort();
  if (news.length > 0) writeNote(place, TOLD, JSON.stringify(found));
  return news.map((path) => ({ path, kind: 'not-pinned', message: MESSAGE }));
}

const MESSAGE =
  'The project has written into this file in place, and the workspace sees that, as they share it.';

function isWritten(tree: SafeDirectory, path: TreePath, takenAt: number): boolean {
  const stats = tree.find(path);
  return stats !== undefined && stats.nlink > 1 && stats.mtimeMs > takenAt;
}

function pathsIn(note: string | undefined): unknown[] {
  try {
    const paths: unknown = JSON.parse(note ?? '[]');
    return Array.isArray(paths) ? paths : [];
  } catch {
    return [];
  }
}

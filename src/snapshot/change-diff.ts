/** The difference of one changed path, whose content is read here if it is not too large for that. */

import type { Entry } from '../primitives/entry.ts';
import type { Contents } from '../store/contents.ts';
import { quoteGitPath } from './git-path.ts';
import type { TreeChange } from './tree-changes.ts';
import { type DiffSide, type FileDiff, formatFileDiff } from './unified-diff.ts';

/** How to show a difference. */
export interface ChangeDiffOptions {
  /** Unchanged lines around a change, an integer from 0; 3 when absent. */
  readonly context?: number | undefined;
  /** Whether to write binary files and large texts as binary patches; else they are only named. */
  readonly binary?: boolean | undefined;
}

/** A change of a file or link, with the sides that are one; a directory is like nothing. */
interface FileSides {
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** Largest file that is read for a diff, in bytes; above it, it is not even looked for binaries. */
const MAX_READ_BYTES: number = 32 * 1024 * 1024;
const SNIFF_BYTES = 8000;
const SHORT_ID_LENGTH = 7;
const NO_CONTENT = new Uint8Array(0);

/**
 * Formats a change as a patch. Files above 32 MiB are not read: they are only named, with `binary`
 * too, and `git apply` refuses the patch then.
 *
 * @returns undefined for a directory, of which patches know nothing.
 * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT.
 */
export function diffChange(
  contents: Contents,
  change: TreeChange,
  options: ChangeDiffOptions,
): FileDiff | undefined {
  const sides = fileSides(change);
  const { before, after } = sides;
  if (before === undefined && after === undefined) return undefined;
  const isLarge = Math.max(before?.size ?? 0, after?.size ?? 0) > MAX_READ_BYTES;
  if (isLarge && before?.id !== after?.id) return nameLargeChange(contents, change, sides);
  const readSide = (entry: Entry | undefined): DiffSide | undefined => {
    if (entry === undefined || entry.kind === 'directory') return undefined;
    // Large and equal: only a mode or a name has changed, which is the same for no content at all.
    const content = isLarge ? NO_CONTENT : contents.read(entry);
    return { kind: entry.kind, mode: entry.mode, content };
  };
  const diff = formatFileDiff({
    path: change.path,
    ...(change.type === 'renamed' && { rename: change }),
    before: readSide(before),
    after: readSide(after),
    context: options.context,
    binary: options.binary,
  });
  return isLarge ? { ...diff, binary: looksBinary(contents, before), tooLarge: true } : diff;
}

/** Says no more than that the path differs, in a form that `git apply` refuses. */
function nameLargeChange(
  contents: Contents,
  change: TreeChange,
  { before, after }: FileSides,
): FileDiff {
  const from = quoteGitPath(`a/${change.type === 'renamed' ? change.from : change.path}`);
  const to = quoteGitPath(`b/${change.path}`);
  const labels = [before ? from : '/dev/null', after ? to : '/dev/null'];
  // Without such a line git takes all this for text around other patches, and skips it.
  const ids = [before, after].map((side) => (side?.id ?? '').slice(0, SHORT_ID_LENGTH));
  const lines = [
    `diff --git ${from} ${to}`,
    ...(before === undefined ? ['new file mode 100644'] : []),
    ...(after === undefined ? ['deleted file mode 100644'] : []),
    `index ${ids.map((id) => id.padEnd(SHORT_ID_LENGTH, '0')).join('..')}`,
    `Files ${labels.join(' and ')}, too large to compare, differ`,
  ];
  const binary = looksBinary(contents, before) || looksBinary(contents, after);
  const text = `${lines.join('\n')}\n`;
  return { path: change.path, text, linesAdded: 0, linesRemoved: 0, binary, tooLarge: true };
}

function fileSides(change: TreeChange): FileSides {
  const fileOnly = (entry: Entry): Entry | undefined =>
    entry.kind === 'directory' ? undefined : entry;
  return {
    before: change.type === 'added' ? undefined : fileOnly(change.before),
    after: change.type === 'deleted' ? undefined : fileOnly(change.after),
  };
}

function looksBinary(contents: Contents, entry: Entry | undefined): boolean {
  if (entry === undefined) return false;
  return contents.read(entry, 0, Math.min(SNIFF_BYTES, entry.size)).includes(0);
}

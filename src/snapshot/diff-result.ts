/** The difference of two trees: what changed, a patch, and figures, worked out when asked for. */

import { compileSelection } from '../primitives/glob.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreeStore } from '../tree/trees.ts';
import { type ChangeDiffOptions, diffChange } from './change-diff.ts';
import { type FileChange, toFileChange } from './changes.ts';
import { type DiffStatEntry, formatDiffStat } from './diff-stat.ts';
import { quotePathInList } from './git-path.ts';
import { collectTreeChanges, type TreeChange } from './tree-changes.ts';
import type { FileDiff } from './unified-diff.ts';

/** What to compare, and how to show it. */
export interface DiffOptions extends ChangeDiffOptions {
  /** Glob patterns of the paths to compare; all when absent. */
  readonly include?: readonly string[] | undefined;
  /** Glob patterns of the paths to leave out. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether the text is a summary with a line for each file instead of a patch. */
  readonly stat?: boolean | undefined;
  /** Whether the text is the list of paths, and no content is compared. */
  readonly nameOnly?: boolean | undefined;
  /** Whether to show a file that moved as renamed; true when absent. */
  readonly detectRenames?: boolean | undefined;
}

/** The figures of a difference. */
export interface DiffStats {
  /** Changed files and links; 0 or more, as are the others. */
  readonly files: number;
  /** Lines added, in text that was compared. */
  readonly insertions: number;
  /** Lines removed, in text that was compared. */
  readonly deletions: number;
}

/** Everything that a look at the contents yields. */
interface Comparison {
  readonly changes: readonly FileChange[];
  readonly stats: DiffStats;
  readonly text: string;
}

/**
 * The difference of two trees. Which paths changed is settled when it is made; contents are
 * compared once, one file at a time, when text, changes or figures are first asked for. Iterates
 * over the changes.
 */
export class DiffResult implements Iterable<FileChange> {
  readonly #context: TreeStore;
  readonly #options: DiffOptions;
  readonly #found: readonly TreeChange[];
  #comparison: Comparison | undefined;

  /**
   * Compares the trees with these roots.
   *
   * @throws {TypeError} INVALID_ARGUMENT, {AgentFSError} INVALID_PATTERN for a wrong pattern.
   * @throws {StorageError} OBJECT_MISSING, OBJECT_CORRUPT, here as on first use.
   */
  constructor(context: TreeStore, before: ObjectId, after: ObjectId, options: DiffOptions = {}) {
    this.#context = context;
    this.#options = options;
    this.#found = collectTreeChanges(context, before, after, {
      detectRenames: options.detectRenames ?? true,
      select: compileSelection(options.include, options.exclude),
    });
  }

  /**
   * A unified diff that `git apply` takes; with `stat` or `nameOnly`, a list instead. `''` when
   * nothing changed that git can see.
   */
  get text(): string {
    return this.#compare().text;
  }

  /** The changes, sorted by path; without counted lines with `nameOnly`. */
  get changes(): readonly FileChange[] {
    return this.#compare().changes;
  }

  /** The figures; no lines are counted with `nameOnly`. */
  get stats(): DiffStats {
    return this.#compare().stats;
  }

  /** Iterates over the changes. */
  [Symbol.iterator](): Iterator<FileChange> {
    return this.changes[Symbol.iterator]();
  }

  /** Everything as plain data. */
  toJSON(): {
    readonly text: string;
    readonly changes: readonly FileChange[];
    readonly stats: DiffStats;
  } {
    const { text, changes, stats } = this.#compare();
    return { text, changes, stats };
  }

  #compare(): Comparison {
    this.#comparison ??=
      this.#options.nameOnly === true
        ? nameChanges(this.#found)
        : compareContents(this.#context, this.#found, this.#options);
    return this.#comparison;
  }
}

function nameChanges(found: readonly TreeChange[]): Comparison {
  const changes = found.map(toFileChange);
  const files = changes.filter(concernsFile).length;
  const text = changes.map(({ path }) => `${quotePathInList(path)}\n`).join('');
  return { changes, stats: { files, insertions: 0, deletions: 0 }, text };
}

/** Whether a file or link is, or was, at the path. */
function concernsFile({ before, after }: FileChange): boolean {
  return [before, after].some((side) => side !== undefined && side.kind !== 'directory');
}

function compareContents(
  { contents }: TreeStore,
  found: readonly TreeChange[],
  options: DiffOptions,
): Comparison {
  const changes: FileChange[] = [];
  const texts: string[] = [];
  const rows: DiffStatEntry[] = [];
  for (const change of found) {
    const diff = diffChange(contents, change, options);
    changes.push(withCounts(toFileChange(change), diff));
    if (diff === undefined) continue;
    const { text, ...row } = diff;
    rows.push(row);
    if (options.stat !== true) texts.push(text);
  }
  const stats = {
    files: rows.length,
    insertions: rows.reduce((sum, row) => sum + row.linesAdded, 0),
    deletions: rows.reduce((sum, row) => sum + row.linesRemoved, 0),
  };
  return { changes, stats, text: options.stat === true ? formatDiffStat(rows) : texts.join('') };
}

function withCounts(change: FileChange, diff: FileDiff | undefined): FileChange {
  if (diff === undefined) return change;
  const { binary, linesAdded, linesRemoved } = diff;
  return { ...change, binary, linesAdded, linesRemoved };
}

/** What the public interface says about a commit. */

import { checkCount, checkOptions } from '../../primitives/arguments.ts';
import { AgentFSError, wrongType } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { parsePath, ROOT, type TreePath } from '../../primitives/path.ts';
import { collectChanges, type FileChange } from '../../snapshot/changes.ts';
import type { DecidedConflict } from '../../snapshot/conflict.ts';
import type { CommitRow } from '../../store/commits.ts';
import type { Engine } from '../core/engine.ts';
import type { Author } from './author.ts';

const PAGE = 64;

/** A change that was made to the base. */
export interface CommitResult {
  readonly id: ObjectId;
  /** Id of the commit before it; null for the first. */
  readonly parent: ObjectId | null;
  readonly message: string;
  readonly author: Author;
  /** Name of the workspace that it came from; `''` for a revert. */
  readonly workspace: string;
  readonly createdAt: Date;
  /** What it changed in the base. */
  readonly changes: readonly FileChange[];
  /** Paths that the workspace and the base had both changed, merged line by line. */
  readonly merged: readonly string[];
  /** Id of the commit that it takes back. */
  readonly reverts: ObjectId | null;
  /** Number of changes. */
  readonly length: number;
  /** What the commit could not do as asked without being wrong, such as a directory it kept. */
  readonly warnings: readonly string[];
}

/** A commit that was made just now. */
export interface CommitOutcome extends CommitResult {
  /**
   * What both sides had changed, as it was decided. Overruled changes of the base come back with
   * `revert`, those of the workspace with its `undo`.
   */
  readonly conflicts: readonly DecidedConflict[];
}

/** What a commit would change in the base; a list of the changes, and two more. */
export interface CommitPreview extends Array<FileChange> {
  /** Paths that would be merged line by line. */
  readonly merged: readonly string[];
  /** What both sides have changed, as it would be decided. */
  readonly conflicts: readonly DecidedConflict[];
}

/** Which commits are wanted. */
export interface LogOptions {
  /** At most so many; default all. */
  readonly limit?: number | undefined;
  /** Only those that changed this path, or one of these, or something below it. */
  readonly path?: string | readonly string[] | undefined;
}

/** The public form of a stored commit. */
export function commitResult(
  engine: Engine,
  row: Omit<CommitRow, 'number'>,
  warnings: readonly string[] = [],
): CommitResult {
  const { id, parent, message, treeBefore, treeAfter, merged, reverts } = row;
  const changes = collectChanges(engine.objects, treeBefore, treeAfter, { detectRenames: true });
  return {
    id,
    parent,
    message,
    author: { name: row.authorName, email: row.authorEmail },
    workspace: row.workspaceName,
    createdAt: new Date(row.createdAt),
    changes,
    merged,
    reverts,
    length: changes.length,
    warnings,
  };
}

/** The commits into the base, newest first. */
export function listCommits(engine: Engine, options?: LogOptions): CommitResult[] {
  const { limit, path } = checkOptions(options, ['limit', 'path']);
  const most = checkCount('limit', limit) ?? Number.POSITIVE_INFINITY;
  const paths = path === undefined ? [] : [path].flat().map((each) => parsePath(each));
  const found: CommitResult[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  while (found.length < most) {
    const rows = engine.store.commits.before(before, PAGE);
    for (const row of rows) {
      if (found.length < most && touches(engine, row, paths)) found.push(commitResult(engine, row));
      before = row.number;
    }
    if (rows.length < PAGE) break;
  }
  return found;
}

/**
 * The commit with this id, or with the only id that begins so.
 *
 * @throws {AgentFSError} COMMIT_NOT_FOUND; {TypeError} INVALID_ARGUMENT.
 */
export function findCommit(engine: Engine, id: string): CommitRow {
  if (typeof id !== 'string') throw wrongType('commitId', 'a string', id);
  const matches = /^[0-9a-f]{7,64}$/.test(id) ? engine.store.commits.startingWith(id) : [];
  const [only] = matches;
  if (only !== undefined && matches.length === 1) return only;
  const problem = matches.length > 1 ? 'several commits begin with' : 'there is no commit';
  throw new AgentFSError('COMMIT_NOT_FOUND', `In the project, ${problem} '${id.slice(0, 80)}'.`, {
    hint: 'List the commits with log(); give at least seven digits of an id.',
  });
}

/** Whether a commit changed one of these paths, or something below it; true for no path at all. */
function touches(engine: Engine, row: CommitRow, paths: readonly TreePath[]): boolean {
  const isChanged = (path: TreePath): boolean => {
    if (path === ROOT) return row.treeBefore !== row.treeAfter;
    const before = engine.trees.lookup(row.treeBefore, path);
    const after = engine.trees.lookup(row.treeAfter, path);
    return before?.id !== after?.id || before?.mode !== after?.mode;
  };
  return paths.length === 0 || paths.some(isChanged);
}

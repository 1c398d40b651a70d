/** The options of a commit, checked. */

import { checkBoolean, checkOptions, checkSignal } from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import { compileSelection, type PathMatcher } from '../../primitives/glob.ts';
import {
  CONFLICT_CHOICES,
  CONFLICT_OPTIONS,
  type ConflictOptions,
  checkDecisions,
} from '../../snapshot/conflict-side.ts';
import { CommitError } from '../../snapshot/merge-errors.ts';
import type { Decisions } from '../../snapshot/merge-outcome.ts';
import type { Engine } from '../core/engine.ts';
import { type Author, parseAuthor, systemAuthor } from './author.ts';

/** How a commit is made. In conflicts `ours` is the workspace's side, `theirs` the base's. */
export interface CommitOptions extends ConflictOptions {
  /** `Name <mail>`, a name, or an object; default that of the AgentFS, else the OS user. */
  readonly author?: string | { readonly name: string; readonly email?: string } | undefined;
  /** Glob patterns of the paths to commit; default all. The rest stays as changes. */
  readonly include?: readonly string[] | undefined;
  /** Glob patterns of the paths to leave out. */
  readonly exclude?: readonly string[] | undefined;
  /** Only says what would change in the base. */
  readonly dryRun?: boolean | undefined;
  /** Merges changes to different places of a text file line by line; default true. */
  readonly merge?: boolean | undefined;
  /** Makes a commit even when nothing has changed; default false. */
  readonly allowEmpty?: boolean | undefined;
  /** Creates symbolic links that are absolute or lead out of the base; default false. */
  readonly allowOutsideSymlinks?: boolean | undefined;
  /** Stops the commit as long as nothing is visible of it. */
  readonly signal?: AbortSignal | undefined;
}

/** A commit that was asked for, with defaults filled in. */
export interface CommitRequest {
  readonly message: string;
  readonly author: Author;
  /** Undefined for a commit of everything. */
  readonly isSelected: PathMatcher | undefined;
  readonly decisions: Decisions;
  readonly mergeText: boolean;
  readonly allowEmpty: boolean;
  readonly allowOutsideSymlinks: boolean;
  readonly signal: AbortSignal | undefined;
}

const COMMIT_OPTIONS: readonly (keyof CommitOptions)[] = [
  ...CONFLICT_OPTIONS,
  ...(['author', 'include', 'exclude', 'dryRun', 'merge'] as const),
  ...(['allowEmpty', 'allowOutsideSymlinks', 'signal'] as const),
];

/**
 * Checks message and options of a commit.
 *
 * @throws {CommitError} BLANK_MESSAGE; {TypeError} {RangeError} INVALID_ARGUMENT with the name of
 *   the option; {AgentFSError} INVALID_PATTERN.
 */
export function checkCommit(
  engine: Engine,
  message: unknown,
  options: CommitOptions | undefined,
): CommitRequest {
  const given = checkOptions(options, COMMIT_OPTIONS);
  const { include, exclude, author } = given;
  const isPartial = include !== undefined || exclude !== undefined;
  const allowed = engine.config.get('security.allow_symlinks') === true;
  return {
    message: checkMessage(message),
    author: authorFor(engine, author),
    isSelected: isPartial ? compileSelection(include, exclude) : undefined,
    decisions: checkDecisions(given, CONFLICT_CHOICES),
    mergeText: checkBoolean('merge', given.merge) ?? true,
    allowEmpty: checkBoolean('allowEmpty', given.allowEmpty) ?? false,
    allowOutsideSymlinks:
      checkBoolean('allowOutsideSymlinks', given.allowOutsideSymlinks) ?? allowed,
    signal: checkSignal(given.signal),
  };
}

/** The author of a commit that may name one. */
function authorFor(engine: Engine, author: unknown): Author {
  const named = author ?? engine.author;
  return named === undefined ? systemAuthor() : parseAuthor(named);
}

function checkMessage(message: unknown): string {
  if (typeof message !== 'string') throw wrongType('message', 'a string', message);
  if (message.trim() !== '') return message;
  throw new CommitError('BLANK_MESSAGE', 'The commit message is blank.', {
    hint: 'Describe the change in a few words.',
  });
}

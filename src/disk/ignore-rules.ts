/**
 * Which paths are not versioned: `.gitignore` and `.agentfsignore` files at every level, patterns
 * from the options, and `node_modules/`. Decides as git does, in a time that is bounded whatever
 * the files say. Reserved names are no concern of the rules: no scan lists them.
 */

import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { baseName, joinPath, parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import type { TrackedPaths } from './git-index.ts';
import { IgnoreList } from './ignore-list.ts';
import { byteString, type IgnorePattern, linesOf, parsePatterns } from './ignore-pattern.ts';
import {
  addRules,
  enterDirectory,
  isIgnored,
  outermostScope,
  type Scope,
  weightOf,
} from './ignore-scope.ts';
import { readBuffer } from './read-file.ts';
import type { SafeDirectory } from './safe-directory.ts';

/** The names of files with rules, weaker first. */
export const RULE_FILES: readonly string[] = ['.gitignore', '.agentfsignore'];

/** What a repository has besides; weaker than all files of these names. */
const REPOSITORY_RULES = '.git/info/exclude' as TreePath;

/** A larger file with rules has no effect. */
export const MAX_RULES_BYTES: number = 1024 * 1024;

/** What the patterns of the rule files from one directory up to the root may cost in all. */
const MAX_COST = 4 * 1024 * 1024;

/** Scopes are kept until they weigh more in all; then they are made again when needed. */
const MAX_KEPT_WEIGHT = 2 * MAX_COST;

/** Gives the content of a file with rules, if it is not above the limit; undefined for none. */
export type RuleSource = (path: TreePath, maxBytes: number) => Uint8Array | 'too-large' | undefined;

/** The rules of one directory above a directory tree. */
export interface RuleLevel {
  /** Its name in the level before; of no meaning in the first. */
  readonly name: string;
  /** Files with rules, weaker first. */
  readonly contents: readonly Uint8Array[];
}

/**
 * The rules of one directory tree, read once per directory when first needed and then kept: make a
 * new one for each scan. Case-sensitive.
 *
 * From strong to weak: option patterns, the rule files from the path's own directory up to the
 * root, `.git/info/exclude` there, the levels above, `node_modules/`. Within one directory `.agentfsignore` is read after `.gitignore`; within
 * one list the last match decides. Inside an ignored directory nothing is re-included. A rule such
 * as `!node_modules/own` opens the way into a directory that is ignored by default only.
 */
export class IgnoreRules {
  readonly #source: RuleSource;
  readonly #outermost: Scope;
  readonly #tracked: TrackedPaths | undefined;
  readonly #scopes = new Map<TreePath, Scope>();
  readonly #refused = new Set<TreePath>();
  #keptWeight = 0;

  /**
   * @param patterns - lines as of a `.gitignore` at the root.
   * @param levels - the directories above, the last of which is the root itself. Rules that ignore
   *   the root say nothing of what is in it.
   * @param tracked - what is never ignored.
   */
  constructor(
    source: RuleSource,
    patterns: readonly string[] = [],
    levels: readonly RuleLevel[] = [],
    tracked?: TrackedPaths,
  ) {
    this.#source = source;
    this.#tracked = tracked;
    const parsed = parsePatterns(patterns.map(byteString), Number.POSITIVE_INFINITY);
    const options = IgnoreList.of(parsed?.patterns ?? []);
    this.#outermost = { ...scopeBelow(levels), state: 'open', options };
  }

  /** The rule files that have no effect, because they are too large or cost too much to match. */
  get refused(): ReadonlySet<TreePath> {
    return this.#refused;
  }

  /**
   * Whether the rules ignore the path, itself or for a directory above it, and git does not track it
   * all the same. The root never is.
   */
  ignores(path: TreePath, isDirectory: boolean): boolean {
    if (path === ROOT) return false;
    const scope = this.#scope(parentPath(path));
    if (!isIgnored(scope, byteString(baseName(path)), isDirectory)) return false;
    return this.#tracked?.has(byteString(path), isDirectory) !== true;
  }

  #scope(directory: TreePath): Scope {
    const kept = this.#scopes.get(directory);
    if (kept !== undefined) return kept;
    const isRoot = directory === ROOT;
    const outer = isRoot ? this.#outermost : this.#scope(parentPath(directory));
    const entered = isRoot ? outer : enterDirectory(outer, byteString(baseName(directory)));
    const scope = entered.state === 'ignored' ? entered : this.#withOwnRules(entered, directory);
    this.#keep(directory, scope, weightOf(scope, outer));
    return scope;
  }

  #withOwnRules(scope: Scope, directory: TreePath): Scope {
    const files: (readonly IgnorePattern[])[] = [];
    let { cost } = scope;
    const names = RULE_FILES.map((name) => joinPath(directory, name));
    for (const path of directory === ROOT ? [REPOSITORY_RULES, ...names] : names) {
      const content = this.#source(path, Math.min(MAX_RULES_BYTES, MAX_COST - cost));
      if (content === undefined) continue;
      const isTooLarge = content === 'too-large';
      const parsed = isTooLarge ? undefined : parsePatterns(linesOf(content), MAX_COST - cost);
      if (parsed === undefined) this.#refused.add(path);
      else files.push(parsed.patterns);
      // To read a file that is refused has cost something, too.
      cost += Math.max(parsed?.cost ?? 0, isTooLarge ? 0 : content.length);
    }
    return addRules(scope, { patterns: files.flat(), cost });
  }

  #keep(directory: TreePath, scope: Scope, weight: number): void {
    this.#keptWeight += weight;
    if (this.#keptWeight > MAX_KEPT_WEIGHT) {
      this.#scopes.clear();
      this.#keptWeight = weight;
    }
    this.#scopes.set(directory, scope);
  }
}

/** What holds below directories with rules. */
function scopeBelow(levels: readonly RuleLevel[]): Scope {
  const outermost = outermostScope(IgnoreList.of([]));
  let scope = outermost;
  for (const [index, { name, contents }] of levels.entries()) {
    if (index > 0) scope = enterDirectory(scope, byteString(name));
    if (scope.state === 'ignored') return outermost;
    for (const content of contents) {
      const parsed = parsePatterns(linesOf(content), MAX_COST - scope.cost);
      if (parsed === undefined) continue;
      scope = addRules(scope, { ...parsed, cost: scope.cost + parsed.cost });
    }
  }
  return scope;
}

/**
 * Reads rule files from a directory on disk. As with git, a rule file that is a symbolic link or
 * not a regular file has no effect.
 */
export function ruleFilesIn(directory: SafeDirectory): RuleSource {
  return (path, maxBytes) => {
    try {
      if (directory.lstat(path)?.isFile() !== true) return undefined;
      return readBuffer({ path, open: () => directory.openRead(path) }, maxBytes);
    } catch (error) {
      const code = error instanceof AgentFSError ? (errorCode(error) ?? '') : '';
      if (code === 'EFBIG') return 'too-large';
      // It vanished, became something else or may not be read: the same as not being there.
      if (SKIPPED.has(code)) return undefined;
      throw error;
    }
  };
}

const SKIPPED: ReadonlySet<string> = new Set([
  ...['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EACCES'],
  ...['INVALID_PATH', 'FILE_UNSTABLE'],
]);

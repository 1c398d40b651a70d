/**
 * Which paths are not versioned: `.gitignore` and `.agentfsignore` files at every level, patterns
 * from the options, and `node_modules/`. Decides as git does; matching one pattern is the `ignore`
 * package's work. Reserved names are no concern of the rules: no scan lists them.
 */

import ignore, { type Ignore } from 'ignore';
import { AgentFSError, errorCode } from '../primitives/errors.ts';
import { baseName, joinPath, parentPath, ROOT, type TreePath } from '../primitives/path.ts';
import { readBuffer } from './read-file.ts';
import type { SafeDirectory } from './safe-directory.ts';

/** The names of files with rules, weaker first. */
export const RULE_FILES: readonly string[] = ['.gitignore', '.agentfsignore'];

/** Ignored wherever no rule says otherwise. */
const DEFAULT_DIRECTORY = 'node_modules';

const MAX_RULES_BYTES = 1024 * 1024;

/** Gives the text of a file with rules, or undefined when there is none. */
export type RuleSource = (path: TreePath) => string | undefined;

/** The rules of one directory; patterns are relative to it. */
interface RuleSet {
  readonly matcher: Ignore;
  /** Characters of the directory's path and its slash, to be cut from a path below it. */
  readonly prefixLength: number;
}

/** What holds inside one directory: nothing but "ignored", or rule sets, the deepest first. */
interface Scope {
  readonly ignored: boolean;
  readonly ruleSets: readonly RuleSet[];
}

interface Decision {
  readonly ignored: boolean;
  /** A negated pattern re-included the path, maybe against a weaker rule. */
  readonly reincluded: boolean;
}

const IGNORED: Decision = { ignored: true, reincluded: false };
const REINCLUDED: Decision = { ignored: false, reincluded: true };
const UNDECIDED: Decision = { ignored: false, reincluded: false };

/**
 * The rules of one directory tree, read once per directory when first needed and then kept: make a
 * new one for each scan. Case-sensitive.
 *
 * From strong to weak: option patterns, the rule files from the path's own directory up to the
 * root, `node_modules/`. Within one directory `.agentfsignore` is read after `.gitignore`; within
 * one list the last match decides. Inside an ignored directory nothing is re-included.
 */
export class IgnoreRules {
  readonly #source: RuleSource;
  readonly #options: Ignore | undefined;
  readonly #scopes = new Map<TreePath, Scope>();

  /** @param patterns - lines as of a `.gitignore` at the root. */
  constructor(source: RuleSource, patterns: readonly string[] = []) {
    this.#source = source;
    this.#options = patterns.length === 0 ? undefined : newMatcher().add(patterns);
  }

  /** Whether the rules ignore the path, itself or for a directory above it. The root never is. */
  ignores(path: TreePath, isDirectory: boolean): boolean {
    if (path === ROOT) return false;
    const scope = this.#scope(parentPath(path));
    return scope.ignored || this.#decide(path, isDirectory, scope).ignored;
  }

  #scope(directory: TreePath): Scope {
    const cached = this.#scopes.get(directory);
    if (cached !== undefined) return cached;
    const scope = this.#openScope(directory);
    this.#scopes.set(directory, scope);
    return scope;
  }

  #openScope(directory: TreePath): Scope {
    if (directory === ROOT) return { ignored: false, ruleSets: this.#ownRules(ROOT) };
    const outer = this.#scope(parentPath(directory));
    if (outer.ignored) return outer;
    const decision = this.#decide(directory, true, outer);
    if (decision.ignored) return { ignored: true, ruleSets: [] };
    const own = this.#ownRules(directory);
    if (!decision.reincluded) {
      return own.length === 0 ? outer : { ignored: false, ruleSets: [...own, ...outer.ruleSets] };
    }
    const agreeing = outer.ruleSets.map((ruleSet) => agreeOn(ruleSet, directory));
    return { ignored: false, ruleSets: [...own, ...agreeing] };
  }

  #decide(path: TreePath, isDirectory: boolean, scope: Scope): Decision {
    const hasRules = scope.ruleSets.length > 0 || this.#options !== undefined;
    const decision = hasRules ? this.#match(isDirectory ? `${path}/` : path, scope) : UNDECIDED;
    if (decision !== UNDECIDED) return decision;
    return isDirectory && baseName(path) === DEFAULT_DIRECTORY ? IGNORED : UNDECIDED;
  }

  #match(subject: string, scope: Scope): Decision {
    const byOption = this.#options === undefined ? UNDECIDED : test(this.#options, subject);
    if (byOption !== UNDECIDED) return byOption;
    for (const ruleSet of scope.ruleSets) {
      const decision = test(ruleSet.matcher, subject.slice(ruleSet.prefixLength));
      if (decision !== UNDECIDED) return decision;
    }
    return UNDECIDED;
  }

  #ownRules(directory: TreePath): RuleSet[] {
    let matcher: Ignore | undefined;
    for (const name of RULE_FILES) {
      const text = this.#source(joinPath(directory, name));
      if (text !== undefined) matcher = (matcher ?? newMatcher()).add(text);
    }
    if (matcher === undefined) return [];
    return [{ matcher, prefixLength: directory === ROOT ? 0 : directory.length + 1 }];
  }
}

/**
 * Reads rule files from a directory on disk. As with git, a rule file that is a symbolic link or
 * not a regular file has no effect; nor has one above 1 MiB.
 */
export function ruleFilesIn(directory: SafeDirectory): RuleSource {
  return (path) => {
    if (directory.lstat(path)?.isFile() !== true) return undefined;
    try {
      const source = { path, open: () => directory.openRead(path) };
      return readBuffer(source, MAX_RULES_BYTES).toString('utf8');
    } catch (error) {
      // It vanished, became something else or may not be read: the same as not being there.
      if (error instanceof AgentFSError && SKIPPED.has(errorCode(error) ?? '')) return undefined;
      throw error;
    }
  };
}

const SKIPPED: ReadonlySet<string> = new Set([
  ...['ENOENT', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EACCES'],
  ...['INVALID_PATH', 'EFBIG', 'FILE_UNSTABLE'],
]);

function newMatcher(): Ignore {
  return ignore({ ignoreCase: false });
}

function test(matcher: Ignore, subject: string): Decision {
  const result = matcher.test(subject);
  if (result.ignored) return IGNORED;
  return result.unignored ? REINCLUDED : UNDECIDED;
}

/**
 * The rule set, told that `directory` is not ignored after all. A matcher takes everything below a
 * directory that it ignores for ignored, and cannot know that a stronger rule re-included it.
 */
function agreeOn(ruleSet: RuleSet, directory: TreePath): RuleSet {
  const relative = directory.slice(ruleSet.prefixLength);
  if (!ruleSet.matcher.test(`${relative}/`).ignored) return ruleSet;
  const literal = relative.replace(/[\\*?[\]]/g, '\\$&');
  const matcher = newMatcher()
    .add(ruleSet.matcher)
    .add([`!/${literal}/`]);
  return { matcher, prefixLength: ruleSet.prefixLength };
}

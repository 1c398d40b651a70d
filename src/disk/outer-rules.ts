/**
 * Rules that git reads and that lie in no versioned directory of the base: the user's own file for
 * all repositories, `.git/info/exclude`, and the rule files between the repository and a base that is
 * one of its directories. A base outside of every repository has none.
 */

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { runProgram } from '../primitives/start-program.ts';
import { MAX_RULES_BYTES, RULE_FILES, type RuleLevel } from './ignore-rules.ts';

const OPEN_READ = constants.O_RDONLY | constants.O_NONBLOCK;
const GIT_TIMEOUT_MS = 5000;

/** The variables that say where git's settings are. */
export type GitEnvironment = Readonly<Record<string, string | undefined>>;

/** Finds these rules of one base. */
export class OuterRules {
  readonly #base: string;
  readonly #env: GitEnvironment;
  #userFile: string | undefined;

  /** @param base - absolute path, without links. */
  constructor(base: string, env: GitEnvironment) {
    this.#base = base;
    this.#env = env;
  }

  /** The rules as they are now, one level a directory, from the repository's root down to the base. */
  read(): RuleLevel[] {
    const root = findRepository(this.#base);
    if (root === undefined) return [];
    this.#userFile ??= userFile(this.#base, this.#env);
    const everywhere = [this.#userFile, join(repositoryOf(root), 'info/exclude')];
    const levels: RuleLevel[] = [];
    for (let directory = this.#base; ; directory = dirname(directory)) {
      const isRoot = directory === root;
      // The base's own rule files are read with those below it.
      const own = directory === this.#base ? [] : RULE_FILES.map((name) => join(directory, name));
      const files = [...(isRoot ? everywhere : []), ...own];
      levels.unshift({
        name: isRoot ? '' : basename(directory),
        contents: files.flatMap(readRules),
      });
      if (isRoot) return levels;
    }
  }
}

/** The directory at or above a path that has a repository; as with git, on the same file system. */
function findRepository(path: string): string | undefined {
  const device = statSync(path, { throwIfNoEntry: false })?.dev;
  for (let directory = path; ; directory = dirname(directory)) {
    if (statSync(directory, { throwIfNoEntry: false })?.dev !== device) return undefined;
    if (lstatSync(join(directory, '.git'), { throwIfNoEntry: false }) !== undefined)
      return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

/** Where a repository has what all its worktrees share. */
function repositoryOf(root: string): string {
  const git = join(root, '.git');
  const gitDirectory = readPointer(git, /^gitdir: (.+)/);
  if (gitDirectory === undefined) return git;
  const own = resolve(root, gitDirectory);
  return resolve(own, readPointer(join(own, 'commondir'), /^(.+)/) ?? '.');
}

function readPointer(file: string, pattern: RegExp): string | undefined {
  const [bytes] = readRules(file);
  return pattern.exec(bytes?.toString() ?? '')?.[1]?.trim();
}

/** The user's file for all repositories; git alone knows all the places where it can be set. */
function userFile(base: string, env: GitEnvironment): string {
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_COMMON_DIR: ___, ...rest } = env;
  const { status, stdout } = runProgram('git', ['config', '--path', '--get', 'core.excludesFile'], {
    cwd: base,
    env: rest,
    timeout: GIT_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (status === 0) return resolve(base, stdout.replace(/\n$/, ''));
  const home = env['HOME'] || homedir();
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'git/ignore');
}

/** The content of a file, links followed; nothing when it is none, too large, or may not be read. */
function readRules(path: string): Buffer[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, OPEN_READ);
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= MAX_RULES_BYTES ? [readFileSync(descriptor)] : [];
  } catch {
    return [];
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

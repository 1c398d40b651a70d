/**
 * Rules that git reads and that lie in no versioned directory of the base: the user's own file for
 * all repositories, `.git/info/exclude`, and the rule files between the repository and a base that is
 * one of its directories. A base outside of every repository has none. Also what git tracks, whatever
 * the rules say.
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
import { basename, dirname, join, relative, resolve } from 'node:path';
import { runProgram } from '../primitives/start-program.ts';
import { MAX_INDEX_BYTES, TrackedPaths, trackedPaths } from './git-index.ts';
import { byteString } from './ignore-pattern.ts';
import { MAX_RULES_BYTES, RULE_FILES, type RuleLevel } from './ignore-rules.ts';

const OPEN_READ = constants.O_RDONLY | constants.O_NONBLOCK;
const GIT_TIMEOUT_MS = 5000;

/** The variables that say where git's settings are. */
export type GitEnvironment = Readonly<Record<string, string | undefined>>;

/** An index as it was when it was read. */
interface ReadIndex {
  readonly state: string;
  readonly tracked: TrackedPaths;
}

/** Finds these rules of one base. */
export class OuterRules {
  readonly #base: string;
  readonly #env: GitEnvironment;
  #userFile: string | undefined;
  #index: ReadIndex | undefined;

  /** @param base - absolute path, without links. */
  constructor(base: string, env: GitEnvironment) {
    this.#base = base;
    this.#env = env;
  }

  /** What git tracks in the base, which no rule takes from it; read again when it has changed. */
  tracked(): TrackedPaths | undefined {
    const root = findRepository(this.#base);
    if (root === undefined) return undefined;
    const path = join(gitDirectoryOf(root), 'index');
    const state = stateOf(path);
    if (state === this.#index?.state) return this.#index?.tracked;
    const [content] = readBounded(path, MAX_INDEX_BYTES);
    const below = relative(root, this.#base);
    const prefix = byteString(below === '' ? '' : `${below}/`);
    const tracked = new TrackedPaths(content === undefined ? [] : trackedPaths(content), prefix);
    this.#index = { state, tracked };
    return tracked;
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

/** Where git keeps what belongs to one worktree. */
function gitDirectoryOf(root: string): string {
  const git = join(root, '.git');
  const elsewhere = readPointer(git, /^gitdir: (.+)/);
  return elsewhere === undefined ? git : resolve(root, elsewhere);
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

/** What is different when a file was written or replaced. */
function stateOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return `${stats?.dev} ${stats?.ino} ${stats?.size} ${stats?.mtimeMs} ${stats?.ctimeMs}`;
}

/** Where a repository has what all its worktrees share. */
function repositoryOf(root: string): string {
  const own = gitDirectoryOf(root);
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
  return readBounded(path, MAX_RULES_BYTES);
}

function readBounded(path: string, maxBytes: number): Buffer[] {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, OPEN_READ);
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= maxBytes ? [readFileSync(descriptor)] : [];
  } catch {
    return [];
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

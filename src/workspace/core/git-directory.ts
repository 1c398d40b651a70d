/** What a repository says of itself in its plain files: names, and the log of what they have been. */

import { readBuffer } from '../../disk/read-file.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import { joinPath, type TreePath } from '../../primitives/path.ts';

/** Where the files of repositories are read. */
export interface RepositoryFiles {
  names(path: TreePath): ReadonlySet<string> | undefined;
  read(path: TreePath, maxBytes: number): Buffer | undefined;
}

/** The files in a work directory. */
export function filesIn(directory: SafeDirectory): RepositoryFiles {
  return {
    names: (path) =>
      directory.find(path)?.isDirectory() === true ? new Set(directory.list(path)) : undefined,
    read: (path, maxBytes) =>
      directory.find(path)?.isFile() === true
        ? readBuffer({ path, open: () => directory.openRead(path) }, maxBytes)
        : undefined,
  };
}

/** What was done to a name, as its log has it. */
export interface LogEntry {
  readonly from: string;
  readonly to: string;
  /** As `commit: Mend the build`. */
  readonly message: string;
}

const MAX_BYTES = 16 * 1024 * 1024;
const ID = /^[0-9a-f]{40,64}$/;
const LOG_LINE = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*\t?(.*)$/;

/** One directory as git fills it: `.git`, that of a submodule, or that of a further worktree. */
export class GitDirectory {
  readonly path: TreePath;
  readonly #files: RepositoryFiles;

  constructor(files: RepositoryFiles, path: TreePath) {
    this.path = path;
    this.#files = files;
  }

  /** Branches, tags and the like by their full names; `HEAD` where it stands for a commit itself. */
  refs(): Map<string, string> {
    const packed = this.#text('packed-refs').split('\n');
    const loose = this.#below('refs').map((name) => `${this.#text(name).trim()} ${name}`);
    const head = `${this.#text('HEAD').trim()} HEAD`;
    const refs = new Map<string, string>();
    for (const line of [...packed, ...loose, head]) {
      const [id = '', name = ''] = line.split(' ');
      if (ID.test(id)) refs.set(name, id);
    }
    return refs;
  }

  /** Those of further worktrees: what they have of their own is `HEAD` and its log. */
  worktrees(): GitDirectory[] {
    const place = joinPath(this.path, 'worktrees');
    const names = [...(this.#files.names(place) ?? [])];
    return names.map((name) => new GitDirectory(this.#files, joinPath(place, name)));
  }

  /** The names that have a log, such as `HEAD` and `refs/heads/main`. */
  logged(): string[] {
    return this.#below('logs').map((path) => path.slice('logs/'.length));
  }

  /** The log of a name, the oldest entry first. */
  log(name: string): LogEntry[] {
    return this.#text(`logs/${name}`)
      .split('\n')
      .flatMap((line) => {
        const [, from, to, message = ''] = LOG_LINE.exec(line) ?? [];
        return from === undefined || to === undefined ? [] : [{ from, to, message }];
      });
  }

  #text(name: string): string {
    return this.#files.read(joinPath(this.path, name), MAX_BYTES)?.toString('utf8') ?? '';
  }

  /** All files below a directory. */
  #below(directory: string): string[] {
    const found: string[] = [];
    const pending = [directory];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const names = this.#files.names(joinPath(this.path, name));
      if (names === undefined) found.push(name);
      else for (const below of names) pending.push(`${name}/${below}`);
    }
    return found;
  }
}

/** The directories of a repository: its own, and those of its submodules. */
export function gitDirectoriesIn(files: RepositoryFiles, repository: TreePath): GitDirectory[] {
  const found: GitDirectory[] = [];
  const pending = [repository];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const names = files.names(path);
    if (names === undefined) continue;
    if (!names.has('HEAD')) {
      // The name of a submodule may have slashes.
      pending.push(...[...names].map((name) => joinPath(path, name)));
      continue;
    }
    found.push(new GitDirectory(files, path));
    if (names.has('modules')) pending.push(joinPath(path, 'modules'));
  }
  return found;
}

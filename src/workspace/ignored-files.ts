/**
 * Reading paths that are not versioned. The workspace's own copy, in the layers of its overlay or
 * in its materialised directory, comes before that of the base; nothing here writes, and no link is followed out of either.
 */

import { lstatSync, readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { IgnoreRules, ruleFilesIn } from '../disk/ignore-rules.ts';
import { SafeDirectory } from '../disk/safe-directory.ts';
import { kindOf } from '../disk/stat-index.ts';
import type { Entry } from '../primitives/entry.ts';
import {
  compareNames,
  joinPath,
  nameProblem,
  parsePath,
  type TreePath,
} from '../primitives/path.ts';
import { privatePlaces } from '../runner/overlay-private.ts';
import type { Engine } from './engine.ts';

/** An ignored path on disk. */
export interface IgnoredFile {
  readonly path: TreePath;
  /** Where it is, with links resolved. */
  readonly hostPath: string;
  readonly entry: Omit<Entry, 'id' | 'files'>;
}

/** Finds the ignored paths that a workspace sees. */
export class IgnoredFiles {
  readonly #engine: Engine;
  readonly #workDirectory: string;

  constructor(engine: Engine, workDirectory: string) {
    this.#engine = engine;
    this.#workDirectory = workDirectory;
  }

  /** The ignored file, directory or link at `path`, or undefined when there is none. */
  find(path: TreePath): IgnoredFile | undefined {
    const places = [
      ...privatePlaces(this.#workDirectory, path),
      { root: this.#workDirectory, path },
      { root: this.#engine.basePath, path },
    ];
    for (const place of places) {
      const found = locate(place.root, place.path);
      if (found !== undefined && this.#isIgnored(path, found.entry.kind === 'directory')) {
        return { ...found, path };
      }
    }
    return undefined;
  }

  /** The bytes of an ignored file. */
  read(file: IgnoredFile): Buffer {
    return readFileSync(file.hostPath);
  }

  /** What is in an ignored directory, in the order of the names. */
  list(directory: IgnoredFile): IgnoredFile[] {
    const names = readdirSync(directory.hostPath).sort(compareNames);
    return names.flatMap((name) => {
      if (nameProblem(name) !== undefined) return [];
      const hostPath = join(directory.hostPath, name);
      const entry = entryOf(lstatSync(hostPath, { throwIfNoEntry: false }));
      return entry === undefined ? [] : [{ path: joinPath(directory.path, name), hostPath, entry }];
    });
  }

  #isIgnored(path: TreePath, isDirectory: boolean): boolean {
    const base = SafeDirectory.open(this.#engine.basePath);
    try {
      const patterns = this.#engine.config.get('ignore.patterns');
      return new IgnoreRules(ruleFilesIn(base), patterns).ignores(path, isDirectory);
    } finally {
      base.close();
    }
  }
}

function locate(root: string, path: TreePath): IgnoredFile | undefined {
  try {
    const realRoot = realpathSync(root);
    const hostPath = realpathSync(join(realRoot, path));
    if (!hostPath.startsWith(`${realRoot}/`)) return undefined;
    // A link may lead to .git or .agentfs, which no path of a workspace names.
    parsePath(hostPath.slice(realRoot.length));
    const entry = entryOf(lstatSync(hostPath));
    return entry === undefined ? undefined : { path, hostPath, entry };
  } catch {
    // It is not there, may not be read, or leads where it must not: nothing to be seen here.
    return undefined;
  }
}

function entryOf(stats: Stats | undefined): IgnoredFile['entry'] | undefined {
  const kind = stats === undefined ? undefined : kindOf(stats);
  if (stats === undefined || kind === undefined) return undefined;
  const { mode, mtimeMs, size } = stats;
  return { kind, mode: mode & 0o777, mtime: Math.trunc(mtimeMs), size };
}

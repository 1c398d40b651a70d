/**
 * What package managers have fetched, from one command to the next: directories of the store, shared
 * by the commands of its workspaces, and nothing that agentfs itself reads or the host's own package
 * managers see.
 */

import { join } from 'node:path';
import { readNote, writeNote } from '../../disk/note-file.ts';
import type { Place } from '../../disk/place.ts';
import type { SafeDirectory } from '../../disk/safe-directory.ts';
import type { Steps } from '../../disk/time-slices.ts';
import { OWNER_ALL } from '../../primitives/entry.ts';
import { errorCode } from '../../primitives/errors.ts';
import { joinPath, ROOT, type TreePath } from '../../primitives/path.ts';
import type { Signer } from '../../primitives/signer.ts';
import { transientName } from '../../primitives/transient-name.ts';
import type { CacheDirectory, PackageCache } from '../strategy.ts';
import { diskBytes } from './measure.ts';

/** Variables by name, and where people's homes are. */
interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** What these package managers keep. */
export function cacheDirectories(
  names: readonly PackageCache[],
  surroundings: Surroundings,
): CacheDirectory[] {
  return names.flatMap((name) =>
    CACHES[name](surroundings).map((each) => ({
      ...each,
      path: joinPath(name as TreePath, each.path),
    })),
  );
}

type Listed = (surroundings: Surroundings) => readonly CacheDirectory[];

/** A variable that names nothing but the cache is set; where there is none, the place is what counts. */
const CACHES: Readonly<Record<PackageCache, Listed>> = {
  npm: () => [named('cache', 'npm_config_cache')],
  pip: () => [named('cache', 'PIP_CACHE_DIR')],
  uv: () => [named('cache', 'UV_CACHE_DIR')],
  go: () => [named('mod', 'GOMODCACHE'), named('build', 'GOCACHE')],
  cargo: (at) => {
    const root = at.env['CARGO_HOME'] || join(at.home, '.cargo');
    return [placed('registry', join(root, 'registry')), placed('git', join(root, 'git'))];
  },
  gradle: (at) => {
    const root = at.env['GRADLE_USER_HOME'] || join(at.home, '.gradle');
    return [placed('caches', join(root, 'caches')), placed('wrapper', join(root, 'wrapper'))];
  },
  pnpm: (at) => {
    const data = at.env['XDG_DATA_HOME'] || join(at.home, '.local/share');
    const root = at.env['PNPM_HOME'] || join(data, 'pnpm');
    return [placed('store', join(root, 'store')), placed('cache', join(cacheHome(at), 'pnpm'))];
  },
  // In a project that keeps its packages itself, YARN_CACHE_FOLDER would lead elsewhere.
  yarn: (at) => [
    placed('classic', at.env['YARN_CACHE_FOLDER'] || join(cacheHome(at), 'yarn')),
    placed('berry', at.env['YARN_GLOBAL_FOLDER'] || join(at.home, '.yarn/berry')),
  ],
};

function cacheHome({ env, home }: Surroundings): string {
  return env['XDG_CACHE_HOME'] || join(home, '.cache');
}

function named(path: string, variable: string): CacheDirectory {
  return { path: path as TreePath, variable };
}

function placed(path: string, place: string): CacheDirectory {
  return { path: path as TreePath, place };
}

const CACHES_DIRECTORY = 'caches' as TreePath;
const NOTE = 'note' as TreePath;
const CONTENT = 'content' as TreePath;
const EXISTS: ReadonlySet<string> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);

/** How much a cache has on disk. */
export interface CacheUsage {
  readonly name: string;
  readonly bytes: number;
}

/** The caches of a store. */
export class PackageCaches {
  readonly #work: Place;
  readonly #signer: Signer;

  /** @param work - where workspaces are kept. */
  constructor(work: Place, signer: Signer) {
    this.#work = work;
    this.#signer = signer;
  }

  /**
   * Opens the directory of all caches, with some of them in it; the caller closes it. What came along
   * with the project does not count: it may have been put there to be installed.
   */
  async open(directories: readonly CacheDirectory[]): Promise<SafeDirectory> {
    if (!this.#isOwn()) await this.#begin();
    const content = this.#place.at(CONTENT).open();
    for (const { path } of directories) content.makePath(path, OWNER_ALL);
    return content;
  }

  /** What each of them takes up. */
  *usage(): Steps<CacheUsage[]> {
    const place = this.#place.at(CONTENT);
    using content = this.#isOwn() ? place.openIfThere() : undefined;
    const found: CacheUsage[] = [];
    for (const name of content?.list(ROOT).sort() ?? []) {
      found.push({ name, bytes: yield* diskBytes(place.at(name)) });
    }
    return found;
  }

  /** Removes all of them; a command that runs at the moment has nothing in its own any more. */
  async remove(): Promise<void> {
    await this.#place.remove();
  }

  get #place(): Place {
    return this.#work.at(CACHES_DIRECTORY);
  }

  /** Whether the note is about this very directory, and not one that it was copied to. */
  #isOwn(): boolean {
    using all = this.#place.openIfThere();
    return all !== undefined && this.#signer.isOwn(SUBJECT, identityOf(all), readNote(all, NOTE));
  }

  async #begin(): Promise<void> {
    await this.#place.remove();
    using work = this.#work.make();
    const building = transientName() as TreePath;
    work.makePath(joinPath(building, CONTENT), OWNER_ALL);
    try {
      using made = work.enter(building);
      writeNote(made, NOTE, this.#signer.sign(SUBJECT, identityOf(made)));
      work.rename(building, CACHES_DIRECTORY);
    } catch (error) {
      // Another process was faster.
      if (!EXISTS.has(errorCode(error) ?? '') || !this.#isOwn()) throw error;
    } finally {
      await this.#work.at(building).remove();
    }
  }
}

const SUBJECT = 'caches';

function identityOf(all: SafeDirectory): string {
  const { dev, ino } = all.lstat(CONTENT) ?? {};
  return `${dev}:${ino}`;
}

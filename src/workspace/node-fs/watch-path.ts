/** `fs.watch` over the watch of a workspace. */

import { parsePath } from '../../primitives/path.ts';
import type { ChangeNotice, WorkspaceCore } from '../core/workspace-core.ts';
import { WorkspaceWatch } from '../watching/watch-workspace.ts';

/** How a path is watched. */
export interface WatchPathOptions {
  /** Everything below it too; default false. */
  readonly recursive?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What has happened, in the words of node:fs. */
export interface WatchEvent {
  /** `rename` when a name has come or gone. */
  readonly eventType: 'rename' | 'change';
  /** Below the path that is watched; its own name when it is a file. */
  readonly filename: string;
}

/**
 * What happens at a path from now on; ends when the store is closed.
 *
 * @throws {Error} the reason of the signal when it fires.
 */
export function watchPath(
  core: WorkspaceCore,
  path: string,
  { recursive = false, signal }: WatchPathOptions,
): AsyncGenerator<WatchEvent, undefined> {
  const watched = parsePath(path);
  // Before the first step: what happens from now on is seen.
  const watch = new WorkspaceWatch(core, { signal, processes: 'all' });
  return events(watch, watched, recursive, signal);
}

async function* events(
  watch: WorkspaceWatch,
  watched: string,
  recursive: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<WatchEvent, undefined> {
  for await (const { type, path, from } of watch) {
    const eventType = EVENTS[type];
    for (const each of [from, path]) {
      const filename = each === undefined ? undefined : nameBelow(each, watched, recursive);
      if (filename !== undefined) yield { eventType, filename };
    }
  }
  signal?.throwIfAborted();
  return undefined;
}

const EVENTS: Readonly<Record<ChangeNotice['type'], WatchEvent['eventType']>> = {
  added: 'rename',
  deleted: 'rename',
  renamed: 'rename',
  modified: 'change',
  mode: 'change',
};

function nameBelow(path: string, watched: string, recursive: boolean): string | undefined {
  if (path === watched) return path.slice(path.lastIndexOf('/') + 1);
  const prefix = watched === '' ? '' : `${watched}/`;
  if (!path.startsWith(prefix)) return undefined;
  const name = path.slice(prefix.length);
  return recursive || !name.includes('/') ? name : undefined;
}

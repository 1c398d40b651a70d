/** What a path means to the kernel: a file of the workspace, or of a host directory that is let through. */

import { realpathSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import type { Kernel } from './kernel.ts';
import { Refusal } from './request.ts';

/** A path that was made sense of. */
export interface Place {
  /** Absolute, without links of its directory: what permissions are about. */
  readonly path: string;
  readonly isOnHost: boolean;
}

/**
 * Finds out what a path means. An absolute one begins at the root of the workspace, unless it is
 * below the project's own directory, where commands see the workspace, or below a mapped one.
 *
 * @throws {Refusal} for a path that leads out.
 */
export function placeOf({ options, project }: Kernel, path: string): Place {
  if (path.includes('\0')) throw new Refusal('invalid path: it holds a NUL');
  const normal = posix.normalize(path);
  if (normal === '..' || normal.startsWith('../')) {
    throw new Refusal(`invalid path: ${path} leads out of the workspace`);
  }
  const { basePath } = project.afs;
  if (isBelow(normal, basePath)) {
    return { path: posix.join('/', normal.slice(basePath.length)), isOnHost: false };
  }
  if ((options.map ?? []).some((directory) => isBelow(normal, directory))) {
    return { path: hostPath(normal, options.map ?? []), isOnHost: true };
  }
  return { path: posix.join('/', normal), isOnHost: false };
}

/** @throws {Refusal} when links lead elsewhere. */
function hostPath(path: string, directories: readonly string[]): string {
  const real = realPathOf(path);
  if (directories.some((directory) => isBelow(real, realPathOf(directory)))) return real;
  throw new Refusal(`invalid path: ${path} leads out of what is mapped`);
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is yet to be made; the open refuses a link in its place.
    const parent = dirname(path);
    return parent === path ? path : join(realPathOf(parent), basename(path));
  }
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

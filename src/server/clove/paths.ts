/** What a path means to the kernel: a file of the workspace, or of a host directory that is let through. */

import { posix } from 'node:path';
import { errorCode } from '../../primitives/errors.ts';
import { type HostFile, hostFile } from './host-files.ts';
import type { Kernel } from './kernel.ts';
import { Refusal } from './request.ts';

/** A path that was made sense of. */
export interface Place {
  /** Absolute, and without links: what permissions are about. */
  readonly path: string;
  /** Undefined for a file of the workspace. */
  readonly onHost: HostFile | undefined;
}

/** As many bytes as the kernel of the machine takes. */
const MAX_PATH_BYTES = 4096;

/**
 * Finds out what a path means. An absolute one begins at the root of the workspace, unless it is
 * below the project's own directory, where commands see the workspace, or below a mapped one.
 *
 * @throws {Refusal} for a path that leads out.
 */
export async function placeOf(kernel: Kernel, path: string): Promise<Place> {
  const { named, directory } = namedBy(kernel, path);
  if (directory === undefined) return inWorkspace(kernel, named);
  const onHost = hostFile(directory, named);
  if (onHost !== undefined) return { path: onHost.path, onHost };
  throw new Refusal(`invalid path: ${path} leads out of what is mapped`);
}

/** The same without a look at what is there; `directory` is the mapped one, for a path of the host. */
export function namedBy(
  { options, project }: Kernel,
  path: string,
): { readonly named: string; readonly directory: string | undefined } {
  if (path.includes('\0')) throw new Refusal('invalid path: it holds a NUL');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new Refusal('invalid path: it is too long');
  const normal = posix.normalize(path);
  if (normal === '..' || normal.startsWith('../')) {
    throw new Refusal(`invalid path: ${path} leads out of the workspace`);
  }
  const { basePath } = project.afs;
  const inBase = isBelow(normal, basePath) ? normal.slice(basePath.length) : undefined;
  const directory = options.map?.find((each) => inBase === undefined && isBelow(normal, each));
  const named = directory === undefined ? posix.join('/', inBase ?? normal) : normal;
  return { named, directory };
}

/** A link in the workspace must not lead to what is blocked under its own name. */
async function inWorkspace(kernel: Kernel, named: string): Promise<Place> {
  const files = await kernel.files();
  const rest: string[] = [];
  for (let at = named; ; at = posix.dirname(at)) {
    try {
      const { path: real } = await files.stat(at);
      return { path: posix.join('/', real, ...rest), onHost: undefined };
    } catch (error) {
      if (at === '/' || !MISSING.has(errorCode(error) ?? ''))
        return { path: named, onHost: undefined };
      rest.unshift(posix.basename(at));
    }
  }
}

const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

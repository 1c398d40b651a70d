/**
 * The programs of util-linux that set a sandbox up. They are named by absolute paths: a command's
 * own PATH may lead into the workspace, and what is found there must not run before the sandbox is
 * closed.
 */

import { accessSync, constants } from 'node:fs';
import { sandboxUnavailable } from './isolation.ts';

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
const NAMES = ['sh', 'env', 'mknod', 'mount', 'nsenter', 'prlimit', 'setpriv', 'unshare'] as const;

/** Absolute paths by name. */
export type SandboxTools = Readonly<Record<(typeof NAMES)[number], string>>;

/**
 * Finds the programs.
 *
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE when one is missing.
 */
export function findSandboxTools(): SandboxTools {
  const found = NAMES.map((name) => [name, findTool(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length === 0) return Object.fromEntries(found) as SandboxTools;
  throw sandboxUnavailable(
    `The overlay strategy needs ${missing.join(', ')}, which this host does not have`,
    'Install util-linux and coreutils, or use the directory strategy.',
  );
}

/** The absolute path of a program of the system; undefined when there is none. */
export function findTool(name: string): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

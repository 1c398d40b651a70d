/** The programs of util-linux that set a sandbox up. */

import { findTools, type HostTools } from '../process/host-tools.ts';

const NAMES = ['sh', 'env', 'mknod', 'mount', 'nsenter', 'prlimit', 'setpriv', 'unshare'] as const;

/** Absolute paths by name. */
export type SandboxTools = HostTools<(typeof NAMES)[number]>;

/** @throws {AgentFSError} SANDBOX_UNAVAILABLE when one is missing. */
export function findSandboxTools(): SandboxTools {
  const hint = 'Install util-linux and coreutils, or use the directory strategy.';
  return findTools(NAMES, { user: 'The overlay strategy', hint });
}

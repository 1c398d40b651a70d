/**
 * Programs of the host that commands are started through. They are named by absolute paths: a
 * command's own PATH may lead into the workspace, and what is found there must not run before the
 * sandbox is closed.
 */

import { accessSync, constants } from 'node:fs';
import { AgentFSError } from '../../primitives/errors.ts';

const DIRECTORIES = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

/** Absolute paths by name. */
export type HostTools<Name extends string> = Readonly<Record<Name, string>>;

/** What programs are for, and what to do where they are missing. */
export interface ToolUse {
  /** Such as `The overlay strategy`. */
  readonly user: string;
  readonly hint: string;
}

/**
 * Finds programs.
 *
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE when one is missing.
 */
export function findTools<Name extends string>(
  names: readonly Name[],
  { user, hint }: ToolUse,
): HostTools<Name> {
  const found = names.map((name) => [name, findTool(name)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length === 0) return Object.fromEntries(found) as HostTools<Name>;
  throw sandboxUnavailable(
    `${user} needs ${missing.join(', ')}, which this host does not have`,
    hint,
  );
}

/** The absolute path of a program; undefined when the host does not have it. */
export function findTool(name: string): string | undefined {
  return DIRECTORIES.map((directory) => `${directory}/${name}`).find(isExecutable);
}

/** The error for what cannot be enforced here. */
export function sandboxUnavailable(what: string, hint: string): AgentFSError {
  return new AgentFSError('SANDBOX_UNAVAILABLE', `${what}.`, { hint });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

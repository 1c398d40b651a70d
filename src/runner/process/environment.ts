/**
 * The environment that a command gets: the host's, without what belongs to agentfs and Node
 * themselves, then the caller's, then the variables that tell a command where it runs.
 */

import { randomUUID } from 'node:crypto';
import { wrongType, wrongValue } from '../../primitives/errors.ts';

/** The variable by which the processes of a command are found, wherever they have gone. */
export const COMMAND_ID_VARIABLE = 'AGENTFS_COMMAND_ID';

/** The variable that tells a command where the root of its workspace is. */
export const WORKDIR_VARIABLE = 'AGENTFS_WORKDIR';

/** Environment variables by name; undefined stands for "not set". */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment of a command is made from. */
export interface EnvironmentRequest {
  /** The environment of the host; the library never reads it by itself. */
  readonly hostEnv: Environment;
  /** Variables of the host that hold secrets too, because the configuration says so. */
  readonly withheld?: readonly string[] | undefined;
  /** Whether the command gets the host's variables; true unless given. */
  readonly inheritEnv?: boolean | undefined;
  /** Variables to set, or with undefined to remove, on top. */
  readonly env?: Environment | undefined;
  /** Name of the workspace: `AGENTFS_WORKSPACE`. */
  readonly workspace: string;
  /** Host path of the base: `AGENTFS_BASE`. */
  readonly base: string;
  /** Path, as the command sees it, of the workspace's root: `AGENTFS_WORKDIR`. */
  readonly workdir: string;
  /** The command's id, see {@link newCommandId}: `AGENTFS_COMMAND_ID`. */
  readonly commandId: string;
}

/** Secrets of agentfs, and the variables by which Node talks to its own children. */
const WITHHELD: ReadonlySet<string> = new Set([
  'AGENTFS_ENCRYPTION_KEY',
  'AGENTFS_ADMIN_TOKEN',
  'AGENTFS_MCP_TOKEN',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
]);

/** A new command id: unique in the world, since processes are found and killed by it. */
export function newCommandId(): string {
  return randomUUID();
}

/**
 * Builds the environment of a command.
 *
 * Of the host's variables `TURSO_*`, `AGENTFS_ENCRYPTION_KEY`, `AGENTFS_ADMIN_TOKEN`, `AGENTFS_MCP_TOKEN`, those in
 * `withheld` and Node's internals are withheld; a command gets them only when `env` names them. The
 * `AGENTFS_*` variables above cannot be overridden.
 */
export function childEnvironment(request: EnvironmentRequest): Record<string, string> {
  const variables = new Map<string, string>();
  if (request.inheritEnv ?? true) {
    for (const [name, value] of Object.entries(request.hostEnv)) {
      const isSecret = isWithheld(name) || request.withheld?.includes(name) === true;
      if (value !== undefined && !isSecret) variables.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(request.env ?? {})) {
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  variables.set('AGENTFS_WORKSPACE', request.workspace);
  variables.set('AGENTFS_BASE', request.base);
  variables.set(WORKDIR_VARIABLE, request.workdir);
  variables.set(COMMAND_ID_VARIABLE, request.commandId);
  return Object.fromEntries(variables);
}

/**
 * Checks variables that a caller gave, and returns them.
 *
 * @throws {TypeError} INVALID_ARGUMENT when they are not an object of strings and undefined.
 * @throws {RangeError} INVALID_ARGUMENT for a name or value that no process can be given. The message
 *   names the variable, never its value.
 */
export function checkEnvironment(env: Environment): Environment {
  if (typeof env !== 'object' || env === null || Array.isArray(env)) {
    throw wrongType('env', 'an object of strings', env);
  }
  for (const [name, value] of Object.entries<unknown>(env)) {
    if (name === '' || /[=\0]/.test(name)) {
      throw wrongValue('A name in env', 'non-empty, without = and NUL', name);
    }
    if (value === undefined) continue;
    // The value itself stays out of the message: it may be a secret.
    if (typeof value !== 'string') throw wrongType(`env.${name}`, 'a string', typeof value);
    if (value.includes('\0')) throw wrongValue(`env.${name}`, 'without NUL', 'one with NUL');
  }
  return env;
}

function isWithheld(name: string): boolean {
  return WITHHELD.has(name) || name.startsWith('TURSO_');
}

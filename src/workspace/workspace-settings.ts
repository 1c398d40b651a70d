/** What a user can say about a workspace, and the checks of it. */

import { PACKAGE_CACHES } from '../config/values.ts';
import { checkChoice, checkStrings, checkText } from '../primitives/arguments.ts';
import { wrongType, wrongValue } from '../primitives/errors.ts';
import type { SandboxProfile } from '../runner/isolation.ts';
import type { PackageCache } from '../runner/strategy.ts';
import type { WorkspaceRow, WorkspaceSettings, WorkspaceState } from '../store/workspaces.ts';
import { checkLimits, checkSandbox, type RunLimits } from './commands/run-limits.ts';

/** The settings of a workspace that `update` changes; absent ones stay. */
export interface WorkspaceUpdate {
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** The only agent that may change it; null for any. */
  readonly agentId?: string | null | undefined;
  readonly owner?: string | null | undefined;
  readonly readOnly?: boolean | undefined;
  /** After this time it can only be read; null for never. */
  readonly expires?: Date | null | undefined;
  /** `frozen` and `archived` workspaces can only be read; archived ones are not listed. */
  readonly state?: 'active' | 'frozen' | 'archived' | undefined;
  /** The isolation that its commands must have where a run does not say; null as configured. */
  readonly sandbox?: SandboxProfile | null | undefined;
  /** Bounds of each of its commands where a run does not say, in place of all set before. */
  readonly limits?: RunLimits | null | undefined;
  /** The package managers whose caches its commands find, of those configured; null for all. */
  readonly caches?: readonly PackageCache[] | null | undefined;
}

/** The names of {@link WorkspaceUpdate}. */
export const UPDATE_OPTIONS: readonly (keyof WorkspaceUpdate)[] = [
  ...(['description', 'tags', 'agentId', 'owner', 'readOnly', 'expires', 'state'] as const),
  ...(['sandbox', 'limits', 'caches'] as const),
];

const STATES: readonly WorkspaceState[] = ['active', 'frozen', 'archived'];

/**
 * Checks an update and puts it into the form of the store.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT with the name of the option.
 */
export function checkUpdate(
  update: WorkspaceUpdate,
): Partial<WorkspaceSettings & Pick<WorkspaceRow, 'state'>> {
  const { description, tags, agentId, owner, readOnly, expires, state, sandbox, limits } = update;
  const { caches } = update;
  if (readOnly !== undefined && typeof readOnly !== 'boolean') {
    throw wrongType('readOnly', 'a boolean', readOnly);
  }
  if (state !== undefined && !STATES.includes(state)) {
    throw wrongValue('state', `one of ${STATES.join(', ')}`, state);
  }
  return withoutUndefined({
    description: checkText('description', description),
    tags: checkStrings('tags', tags),
    agentId: agentId === null ? '' : checkText('agentId', agentId),
    owner: owner === null ? '' : checkText('owner', owner),
    readOnly,
    expiresAt: checkExpires(expires),
    state,
    sandbox: sandbox === null ? null : checkSandbox(sandbox),
    limits: limits === undefined ? undefined : { ...checkLimits(limits ?? {}) },
    caches: caches === null ? null : checkCaches(caches),
  });
}

function checkCaches(value: unknown): string | undefined {
  const names = checkStrings('caches', value);
  for (const name of names ?? []) checkChoice('each of caches', name, PACKAGE_CACHES);
  return names?.join(',');
}

function checkExpires(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return value;
  if (!(value instanceof Date)) throw wrongType('expires', 'a Date or null', value);
  if (Number.isNaN(value.getTime())) throw wrongValue('expires', 'a valid Date', value);
  return value.getTime();
}

/** The object without the properties that are undefined. */
function withoutUndefined<T extends object>(
  values: T,
): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const defined = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}

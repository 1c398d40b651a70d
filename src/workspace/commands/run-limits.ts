/**
 * Bounds and isolation of commands where their caller does not say: those of the workspace, else
 * those of the configuration.
 */

import type { Config } from '../../config/config.ts';
import type { ConfigName } from '../../config/values.ts';
import { checkChoice, checkCount, checkOptions } from '../../primitives/arguments.ts';
import { StorageError } from '../../primitives/errors.ts';
import {
  type ResourceLimits,
  SANDBOX_PROFILES,
  type SandboxProfile,
} from '../../runner/isolation.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** Bounds of one command. Those of the workspace hold where an option does not say. */
export interface RunLimits extends ResourceLimits {
  /** Like `timeout`; the smaller one counts. */
  readonly runtimeMs?: number | undefined;
  /** Like `maxBuffer`; the smaller one counts. */
  readonly outputBytes?: number | undefined;
  /** How long a command may print nothing before it is ended; not with a terminal of its own. */
  readonly idleMs?: number | undefined;
}

/** What holds for a command whose options do not say. */
export interface RunDefaults {
  readonly sandbox: SandboxProfile | undefined;
  readonly limits: RunLimits;
}

/** The limits that are numbers. */
const KEYS: readonly (readonly [
  Exclude<keyof RunLimits, 'network'>,
  Extract<ConfigName, `limits.${string}`>,
])[] = [
  ['memoryBytes', 'limits.memory_bytes'],
  ['processes', 'limits.processes'],
  ['cpuSeconds', 'limits.cpu_seconds'],
  ['diskBytes', 'limits.disk_bytes'],
  ['runtimeMs', 'limits.runtime_ms'],
  ['outputBytes', 'limits.output_bytes'],
  ['idleMs', 'limits.idle_ms'],
];

/**
 * What holds in a workspace.
 *
 * @throws {StorageError} STORE_CORRUPT when its settings are damaged: a command must not start without
 *   the bounds that were set for it.
 */
export function runDefaults(core: WorkspaceCore): RunDefaults {
  const { config } = core.engine;
  const configured = KEYS.map(([name, key]) => [name, config.get(key)] as const);
  const own = runSettingsOf(core.engine, core.working.row());
  return {
    sandbox: own.sandbox ?? config.get('sandbox.profile'),
    limits: laidOver(Object.fromEntries(configured), own.limits),
  };
}

/**
 * What was set for the workspace itself. Of what came along with the project only that counts which
 * is stricter than the configuration.
 *
 * @throws {StorageError} STORE_CORRUPT when it is damaged.
 */
export function runSettingsOf({ trust, config }: Engine, row: WorkspaceRow): RunDefaults {
  const { sandbox, limits } = checkRow(row);
  const configured = config.get('sandbox.profile');
  return {
    sandbox: trust.ownsSandbox(row) || isStricter(sandbox, configured) ? sandbox : undefined,
    limits: trust.ownsLimits(row) ? limits : lowerOf(limits, config),
  };
}

/** Where no profile is set a command may get none at all, so that `none` is no stricter. */
function isStricter(
  profile: SandboxProfile | undefined,
  than: SandboxProfile | undefined,
): boolean {
  const rank = (each: SandboxProfile): number => SANDBOX_PROFILES.indexOf(each);
  return rank(profile ?? 'none') > rank(than ?? 'none');
}

function lowerOf(limits: RunLimits, config: Config): RunLimits {
  const lower = KEYS.filter(([name, key]) => {
    const [own, configured] = [limits[name], config.get(key)];
    return own !== undefined && (configured === undefined || own < configured);
  });
  const { network } = limits;
  const numbers = Object.fromEntries(lower.map(([name]) => [name, limits[name]]));
  return network === undefined ? numbers : { ...numbers, network };
}

function checkRow({ name, sandbox, limits }: WorkspaceRow): RunDefaults {
  try {
    return { sandbox: checkSandbox(sandbox ?? undefined), limits: checkLimits(limits) };
  } catch (cause) {
    throw new StorageError('STORE_CORRUPT', `The limits of workspace '${name}' are damaged.`, {
      hint: 'Set its sandbox and limits again with update().',
      cause,
    });
  }
}

/** @throws {TypeError | RangeError} INVALID_ARGUMENT when there is no such profile. */
export function checkSandbox(profile: string | undefined): SandboxProfile | undefined {
  return checkChoice('sandbox', profile, SANDBOX_PROFILES);
}

/**
 * The limits that are given, of which there may be none.
 *
 * @throws {TypeError | RangeError} INVALID_ARGUMENT, with the name of the limit.
 */
export function checkLimits(given: RunLimits | undefined): RunLimits {
  const names = KEYS.map(([name]) => name);
  const options = checkOptions(given, ['network', ...names], 'limits');
  const numbers = names.map((name) => [name, checkCount(`limits.${name}`, options[name], 1)]);
  const network = checkChoice('limits.network', options.network, ['none']);
  const checked = [...numbers, ['network', network]];
  return Object.fromEntries(checked.filter(([, value]) => value !== undefined));
}

/** The limits of the second, and those of the first that it does not have. */
export function laidOver(below: RunLimits, above: RunLimits): RunLimits {
  return { ...below, ...above };
}

/** What keeps the commands of a workspace in bounds, and whether a client asks for less of it. */

import type { RunLimits, SandboxProfile } from '../../index.ts';
import type { Project } from './project.ts';

/** The weakest first. */
const PROFILES: readonly unknown[] = ['none', 'standard', 'restricted'];

const LIMITS = [
  ['memoryBytes', 'limits.memory_bytes'],
  ['processes', 'limits.processes'],
  ['cpuSeconds', 'limits.cpu_seconds'],
  ['diskBytes', 'limits.disk_bytes'],
  ['runtimeMs', 'limits.runtime_ms'],
  ['outputBytes', 'limits.output_bytes'],
] as const;

/** What holds for a command that asks for nothing. */
export interface Confinement {
  /** Undefined where nobody has said. */
  readonly sandbox: SandboxProfile | undefined;
  readonly limits: RunLimits;
}

/** What holds in a workspace; for one that is yet to be made, what is configured. */
export async function confinementOf(
  { afs }: Project,
  workspace: string | undefined,
): Promise<Confinement> {
  const isThere = workspace !== undefined && (await afs.workspace.exists(workspace));
  const own = isThere ? await afs.workspace.get(workspace) : undefined;
  const configured = LIMITS.map(([name, key]) => [name, afs.config.get(key)] as const);
  return {
    sandbox: own?.sandbox ?? afs.config.get('sandbox.profile'),
    limits: { ...Object.fromEntries(configured), ...own?.limits },
  };
}

/**
 * Whether the fields of an input ask for less than what holds: a weaker sandbox, a higher limit, or
 * for a workspace itself, none where there is one.
 */
export function loosens(
  { sandbox, limits }: Confinement,
  input: Readonly<Record<string, unknown>>,
  isForWorkspace: boolean,
): boolean {
  if (input['sandbox'] === null || input['limits'] === null) return true;
  if (input['sandbox'] !== undefined && isWeaker(input['sandbox'], sandbox)) return true;
  if (input['limits'] === undefined) return false;
  const wanted: Readonly<Record<string, unknown>> = { ...Object(input['limits']) };
  return LIMITS.some(([name]) => {
    const most = limits[name];
    if (most === undefined) return false;
    return wanted[name] === undefined ? isForWorkspace : Number(wanted[name]) > most;
  });
}

/** The stricter of two profiles; where none was said, any is. */
export function stricterOf(
  one: SandboxProfile | undefined,
  other: SandboxProfile | undefined,
): SandboxProfile | undefined {
  return PROFILES.indexOf(one) > PROFILES.indexOf(other) ? one : other;
}

/** Where nobody has said, commands are confined as well as the host can. */
function isWeaker(profile: unknown, than: SandboxProfile | undefined): boolean {
  return PROFILES.indexOf(profile) < PROFILES.indexOf(than ?? 'standard');
}

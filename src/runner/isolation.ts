/** What a command is kept from: what is asked for, and what is in force while it runs. */

/**
 * `none`: changes are captured, but nothing is confined. `standard`: nothing outside the workspace
 * can be written, and `/tmp` and the processes are its own. `restricted`: no network either.
 */
export type SandboxProfile = 'none' | 'standard' | 'restricted';

/** All profiles, the weakest first. */
export const SANDBOX_PROFILES: readonly SandboxProfile[] = ['none', 'standard', 'restricted'];

/** Limits that the process runner itself does not enforce; a strategy does, or refuses the run. */
export interface ResourceLimits {
  readonly memoryBytes?: number | undefined;
  readonly processes?: number | undefined;
  readonly cpuSeconds?: number | undefined;
  readonly diskBytes?: number | undefined;
  /** `none`: no network, not even the host's loopback, and no socket in its file system. */
  readonly network?: 'none' | undefined;
}

/** What a caller insists on. */
export interface IsolationRequest {
  /** Undefined takes what the strategy gives. */
  readonly profile: SandboxProfile | undefined;
  readonly limits: ResourceLimits;
}

/** What is in force while a command runs; plain data, so that results can be stored and compared. */
export interface Isolation {
  readonly profile: SandboxProfile;
  /** `cooperative`: the command works on a copy, but could write elsewhere if it wanted to. */
  readonly filesystem: 'cooperative' | 'confined';
  readonly network: 'host' | 'none';
  /** How processes are held: by process group and command id, or in a pid namespace. */
  readonly processes: 'group' | 'namespace';
  /** One sentence for people. */
  readonly description: string;
  /** Why the host has not given its first choice; absent when it has, or was not asked to choose. */
  readonly reason?: string;
}

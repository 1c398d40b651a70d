/** Decides who keeps each limit of a command: a control group, the kernel for each process, a disk. */

import { totalmem } from 'node:os';
import type { AgentFSError } from '../../primitives/errors.ts';
import type { ResourceLimits, SandboxProfile } from '../isolation.ts';
import { sandboxUnavailable } from '../process/host-tools.ts';
import type { GroupPlaces } from './sandbox-cgroup.ts';

/** Limits, by who keeps them. */
export interface DividedLimits {
  /** What each process gets for itself. */
  readonly perProcess: ResourceLimits;
  /** Sentences for people, about limits that mean less than one might think. */
  readonly notes: readonly string[];
}

/** Changes that are bounded are in memory: not more of it than this part. */
const MEMORY_PART = 0.5;

/**
 * Divides limits up. Those on memory and processes are kept for the command as a whole where a
 * control group can be made, else as far as the kernel goes by itself.
 *
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE for a limit that nobody can keep.
 */
export function divideLimits(
  limits: ResourceLimits,
  places: GroupPlaces,
  profile: SandboxProfile,
): DividedLimits {
  const { memoryBytes, processes, cpuSeconds, diskBytes, network } = limits;
  const notes: string[] = [];
  if (network !== undefined && profile === 'none') throw unconfined('network');
  if (diskBytes !== undefined) notes.push(checkDisk(diskBytes, profile));
  if (cpuSeconds !== undefined) notes.push('The limit on processor time is for each process.');
  const ownMemory = places.memory === undefined ? memoryBytes : undefined;
  if (ownMemory !== undefined) notes.push('The limit on memory is for each process.');
  const ownProcesses = places.pids === undefined ? processes : undefined;
  if (ownProcesses !== undefined && process.getuid?.() === 0) {
    throw sandboxUnavailable(
      'limits.processes cannot be enforced for root without a control group',
      'Run agentfs as an ordinary user, or where it may make control groups.',
    );
  }
  return { perProcess: { cpuSeconds, memoryBytes: ownMemory, processes: ownProcesses }, notes };
}

function unconfined(limit: keyof ResourceLimits): AgentFSError {
  return sandboxUnavailable(
    `limits.${limit} cannot be enforced with sandbox: 'none'`,
    "Ask for sandbox: 'standard', or leave the limit out.",
  );
}

function checkDisk(bytes: number, profile: SandboxProfile): string {
  if (profile === 'none') throw unconfined('diskBytes');
  const most = Math.floor(totalmem() * MEMORY_PART);
  if (bytes > most) {
    throw sandboxUnavailable(
      `limits.diskBytes cannot be enforced above ${most} bytes on this host`,
      'Choose a lower limit, or leave it out.',
    );
  }
  return 'Changes are kept in memory while the command runs; those of large ignored directories are dropped.';
}

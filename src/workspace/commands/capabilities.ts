/** What this host offers for running commands. */

import { AgentFSError } from '../../primitives/errors.ts';
import { type Isolation, SANDBOX_PROFILES, type SandboxProfile } from '../../runner/isolation.ts';
import type { RunStrategy, StrategyName } from '../../runner/strategy.ts';

/** Whether a strategy can give a sandbox profile here. */
export type ProfileSupport =
  | { readonly profile: SandboxProfile; readonly available: true; readonly isolation: Isolation }
  | { readonly profile: SandboxProfile; readonly available: false; readonly reason: string };

/** The ways to run commands, best first, and what each can enforce. */
export interface Capabilities {
  readonly strategies: readonly {
    readonly name: StrategyName;
    readonly profiles: readonly ProfileSupport[];
  }[];
}

/** Asks each strategy what it can enforce on this host. */
export async function describeCapabilities(
  strategies: readonly RunStrategy[],
): Promise<Capabilities> {
  return {
    strategies: await Promise.all(
      strategies.map(async (strategy) => ({
        name: strategy.name,
        profiles: await Promise.all(SANDBOX_PROFILES.map((profile) => support(strategy, profile))),
      })),
    ),
  };
}

async function support(strategy: RunStrategy, profile: SandboxProfile): Promise<ProfileSupport> {
  try {
    const isolation = await strategy.isolation({ profile, limits: {} });
    return { profile, available: true, isolation };
  } catch (error) {
    if (!(error instanceof AgentFSError) || error.code !== 'SANDBOX_UNAVAILABLE') throw error;
    return { profile, available: false, reason: error.message };
  }
}

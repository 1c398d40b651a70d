/** What a call tells the library: the options that come from the environment. */

import type { AgentFSOptions } from '../index.ts';
import type { Globals } from './globals.ts';

/** What the settings are made from. */
export interface SettingSources {
  readonly globals: Globals;
  readonly env: NodeJS.ProcessEnv;
  /** Absolute path of the base. */
  readonly base: string;
}

/** The options of the AgentFS that a call opens. */
export function settingsFor({ env }: SettingSources): AgentFSOptions {
  return {
    agentId: env['AGENTFS_AGENT_ID'] || undefined,
    sessionId: env['AGENTFS_SESSION_ID'] || undefined,
    author: env['AGENTFS_AUTHOR'] || undefined,
  };
}

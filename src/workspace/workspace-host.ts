/** What a workspace is given from above. */

import type { Command } from '../runner/process/command.ts';
import type { Environment } from '../runner/process/environment.ts';
import type { RunStrategy } from '../runner/strategy.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import type { ScheduledSync } from './sharing/scheduled-sync.ts';
import type { WorkspaceEvent } from './workspace-event.ts';

/**
 * What a workspace is given by the AgentFS that it belongs to.
 *
 * @internal
 */
export interface WorkspaceHost<Workspace> {
  /** Awaits the hooks before an operation. @throws {HookError} */
  readonly before: {
    (name: 'commit', operation: { workspace: Workspace; message: string }): Promise<void>;
    (name: 'run', operation: { workspace: Workspace; command: Command }): Promise<void>;
  };
  /** Passes on what happens in a workspace. */
  readonly tell: (handle: () => Workspace, event: WorkspaceEvent) => void;
  /** The ways to run commands, best first. */
  readonly strategies: () => readonly RunStrategy[];
  /** The environment that commands inherit. */
  readonly env: Environment;
  /** What synchronises a workspace. */
  readonly syncOf: (core: WorkspaceCore) => ScheduledSync;
}

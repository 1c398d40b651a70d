/** `-w`: how commands are told which workspace they are about. */

import type { Command } from 'commander';

/** The option as the parser gives it. */
export interface WorkspaceOption {
  readonly workspace?: string;
}

/** Adds `-w, --workspace`. */
export function addWorkspace(command: Command): Command {
  return command.option('-w, --workspace <name>', 'the workspace; default $AGENTFS_WORKSPACE');
}

/** How commands are told which snapshot they are about: `<workspace> <name>`, `workspace/name`, `-w`. */

import type { Command } from 'commander';
import type { Workspace } from '../index.ts';
import type { Call } from './call.ts';
import { UsageError } from './usage-error.ts';
import { addWorkspace, type WorkspaceOption } from './workspace-option.ts';

/** A snapshot that a command names. */
export interface NamedSnapshot {
  readonly workspace: Workspace;
  readonly name: string;
}

/** Its arguments: declared, and read. */
export const snapshotArguments = {
  define(command: Command): Command {
    command.usage('[options] <workspace> <snapshot>');
    return addWorkspace(
      command.argument('<names...>', 'also workspace/snapshot, or -w and one name'),
    );
  },

  async read(call: Call, command: Command): Promise<NamedSnapshot> {
    const { workspace: option } = command.opts<WorkspaceOption>();
    const [first = '', second, ...more] = command.args;
    if (more.length > 0) throw new UsageError('One workspace and one snapshot, no more.');
    if (second !== undefined) {
      return { workspace: await call.workspace(first, option), name: second };
    }
    const slash = first.indexOf('/');
    if (slash < 0) return { workspace: await call.workspace(option), name: first };
    return {
      workspace: await call.workspace(first.slice(0, slash), option),
      name: first.slice(slash + 1),
    };
  },
};

/** Ties one workspace to the hooks and events of the AgentFS that it belongs to. */

import type { Events } from './core/events.ts';
import type { Hooks } from './core/hooks.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import { ScheduledSync } from './sharing/scheduled-sync.ts';
import type { Subjects } from './subjects.ts';
import type { Workspace } from './workspace.ts';

/**
 * Tells of what happens in a workspace from now on, and synchronises it.
 *
 * @param handle - makes a handle on it.
 */
export function listenTo(
  core: WorkspaceCore,
  hooks: Hooks<Subjects>,
  events: Events<Subjects>,
  handle: () => Workspace,
): ScheduledSync {
  core.listen((changes) => {
    if (events.listenerCount('change') > 0) events.emit('change', handle(), changes);
  });
  return new ScheduledSync(core, {
    before: (direction) => hooks.runBefore('sync', { workspace: handle(), direction }),
    done: (result) => {
      events.emit('sync', handle(), { direction: result.direction, result });
    },
    conflicted: (conflicts) => events.emit('conflict', handle(), conflicts),
  });
}

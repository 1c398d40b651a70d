/** Tells a client of what happens in all workspaces, as far as it wants to hear of it. */

import type { AgentFS, AgentFSEvents, EventName } from '../index.ts';
import { capped } from '../operations/change-shape.ts';
import { commitForm } from '../operations/commit-shape.ts';
import { reportOf } from '../operations/error-report.ts';
import { workspaceForm } from '../operations/workspace-shape.ts';

/** Is told of an event, as plain data. */
export type Tell = (event: EventName, data: object) => void;

/** What is said of each event. */
const DATA: {
  readonly [Name in EventName]: (...args: AgentFSEvents[Name]) => object;
} = {
  workspaceCreate: (workspace) => ({ workspace: workspaceForm(workspace) }),
  workspaceDelete: (name) => ({ workspace: name }),
  snapshotCreate: ({ name }, snapshot) => ({ workspace: name, snapshot }),
  snapshotRestore: ({ name }, result) => ({ workspace: name, ...result }),
  commit: ({ name }, _message, commit) => ({ workspace: name, commit: commitForm(commit) }),
  run: ({ name }, { command, commandId, exitCode, signal, changes, discarded }) => ({
    workspace: name,
    ...{ command, commandId, exitCode, signal, discarded },
    ...capped(changes),
  }),
  sync: ({ name }, { result: { changes, ...result } }) => ({
    workspace: name,
    ...result,
    ...capped(changes),
  }),
  change: ({ name }, changes) => ({ workspace: name, changes }),
  conflict: ({ name }, conflicts) => ({ workspace: name, conflicts }),
  error: (error) => ({ error: reportOf(error) }),
  progress: (progress) => progress,
};

/** Whether there is such an event. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(DATA, name);
}

/**
 * Begins to tell of events.
 *
 * @returns the function that ends it.
 */
export function feedEvents(afs: AgentFS, names: Iterable<EventName>, tell: Tell): () => void {
  const ends = [...new Set(names)].map((name) => listenTo(afs, name, tell));
  return () => {
    for (const end of ends) end();
  };
}

function listenTo<Name extends EventName>(afs: AgentFS, name: Name, tell: Tell): () => void {
  const listener = (...args: AgentFSEvents[Name]): void => tell(name, DATA[name](...args));
  afs.on(name, listener);
  return () => afs.off(name, listener);
}

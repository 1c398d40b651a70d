/** Commands that run beside another one, in its files: how both sides know of each other. */

import type { WorkspaceCore } from '../core/workspace-core.ts';
import type { LivePlace } from './live-place.ts';

/** The place of the command that this process runs in a workspace. */
export const livePlaces: WeakMap<WorkspaceCore, LivePlace> = new WeakMap<
  WorkspaceCore,
  LivePlace
>();

/** What a guest holds while it runs. */
export function guestLease({ uuid }: WorkspaceCore, commandId: string): string {
  return `${guestsOf(uuid)}${commandId}`;
}

/** Whether a command may run beside another one. */
export function hasGuests({ engine, uuid }: WorkspaceCore): boolean {
  return engine.store.leases.list().some(({ name }) => name.startsWith(guestsOf(uuid)));
}

/** Waits until a command of this process sees what was written in the workspace. */
export async function settleLive(core: WorkspaceCore): Promise<void> {
  await livePlaces.get(core)?.settled();
}

function guestsOf(uuid: string): string {
  return `guest:${uuid}:`;
}

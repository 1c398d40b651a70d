/** Which states of its ignored content a workspace can be brought back to. */

import { WorkspaceBusyError } from '../../primitives/errors.ts';
import { canReach } from '../../runner/layers/ignored-steps.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { OverlayLayers } from '../../runner/layers/overlay-layers.ts';
import type { CanReach } from '../../snapshot/undo.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/**
 * As the layers on disk are now. Ignored content cannot be moved under a command: files that it has
 * open would be those of another state, and what it leaves would bring the state back that it began
 * with.
 *
 * @returns a function that throws {WorkspaceBusyError} where a command is in the way.
 */
export function reachOf({ engine, uuid, runLease, working }: WorkspaceCore): CanReach {
  const state = new OverlayLayers(layersPlace(engine.layers, uuid), engine.signer).read();
  return (wanted) => {
    const { ignored, name } = working.row();
    if (wanted === ignored || !canReach(state, wanted)) return wanted === ignored;
    if (!engine.leases.isHeld(runLease)) return true;
    throw new WorkspaceBusyError(
      `A command is running in workspace '${name}', and this would change ignored content under it.`,
      { hint: 'Stop the command first. Nothing has been changed.' },
    );
  };
}

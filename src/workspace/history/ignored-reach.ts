/** Which states of its ignored content a workspace can be brought back to. */

import { canReach } from '../../runner/layers/ignored-steps.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { OverlayLayers } from '../../runner/layers/overlay-layers.ts';
import type { CanReach } from '../../snapshot/undo.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** As the layers on disk are now. */
export function reachOf({ engine, uuid }: WorkspaceCore): CanReach {
  const state = new OverlayLayers(layersPlace(engine.layers, uuid), engine.signer).read();
  return (wanted) => canReach(state, wanted);
}

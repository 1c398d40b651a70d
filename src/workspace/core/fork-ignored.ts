/** Brings the ignored content of a workspace to a fork of it. */

import { errorCode } from '../../primitives/errors.ts';
import { forkLayers } from '../../runner/layers/fork-layers.ts';
import { layersPlace } from '../../runner/layers/layers-place.ts';
import { OverlayLayers } from '../../runner/layers/overlay-layers.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import type { Engine } from './engine.ts';
import type { WorkspaceCore } from './workspace-core.ts';

const WAIT_MS = 200;

/**
 * Copies what the parent of a new workspace has made of its ignored content. While a command runs in
 * the parent, that is what the command has found.
 */
export async function forkIgnored(
  engine: Engine,
  row: WorkspaceRow,
  coreOf: (row: WorkspaceRow) => WorkspaceCore,
): Promise<void> {
  const { layers, signer, leases, store } = engine;
  const parent = store.workspaces.find(row.parent ?? '');
  if (parent === undefined) return;
  const layersOf = ({ uuid }: WorkspaceRow): OverlayLayers =>
    new OverlayLayers(layersPlace(layers, uuid), signer);
  const copy = (): Promise<boolean> => forkLayers(layersOf(parent), layersOf(row), row.ignored);
  try {
    await leases.hold(coreOf(parent).runLease, { waitMs: WAIT_MS }, copy);
  } catch (error) {
    if (errorCode(error) !== 'WORKSPACE_BUSY') throw error;
    await copy();
  }
}

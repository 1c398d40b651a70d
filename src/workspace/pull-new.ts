/** Fills a new workspace with what its replicas have pushed. */

import { wrongType } from '../primitives/errors.ts';
import type { SyncEnableOptions } from './sharing/sync-options.ts';
import type { Workspace } from './workspace.ts';

/** @throws {TypeError} INVALID_ARGUMENT when it is neither an address nor options. */
export function checkSource(
  fromSync: string | SyncEnableOptions | undefined,
): SyncEnableOptions | undefined {
  if (fromSync === undefined) return undefined;
  if (typeof fromSync === 'string') return { tursoDb: fromSync };
  if (typeof fromSync === 'object' && fromSync !== null) return fromSync;
  throw wrongType('fromSync', 'an address or options of sync.enable()', fromSync);
}

/**
 * Pulls into a workspace that was just made.
 *
 * @param remove - takes the workspace away again when that fails.
 * @throws what `enable` and `pull` throw.
 */
export async function pullNew(
  workspace: Workspace,
  source: SyncEnableOptions,
  { readOnly, signal }: { readOnly?: boolean | undefined; signal?: AbortSignal | undefined },
  remove: () => Promise<void>,
): Promise<void> {
  try {
    await workspace.sync.enable(source);
    await workspace.sync.pull({ signal });
    if (readOnly === true) await workspace.update({ readOnly });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Ending the commits that processes have died in, for whoever comes next to the base. */

import type { Logger } from '../../primitives/logger.ts';
import { recoverBase } from '../../project/recover.ts';
import type { Store } from '../../store/store.ts';

/**
 * Takes back or tidies up what a process that died in a commit has left in the base. The caller
 * holds the lease on the base. Costs one query when there is nothing.
 *
 * @throws as `recoverBase`.
 */
export function finishInterrupted(store: Store, root: string, logger: Logger): void {
  for (const { outcome, paths, kept } of recoverBase({ store, root })) {
    logger.warn(`An interrupted commit was ${outcome === 'completed' ? outcome : 'rolled back'}.`, {
      paths,
      kept,
    });
  }
}

/** Scanning the base while no other call scans it or commits to it. */

import type { BaseScan } from '../../project/base-directory.ts';
import { finishInterrupted } from '../../project/recover.ts';
import type { Engine } from '../core/engine.ts';

// A commit or a first import of a large project may take a while.
const WAIT_MS = 60_000;

/**
 * Runs `action` with the lease on the base and a fresh scan of it.
 *
 * @param options - `full`: looks at everything even if the base is watched, which lists all that is
 *   ignored.
 * @throws {WorkspaceBusyError} WORKSPACE_BUSY after a minute; {AgentFSError} ABORTED.
 */
export async function withScannedBase<T>(
  engine: Engine,
  options: { readonly signal?: AbortSignal | undefined; readonly full?: boolean },
  action: (scan: BaseScan) => Promise<T> | T,
): Promise<T> {
  const { signal, full } = options;
  return engine.leases.hold('base', { waitMs: WAIT_MS, signal }, async () => {
    // The last holder of the lease may have died in the middle of a commit.
    finishInterrupted(engine.store, engine.home, engine.logger);
    const scan = await engine.base.scan({
      signal,
      full,
      onProgress: ({ files }) =>
        engine.announcer.emit('progress', {
          operation: 'scan',
          done: files,
          total: undefined,
          unit: 'files',
        }),
    });
    for (const { path, message } of scan.warnings) engine.logger.warn(message, { path });
    return action(scan);
  });
}

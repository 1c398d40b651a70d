/** Writes the files of a workspace out before its first command, which then does not wait for that. */

import { checkBoolean, checkOptions, checkSignal } from '../../primitives/arguments.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { AheadOptions, RunStrategy } from '../../runner/strategy.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** So many files are written before anybody notices. */
const FEWEST_FILES = 500;

/** Who opens a store for a moment is gone by then. */
const DELAY_MS = 200;

/** How a workspace is prepared. */
export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a command in another process that needs the files may end this process, and go on with
   * what it has written.
   */
  readonly givesWay?: boolean | undefined;
}

/** Prepares a workspace now; its caller waits for that. */
export async function prepareWorkspace(
  core: WorkspaceCore,
  strategies: readonly RunStrategy[],
  options: PrepareOptions | undefined,
): Promise<void> {
  const { engine, working } = core;
  const given = checkOptions(options, ['signal', 'givesWay']);
  const signal = checkSignal(given.signal);
  const givesWay = checkBoolean('givesWay', given.givesWay);
  core.requireOwner(working.row());
  let files = 0;
  const onProgress = (done: number): void => {
    files = done;
    announce(engine, done, undefined);
  };
  const tree = working.foldedRoot();
  await writeAhead(engine, strategies, { tree, signal, givesWay, onProgress });
  if (files > 0) announce(engine, files, files);
}

/** Prepares the tree of a new workspace bit by bit, for as long as the AgentFS is open. */
export function prepareLater(
  engine: Engine,
  strategies: () => readonly RunStrategy[],
  tree: ObjectId,
): void {
  const { closing } = engine.leases;
  const isLarge = engine.trees.summary(tree).files >= FEWEST_FILES;
  if (!engine.config.get('runner.prepare') || !isLarge) return;
  const begin = async (): Promise<void> => {
    closing.removeEventListener('abort', forget);
    try {
      const options = { tree, signal: closing, isIdle: true };
      await writeAhead(engine, strategies(), options);
    } catch (error) {
      // Whoever runs a command does it then, and is told of what is wrong.
      engine.logger.debug('The files of a workspace were not written ahead.', { error });
    }
  };
  const timer = setTimeout(begin, DELAY_MS).unref();
  const forget = (): void => clearTimeout(timer);
  closing.addEventListener('abort', forget, { once: true });
}

/** Under a lease, so that one process does it, and that `close` waits until it has stopped. */
async function writeAhead(
  { leases, store }: Engine,
  strategies: readonly RunStrategy[],
  { tree, ...options }: AheadOptions & { readonly tree: ObjectId },
): Promise<void> {
  const lease = { waitMs: 0, signal: options.signal };
  await leases.hold(`prepare:${tree}`, lease, async () => {
    const pin = store.pin(tree);
    try {
      for (const strategy of strategies) await strategy.writeAhead?.(tree, options);
    } finally {
      pin.release();
    }
  });
}

function announce({ announcer }: Engine, done: number, total: number | undefined): void {
  announcer.emit('progress', { operation: 'materialise', done, total, unit: 'files' });
}

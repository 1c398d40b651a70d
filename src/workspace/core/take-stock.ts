/** Keeps the base's ignored content as it is when a workspace begins. */

import { runInSlices } from '../../disk/time-slices.ts';
import { errorCode } from '../../primitives/errors.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import { findIgnored } from '../../runner/directory/ignored-content.ts';
import type { StockOptions } from '../../runner/layers/stocks.ts';
import type { Engine } from './engine.ts';

/**
 * Takes the stock of the base as it is now. Where that is not possible, as on a full disk, the first
 * command tries again: who only reads and writes files does not need it.
 *
 * @param tree - of the base.
 * @returns its name, or `''`.
 * @throws {AgentFSError} ABORTED.
 */
export async function takeStock(
  engine: Engine,
  tree: ObjectId,
  options: StockOptions = {},
): Promise<string> {
  const { config, home, logger, stocks } = engine;
  if (config.get('runner.ignored') === 'omit') return '';
  try {
    const items = await runInSlices(findIgnored({ ...engine, base: home, tree }), options);
    return (await stocks.take(home, items, options)).name;
  } catch (error) {
    if (errorCode(error) === 'ABORTED') throw error;
    logger.warn('The ignored content of the project could not be kept yet.', { error });
    return '';
  }
}

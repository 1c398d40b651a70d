/** Picks the strategy for a run. Nothing weaker than what is asked for is ever picked. */

import { errorCode } from '../primitives/errors.ts';
import type { Isolation, IsolationRequest } from './isolation.ts';
import { sandboxUnavailable } from './process/host-tools.ts';
import type { RunStrategy, StrategyName } from './strategy.ts';

/** A strategy, and what will be in force. */
export interface ChosenStrategy {
  readonly strategy: RunStrategy;
  readonly isolation: Isolation;
}

/**
 * The first strategy that can give what is asked for.
 *
 * @param strategies - best first.
 * @param wanted - the only one that will do, or `auto`.
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE when none can, with the reason of the best.
 */
export async function chooseStrategy(
  strategies: readonly RunStrategy[],
  wanted: 'auto' | StrategyName,
  request: IsolationRequest,
): Promise<ChosenStrategy> {
  let refusal: unknown;
  const weakened = (isolation: Isolation): Isolation =>
    refusal instanceof Error ? { ...isolation, reason: refusal.message } : isolation;
  for (const strategy of strategies) {
    if (wanted !== 'auto' && strategy.name !== wanted) continue;
    try {
      return { strategy, isolation: weakened(await strategy.isolation(request)) };
    } catch (error) {
      if (errorCode(error) !== 'SANDBOX_UNAVAILABLE') throw error;
      refusal ??= error;
    }
  }
  const hint = "Leave strategy out, or use 'directory', which works everywhere.";
  throw refusal ?? sandboxUnavailable(`There is no strategy '${wanted}' on this host`, hint);
}

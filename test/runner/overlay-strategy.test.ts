import { OverlayStrategy } from '../../src/runner/overlay-strategy.ts';
import { directoryContext } from '../../src/workspace/directory-context.ts';
import type { Engine } from '../../src/workspace/engine.ts';
import { describeStrategy } from '../support/strategy-contract.ts';

function strategyOf(engine: Engine): OverlayStrategy {
  const { workRoot, store } = engine;
  return new OverlayStrategy({
    ...directoryContext(engine),
    workRoot,
    storePath: store.database.path,
  });
}

describeStrategy('overlay', strategyOf);

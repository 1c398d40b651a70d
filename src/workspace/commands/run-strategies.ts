/** The ways to run commands that an open AgentFS has. */

import { DirectoryStrategy } from '../../runner/directory/directory-strategy.ts';
import { OverlayStrategy } from '../../runner/overlay/overlay-strategy.ts';
import type { RunStrategy } from '../../runner/strategy.ts';
import type { Engine } from '../core/engine.ts';
import { directoryContext } from './directory-context.ts';
import { secretFiles } from './secret-places.ts';

/** Makes the strategies, the best one first. */
export function runStrategies(engine: Engine): readonly RunStrategy[] {
  const context = directoryContext(engine);
  const { work, layers, signer, store } = engine;
  return [
    new OverlayStrategy({
      ...{ ...context, work, layers, signer, storePath: store.database.path },
      secretFiles: () => secretFiles(engine),
    }),
    new DirectoryStrategy(context),
  ];
}

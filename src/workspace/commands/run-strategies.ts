/** The ways to run commands that an open AgentFS has. */

import { DirectoryStrategy } from '../../runner/directory/directory-strategy.ts';
import type { WorkDirectoryContext } from '../../runner/directory/work-directory.ts';
import { OverlayStrategy } from '../../runner/overlay/overlay-strategy.ts';
import type { RunStrategy } from '../../runner/strategy.ts';
import type { Engine } from '../core/engine.ts';
import { secretFiles } from './secret-places.ts';

/** Makes the strategies, the best one first. */
export function runStrategies(engine: Engine): readonly RunStrategy[] {
  const context = directoryContext(engine);
  const { work, layers, signer, store, caches } = engine;
  return [
    new OverlayStrategy({
      ...{ ...context, work, layers, caches, signer, storePath: store.database.path },
      secretFiles: () => secretFiles(engine),
    }),
    new DirectoryStrategy({ ...context, layers, signer }),
  ];
}

/** What all work directories need to know, from the configuration. */
export function directoryContext(engine: Engine): WorkDirectoryContext {
  const { store, trees, clock, config, basePath, ignore } = engine;
  return {
    store,
    trees,
    clock,
    base: basePath,
    ignore,
    ignoredMode: config.get('runner.ignored'),
    stocks: engine.stocks,
    undoBudget: {
      bytes: config.get('undo.ignored_bytes'),
      count: config.get('undo.ignored_steps'),
    },
    allowBinaries: config.get('security.allow_workspace_binaries'),
  };
}

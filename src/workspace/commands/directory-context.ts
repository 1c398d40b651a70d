/** What the work directories of an open AgentFS need to know of it. */

import type { WorkDirectoryContext } from '../../runner/directory/work-directory.ts';
import type { Engine } from '../core/engine.ts';

/** The context of all work directories, from the configuration. */
export function directoryContext(engine: Engine): WorkDirectoryContext {
  const { store, trees, clock, config, basePath } = engine;
  return {
    store,
    trees,
    clock,
    base: basePath,
    ignore: config.get('ignore.patterns'),
    ignoredMode: config.get('runner.ignored'),
    allowBinaries: config.get('security.allow_workspace_binaries'),
  };
}

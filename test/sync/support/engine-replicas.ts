/** Replicas from inside: an engine each, and syncs over whatever remote a test puts in. */

import { LibsqlRemote } from '../../../src/sync/libsql-remote.ts';
import { type PullRequest, pull } from '../../../src/sync/pull.ts';
import { push } from '../../../src/sync/push.ts';
import type { Remote } from '../../../src/sync/remote.ts';
import type { Sync } from '../../../src/sync/sync-context.ts';
import type { Engine } from '../../../src/workspace/core/engine.ts';
import type { WorkspaceCore } from '../../../src/workspace/core/workspace-core.ts';
import { ScheduledSync } from '../../../src/workspace/sharing/scheduled-sync.ts';
import { effectiveSettings } from '../../../src/workspace/sharing/sync-options.ts';
import { Workspace } from '../../../src/workspace/workspace.ts';
import { forkWorkspace, openTestEngine } from '../../support/run-fixture.ts';
import { type TestFiles, TestProject } from '../../support/test-project.ts';
import { type Counted, counting } from './counting-remote.ts';

/** A workspace, and syncs of it. */
export interface EngineReplica {
  readonly engine: Engine;
  readonly core: WorkspaceCore;
  readonly workspace: Workspace;
  readonly counted: Counted;
  readonly sync: Sync;
  push(force?: boolean): ReturnType<typeof push>;
  pull(request?: Partial<PullRequest>): ReturnType<typeof pull>;
  tree(): string;
}

/** A replica whose calls of the remote are counted. */
export async function engineReplica(url: string, files: TestFiles = {}): Promise<EngineReplica> {
  const project = new TestProject(files);
  const engine = openTestEngine(project.dir);
  const core = await forkWorkspace(engine, 'shared');
  const deaf = { before: async () => undefined, tell: () => undefined };
  const scheduled = new ScheduledSync(core, deaf);
  const host = { ...deaf, strategies: () => [], env: {}, syncOf: () => scheduled };
  const workspace = new Workspace(core, host);
  await workspace.sync.enable({ tursoDb: url });
  const counted = counting(new LibsqlRemote({ url }));
  const sync = syncOver(core.engine, scheduled, counted.remote);
  await sync.remote.open('');
  return {
    ...{ engine, core, workspace, counted, sync },
    push: (force = false) => push(sync, { force }),
    pull: (request) => pull(sync, { force: false, ...request }),
    tree: () => core.working.foldedRoot(),
  };
}

/** A sync of a workspace over a remote. */
function syncOver(engine: Engine, { runner }: ScheduledSync, remote: Remote): Sync {
  const settings = effectiveSettings(engine, {});
  const traffic = { objects: 0, bytes: 0 };
  return { ...runner.context, remote, settings, decisions: {}, call: {}, traffic };
}

/** Binds the events and hooks to the classes that they are about. */

import type { Conflict } from '../snapshot/conflict.ts';
import type { RunResult } from './commands/run-result.ts';
import type { CommitResult } from './commits/commit-result.ts';
import type { ChangeNotice } from './core/workspace-core.ts';
import type { Snapshot } from './history/snapshot-info.ts';
import type { RestoreResult } from './history/workspace-snapshots.ts';
import type { SyncResult } from './sharing/sync-runner.ts';
import type { Workspace } from './workspace.ts';

/** What the listeners of an AgentFS are given. */
export interface Subjects {
  readonly workspace: Workspace;
  readonly snapshot: Snapshot;
  readonly restoreResult: RestoreResult;
  readonly commitResult: CommitResult;
  readonly runResult: RunResult;
  readonly change: ChangeNotice;
  readonly conflict: Conflict;
  readonly syncResult: SyncResult;
}

/** Binds the events and hooks to the classes that they are about. */

import type { Conflict } from '../snapshot/conflict.ts';
import type { CommitResult } from './commit-result.ts';
import type { RunResult } from './run-result.ts';
import type { Snapshot } from './snapshot-info.ts';
import type { SyncResult } from './sync-runner.ts';
import type { Workspace } from './workspace.ts';
import type { ChangeNotice } from './workspace-core.ts';
import type { RestoreResult } from './workspace-snapshots.ts';

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

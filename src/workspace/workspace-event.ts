/** What happens in one workspace, as the parts of it tell the AgentFS that it belongs to. */

import type { Conflict } from '../snapshot/conflict.ts';
import type { AnyRunResult } from './commands/run-result.ts';
import type { CommitResult } from './commits/commit-result.ts';
import type { ChangeNotice } from './core/workspace-core.ts';
import type { SnapshotEvent } from './history/workspace-snapshots.ts';
import type { SyncEvent } from './sharing/sync-runner.ts';

/** An event of a workspace; the kind is the name under which listeners hear of it. */
export type WorkspaceEvent =
  | SnapshotEvent
  | SyncEvent
  | { readonly kind: 'change'; readonly changes: readonly ChangeNotice[] }
  | { readonly kind: 'commit'; readonly message: string; readonly result: CommitResult }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] }
  | { readonly kind: 'run'; readonly result: AnyRunResult };

/** How far a workspace and its remote have come, as far as this store knows. */

import type { ErrorCode } from '../../primitives/error-code.ts';
import type { ObjectId } from '../../primitives/object-id.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import type { SyncMode } from '../../sync/settings.ts';
import { selectionOf } from '../../sync/settings.ts';
import { diffTrees } from '../../tree/diff-trees.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { effectiveSettings } from './sync-options.ts';

/**
 * In which state a workspace is towards its remote: `offline` when the remote could not be reached,
 * `error` when the last sync failed in another way, `pending` when there is something to push.
 */
export type SyncState =
  | 'disabled'
  | 'synced'
  | 'pending'
  | 'syncing'
  | 'conflict'
  | 'offline'
  | 'error';

/** How far workspace and remote have come. */
export interface SyncStatus {
  readonly state: SyncState;
  readonly mode: SyncMode;
  /** Null when the workspace has no remote. */
  readonly remoteUrl: string | null;
  /** When the two were last brought together; null for never. */
  readonly lastSync: Date | null;
  /** Paths that were changed here since then. */
  readonly pendingChanges: number;
  /** Conflicts that wait for decisions. */
  readonly pendingConflicts: number;
  /** Version of the revision that was last pulled or pushed; 0 for none. */
  readonly remoteRevision: number;
  /** Code of the error that the last sync met; null when it met none. */
  readonly lastError: ErrorCode | null;
}

const OFFLINE: readonly string[] = ['REMOTE_UNREACHABLE', 'REMOTE_BUSY', 'REMOTE_TIMEOUT'];

/** The status of a workspace, without asking the remote. */
export function syncStatus(core: WorkspaceCore, isRunning: boolean): SyncStatus {
  const { engine, number, working } = core;
  const { root, fork } = working.foldedTrees();
  const found = engine.store.remotes.find(number);
  if (found === undefined) return DISABLED;
  const isOwn = engine.trust.ownsRemote(core.uuid, found);
  const row = isOwn ? found : { ...found, failure: 'NOT_TRUSTED' };
  const { mode } = effectiveSettings(engine, row.settings);
  const pendingChanges = countPending(engine, row, root, fork);
  const open = engine.store.syncConflicts.list(number).filter(({ decision }) => !decision);
  const counts = { pendingChanges, pendingConflicts: open.length };
  return {
    state: isRunning ? 'syncing' : stateOf(row, counts),
    mode,
    remoteUrl: row.url,
    lastSync: row.syncedAt === null ? null : new Date(row.syncedAt),
    ...counts,
    remoteRevision: row.version,
    lastError: row.failure === '' ? null : (row.failure as ErrorCode),
  };
}

const DISABLED: SyncStatus = {
  state: 'disabled',
  mode: 'manual',
  remoteUrl: null,
  lastSync: null,
  pendingChanges: 0,
  pendingConflicts: 0,
  remoteRevision: 0,
  lastError: null,
};

function stateOf(
  { failure, version }: RemoteRow,
  { pendingChanges, pendingConflicts }: Pick<SyncStatus, 'pendingChanges' | 'pendingConflicts'>,
): SyncState {
  if (pendingConflicts > 0) return 'conflict';
  if (OFFLINE.includes(failure)) return 'offline';
  if (failure !== '' && failure !== 'SYNC_CONFLICT') return 'error';
  return version === 0 || pendingChanges > 0 ? 'pending' : 'synced';
}

/** What was never pushed is compared with what the workspace began as. */
function countPending(
  engine: Engine,
  { tree, settings }: RemoteRow,
  root: ObjectId,
  fork: ObjectId,
): number {
  const isSelected = selectionOf(effectiveSettings(engine, settings));
  let count = 0;
  for (const { path } of diffTrees(engine.trees, tree ?? fork, root)) {
    if (isSelected?.(path) ?? true) count += 1;
  }
  return count;
}

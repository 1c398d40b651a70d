/**
 * Giving a workspace a remote, and taking it away. None of this changes the workspace itself: the time
 * of its last change, which may decide between two sides, stays what it is.
 */

import { checkOptions, checkText } from '../../primitives/arguments.ts';
import { parseName } from '../../primitives/name.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { RemoteRow } from '../../store/remotes.ts';
import { NOTHING_SENT, remoteRow } from '../../sync/sync-context.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import {
  checkAddress,
  checkSecret,
  checkSyncConfig,
  ENABLE_OPTIONS,
  SYNC_OPTIONS,
  type SyncConfig,
  type SyncEnableOptions,
} from './sync-options.ts';
import type { SyncRunner } from './sync-runner.ts';

/** Gives a workspace a remote, or changes what is known of the one that it has. */
export function enableSync(
  core: WorkspaceCore,
  runner: SyncRunner,
  options: SyncEnableOptions | undefined,
): void {
  const given = checkOptions(options, ENABLE_OPTIONS);
  const { engine, number, uuid } = core;
  const url = checkAddress(engine, given);
  const token = checkSecret('token', given.token, given.tokenFile);
  const key = checkSecret('encryptionKey', given.encryptionKey, given.encryptionKeyFile);
  const wanted = checkText('name', given.name);
  const isOther = change(core, (draft) => {
    const name = wanted === undefined ? draft.row.name : parseName('workspace', wanted);
    const known = engine.store.remotes.find(number);
    // Of a remote that came along nothing is taken over, the place of its token least of all.
    const isOwn = known !== undefined && engine.trust.ownsRemote(uuid, known);
    const isSame = isOwn && known.url === url && known.name === name;
    if (known !== undefined && !isSame) engine.store.forgetRemote(number);
    const before = isSame ? known : newRemote(number);
    const settings = checkSyncConfig(given, before.settings);
    const secrets = {
      token: token?.reference ?? before.token,
      sealKey: key?.reference ?? before.sealKey,
    };
    saveSigned(core, { ...before, url, name, settings, ...secrets });
    core.recordEvent(draft, 'sync', { enabled: url, name });
    return !isSame;
  });
  // A secret that was given for one remote is not shown to another.
  if (isOther) runner.secrets.forget();
  if (token !== undefined) runner.secrets.remember('token', token);
  if (key !== undefined) runner.secrets.remember('encryptionKey', key);
}

/**
 * Changes how a workspace synchronises.
 *
 * @throws {SyncError} SYNC_DISABLED; {AgentFSError} NOT_TRUSTED.
 */
export function configureSync(core: WorkspaceCore, runner: SyncRunner, config: SyncConfig): void {
  const given = checkOptions(config, SYNC_OPTIONS);
  change(core, (draft) => {
    const row = remoteRow(runner.context);
    core.engine.trust.requireRemote(core.uuid, row);
    saveSigned(core, { ...row, settings: checkSyncConfig(given, row.settings) });
    core.recordEvent(draft, 'config', { sync: Object.keys(given) });
  });
}

/** Forgets how far a workspace and its remote had come, no matter who set it up. @throws {SyncError} SYNC_DISABLED */
export function resetSync(core: WorkspaceCore, runner: SyncRunner): void {
  const { store } = core.engine;
  change(core, (draft) => {
    const { workspace, url, name, token, sealKey, settings, metrics } = remoteRow(runner.context);
    store.forgetRemote(workspace);
    const kept = { url, name, token, sealKey, settings, metrics };
    store.remotes.save({ ...newRemote(workspace), ...kept });
    core.recordEvent(draft, 'sync', { reset: url });
  });
}

/** Takes the remote of a workspace away, if it has one. */
export function disableSync(core: WorkspaceCore, runner: SyncRunner): void {
  const { store, trust } = core.engine;
  change(core, (draft) => {
    const row = store.remotes.find(core.number);
    if (row === undefined) return;
    store.forgetRemote(core.number);
    trust.forgetRemote(core.uuid);
    core.recordEvent(draft, 'sync', { disabled: row.url });
  });
  runner.secrets.forget();
}

function saveSigned({ engine, uuid }: WorkspaceCore, remote: RemoteRow): void {
  engine.store.remotes.save(remote);
  engine.trust.signRemote(uuid, remote);
}

function change<T>(core: WorkspaceCore, action: (draft: Draft) => T): T {
  const { updatedAt } = core.working.row();
  return core.working.change((draft) => {
    core.requireOwner(draft.row);
    draft.row.updatedAt = updatedAt;
    return action(draft);
  });
}

function newRemote(workspace: number): RemoteRow {
  return {
    ...{ workspace, url: '', name: '', token: '', sealKey: '', settings: {}, uuid: '' },
    ...{ version: 0, tree: null, clock: 0, records: 0, ...NOTHING_SENT },
    ...{ syncedAt: null, failure: '', ours: null, theirs: null, metrics: {} },
  };
}

/** What makes a new workspace: its row, and what its replicas have pushed. */

import { randomUUID } from 'node:crypto';
import { WorkspaceExistsError, WorkspaceLimitError, wrongType } from '../primitives/errors.ts';
import { AUDIT_START } from '../store/audit-hash.ts';
import { type NewWorkspace, SERVE_TAG, type WorkspaceRow } from '../store/workspaces.ts';
import { appendAudit } from './core/audit-record.ts';
import type { Engine } from './core/engine.ts';
import type { CreateOptions } from './create-options.ts';
import type { SyncEnableOptions } from './sharing/sync-options.ts';
import type { Workspace } from './workspace.ts';
import type { Origin } from './workspace-origin.ts';
import type { checkUpdate } from './workspace-settings.ts';

/**
 * Adds a workspace, with the first row of its audit log.
 *
 * @throws {WorkspaceExistsError} {WorkspaceLimitError}.
 */
export function insertWorkspace(
  engine: Engine,
  made: {
    readonly name: string;
    readonly settings: ReturnType<typeof checkUpdate>;
    readonly origin: Origin;
  },
): WorkspaceRow {
  const { store, config, clock, trust } = engine;
  const { name, origin } = made;
  return store.database.transaction(() => {
    // Somebody may have been faster while the base was scanned.
    requireFree(engine, name, made.settings.tags);
    const now = clock.now();
    const fresh: NewWorkspace = {
      ...{ description: '', tags: config.get('workspace.default_tags') },
      ...{ agentId: '', owner: '', readOnly: false, expiresAt: null },
      ...{ sandbox: null, limits: {}, caches: null },
      ...made.settings,
      ...origin,
      uuid: randomUUID(),
      name,
      state: 'active',
      start: origin.root,
      ...{ epoch: 0, operation: 0, auditCount: 0, auditHead: AUDIT_START },
      ...{ createdAt: now, updatedAt: now },
    };
    const row = { ...fresh, number: store.workspaces.insert(fresh) };
    trust.signRunSettings(row, made.settings);
    const metadata = { name, fork: origin.fork, parent: origin.parent };
    appendAudit(engine, row, { operation: 'workspace.create', path: '', metadata });
    return row;
  });
}

/** @throws {WorkspaceExistsError} {WorkspaceLimitError} when there cannot be one of this name. */
export function requireFree(
  { store: { workspaces }, config }: Engine,
  name: string,
  tags: readonly string[] = [],
): void {
  if (workspaces.find(name) !== undefined) throw new WorkspaceExistsError(name);
  // Those of a daemon's sessions come and go by themselves, and count for nothing.
  const isServed = tags.includes(SERVE_TAG);
  const setting = isServed ? 'serve.max_workspaces' : 'core.max_workspaces';
  const limit = config.get(setting);
  if (limit > 0 && workspaces.count(isServed) >= limit) {
    throw new WorkspaceLimitError(limit, setting);
  }
}

/** @throws {TypeError} INVALID_ARGUMENT when it is neither an address nor options. */
export function checkSource(
  fromSync: string | SyncEnableOptions | undefined,
): SyncEnableOptions | undefined {
  if (fromSync === undefined) return undefined;
  if (typeof fromSync === 'string') return { tursoDb: fromSync };
  if (typeof fromSync === 'object' && fromSync !== null) return fromSync;
  throw wrongType('fromSync', 'an address or options of sync.enable()', fromSync);
}

/**
 * What was asked for, and what its template says where nothing was.
 *
 * @throws {ConfigError} CONFIG_INVALID when there is no such template.
 */
export function fromTemplate<Options extends Partial<CreateOptions>>(
  { config }: Engine,
  options: Options,
): Options & { readonly commands: readonly string[] } {
  if (options.template === undefined) return { ...options, commands: [] };
  const { commands = [], ...about } = config.template(options.template);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // Checked with all that is given.
  return { ...(about as CreateOptions), ...(Object.fromEntries(given) as Options), commands };
}

/**
 * Pulls into a workspace that was just made, and runs its first commands.
 *
 * @throws what `enable` and `pull` throw; {CommandError} COMMAND_FAILED.
 */
export async function beginWith(
  workspace: Workspace,
  {
    source,
    commands,
    signal,
  }: {
    readonly source: SyncEnableOptions | undefined;
    readonly commands: readonly string[];
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  if (source !== undefined) {
    await workspace.sync.enable(source);
    await workspace.sync.pull({ signal });
  }
  for (const command of commands) await workspace.run(command, { signal, check: true });
}

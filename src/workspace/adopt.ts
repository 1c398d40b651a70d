/**
 * Taking over a store that came along with the project, or the parts of one that somebody else has
 * changed: what there is of it, and signing it.
 */

import { Config } from '../config/config.ts';
import { StorageError } from '../primitives/errors.ts';
import { decodeSteps } from '../project/journal.ts';
import { finishInterrupted } from '../project/recover.ts';
import { Principals } from '../store/principals.ts';
import type { RemoteRow } from '../store/remotes.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { runSettingsOf } from './commands/run-limits.ts';
import type { Engine } from './core/engine.ts';

/** How long a commit of another process may take, in ms. */
const WAIT_MS = 60_000;

/** Limits and sandbox of a workspace that this user has not set. */
export interface ForeignSettings {
  readonly workspace: string;
  /** null for none in particular. */
  readonly sandbox: string | null;
  readonly limits: Readonly<Record<string, unknown>>;
  /** Whether they are in force all the same, as they are the stricter ones. */
  readonly inForce: boolean;
}

/** A remote that this user has not given a workspace. */
export interface ForeignRemote {
  readonly workspace: string;
  readonly url: string;
  /** Where the token is taken from: `env:NAME`, `file:PATH`, or `''` for the configuration. */
  readonly token: string;
  /** The same for the key of the payloads; `''` for none. */
  readonly encryptionKey: string;
  /** The mode of its own in which it synchronises, if it has one. */
  readonly mode: string | null;
}

/** A commit that was interrupted, and that this user has not begun. */
export interface ForeignCommit {
  /** What finishing it does to these paths: `take-back` may change them, `tidy-up` does not. */
  readonly outcome: 'take-back' | 'tidy-up';
  readonly paths: readonly string[];
}

/** What of a store is not the user's own. */
export interface Adoption {
  /** Whether the store as a whole is the user's own: made here, or adopted. */
  readonly adopted: boolean;
  /** Whether adopting lasts: false where the user's secret cannot be kept for other processes. */
  readonly lasts: boolean;
  readonly settings: readonly ForeignSettings[];
  readonly remotes: readonly ForeignRemote[];
  readonly commits: readonly ForeignCommit[];
}

/** What there is to adopt. @throws {StorageError} STORE_CORRUPT. */
export function findForeign(engine: Engine): Adoption {
  const { store, trust } = engine;
  const workspaces = store.workspaces.list();
  return {
    adopted: trust.isOwnStore,
    lasts: trust.lasts,
    settings: workspaces.flatMap((row) => foreignSettings(engine, row)),
    remotes: workspaces.flatMap((row) => foreignRemote(engine, row)),
    commits: store.journals
      .list()
      .filter(({ isOwn }) => !isOwn)
      .map(({ number, state, steps }) => ({
        outcome: state === 'applied' ? 'tidy-up' : 'take-back',
        paths: decodeSteps(number, steps).map(({ path }) => path),
      })),
  };
}

/**
 * Makes all of it the user's own, and finishes the commits among it.
 *
 * @returns what was adopted.
 * @throws {StorageError} STORE_CORRUPT; {WorkspaceBusyError} WORKSPACE_BUSY after a minute.
 */
export async function adoptStore(engine: Engine): Promise<Adoption> {
  const { store, trust } = engine;
  const found = store.database.transaction(() => {
    const foreign = findForeign(engine);
    // Someone else chose whom they were given to.
    if (!foreign.adopted) new Principals(store.database).revokeTokens();
    trust.adoptStore();
    for (const row of store.workspaces.list()) {
      trust.adoptRunSettings(row);
      const remote = store.remotes.find(row.number);
      if (remote !== undefined) trust.adoptRemote(row.uuid, remote);
    }
    for (const journal of store.journals.list()) store.journals.adopt(journal);
    return foreign;
  });
  if (found.commits.length > 0) {
    await engine.leases.hold('base', { waitMs: WAIT_MS }, async () =>
      finishInterrupted(store, engine.home, engine.logger),
    );
  }
  return { ...found, adopted: true };
}

/** Tells the logger in one line when not all of a store is the user's own. */
export function tellOfForeign(engine: Engine): void {
  try {
    const notice = noticeOf(engine);
    if (notice !== undefined) engine.logger.warn(notice);
  } catch (error) {
    // A store that is damaged can be opened all the same, to be examined.
    if (!(error instanceof StorageError)) throw error;
    if (!engine.trust.isOwnStore) engine.logger.warn(`${NOT_YOURS}. ${SEE}`);
  }
}

const NOT_YOURS = 'This store was not made or adopted by you';
const SEE = 'See agentfs adopt.';

function noticeOf(engine: Engine): string | undefined {
  const { adopted, settings, remotes, commits } = findForeign(engine);
  const off = settings.filter(({ inForce }) => !inForce).length;
  if (adopted && off + remotes.length + commits.length === 0) return undefined;
  const parts = [
    ...(adopted || !hasHooks(engine) ? [] : ['hook scripts']),
    ...(off > 0 ? [counted(off, 'sandbox setting')] : []),
    ...(remotes.length > 0 ? [counted(remotes.length, 'remote')] : []),
    ...(commits.length > 0 ? [counted(commits.length, 'interrupted commit')] : []),
  ];
  const what = adopted ? 'Parts of this store were changed by somebody else' : NOT_YOURS;
  return `${what}${parts.length > 0 ? `; switched off: ${parts.join(', ')}` : ''}. ${SEE}`;
}

function foreignSettings(engine: Engine, row: WorkspaceRow): ForeignSettings[] {
  const { trust } = engine;
  if (trust.ownsSandbox(row) && trust.ownsLimits(row)) return [];
  const { sandbox, limits, name: workspace } = row;
  const effective = runSettingsOf(engine, row);
  const inForce =
    effective.sandbox === (sandbox ?? undefined) &&
    Object.keys(effective.limits).length === Object.keys(limits).length;
  return [{ workspace, sandbox, limits, inForce }];
}

function foreignRemote({ store, trust }: Engine, row: WorkspaceRow): ForeignRemote[] {
  const remote = store.remotes.find(row.number);
  if (remote === undefined || trust.ownsRemote(row.uuid, remote)) return [];
  return [{ workspace: row.name, ...shown(remote) }];
}

function shown({ url, token, sealKey, settings }: RemoteRow): Omit<ForeignRemote, 'workspace'> {
  const mode = settings['mode'];
  return { url, token, encryptionKey: sealKey, mode: typeof mode === 'string' ? mode : null };
}

function hasHooks({ config }: Engine): boolean {
  const hooks = Config.keys().filter(({ name }) => /^hooks\.(?:pre|post)_/.test(name));
  return hooks.some(({ name }) => config.get(name) !== undefined);
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Where a new workspace starts from: the base, a snapshot, another workspace, or an archive. */

import { checkSignal } from '../primitives/arguments.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { WorkspaceRow } from '../store/workspaces.ts';
import { EMPTY_TREE } from '../tree/trees.ts';
import { withScannedBase } from './commits/base-lease.ts';
import type { Engine } from './core/engine.ts';
import { takeStock } from './core/take-stock.ts';
import type { WorkspaceCore } from './core/workspace-core.ts';
import { type ArchiveSource, type ImportOptions, withArchive } from './files/tar-import.ts';
import { findSnapshot, findWorkspace } from './history/references.ts';

/** Where to begin; the base when nothing is given. */
export interface OriginOptions extends ImportOptions {
  readonly fromSnapshot?: string | undefined;
  readonly fromWorkspace?: string | undefined;
  /** What is in a tar archive, and forked from the base. */
  readonly archive?: ArchiveSource | undefined;
}

/** The trees of a new workspace. */
export interface Origin {
  readonly root: ObjectId;
  readonly fork: ObjectId;
  readonly parent: string | null;
  /** The ignored content that it begins with. */
  readonly stock: string;
  readonly ignored: number;
}

/**
 * Calls `action` with what a workspace starts from, while nothing can take that away: in a transaction,
 * or with the lease on the base.
 *
 * @throws {SnapshotNotFoundError} {AmbiguousSnapshotError} {WorkspaceNotFoundError}.
 * @throws {WorkspaceBusyError} {AgentFSError} as `withScannedBase`; {ArchiveError}.
 */
export async function withOrigin<T>(
  engine: Engine,
  coreOf: (row: WorkspaceRow) => WorkspaceCore,
  options: OriginOptions,
  action: (origin: Origin) => T,
): Promise<T> {
  const { fromSnapshot, fromWorkspace, archive } = options;
  const { database, workspaces } = engine.store;
  if (fromSnapshot !== undefined) {
    return database.transaction(() => {
      const snapshot = findSnapshot(engine, fromSnapshot);
      const row = workspaces.get(snapshot.workspace);
      const { tree: root, fork } = snapshot;
      return action({
        root,
        fork,
        parent: row?.name ?? null,
        stock: row?.stock ?? '',
        ignored: snapshot.ignored >= 0 ? snapshot.ignored : (row?.ignored ?? 0),
      });
    });
  }
  if (fromWorkspace !== undefined) {
    return database.transaction(() => {
      const { working } = coreOf(findWorkspace(engine, fromWorkspace));
      const root = working.foldedRoot();
      const { fork, name, stock, ignored } = working.row();
      return action({ root, fork, parent: name, stock, ignored });
    });
  }
  const signal = checkSignal(options.signal);
  if (archive !== undefined) {
    return withArchive(engine, archive, options, ({ tree, settle }) =>
      withScannedBase(engine, { signal }, (base) =>
        database.transaction(() => {
          settle();
          const root = tree.over(engine.trees, EMPTY_TREE);
          return action({ root, fork: base.tree, parent: null, stock: '', ignored: 0 });
        }),
      ),
    );
  }
  return withScannedBase(engine, { signal }, async ({ tree }) => {
    const stock = await takeStock(engine, tree, { signal });
    return action({ root: tree, fork: tree, parent: null, stock, ignored: 0 });
  });
}

/** A workspace as a tar archive. */

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { writeTar } from '../../archive/tar-writer.ts';
import { checkBoolean, checkOptions } from '../../primitives/arguments.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { findOwnSnapshot } from '../history/references.ts';

/** How a workspace becomes an archive. */
export interface ExportOptions {
  /** This snapshot of the workspace instead of what it is now. */
  readonly snapshot?: string | undefined;
  /** Compresses with gzip; default false. */
  readonly gzip?: boolean | undefined;
}

/** The archive as a stream, of the workspace as it is when reading begins. */
export function exportTar(core: WorkspaceCore, options?: ExportOptions): Readable {
  const { snapshot, gzip } = checkOptions(options, ['snapshot', 'gzip']);
  const isZipped = checkBoolean('gzip', gzip) ?? false;
  if (snapshot !== undefined) findOwnSnapshot(core, snapshot);
  const plain = Readable.from(pinnedTar(core, snapshot), { objectMode: false });
  if (!isZipped) return plain;
  const zipped = createGzip();
  // A failure comes out of `zipped`, which is where the reader is.
  pipeline(plain, zipped).catch(() => undefined);
  return zipped;
}

/** The archive of a tree that garbage collection leaves alone until all of it was read. */
function* pinnedTar(core: WorkspaceCore, snapshot: string | undefined): Generator<Buffer> {
  const { store, trees } = core.engine;
  const { root, pin } = store.database.transaction(() => {
    const named = snapshot === undefined ? undefined : findOwnSnapshot(core, snapshot);
    const tree = named?.tree ?? core.working.foldedRoot();
    return { root: tree, pin: store.pin(tree) };
  });
  try {
    yield* writeTar(trees, store.contents, root);
  } finally {
    pin.release();
  }
}

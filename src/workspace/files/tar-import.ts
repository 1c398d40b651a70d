/** Takes a tar archive into a workspace: content first, then all of it in one transaction. */

import { Readable } from 'node:stream';
import { ArchivedTree } from '../../archive/archived-tree.ts';
import { ByteSource, unpacked } from '../../archive/byte-source.ts';
import { readTar } from '../../archive/tar-reader.ts';
import { throwIfAborted } from '../../disk/time-slices.ts';
import { checkBoolean, checkOptions, checkSignal } from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import { collectChanges, type FileChange } from '../../snapshot/changes.ts';
import { EMPTY_TREE } from '../../tree/trees.ts';
import type { Engine } from '../core/engine.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';
import { replaceTree } from './replace-tree.ts';

/** The bytes of a tar archive, plain or with gzip: a file's read stream, standard input. */
export type ArchiveSource = AsyncIterable<Uint8Array>;

/** How an archive is taken in. */
export interface ImportOptions {
  /**
   * Keeps symbolic links that are absolute or could lead outside, as data that is never followed;
   * default whether the setting `security.allow_symlinks` is true.
   */
  readonly allowOutsideSymlinks?: boolean | undefined;
  /** Stops the import. */
  readonly signal?: AbortSignal | undefined;
}

/** The names of {@link ImportOptions}. */
export const IMPORT_OPTIONS = ['allowOutsideSymlinks', 'signal'] as const;

/** How it is taken into a workspace that is there. */
export interface ImportOverOptions extends ImportOptions {
  /** Deletes what is not in the archive; default false, which lays the archive over the rest. */
  readonly replace?: boolean | undefined;
}

/** What an import has changed. */
export interface ImportResult {
  readonly changes: readonly FileChange[];
}

/** An archive whose content is in the store already. */
export interface TakenArchive {
  readonly tree: ArchivedTree;
  /** Ends the hold on the content; belongs in the transaction that refers to it. */
  readonly settle: () => void;
}

/**
 * Puts an archive over a workspace, as one operation that undo can take back.
 *
 * @throws {ArchiveError} ARCHIVE_INVALID, ARCHIVE_REFUSED; {ReadOnlyError} and its like.
 */
export async function importTar(
  core: WorkspaceCore,
  source: ArchiveSource,
  options?: ImportOverOptions,
): Promise<ImportResult> {
  const { trees, objects } = core.engine;
  const given = checkOptions(options, ['replace', ...IMPORT_OPTIONS]);
  const replace = checkBoolean('replace', given.replace) ?? false;
  // Now, and not only after gigabytes were read.
  core.requireWritable(core.working.row());
  return withArchive(core.engine, requireSource(source), given, ({ tree, settle }) => {
    let before = EMPTY_TREE;
    let after = EMPTY_TREE;
    const operation = { kind: 'import', summary: `import of ${tree.size} entries` } as const;
    core.edit((draft) => {
      settle();
      before = draft.fold().id;
      after = tree.over(trees, replace ? EMPTY_TREE : before);
      return replaceTree(draft, after);
    }, operation);
    return { changes: collectChanges(objects, before, after, { detectRenames: false }) };
  });
}

/**
 * Reads an archive, puts its content into the store, and calls `action` to refer to it.
 *
 * @throws {ArchiveError} ARCHIVE_INVALID, ARCHIVE_REFUSED; {AgentFSError} ABORTED; what `source`
 *   throws. What was stored by then is left to garbage collection.
 */
export async function withArchive<T>(
  engine: Engine,
  source: ArchiveSource,
  options: ImportOptions,
  action: (archive: TakenArchive) => Promise<T> | T,
): Promise<T> {
  const allowed = engine.config.get('security.allow_symlinks') === true;
  const allowOutsideSymlinks =
    checkBoolean('allowOutsideSymlinks', options.allowOutsideSymlinks) ?? allowed;
  const signal = checkSignal(options.signal);
  const writer = engine.store.contentWriter();
  try {
    const tree = new ArchivedTree(writer, { allowOutsideSymlinks });
    await readInto(tree, source, signal, (done) => {
      const progress = { operation: 'import', done, total: undefined, unit: 'bytes' } as const;
      engine.announcer.emit('progress', progress);
    });
    return await action({ tree, settle: () => writer.settle() });
  } finally {
    writer.abandon();
  }
}

/** @throws {TypeError} INVALID_ARGUMENT when it cannot be read as a stream. */
export function requireSource(source: unknown): ArchiveSource {
  const isStream = typeof source === 'object' && source !== null && Symbol.asyncIterator in source;
  if (isStream) return source as ArchiveSource;
  throw wrongType('source', 'a stream of bytes', source);
}

async function readInto(
  tree: ArchivedTree,
  source: ArchiveSource,
  signal: AbortSignal | undefined,
  onProgress: (bytes: number) => void,
): Promise<void> {
  // A reader that waits for bytes that do not come is stopped too.
  const stop = (): void => {
    if (source instanceof Readable) source.destroy();
  };
  throwIfAborted(signal);
  signal?.addEventListener('abort', stop, { once: true });
  const bytes = new ByteSource(unpacked(untilAborted(source, signal, onProgress)));
  try {
    for await (const entry of readTar(bytes)) await tree.add(entry);
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    bytes.close();
    stop();
  }
}

async function* untilAborted(
  source: ArchiveSource,
  signal: AbortSignal | undefined,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of source) {
    throwIfAborted(signal);
    bytes += chunk.length;
    onProgress(bytes);
    yield chunk;
  }
}

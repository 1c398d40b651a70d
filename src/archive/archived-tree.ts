/** Takes the entries of an archive as a tree, and refuses those that no tree may have. */

import type { ContentSink } from '../disk/content-sink.ts';
import type { Entry } from '../primitives/entry.ts';
import { ArchiveError } from '../primitives/errors.ts';
import { CHUNK_THRESHOLD, MAX_LINK_BYTES, MAX_PATH_BYTES } from '../primitives/limits.ts';
import { leadsOutside } from '../primitives/link-target.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import {
  compareNames,
  nameProblem,
  parentPath,
  parsePath,
  ROOT,
  type TreePath,
} from '../primitives/path.ts';
import { emptyDirectory, PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';
import type { ArchiveEntry } from './tar-reader.ts';

const DIRECTORY_MODE = 0o755;

/** What is refused or not. */
export interface ArchiveRules {
  /** Takes symbolic links that are absolute or could lead outside. */
  readonly allowOutsideSymlinks: boolean;
}

/** The entries of one archive; their content is in the sink. */
export class ArchivedTree {
  readonly #sink: ContentSink;
  readonly #rules: ArchiveRules;
  readonly #entries = new Map<TreePath, Entry>();
  /** Directories that nothing but a path through them speaks of. */
  readonly #implied = new Set<TreePath>();

  constructor(sink: ContentSink, rules: ArchiveRules) {
    this.#sink = sink;
    this.#rules = rules;
  }

  /** Number of files, links and directories. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Takes an entry, with its content.
   *
   * @throws {ArchiveError} ARCHIVE_REFUSED when its name is absolute, has `..`, is reserved or too
   *   long, was there before or lies below a file or link; for a link that leads outside; ARCHIVE_INVALID.
   */
  async add(entry: ArchiveEntry): Promise<void> {
    const path = pathOf(entry.name, entry.name);
    // `./` stands for the directory that the archive was made of.
    if (path === ROOT && entry.kind === 'directory') return;
    if (path === ROOT) throw refused(entry.name, 'has no name');
    const known = this.#entries.get(path);
    if (known !== undefined && !(this.#implied.has(path) && entry.kind === 'directory')) {
      throw refused(entry.name, 'is there twice, or both as a directory and as something else');
    }
    this.#addParents(path, entry);
    this.#implied.delete(path);
    this.#entries.set(path, await this.#take(path, entry));
  }

  /**
   * Puts all of it over a tree, whose other entries stay. Belongs in a transaction.
   *
   * @returns the id of the result.
   * @throws {ArchiveError} ARCHIVE_REFUSED where one has a directory and the other has not.
   */
  over(trees: Trees, root: ObjectId): ObjectId {
    const tree = new PendingTree(trees, root);
    // Parents first: putting a directory hides what was put below it before.
    const ordered = [...this.#entries].sort(([left], [right]) => compareNames(left, right));
    for (const [path, entry] of ordered) {
      const before = tree.get(path);
      const isDirectory = entry.kind === 'directory';
      if (before !== undefined && (before.kind === 'directory') !== isDirectory) {
        const problem = `is a ${before.kind} in the workspace, and a ${entry.kind} here`;
        throw refused(path, problem, 'Delete it there first, or replace all that is there.');
      }
      if (!isDirectory) tree.set(path, entry);
      else if (before === undefined || !this.#implied.has(path)) {
        tree.setDirectory(path, entry.mode, entry.mtime);
      }
    }
    return tree.fold().id;
  }

  #addParents(path: TreePath, entry: ArchiveEntry): void {
    for (let above = parentPath(path); above !== ROOT; above = parentPath(above)) {
      const known = this.#entries.get(above);
      if (known?.kind === 'directory') return;
      if (known !== undefined) throw refused(entry.name, `lies below the ${known.kind} '${above}'`);
      this.#entries.set(above, emptyDirectory(DIRECTORY_MODE, entry.mtime));
      this.#implied.add(above);
    }
  }

  async #take(path: TreePath, entry: ArchiveEntry): Promise<Entry> {
    const { kind, mode, mtime } = entry;
    if (kind === 'directory') return emptyDirectory(mode, mtime);
    if (kind === 'symlink') return { ...this.#takeLink(path, entry), kind, mtime, files: 1 };
    if (kind === 'hardlink') return this.#linked(entry);
    return { kind, mode, mtime, files: 1, ...(await this.#takeContent(entry)) };
  }

  #takeLink(path: TreePath, { name, target }: ArchiveEntry): Pick<Entry, 'mode' | 'id' | 'size'> {
    const bytes = Buffer.from(target);
    if (bytes.length === 0 || bytes.length > MAX_LINK_BYTES || bytes.includes(0)) {
      throw refused(name, `is a symbolic link without a target of 1 to ${MAX_LINK_BYTES} bytes`);
    }
    if (!this.#rules.allowOutsideSymlinks && leadsOutside(path, bytes)) {
      const problem = `is a symbolic link that could lead outside, to ${JSON.stringify(target)}`;
      throw refused(name, problem, 'Leave it out, or set allowOutsideSymlinks to keep it as data.');
    }
    return { mode: 0o777, id: this.#sink.add(bytes), size: bytes.length };
  }

  /** Trees have no hard links: the other name becomes a copy, which shares the content. */
  #linked({ name, target }: ArchiveEntry): Entry {
    const other = this.#entries.get(pathOf(target, name));
    if (other !== undefined && other.kind !== 'directory') return other;
    const problem = `is a hard link to ${JSON.stringify(target)}, which is no file before it`;
    throw refused(name, problem);
  }

  async #takeContent({ size, content }: ArchiveEntry): Promise<Pick<Entry, 'id' | 'size'>> {
    if (size <= CHUNK_THRESHOLD) {
      const pieces: Buffer[] = [];
      for await (const piece of content) pieces.push(piece);
      return { id: this.#sink.add(Buffer.concat(pieces)), size };
    }
    const stream = this.#sink.begin();
    for await (const piece of content) stream.write(piece);
    return stream.finish();
  }
}

/** Where a name of the archive belongs. */
function pathOf(name: string, entry: string): TreePath {
  if (name.startsWith('/')) throw refused(entry, 'has an absolute name');
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw refused(entry, "has '..' in its name");
  const problem = parts.map(nameProblem).find((each) => each !== undefined);
  if (problem !== undefined) throw refused(entry, problem);
  if (Buffer.byteLength(parts.join('/')) > MAX_PATH_BYTES) {
    throw refused(entry, `has a name longer than ${MAX_PATH_BYTES} bytes`);
  }
  return parsePath(name);
}

function refused(name: string, problem: string, hint?: string): ArchiveError {
  const shown = JSON.stringify(name.slice(0, 200));
  return new ArchiveError('ARCHIVE_REFUSED', `The entry ${shown} of the archive ${problem}.`, {
    path: name,
    hint: hint ?? 'Leave the entry out and make the archive again; nothing was imported.',
  });
}

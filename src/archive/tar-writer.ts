/**
 * Writes a tree as a tar archive. Equal trees give equal bytes: the order is that of the tree, and
 * nothing in a header tells who wrote it or when. What ustar has no room for goes into pax records.
 */

import type { Entry } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { TreePath } from '../primitives/path.ts';
import type { Contents } from '../store/contents.ts';
import { PendingTree } from '../tree/pending-tree.ts';
import type { Trees } from '../tree/trees.ts';
import { encodePax, encodeTime } from './pax-records.ts';
import {
  BLOCK_BYTES,
  encodeHeader,
  HEADER_NAME_BYTES,
  LARGEST_OCTAL,
  paddingOf,
} from './tar-header.ts';

const TYPES: Readonly<Record<Entry['kind'], string>> = { file: '0', directory: '5', symlink: '2' };

// Small pieces are put together, so that a reader has less to do.
const PIECE_BYTES = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/** The bytes of the archive in pieces of some 64 KiB, made as they are asked for. */
export function* writeTar(trees: Trees, contents: Contents, root: ObjectId): Generator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for (const block of blocksOf(trees, contents, root)) {
    held.push(block);
    heldBytes += block.length;
    if (heldBytes < PIECE_BYTES) continue;
    // A copy: what comes from the store may be shared with its cache.
    yield Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  yield Buffer.concat(held);
}

function* blocksOf(trees: Trees, contents: Contents, root: ObjectId): Generator<Buffer> {
  for (const [path, entry] of new PendingTree(trees, root).walk()) {
    const target = entry.kind === 'symlink' ? contents.read(entry) : NOTHING;
    yield headersOf(path, entry, target);
    if (entry.kind !== 'file') continue;
    yield* contents.pieces(entry);
    yield Buffer.alloc(paddingOf(entry.size));
  }
  // The end.
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** The header of an entry, after a pax header of its own if it needs one. */
function headersOf(path: TreePath, entry: Entry, linkName: Buffer): Buffer {
  const name = Buffer.from(entry.kind === 'directory' ? `${path}/` : path);
  const size = entry.kind === 'file' ? entry.size : 0;
  const seconds = Math.min(Math.max(Math.floor(entry.mtime / 1000), 0), LARGEST_OCTAL);
  const records: [key: string, value: string][] = [];
  if (!fits(name)) records.push(['path', name.toString()]);
  if (!fits(linkName)) records.push(['linkpath', linkName.toString()]);
  if (size > LARGEST_OCTAL) records.push(['size', String(size)]);
  if (seconds * 1000 !== entry.mtime) records.push(['mtime', encodeTime(entry.mtime)]);
  const common = { name, linkName, mode: entry.mode, mtime: seconds };
  const header = encodeHeader({
    ...{ ...common, type: TYPES[entry.kind] },
    size: size > LARGEST_OCTAL ? 0 : size,
  });
  if (records.length === 0) return header;
  const pax = encodePax(records);
  const paxHeader = encodeHeader({
    ...{ ...common, type: 'x', linkName: NOTHING, mode: 0o644 },
    size: pax.length,
  });
  return Buffer.concat([paxHeader, pax, Buffer.alloc(paddingOf(pax.length)), header]);
}

/** Whether a header can hold the name, and every reader agrees on what it is. */
function fits(name: Buffer): boolean {
  return name.length <= HEADER_NAME_BYTES && name.every((byte) => byte < 0x80);
}

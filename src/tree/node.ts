/**
 * Tree nodes and their canonical encoding (docs/FORMAT.md). A small directory is one leaf; a large
 * one is a search tree of leaves under index nodes.
 */

import { ByteReader, ByteWriter } from '../primitives/bytes.ts';
import type { Entry, EntryKind } from '../primitives/entry.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames, nameProblem } from '../primitives/path.ts';

const VERSION = 1;
const KINDS: readonly EntryKind[] = ['file', 'directory', 'symlink'];

/** What a directory, or a part of one, adds up to. */
export interface TreeSummary {
  readonly id: ObjectId;
  /** Entries directly in it. */
  readonly entries: number;
  /** Files and links at any depth. */
  readonly files: number;
  /** Bytes of those. */
  readonly bytes: number;
}

/** A part of a large directory: everything up to the name `last`. */
export interface Piece extends TreeSummary {
  readonly last: string;
}

/** Entries by name, in the order of the names' UTF-8 bytes. */
export type Entries = ReadonlyMap<string, Entry>;

/** A decoded node. */
export type TreeNode = LeafNode | IndexNode;

/** A small directory, or a piece of a large one. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly entries: Entries;
}

/** A large directory, or a run of its pieces. */
export interface IndexNode {
  readonly kind: 'index';
  /** 1 above leaves, 2 above index nodes of level 1, and so on. */
  readonly level: number;
  readonly pieces: readonly Piece[];
}

/** The canonical encoding of a node, whose names must be in order. */
export function encodeNode(node: TreeNode): Buffer {
  const writer = new ByteWriter(4096);
  writer.byte(VERSION);
  switch (node.kind) {
    case 'leaf':
      writer.byte(0);
      writer.integer(node.entries.size);
      for (const [name, entry] of node.entries) writeEntry(writer, name, entry);
      break;
    case 'index':
      writer.byte(node.level);
      writer.integer(node.pieces.length);
      for (const piece of node.pieces) writePiece(writer, piece);
      break;
  }
  return writer.finish();
}

/**
 * Reads what {@link encodeNode} wrote, and believes nothing: names must be allowed and in order,
 * numbers in range, no byte left over.
 *
 * @throws {RangeError} that says what is wrong with the encoding.
 */
export function decodeNode(bytes: Uint8Array): TreeNode {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`tree node version ${version} is unknown`);
  const level = reader.byte();
  const count = reader.integer();
  if (level === 0) {
    const entries = readEntries(reader, count);
    reader.end();
    return { kind: 'leaf', entries };
  }
  const pieces: Piece[] = [];
  for (let i = 0; i < count; i++) pieces.push(readPiece(reader, pieces.at(-1)?.last));
  reader.end();
  if (pieces.length === 0) throw new RangeError('an index node needs a piece');
  return { kind: 'index', level, pieces };
}

function writeEntry(writer: ByteWriter, name: string, entry: Entry): void {
  writer.text(name);
  writer.byte(KINDS.indexOf(entry.kind));
  writer.integer(entry.mode);
  // Zigzag: times before 1970 exist.
  writer.integer(entry.mtime < 0 ? -entry.mtime * 2 - 1 : entry.mtime * 2);
  writer.integer(entry.size);
  if (entry.kind === 'directory') writer.integer(entry.files);
  writer.id(entry.id);
}

function writePiece(writer: ByteWriter, piece: Piece): void {
  writer.text(piece.last);
  writer.integer(piece.entries);
  writer.integer(piece.files);
  writer.integer(piece.bytes);
  writer.id(piece.id);
}

function readEntries(reader: ByteReader, count: number): Entries {
  const entries = new Map<string, Entry>();
  let previous: string | undefined;
  for (let i = 0; i < count; i++) {
    const name = readName(reader, previous);
    const kind = KINDS[reader.byte()];
    if (kind === undefined) throw new RangeError(`the kind of ${JSON.stringify(name)} is unknown`);
    const mode = reader.integer();
    if (mode > 0o777) throw new RangeError(`the mode of ${JSON.stringify(name)} is too large`);
    const zigzag = reader.integer();
    const mtime = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    const size = reader.integer();
    const files = kind === 'directory' ? reader.integer() : 1;
    entries.set(name, { kind, mode, mtime, size, files, id: reader.id() });
    previous = name;
  }
  return entries;
}

function readPiece(reader: ByteReader, previous: string | undefined): Piece {
  const last = readName(reader, previous);
  const entries = reader.integer();
  const files = reader.integer();
  const bytes = reader.integer();
  return { last, entries, files, bytes, id: reader.id() };
}

function readName(reader: ByteReader, previous: string | undefined): string {
  const name = reader.text();
  const problem = nameProblem(name);
  if (problem !== undefined) throw new RangeError(`the name ${JSON.stringify(name)} ${problem}`);
  if (previous !== undefined && compareNames(previous, name) >= 0) {
    throw new RangeError(`the name ${JSON.stringify(name)} is out of order`);
  }
  return name;
}

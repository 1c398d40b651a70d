/** How the pieces of a large directory are put into index nodes, level by level. */

import { type ObjectId, structureId } from '../primitives/object-id.ts';
import { isBoundary, MAX_UNSPLIT } from './boundary.ts';
import { encodeNode, type Piece } from './node.ts';

/** The pieces of each index node of a level, given all those of the level below. */
export function groupPieces(pieces: readonly Piece[], level: number): Piece[][] {
  const groups: Piece[][] = [[]];
  for (const [i, piece] of pieces.entries()) {
    groups.at(-1)?.push(piece);
    const ends = pieces.length > MAX_UNSPLIT && isBoundary(piece.last, level);
    if (ends && i < pieces.length - 1) groups.push([]);
  }
  // Names can be chosen so that every piece ends a group; then the level is not split at all.
  return groups.length < pieces.length ? groups : [[...pieces]];
}

/** The id of the directory that consists of these leaves, of which there is at least one. */
export function indexId(leaves: readonly Piece[]): ObjectId | undefined {
  let pieces = leaves;
  for (let level = 1; pieces.length > 1; level++) {
    pieces = groupPieces(pieces, level).map((group) => asPiece(group, level));
  }
  return pieces[0]?.id;
}

function asPiece(group: readonly Piece[], level: number): Piece {
  const sum = { entries: 0, files: 0, bytes: 0 };
  for (const { entries, files, bytes } of group) {
    sum.entries += entries;
    sum.files += files;
    sum.bytes += bytes;
  }
  const id = structureId(encodeNode({ kind: 'index', level, pieces: group }));
  return { ...sum, id, last: group.at(-1)?.last ?? '' };
}

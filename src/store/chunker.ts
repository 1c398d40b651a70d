/**
 * Where a large file is cut: content-defined chunking with a gear hash and normalised sizes (FastCDC;
 * Xia et al., USENIX ATC 2016, IEEE TPDS 2020). A place is a boundary because of the 32 bytes before
 * it, so an insertion or a change moves the boundaries around it and no others. The rule is part of
 * the format (docs/FORMAT.md, "Where a file is cut").
 */

import { createHash } from 'node:crypto';

/** The sizes of chunks that begin in one part of a file, in bytes. */
interface Sizes {
  readonly least: number;
  /** Below this size a boundary has to be a rarer one, above it a more frequent one will do. */
  readonly normal: number;
  readonly most: number;
  readonly rareMask: number;
  readonly frequentMask: number;
}

const FINE: Sizes = {
  ...{ least: 2 * 1024, normal: 4 * 1024, most: 16 * 1024 },
  ...{ rareMask: topBits(14), frequentMask: topBits(11) },
};

// Each boundary of these is one of the others as well, so both rules soon agree again where an
// insertion has moved the place from which the coarse one holds.
const COARSE: Sizes = {
  ...{ least: 16 * 1024, normal: 32 * 1024, most: 128 * 1024 },
  ...{ rareMask: topBits(17), frequentMask: topBits(14) },
};

/** Chunks that begin at or beyond this position of a file are coarse ones. */
const COARSE_FROM = 32 * 1024 * 1024;

/** A number for each value of a byte: the first four bytes of its SHA-256, the highest first. */
const GEAR = Int32Array.from({ length: 256 }, (_, byte) =>
  createHash('sha256').update(Uint8Array.of(byte)).digest().readInt32BE(),
);

/** Bytes of the longest chunk that can begin at this position of a file. */
export function longestChunk(position: number): number {
  return sizesAt(position).most;
}

/**
 * The end of the chunk that begins at `start` of `bytes`, which is `position` of the file. All of
 * {@link longestChunk} has to be there, or else the file ends at `end`.
 */
export function chunkEnd(bytes: Uint8Array, start: number, end: number, position: number): number {
  const { least, normal, most, rareMask, frequentMask } = sizesAt(position);
  const limit = Math.min(start + most, end);
  const middle = Math.min(start + normal, limit);
  let hash = 0;
  let at = start + least;
  for (; at < middle; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    if ((hash & rareMask) === 0) return at + 1;
  }
  for (; at < limit; at++) {
    hash = ((hash << 1) + (GEAR[bytes[at] as number] as number)) | 0;
    if ((hash & frequentMask) === 0) return at + 1;
  }
  return limit;
}

function sizesAt(position: number): Sizes {
  return position < COARSE_FROM ? FINE : COARSE;
}

function topBits(count: number): number {
  return -1 << (32 - count);
}

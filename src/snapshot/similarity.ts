/**
 * How much of one content is left in another, as git estimates it for renames: by the bytes of the
 * chunks that both have, wherever they stand. A chunk is a line, or 64 bytes of a longer one.
 */

/** The chunks of a content, for comparing it with many others. */
export interface Fingerprint {
  readonly sizeBytes: number;
  /** By the 32-bit hash of a chunk: how many bytes all chunks with that hash have together. */
  readonly chunks: ReadonlyMap<number, number>;
}

const MAX_CHUNK_BYTES = 64;
const NEWLINE = 0x0a;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Takes the fingerprint of a content, in one pass. */
export function fingerprint(content: Uint8Array): Fingerprint {
  const chunks = new Map<number, number>();
  let hash = FNV_OFFSET;
  let length = 0;
  for (const byte of content) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
    length++;
    if (byte === NEWLINE || length === MAX_CHUNK_BYTES) {
      chunks.set(hash, (chunks.get(hash) ?? 0) + length);
      hash = FNV_OFFSET;
      length = 0;
    }
  }
  if (length > 0) chunks.set(hash, (chunks.get(hash) ?? 0) + length);
  return { sizeBytes: content.length, chunks };
}

/**
 * Compares two contents: bytes in common, in percent of the larger one, rounded down.
 *
 * Two empty contents have nothing in common: 0. Equal contents give 100, but so does the same
 * content in another order, and two chunks may by chance have one hash: it is an estimate.
 */
export function similarity(before: Fingerprint, after: Fingerprint): number {
  let common = 0;
  for (const [hash, bytes] of before.chunks) {
    common += Math.min(bytes, after.chunks.get(hash) ?? 0);
  }
  return percentOf(common, before.sizeBytes, after.sizeBytes);
}

/** Two of many contents that are alike, by their places in the two lists. */
export interface SimilarPair {
  readonly source: number;
  readonly target: number;
  /** Percent, as {@link similarity} gives it. */
  readonly similarity: number;
}

/**
 * Finds all pairs of a source and a target that are at least `minimum` percent alike, in the order
 * of the targets, then of the sources.
 *
 * Goes by an index from chunks to sources, so that pairs without a common chunk cost nothing. Stops
 * after `maxSteps` comparisons of chunks; the targets that are left then have no pairs.
 */
export function findSimilarPairs(
  sources: readonly Fingerprint[],
  targets: readonly Fingerprint[],
  minimum: number,
  maxSteps: number,
): SimilarPair[] {
  const index = indexChunks(sources);
  const pairs: SimilarPair[] = [];
  let steps = 0;
  for (const [target, { sizeBytes, chunks }] of targets.entries()) {
    for (const hash of chunks.keys()) steps += index.get(hash)?.length ?? 0;
    if (steps > maxSteps) break;
    const common = countCommon(chunks, index, sources.length);
    for (const [source, { sizeBytes: sourceBytes }] of sources.entries()) {
      const percent = percentOf(common[source] ?? 0, sourceBytes, sizeBytes);
      if (percent >= minimum) pairs.push({ source, target, similarity: percent });
    }
  }
  return pairs;
}

/** The bytes that each of the sources has in common with the chunks. */
function countCommon(
  chunks: Fingerprint['chunks'],
  index: ChunkIndex,
  sourceCount: number,
): Float64Array {
  const common = new Float64Array(sourceCount);
  for (const [hash, bytes] of chunks) {
    for (const holder of index.get(hash) ?? []) {
      const before = common[holder.source] ?? 0;
      common[holder.source] = before + Math.min(bytes, holder.bytes);
    }
  }
  return common;
}

type ChunkIndex = ReadonlyMap<number, readonly ChunkHolder[]>;

interface ChunkHolder {
  readonly source: number;
  readonly bytes: number;
}

function indexChunks(sources: readonly Fingerprint[]): ChunkIndex {
  const index = new Map<number, ChunkHolder[]>();
  for (const [source, { chunks }] of sources.entries()) {
    for (const [hash, bytes] of chunks) {
      const holders = index.get(hash);
      if (holders === undefined) index.set(hash, [{ source, bytes }]);
      else holders.push({ source, bytes });
    }
  }
  return index;
}

function percentOf(common: number, beforeBytes: number, afterBytes: number): number {
  const larger = Math.max(beforeBytes, afterBytes);
  return larger === 0 ? 0 : Math.floor((common * 100) / larger);
}

/**
 * Finds which added files are removed ones under another path: first by equal content, then by
 * similar text. Looks only at what was removed and added, and within fixed bounds.
 */

import type { Entry } from '../primitives/entry.ts';
import { baseName, compareNames, pathParts, type TreePath } from '../primitives/path.ts';
import { isBinary } from '../primitives/text.ts';
import { type Fingerprint, findSimilarPairs, fingerprint } from './similarity.ts';

/** A removed or an added entry. */
export interface RenameCandidate {
  readonly path: TreePath;
  readonly entry: Entry;
}

/** One path that has become another. */
export interface Rename {
  readonly from: TreePath;
  readonly to: TreePath;
  /** 100 for equal content; else what both share in percent of the larger one, 51 to 99. */
  readonly similarity: number;
}

/** Reads the content of an entry; undefined when it cannot be had, which rules the entry out. */
export type ReadContent = (entry: Entry) => Uint8Array | undefined;

interface Pair {
  readonly source: RenameCandidate;
  readonly target: RenameCandidate;
  readonly similarity: number;
  /** Path components in common, from the root and from the base name; the latter outweighs all. */
  readonly closeness: number;
}

interface Sample {
  readonly candidate: RenameCandidate;
  readonly parts: readonly string[];
  readonly fingerprint: Fingerprint;
}

const MIN_SIMILARITY = 51;
const MAX_INEXACT_SIMILARITY = 99;
const MAX_SAMPLES = 1000;
const MAX_SAMPLE_BYTES = 1024 * 1024;
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
const MAX_STEPS = 30_000_000;
const MAX_PAIRS_OF_EQUALS = 10_000;
// A path of 4,096 bytes has no more.
const MAX_PATH_COMPONENTS = 2048;

/**
 * Finds renames among removed and added entries.
 *
 * Equal content of the same kind comes first, symbolic links included; between several, the same
 * base name decides, then the most path components in common. The files that are left are compared
 * when they are text: more than half must be in common, and the most similar pair is taken first.
 * Every path is used once. Empty files and directories are never renamed.
 *
 * Bounds of the comparison: files up to 1 MiB; on each side at most 1,000 files (when there are
 * more, those whose base name the other side has too) and 8 MiB, in the order of paths; and a number
 * of steps that only hundreds of nearly equal files reach.
 *
 * @returns the renames in the order of `to`; the order of the input does not matter.
 */
export function detectRenames(
  removed: readonly RenameCandidate[],
  added: readonly RenameCandidate[],
  read: ReadContent,
): Rename[] {
  const sources = new Set(removed.filter(canBeRenamed).toSorted(byPath));
  const targets = new Set(added.filter(canBeRenamed).toSorted(byPath));
  const renames: Rename[] = [];
  const take = ({ source, target, similarity }: Pair): void => {
    if (!sources.has(source) || !targets.has(target)) return;
    sources.delete(source);
    targets.delete(target);
    renames.push({ from: source.path, to: target.path, similarity });
  };
  pairEquals(
    sources,
    targets,
    (candidate) => `${contentKey(candidate)} ${baseName(candidate.path)}`,
  ).forEach(take);
  pairEquals(sources, targets, contentKey).forEach(take);
  pairSimilar([...sources], [...targets], read).forEach(take);
  return renames.sort((left, right) => compareNames(left.to, right.to));
}

function canBeRenamed({ entry }: RenameCandidate): boolean {
  return entry.kind !== 'directory' && entry.size > 0;
}

function byPath(left: RenameCandidate, right: RenameCandidate): number {
  return compareNames(left.path, right.path);
}

function contentKey({ entry }: RenameCandidate): string {
  return `${entry.kind} ${entry.id}`;
}

/** Pairs of candidates with the same key, best pairs first for each key. */
function pairEquals(
  sources: Iterable<RenameCandidate>,
  targets: Iterable<RenameCandidate>,
  keyOf: (candidate: RenameCandidate) => string,
): Pair[] {
  const sourcesByKey = groupBy(sources, keyOf);
  const pairs: Pair[] = [];
  for (const [key, sameTargets] of groupBy(targets, keyOf)) {
    const sameSources = sourcesByKey.get(key) ?? [];
    // Where thousands of files are equal, any pairing is as good as another.
    const all =
      sameSources.length * sameTargets.length <= MAX_PAIRS_OF_EQUALS
        ? sameSources.flatMap((source) => sameTargets.map((target) => equalPair(source, target)))
        : sameSources.flatMap((source, i) =>
            sameTargets.slice(i, i + 1).map((target) => equalPair(source, target)),
          );
    for (const pair of all.sort(byPreference)) pairs.push(pair);
  }
  return pairs;
}

function equalPair(source: RenameCandidate, target: RenameCandidate): Pair {
  const closeness = closenessOf(pathParts(source.path), pathParts(target.path));
  return { source, target, similarity: 100, closeness };
}

function groupBy(
  candidates: Iterable<RenameCandidate>,
  keyOf: (candidate: RenameCandidate) => string,
): Map<string, RenameCandidate[]> {
  const groups = new Map<string, RenameCandidate[]>();
  for (const candidate of candidates) {
    const key = keyOf(candidate);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [candidate]);
    else group.push(candidate);
  }
  return groups;
}

/** Pairs of similar text files, best pairs first. */
function pairSimilar(
  sources: readonly RenameCandidate[],
  targets: readonly RenameCandidate[],
  read: ReadContent,
): Pair[] {
  if (sources.length === 0 || targets.length === 0) return [];
  const sourceSamples = takeSamples(sources, targets, read);
  const targetSamples = takeSamples(targets, sources, read);
  const found = findSimilarPairs(
    sourceSamples.map((sample) => sample.fingerprint),
    targetSamples.map((sample) => sample.fingerprint),
    MIN_SIMILARITY,
    MAX_STEPS,
  );
  const pairs = found.flatMap(({ source, target, similarity }): Pair[] => {
    const from = sourceSamples[source];
    const to = targetSamples[target];
    if (from === undefined || to === undefined) return [];
    // 100 is kept for equal content, as lines in another order give it too.
    const percent = Math.min(similarity, MAX_INEXACT_SIMILARITY);
    const closeness = closenessOf(from.parts, to.parts);
    return [{ source: from.candidate, target: to.candidate, similarity: percent, closeness }];
  });
  return pairs.sort(byPreference);
}

function takeSamples(
  candidates: readonly RenameCandidate[],
  others: readonly RenameCandidate[],
  read: ReadContent,
): Sample[] {
  const samples: Sample[] = [];
  let bytes = 0;
  for (const candidate of selectComparable(candidates, others)) {
    if (bytes + candidate.entry.size > MAX_TOTAL_BYTES) continue;
    bytes += candidate.entry.size;
    const content = read(candidate.entry);
    if (content === undefined || isBinary(content)) continue;
    const parts = pathParts(candidate.path);
    samples.push({ candidate, parts, fingerprint: fingerprint(content) });
  }
  return samples;
}

function selectComparable(
  candidates: readonly RenameCandidate[],
  others: readonly RenameCandidate[],
): RenameCandidate[] {
  const comparable = candidates.filter(
    ({ entry }) => entry.kind === 'file' && entry.size <= MAX_SAMPLE_BYTES,
  );
  if (comparable.length <= MAX_SAMPLES) return comparable;
  const names = new Set(others.map((other) => baseName(other.path)));
  const sameName = comparable.filter((candidate) => names.has(baseName(candidate.path)));
  return sameName.slice(0, MAX_SAMPLES);
}

/** More in common first, then the same base name and the closer path; the sort is stable. */
function byPreference(left: Pair, right: Pair): number {
  return right.similarity - left.similarity || right.closeness - left.closeness;
}

function closenessOf(from: readonly string[], to: readonly string[]): number {
  const limit = Math.min(from.length, to.length);
  let head = 0;
  while (head < limit && from[head] === to[head]) head++;
  let tail = 0;
  while (tail < limit - head && from.at(-1 - tail) === to.at(-1 - tail)) tail++;
  return head + tail + (from.at(-1) === to.at(-1) ? MAX_PATH_COMPONENTS : 0);
}

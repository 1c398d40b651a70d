/** What a tree node says of itself, and what others may rightly say of it. */

import { isBoundary, MAX_UNSPLIT } from './boundary.ts';
import type { TreeNode } from './node.ts';

/** What a node adds up to, and where it is cut. */
export interface NodeFacts {
  /** 0 for a leaf. */
  readonly level: number;
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  /** The name at its end; undefined when it is empty. */
  readonly last: string | undefined;
  /** Whether a leaf goes on behind a name that ends a piece. */
  readonly crossesBoundary: boolean;
}

/** What a directory, or an index node, says of a node below it. */
export interface Claim {
  readonly files: number;
  readonly bytes: number;
  /** What an index node says besides; absent for a directory of its own. */
  readonly piece?: {
    readonly entries: number;
    readonly last: string;
    /** Level of the index node. */
    readonly below: number;
    /** Whether another piece of the same directory follows. */
    readonly isFollowed: boolean;
  };
}

/** Adds up a node. */
export function nodeFacts(node: TreeNode): NodeFacts {
  if (node.kind === 'leaf') {
    const names = [...node.entries.keys()];
    const crossesBoundary = names.slice(0, -1).some((name) => isBoundary(name, 0));
    const facts = { level: 0, entries: names.length, last: names.at(-1), crossesBoundary };
    return { ...facts, ...sum(node.entries.values(), (entry) => [entry.files, entry.size]) };
  }
  const entries = node.pieces.reduce((total, piece) => total + piece.entries, 0);
  const last = node.pieces.at(-1)?.last;
  const facts = { level: node.level, entries, last, crossesBoundary: false };
  return { ...facts, ...sum(node.pieces, (piece) => [piece.files, piece.bytes]) };
}

/** Why a claim about a node is false, or undefined when it is true. */
export function claimProblem(facts: NodeFacts, claim: Claim): string | undefined {
  if (facts.files !== claim.files || facts.bytes !== claim.bytes) {
    return `its numbers of files and bytes are not those of what is in it`;
  }
  const { piece } = claim;
  if (piece === undefined) return undefined;
  if (facts.entries !== piece.entries) return 'its number of entries is wrong';
  if (facts.last !== piece.last) return 'the last name of a piece is wrong';
  return facts.level === piece.below - 1 ? undefined : 'its levels are out of order';
}

/** Why a node would have been cut in another way, or undefined when it is cut as it should be. */
export function splitProblem(facts: NodeFacts, claim: Claim): string | undefined {
  if (claim.piece === undefined) {
    if (facts.level > 0 && facts.entries <= MAX_UNSPLIT) return 'it is split, but small';
    if (facts.level === 0 && facts.entries > MAX_UNSPLIT && facts.crossesBoundary) {
      return 'it is large, but not split';
    }
    return undefined;
  }
  if (facts.crossesBoundary) return 'a piece of it goes on behind its boundary';
  const endsAtBoundary = facts.last !== undefined && isBoundary(facts.last, 0);
  return claim.piece.isFollowed && !endsAtBoundary ? 'a piece of it ends too early' : undefined;
}

function sum<T>(
  parts: Iterable<T>,
  amounts: (part: T) => readonly [files: number, bytes: number],
): { files: number; bytes: number } {
  const total = { files: 0, bytes: 0 };
  for (const part of parts) {
    const [files, bytes] = amounts(part);
    total.files += files;
    total.bytes += bytes;
  }
  return total;
}

/**
 * One step down a tree, past all that a known tree has too. Known trees are whole: what is in them
 * needs neither be sent nor fetched nor looked at.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { ContentRef } from '../store/contents.ts';
import type { TreeNode } from '../tree/node.ts';
import type { Claim } from '../tree/node-facts.ts';
import { EMPTY_TREE, type Trees } from '../tree/trees.ts';

/** A node to look at. */
export interface WalkStep {
  readonly id: ObjectId;
  /** What the node above says of it; undefined for a root. */
  readonly claim: Claim | undefined;
  /** Bytes of the path of its directory, a slash at the end; 0 for a root. */
  readonly pathBytes: number;
  /** The name that all names in it come after; undefined when any may be the first. */
  readonly after: string | undefined;
  /** The directories at the same path in known trees. */
  readonly known: readonly ObjectId[];
  /** Pieces of those directories. */
  readonly knownPieces: ReadonlySet<ObjectId>;
}

/** A file or the target of a link. */
export interface WalkContent extends ContentRef {
  readonly isLink: boolean;
}

/** What a node leads to that no known tree has. */
export interface Below {
  readonly nodes: readonly WalkStep[];
  readonly contents: readonly WalkContent[];
}

const NO_PIECES: ReadonlySet<ObjectId> = new Set();

/** The first steps of a walk; none when the tree is empty or known. */
export function walkFrom(root: ObjectId, known: readonly ObjectId[]): WalkStep[] {
  if (root === EMPTY_TREE || known.includes(root)) return [];
  return [
    { id: root, claim: undefined, pathBytes: 0, after: undefined, known, knownPieces: NO_PIECES },
  ];
}

/**
 * What the node of a step leads to.
 *
 * @param trees - has the known trees.
 */
export function stepDown(trees: Trees, step: WalkStep, node: TreeNode): Below {
  return node.kind === 'leaf' ? belowLeaf(trees, step, node) : belowIndex(trees, step, node);
}

function belowIndex(
  trees: Trees,
  step: WalkStep,
  node: Extract<TreeNode, { kind: 'index' }>,
): Below {
  const isTop = step.claim?.piece === undefined;
  const knownPieces = isTop ? piecesOf(trees, step.known) : step.knownPieces;
  const end = node.pieces.length - 1;
  const steps = node.pieces.map(({ id, entries, files, bytes, last }, i) => {
    const piece = { entries, last, below: node.level, isFollowed: i < end };
    const after = node.pieces[i - 1]?.last ?? step.after;
    return { ...step, id, claim: { files, bytes, piece }, after, knownPieces };
  });
  return { nodes: steps.filter(({ id }) => !knownPieces.has(id)), contents: [] };
}

function belowLeaf(trees: Trees, step: WalkStep, node: Extract<TreeNode, { kind: 'leaf' }>): Below {
  const nodes: WalkStep[] = [];
  const contents: WalkContent[] = [];
  for (const [name, entry] of node.entries) {
    const peers = step.known.map((directory) => trees.entry(directory, name));
    if (peers.some((peer) => peer?.id === entry.id && peer.size === entry.size)) continue;
    if (entry.kind !== 'directory') {
      contents.push({ id: entry.id, size: entry.size, isLink: entry.kind === 'symlink' });
    } else if (entry.id !== EMPTY_TREE) {
      nodes.push({
        id: entry.id,
        claim: { files: entry.files, bytes: entry.size },
        pathBytes: step.pathBytes + Buffer.byteLength(name) + 1,
        after: undefined,
        known: peers.flatMap((peer) => (peer?.kind === 'directory' ? [peer.id] : [])),
        knownPieces: NO_PIECES,
      });
    }
  }
  return { nodes, contents };
}

/** The nodes below large directories, of all levels. */
function piecesOf(trees: Trees, directories: readonly ObjectId[]): ReadonlySet<ObjectId> {
  const pieces = new Set<ObjectId>();
  const stack = [...directories];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = trees.node(id);
    if (node.kind === 'leaf') continue;
    for (const piece of node.pieces) {
      pieces.add(piece.id);
      if (node.level > 1) stack.push(piece.id);
    }
  }
  return pieces;
}

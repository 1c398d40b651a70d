/** What a tree node that came from a remote has to fulfil before it is believed. */

import { MAX_LINK_BYTES, MAX_PATH_BYTES } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import { compareNames } from '../primitives/path.ts';
import { decodeManifest, type Manifest } from '../store/manifest.ts';
import { indexId } from '../tree/group-pieces.ts';
import { decodeNode, encodeNode, type Piece, type TreeNode } from '../tree/node.ts';
import { claimProblem, nodeFacts, splitProblem } from '../tree/node-facts.ts';
import { corruptObject } from './payload.ts';
import type { WalkStep } from './tree-walk.ts';

const LINK_MODE = 0o777;

/**
 * Decodes a node and checks it against what is above it: sums, levels, order and names also across
 * its neighbours, the length of paths, and that it is cut where it has to be.
 *
 * @throws {SyncError} REMOTE_CORRUPT.
 */
export function checkNode(step: WalkStep, bytes: Uint8Array): TreeNode {
  const node = decoded(step.id, () => decodeNode(bytes));
  // Every value has one encoding; the decoder refuses other ones, and this proves it.
  if (!encodeNode(node).equals(bytes))
    throw corruptObject(step.id, 'its encoding is not canonical');
  const facts = nodeFacts(node);
  const claim = step.claim ?? { files: facts.files, bytes: facts.bytes };
  const problem =
    splitProblem(facts, claim) ?? claimProblem(facts, claim) ?? namesProblem(step, node);
  if (problem !== undefined) throw corruptObject(step.id, problem);
  return node;
}

/** Largest file that is taken from a remote, in bytes: a few objects can stand for any size. */
const MAX_FILE_BYTES = 128 * 1024 * 1024 * 1024;

/** What is known of a manifest before it is read. */
export interface ManifestClaim {
  readonly id: ObjectId;
  /** Bytes of the file, or of that part of it. */
  readonly whole: number;
  /** Undefined for the manifest on top of a file. */
  readonly level?: number | undefined;
}

/**
 * Decodes a manifest and checks it against what refers to it.
 *
 * @throws {SyncError} REMOTE_CORRUPT.
 */
export function checkManifest({ id, whole, level }: ManifestClaim, bytes: Uint8Array): Manifest {
  const manifest = decoded(id, () => decodeManifest(bytes));
  if (whole > MAX_FILE_BYTES) throw corruptObject(id, `a file of ${whole} bytes is too large`);
  if (manifest.size !== whole) {
    throw corruptObject(id, `it is of ${manifest.size} bytes, not of ${whole}`);
  }
  if (level !== undefined && (manifest.isFixed || manifest.level !== level)) {
    throw corruptObject(id, `it is not a manifest of level ${level}`);
  }
  return manifest;
}

/** What a manifest says of its parts, when they are manifests. */
export function partClaims({ level, parts }: Manifest): ManifestClaim[] {
  return parts.map(({ id, size }) => ({ id, whole: size, level: level - 1 }));
}

/**
 * Makes sure that the index of a large directory is the one that its leaves give.
 *
 * @param read - the index nodes below it.
 * @throws {SyncError} REMOTE_CORRUPT.
 */
export function checkIndex(directory: ObjectId, read: (id: ObjectId) => TreeNode): void {
  const leaves: Piece[] = [];
  const stack = [directory];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = read(id);
    if (node.kind === 'leaf') continue;
    if (node.level === 1) leaves.push(...node.pieces);
    else stack.push(...node.pieces.map((piece) => piece.id).reverse());
  }
  if (indexId(leaves) !== directory) throw corruptObject(directory, 'its index is cut wrongly');
}

function namesProblem(step: WalkStep, node: TreeNode): string | undefined {
  const names =
    node.kind === 'leaf' ? [...node.entries.keys()] : node.pieces.map(({ last }) => last);
  const [first] = names;
  if (first !== undefined && step.after !== undefined && compareNames(step.after, first) >= 0) {
    return `the name ${JSON.stringify(first)} is out of order`;
  }
  const tooLong = names.find((name) => step.pathBytes + Buffer.byteLength(name) > MAX_PATH_BYTES);
  if (tooLong !== undefined) return `the path of ${JSON.stringify(tooLong)} is too long`;
  return node.kind === 'leaf' ? linkProblem(node) : undefined;
}

function linkProblem({ entries }: Extract<TreeNode, { kind: 'leaf' }>): string | undefined {
  for (const [name, { kind, size, mode }] of entries) {
    if (kind !== 'symlink') continue;
    const isSound = size > 0 && size <= MAX_LINK_BYTES && mode === LINK_MODE;
    if (!isSound) return `the link ${JSON.stringify(name)} could not be one`;
  }
  return undefined;
}

function decoded<T>(id: ObjectId, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'its encoding is wrong';
    throw corruptObject(id, why, cause);
  }
}

/** Finds out which objects of a tree a remote lacks, in few round trips. */

import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { ContentRef, Contents } from '../store/contents.ts';
import type { TreeStore } from '../tree/trees.ts';
import type { Remote, RemoteCall } from './remote.ts';
import { stepDown, type WalkStep, walkFrom } from './tree-walk.ts';

/** What is asked for. */
export interface Wanted {
  /** Trees that the remote is to have, in whole. */
  readonly roots: readonly ObjectId[];
  /** Trees that it has. */
  readonly known: readonly ObjectId[];
  /** Whether it may lack what its own objects refer to, so that each one is asked about. */
  readonly isDoubted: boolean;
}

/**
 * The objects that are reachable from the roots and that the remote lacks. Costs what the roots do
 * not share with the known trees. With known trees little is expected to be there, and all of it is
 * asked about at once: one round trip for each `limits.ids` objects. Without any, the walk asks level
 * by level, and stops at every node that the remote has, as all below it is there too.
 *
 * @throws {SyncError} as {@link Remote} says; {StorageError} OBJECT_MISSING, OBJECT_CORRUPT.
 */
export async function findMissing(
  remote: Remote,
  local: TreeStore,
  { roots, known, isDoubted }: Wanted,
  call: RemoteCall,
): Promise<Set<ObjectId>> {
  const missing = new Set<ObjectId>();
  const seen = new Set<ObjectId>();
  const asksByLevel = known.length === 0 && !isDoubted;
  const candidates = new Set<ObjectId>();
  let steps = roots.flatMap((root) => walkFrom(root, known));
  while (steps.length > 0) {
    const level = steps.filter(({ id }) => !seen.has(id) && seen.add(id));
    const absent = asksByLevel
      ? await absentOf(remote, new Set(level.map(({ id }) => id)), call)
      : undefined;
    const lacking = absent === undefined ? level : level.filter(({ id }) => absent.has(id));
    const target = asksByLevel ? missing : candidates;
    for (const { id } of lacking) target.add(id);
    steps = descend(local, lacking, candidates);
  }
  for (const id of await absentOf(remote, candidates, call)) missing.add(id);
  return missing;
}

/** The nodes below some nodes; the contents are added to `contents`. */
function descend(
  local: TreeStore,
  steps: readonly WalkStep[],
  contents: Set<ObjectId>,
): WalkStep[] {
  return steps.flatMap((step) => {
    const below = stepDown(local.trees, step, local.trees.node(step.id));
    for (const content of below.contents) addContent(local.contents, content, contents);
    return below.nodes;
  });
}

function addContent(contents: Contents, { id, size }: ContentRef, into: Set<ObjectId>): void {
  if (into.has(id)) return;
  into.add(id);
  if (size <= CHUNK_THRESHOLD) return;
  for (const part of contents.below(id, (below) => !into.has(below))) into.add(part.id);
}

async function absentOf(
  remote: Remote,
  ids: ReadonlySet<ObjectId>,
  call: RemoteCall,
): Promise<Set<ObjectId>> {
  const absent = new Set(ids);
  const all = [...ids];
  for (let start = 0; start < all.length; start += remote.limits.ids) {
    const slice = all.slice(start, start + remote.limits.ids);
    for (const id of await remote.present(slice, call)) absent.delete(id);
  }
  return absent;
}

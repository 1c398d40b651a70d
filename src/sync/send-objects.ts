/** Sends objects to a remote in bounded batches, each after everything that it refers to. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { CHUNK_THRESHOLD } from '../primitives/limits.ts';
import type { ObjectId } from '../primitives/object-id.ts';
import type { ContentRef } from '../store/contents.ts';
import type { Objects } from '../store/objects.ts';
import { EMPTY_TREE, type TreeStore } from '../tree/trees.ts';
import { packObject } from './payload.ts';
import type { Remote, RemoteCall, RemoteObject } from './remote.ts';

/** Objects that are prepared before the event loop has a turn, in which the last batch travels on. */
const OBJECTS_A_TURN = 32;

/** What is sent, and how. */
export interface Sending {
  readonly remote: Remote;
  readonly objects: Objects;
  readonly local: TreeStore;
  /** Whether to look below what is not missing: on a damaged remote something may be, there too. */
  readonly isDoubted: boolean;
  readonly compress: boolean;
  /** Objects in one call; the limits of the remote hold as well. */
  readonly batchSize: number;
  readonly onSent: (objects: number, bytes: number) => void;
}

/**
 * Sends the missing objects below the roots, but for the last batch.
 *
 * @returns that batch, which can go with what refers to the roots.
 * @throws {SyncError} as {@link Remote} says; {StorageError} OBJECT_MISSING, OBJECT_CORRUPT.
 */
export async function sendObjects(
  sending: Sending,
  roots: readonly ObjectId[],
  missing: Set<ObjectId>,
  call: RemoteCall,
): Promise<readonly RemoteObject[]> {
  const { remote, objects, local, isDoubted, compress, onSent } = sending;
  const rows = Math.min(remote.limits.rows, sending.batchSize);
  let batch: RemoteObject[] = [];
  let bytes = 0;
  let prepared = 0;
  /** The batch that travels while the next one is prepared; never two, as the order counts. */
  let travelling: Promise<void> = Promise.resolve();
  for (const id of inOrder(local, roots, missing, isDoubted)) {
    const stored = objects.find(id);
    if (stored === undefined) {
      // The read says in which way it is not there.
      objects.read(id, 'content');
      continue;
    }
    const object = packObject(stored, compress);
    const size = object.payload.length;
    if (batch.length > 0 && (batch.length >= rows || bytes + size > remote.limits.bytes)) {
      await travelling;
      const sent = [batch.length, bytes] as const;
      travelling = remote.writeObjects(batch, call).then(() => onSent(...sent));
      // It is waited for below; an error on the way there would come first.
      travelling.catch(() => undefined);
      batch = [];
      bytes = 0;
    }
    batch.push(object);
    bytes += size;
    prepared += 1;
    if (prepared % OBJECTS_A_TURN === 0) await nextTurn();
  }
  await travelling;
  onSent(batch.length, bytes);
  return batch;
}

/** Nodes on the way to a missing object, and what is left to do below each. */
interface Frame {
  readonly id: ObjectId;
  readonly below: Iterator<ObjectId | ContentRef>;
}

/** The missing objects, each once, children before parents. Takes them out of `missing`. */
function* inOrder(
  local: TreeStore,
  roots: readonly ObjectId[],
  missing: Set<ObjectId>,
  isDoubted: boolean,
): Generator<ObjectId> {
  const seen = new Set<ObjectId>();
  const isOpen = (id: ObjectId): boolean =>
    isDoubted ? !seen.has(id) && seen.add(id) !== undefined : missing.has(id);
  const open = (id: ObjectId): Frame[] =>
    id !== EMPTY_TREE && isOpen(id) ? [{ id, below: below(local, id) }] : [];
  for (const root of roots) {
    // A stack of its own: trees can be deeper than the stack of calls allows.
    const stack = open(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.below.next();
      if (next.done === true) {
        if (missing.delete(top.id)) yield top.id;
        stack.pop();
      } else if (typeof next.value === 'string') {
        stack.push(...open(next.value));
      } else {
        yield* contentInOrder(local, next.value, missing, isDoubted);
      }
    }
  }
}

/** The nodes and contents that a node refers to. */
function* below({ trees }: TreeStore, id: ObjectId): Generator<ObjectId | ContentRef> {
  const node = trees.node(id);
  if (node.kind === 'index') {
    for (const piece of node.pieces) yield piece.id;
    return;
  }
  for (const entry of node.entries.values()) yield entry.kind === 'directory' ? entry.id : entry;
}

function* contentInOrder(
  { contents }: TreeStore,
  { id, size }: ContentRef,
  missing: Set<ObjectId>,
  isDoubted: boolean,
): Generator<ObjectId> {
  const isMissing = missing.delete(id);
  if (size > CHUNK_THRESHOLD && (isMissing || isDoubted)) {
    const isOpened = (node: ObjectId): boolean => isDoubted || missing.has(node);
    for (const part of contents.below(id, isOpened)) if (missing.delete(part.id)) yield part.id;
  }
  if (isMissing) yield id;
}

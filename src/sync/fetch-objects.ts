/** Asks a remote for objects until all of them have come, each checked before it is passed on. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObjectId } from '../primitives/object-id.ts';
import { isWorthwhile } from '../store/objects.ts';
import { corruptObject, type Expected, openObject } from './payload.ts';
import type { Remote, RemoteCall, RemoteObject } from './remote.ts';
import { SyncError } from './sync-errors.ts';

/** An object that is what it should be. */
export interface Fetched<E extends Expected> {
  readonly expected: E;
  readonly bytes: Buffer;
  /** The bytes deflated, if they came so and it is worth while to keep them so. */
  readonly deflated: Uint8Array | undefined;
}

/** Bytes of objects that are opened at once: their payloads may be a thousand times smaller. */
const SLICE_BYTES = 8 * 1024 * 1024;

/**
 * Fetches objects and hands them out as they come, in slices that fit in memory.
 *
 * @param wanted - each id once, at most `limits.ids`.
 * @throws {SyncError} REMOTE_INCOMPLETE when the remote lacks one, REMOTE_CORRUPT when one is wrong,
 *   and as {@link Remote} says.
 */
export async function fetchObjects<E extends Expected>(
  remote: Remote,
  wanted: readonly E[],
  take: (answer: readonly Fetched<E>[]) => void,
  call: RemoteCall,
): Promise<void> {
  const open = new Map<ObjectId, E>(wanted.map((expected) => [expected.id, expected]));
  let asked: { readonly objects: Promise<readonly RemoteObject[]> } | undefined;
  while (open.size > 0) {
    const objects = await (asked?.objects ?? remote.readObjects([...open.keys()], call));
    if (objects.length === 0) throw incomplete([...open.keys()]);
    asked = await askForRest(remote, open, objects, call);
    for (const slice of inBatches(objects)) {
      take(
        slice.map((object) => {
          const expected = open.get(object.id);
          if (expected === undefined) throw corruptObject(object.id, 'it was not asked for');
          open.delete(object.id);
          return { expected, bytes: openObject(object, expected), deflated: deflatedOf(object) };
        }),
      );
    }
  }
}

/** As git does with a pack: to store it as it came writes a fraction of the bytes. */
function deflatedOf({ codec, payload, size }: RemoteObject): Uint8Array | undefined {
  return codec === 'deflate' && isWorthwhile(payload, size) ? payload : undefined;
}

/** Asks for what has not come yet, on its way while the answer before is opened. */
async function askForRest(
  remote: Remote,
  open: ReadonlyMap<ObjectId, unknown>,
  answer: readonly RemoteObject[],
  call: RemoteCall,
): Promise<{ readonly objects: Promise<readonly RemoteObject[]> } | undefined> {
  const come = new Set(answer.map(({ id }) => id));
  const rest = [...open.keys()].filter((id) => !come.has(id));
  if (rest.length === 0) return undefined;
  const objects = remote.readObjects(rest, call);
  // What is wrong with the answer before it comes first.
  objects.catch(() => undefined);
  await nextTurn();
  return { objects };
}

/** Slices of an answer that fit in memory when they are opened; an object has the size it says. */
function* inBatches(objects: readonly RemoteObject[]): Iterable<readonly RemoteObject[]> {
  let slice: RemoteObject[] = [];
  let bytes = 0;
  for (const object of objects) {
    if (slice.length > 0 && bytes + object.size > SLICE_BYTES) {
      yield slice;
      slice = [];
      bytes = 0;
    }
    slice.push(object);
    bytes += object.size;
  }
  if (slice.length > 0) yield slice;
}

function incomplete(ids: readonly ObjectId[]): SyncError {
  const more = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  return new SyncError('REMOTE_INCOMPLETE', `The remote lacks object ${ids[0]}${more}.`, {
    hint: 'Push with force from a replica that is whole, or restore the remote.',
    details: { ids: ids.slice(0, 100) },
  });
}

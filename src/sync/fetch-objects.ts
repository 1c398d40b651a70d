/** Asks a remote for objects until all of them have come, each checked before it is passed on. */

import type { ObjectId } from '../primitives/object-id.ts';
import { corruptObject, type Expected, openObject } from './payload.ts';
import type { Remote, RemoteCall } from './remote.ts';
import { SyncError } from './sync-errors.ts';

/** An object that is what it should be. */
export interface Fetched<E extends Expected> {
  readonly expected: E;
  readonly bytes: Buffer;
}

/**
 * Fetches objects and hands them out as they come, one answer of the remote at a time.
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
  while (open.size > 0) {
    const objects = await remote.readObjects([...open.keys()], call);
    if (objects.length === 0) throw incomplete([...open.keys()]);
    take(
      objects.map((object) => {
        const expected = open.get(object.id);
        if (expected === undefined) throw corruptObject(object.id, 'nobody asked for it');
        open.delete(object.id);
        return { expected, bytes: openObject(object, expected) };
      }),
    );
  }
}

function incomplete(ids: readonly ObjectId[]): SyncError {
  const more = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  return new SyncError('REMOTE_INCOMPLETE', `The remote lacks object ${ids[0]}${more}.`, {
    hint: 'Push with force from a replica that is whole, or restore the remote.',
    details: { ids: ids.slice(0, 100) },
  });
}

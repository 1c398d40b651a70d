/**
 * Refuses what agentfs keeps beside a project when it is not this user's own: a link that was checked
 * out with the project would lead writes and reads elsewhere, and who owns a file can change it.
 */

import { lstatSync, type Stats } from 'node:fs';
import { StorageError } from '../primitives/errors.ts';

/**
 * Makes sure that what is at `path`, if anything is, is no symbolic link and belongs to this user.
 * Of the path only its last part is looked at.
 *
 * @throws {StorageError} STORE_UNSAFE.
 */
export function requireOwn(path: string): void {
  const stats = look(path);
  if (stats === undefined) return;
  // Names that came along could make something of a terminal.
  const shown = path.replace(/\p{Cc}/gu, '?');
  const name = `'${shown.replaceAll("'", String.raw`'\''`)}'`;
  if (stats.isSymbolicLink()) {
    throw new StorageError(
      'STORE_UNSAFE',
      `${shown} is a symbolic link; agentfs follows none here.`,
      {
        path,
        hint: `Remove it: rm ${name}. To keep the store elsewhere, set storage.database_path in your own configuration.`,
      },
    );
  }
  const user = process.geteuid?.();
  if (user === undefined || stats.uid === user) return;
  throw new StorageError(
    'STORE_UNSAFE',
    `${shown} belongs to user ${stats.uid}, not to you (${user}).`,
    {
      path,
      hint: `Run agentfs as that user, or make it yours: sudo chown -R ${user} ${name}`,
      details: { owner: stats.uid, user },
    },
  );
}

/** What cannot be reached fails when it is opened. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

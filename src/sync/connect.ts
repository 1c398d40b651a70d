/** Puts a remote together: the database, the key if there is one, and the patience. */

import { SealedRemote } from './encrypted-remote.ts';
import { checkSeal, SealKey } from './encryption.ts';
import { LibsqlRemote } from './libsql-remote.ts';
import type { Remote, RemoteCall } from './remote.ts';
import { RetryingRemote } from './retrying-remote.ts';

/** How to get at a remote. Secrets are in memory only. */
export interface RemoteAccess {
  /** As `parseRemoteUrl` returns it. */
  readonly url: string;
  readonly token: string | undefined;
  /** 32 bytes in Base64; undefined for a remote that is not encrypted. */
  readonly encryptionKey: string | undefined;
  /** Ms that one attempt at a call may take. */
  readonly attemptMs: number;
  /** How often a call is repeated that may succeed later. */
  readonly repetitions: number;
}

/**
 * Connects, and makes sure that the remote is one of agentfs and encrypted with that key.
 *
 * @throws {SyncError} REMOTE_KEY, REMOTE_FOREIGN, REMOTE_NEWER, REMOTE_AUTH and others.
 */
export async function connectRemote(access: RemoteAccess, call: RemoteCall): Promise<Remote> {
  const { url, token, encryptionKey, attemptMs, repetitions } = access;
  const key = encryptionKey === undefined ? undefined : new SealKey(encryptionKey);
  const database = new RetryingRemote(new LibsqlRemote({ url, token }), {
    attemptMs,
    repetitions,
    // Two slow attempts and the quick ones between; after that, waiting on has no point.
    deadlineMs: 2 * attemptMs,
  });
  try {
    const name = key?.name ?? '';
    checkSeal(await database.open(name, call), name, database.label);
  } catch (error) {
    database.close();
    throw error;
  }
  return key === undefined ? database : new SealedRemote(database, key);
}

/**
 * The port behind which a shared database stands: what the engine asks of it, and what it may rely
 * on. Plain data crosses it. Adapters and wrappers (retrying, encrypting) are Remotes alike and pass
 * the same contract suite.
 *
 * Duties of every implementation:
 * - **Atomic**: each writing call happens as a whole or not at all.
 * - **Idempotent**: each call may be repeated, also when the first answer was lost, also by another
 *   replica, also out of order; the outcome is as if it had been made once.
 * - **Ordered**: what a call has written is seen by every later call of every replica.
 * - **Errors** are {@link SyncError}s with a `REMOTE_` code; a call that may succeed when repeated has
 *   the code REMOTE_UNREACHABLE, REMOTE_BUSY or REMOTE_TIMEOUT and, if the remote said how long to
 *   wait, `details.retryAfterMs`. No error, and no `label`, holds a secret. Adapters do not retry.
 * - **Signals**: a call whose signal is aborted rejects soon with the signal's reason; what it has
 *   asked for may still happen.
 * - **No trust**: an implementation checks that values have the right types, and nothing else; the
 *   engine believes no id, size or encoding that it has not checked itself.
 */

import type { ObjectId } from '../primitives/object-id.ts';
import type { ObjectKind } from '../store/objects.ts';

/** How a payload holds the bytes of an object. Encrypted forms are between a wrapper and its remote. */
export type PayloadCodec = 'raw' | 'deflate' | 'sealed-raw' | 'sealed-deflate';

/** An object on its way to or from a remote. */
export interface RemoteObject {
  readonly id: ObjectId;
  readonly kind: ObjectKind;
  readonly codec: PayloadCodec;
  /** Bytes of the object itself, before the codec. */
  readonly size: number;
  readonly payload: Uint8Array;
}

/** One tree that a workspace has had on the remote; the newest is its head. */
export interface Revision {
  /** 1, 2, 3 ... without gaps. The revision before is the ancestor when merging with this one. */
  readonly version: number;
  /** The id of the tree, 64 hexadecimal digits; when the remote is encrypted, opaque until opened. */
  readonly tree: string;
  /** Hybrid logical clock of the newest change in the tree; see clock.ts. */
  readonly clock: number;
  /** Uuid of the replica that pushed it. */
  readonly replica: string;
  /** When it was pushed, by the clock of that replica, in ms since 1970. */
  readonly createdAt: number;
}

/** A workspace on the remote, as replicas find it by name. */
export interface RemoteWorkspace {
  /** Made by the first to push. */
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** In ms since 1970. */
  readonly createdAt: number;
}

/** A workspace on the remote and its newest revision. */
export interface RemoteHead {
  readonly workspace: RemoteWorkspace;
  readonly revision: Revision;
}

/** What else a workspace shares besides trees. */
export type RecordKind = 'snapshot' | 'commit' | 'audit';

/** A snapshot or its deletion, a commit, audit rows: the engine alone knows what is in `data`. */
export interface RemoteRecord {
  readonly kind: RecordKind;
  /** Unique among the records of its kind in the workspace. */
  readonly id: string;
  /** Uuid of the replica that it comes from. */
  readonly replica: string;
  readonly data: Uint8Array;
}

/** A record that the remote has put in order. */
export interface NumberedRecord extends RemoteRecord {
  /** Grows from record to record, in the order in which they became visible; has gaps. */
  readonly number: number;
}

/** A move of the head from the revision before `revision.version` to `revision`. */
export interface HeadMove {
  /** Uuid of this move; a repeated call with it succeeds if the first has. */
  readonly move: string;
  readonly workspace: RemoteWorkspace;
  readonly revision: Revision;
  /** The last objects that the revision needs; all others must have been written. */
  readonly objects: readonly RemoteObject[];
  /** Those whose id is there already are ignored. */
  readonly records: readonly RemoteRecord[];
}

/** What a remote says of itself when it is opened. */
export interface RemoteInfo {
  /** Version of its schema. */
  readonly schema: number;
  /** Names the key that its payloads are encrypted with; `''` when they are not. */
  readonly seal: string;
}

/** How much one call may carry; one single object or record may always be sent, whatever its size. */
export interface RemoteLimits {
  /** Bytes of payload in one call. */
  readonly bytes: number;
  /** Objects and records in one writing call. */
  readonly rows: number;
  /** Ids in one asking call. */
  readonly ids: number;
}

/** What may accompany every call. */
export interface RemoteCall {
  readonly signal?: AbortSignal | undefined;
}

/** A shared database. */
export interface Remote {
  /** The address without credentials, for people. */
  readonly label: string;
  readonly limits: RemoteLimits;

  /**
   * Makes ready for use, and creates or migrates the tables when they are missing or old. Must come
   * first, and may be repeated. Of two who create at once, both succeed and see one result.
   *
   * @param seal - what a new remote is marked with; see {@link RemoteInfo}.
   * @throws {SyncError} REMOTE_FOREIGN, REMOTE_NEWER; the remote is then unchanged.
   */
  open(seal: string, call?: RemoteCall): Promise<RemoteInfo>;

  /** The workspace called `name` and its newest revision, or undefined. */
  readHead(name: string, call?: RemoteCall): Promise<RemoteHead | undefined>;

  /** The revision with this version; the newest one pushed at or before `at`; or undefined. */
  readRevision(
    workspace: string,
    which: { readonly version: number } | { readonly at: number },
    call?: RemoteCall,
  ): Promise<Revision | undefined>;

  /** Those of up to `limits.ids` objects that are there, and with them all that they refer to. */
  present(ids: readonly ObjectId[], call?: RemoteCall): Promise<ReadonlySet<ObjectId>>;

  /**
   * Some of up to `limits.ids` objects, in any order: as many as fit in `limits.bytes`, at least one.
   * Ask again for the rest; an answer without any object means that none of them is there.
   */
  readObjects(ids: readonly ObjectId[], call?: RemoteCall): Promise<readonly RemoteObject[]>;

  /** Adds objects within the limits; those whose id is there already are ignored, unread. */
  writeObjects(objects: readonly RemoteObject[], call?: RemoteCall): Promise<void>;

  /**
   * Adds objects, records and the revision in one transaction, if the head is the revision before it
   * (for version 1: if no workspace has the name), and else nothing but the objects, or nothing.
   *
   * @returns whether the revision of this move is there, moved by this call or by an earlier one.
   */
  moveHead(move: HeadMove, call?: RemoteCall): Promise<boolean>;

  /**
   * The records of a workspace after number `after` that do not come from the replica `except`, in
   * order: as many as fit in `limits`, at least one; empty at the end.
   */
  readRecords(
    workspace: string,
    range: { readonly after: number; readonly except: string },
    call?: RemoteCall,
  ): Promise<readonly NumberedRecord[]>;

  /** Ends the connection; harmless when it is closed. */
  close(): void;
}

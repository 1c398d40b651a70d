/**
 * The key of an encrypted remote. From its 32 bytes two others are derived: one gives objects the ids
 * under which they are kept there, so that content cannot be asked for by its hash; one encrypts, with
 * AES-256-GCM, so that a changed, exchanged or moved value is found.
 */

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { ObjectId } from '../primitives/object-id.ts';
import { idToBytes } from '../primitives/object-id.ts';
import type { RemoteInfo } from './remote.ts';
import { SyncError } from './sync-errors.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Bytes by which a value grows when it is sealed. */
export const SEAL_BYTES: number = NONCE_BYTES + TAG_BYTES;

/** Seals what goes to a remote, and opens what comes from it. */
export class SealKey {
  /** Names the key without giving it away; an encrypted remote is marked with it. */
  readonly name: string;
  readonly #ids: Buffer;
  readonly #values: Buffer;

  /**
   * @param text - 32 bytes in Base64, as `openssl rand -base64 32` makes them.
   * @throws {SyncError} REMOTE_KEY when it is something else.
   */
  constructor(text: string) {
    const key = Buffer.from(text.trim(), 'base64');
    if (key.length !== KEY_BYTES || key.toString('base64') !== text.trim()) {
      throw new SyncError('REMOTE_KEY', 'The key of the remote is not 32 bytes in Base64.', {
        hint: 'Make one with: openssl rand -base64 32',
      });
    }
    this.#ids = derive(key, 'object ids');
    this.#values = derive(key, 'values');
    this.name = `${CIPHER}:${derive(key, 'name').toString('hex', 0, 16)}`;
  }

  /** The id under which the remote keeps an object. */
  idOf(id: ObjectId): ObjectId {
    // An HMAC of SHA-256 has the form of an id.
    return createHmac('sha256', this.#ids).update(idToBytes(id)).digest('hex') as ObjectId;
  }

  /** The bytes, encrypted and bound to a context, without which they cannot be opened. */
  seal(bytes: Uint8Array, context: readonly (string | number)[]): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#values, nonce).setAAD(encodeContext(context));
    const body = cipher.update(bytes);
    return Buffer.concat([nonce, body, cipher.final(), cipher.getAuthTag()]);
  }

  /** The bytes that were sealed with this key and in this context; undefined if these were not. */
  open(sealed: Uint8Array, context: readonly (string | number)[]): Buffer | undefined {
    if (sealed.length < SEAL_BYTES) return undefined;
    const end = sealed.length - TAG_BYTES;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv(CIPHER, this.#values, nonce, options)
      .setAAD(encodeContext(context))
      .setAuthTag(sealed.subarray(end));
    const body = decipher.update(sealed.subarray(NONCE_BYTES, end));
    try {
      return Buffer.concat([body, decipher.final()]);
    } catch {
      // Node says so by an error without a code: the tag is not that of the key and the context.
      return undefined;
    }
  }
}

/**
 * Makes sure that both sides mean the same key.
 *
 * @param name - of the key; `''` for none.
 * @throws {SyncError} REMOTE_KEY.
 */
export function checkSeal({ seal }: RemoteInfo, name: string, label: string): void {
  if (seal === name) return;
  const [what, hint] =
    seal === ''
      ? ['is not encrypted', 'Leave the key out, or use an empty database.']
      : ['is encrypted with another key', 'Give the key that it was first used with.'];
  throw new SyncError('REMOTE_KEY', `${label} ${what}.`, { hint, details: { remote: label } });
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `agentfs remote: ${purpose}`, KEY_BYTES));
}

/** Another text for other lists, whatever is in them. */
function encodeContext(context: readonly (string | number)[]): Buffer {
  return Buffer.from(JSON.stringify(context));
}

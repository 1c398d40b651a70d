/**
 * Tells what this user wrote from what came along with a project: a note that agentfs keeps beside
 * the base is signed with a secret that lies outside of it.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signs texts with the secret of one user. */
export class Signer {
  readonly #secret: Uint8Array;

  /** @param secret - 32 bytes that only the user can read. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** The signature of a text, in hex; `subject` says what the text is, so that none stands for another. */
  sign(subject: string, text: string): string {
    return createHmac('sha256', this.#secret).update(`${subject}\0${text}`).digest('hex');
  }

  /** Whether a signature is the one that {@link sign} gives. */
  isOwn(subject: string, text: string, signature: unknown): boolean {
    if (typeof signature !== 'string') return false;
    const expected = Buffer.from(this.sign(subject, text));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}

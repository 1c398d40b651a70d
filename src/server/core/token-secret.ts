/** The secrets of tokens: made at random, kept as hashes, compared in constant time. */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../store/principals.ts';

/** What a token begins with, by the role of who holds it: a leaked one can be searched for. */
const PREFIXES: Readonly<Record<Role, string>> = {
  admin: 'afsadm_',
  app: 'cf_',
  api: 'afs_',
  agent: 'afsagt_',
};

/** A new secret. */
export function newSecret(role: Role): string {
  return PREFIXES[role] + randomBytes(24).toString('base64url');
}

/** What is kept of a secret. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether two hashes are the same, in a time that tells nothing. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/**
 * Where a large directory is split. The name alone decides, so the pieces of a directory do not
 * depend on the order in which it was filled, and a new entry moves no boundary but its own.
 */

/** A directory, or a level of pieces above it, with up to this many parts is never split. */
export const MAX_UNSPLIT = 256;

/**
 * Whether a piece ends after this name. On level 0 one name in 256 ends a leaf; on each level above
 * one in 256 of those ends an index node.
 */
export function isBoundary(name: string, level: number): boolean {
  return ((hashName(name) >>> (8 * Math.min(level, 3))) & 0xff) === 0;
}

/** FNV-1a over the UTF-8 bytes, then MurmurHash3's finalizer, as FNV mixes its high bits badly. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    if (unit >= 0x80) return finish(hashBytes(hash, Buffer.from(name.slice(i))));
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return finish(hash);
}

function hashBytes(seed: number, bytes: Uint8Array): number {
  let hash = seed;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/**
 * Reads which files git tracks, from its index: nothing else of a repository that may belong to anybody
 * is believed, and no program is asked, which could be made to run others.
 */

/** A larger index is not read. */
export const MAX_INDEX_BYTES: number = 256 * 1024 * 1024;

const SIGNATURE = 'DIRC';
const HEADER_BYTES = 12;
/** Of an entry before its id: times, device, inode, mode, user, group, size. */
const STAT_BYTES = 40;
const MODE_AT = 24;
const KIND_OF_MODE = 0o170000;
const FILE = 0o100000;
const LINK = 0o120000;
const EXTENDED = 0x4000;
const LENGTH = 0xfff;
/** Of ids: SHA-1 and SHA-256; the file does not say which. */
const ID_BYTES = [20, 32];

/**
 * The paths of tracked files and links, each character a byte, in the order of the index, which is that
 * of the bytes. Nothing for what is no index of version 2, 3 or 4.
 */
export function trackedPaths(index: Buffer): string[] {
  if (index.length < HEADER_BYTES || index.toString('latin1', 0, 4) !== SIGNATURE) return [];
  const version = index.readUInt32BE(4);
  if (version < 2 || version > 4) return [];
  for (const idBytes of ID_BYTES) {
    const paths = readEntries(index, version, idBytes);
    if (paths !== undefined) return paths;
  }
  return [];
}

/** Undefined when the bytes make no sense with ids of this length. */
function readEntries(index: Buffer, version: number, idBytes: number): string[] | undefined {
  const paths: string[] = [];
  let at = HEADER_BYTES;
  let before = '';
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const flagsAt = at + STAT_BYTES + idBytes;
    if (flagsAt + 2 > index.length) return undefined;
    const flags = index.readUInt16BE(flagsAt);
    const nameAt = flagsAt + ((flags & EXTENDED) === 0 ? 2 : 4);
    const name = version === 4 ? shortenedName(index, nameAt, before) : nameIn(index, nameAt);
    if (name === undefined || !isPlausible(name.path, before, flags)) return undefined;
    const kind = index.readUInt32BE(at + MODE_AT) & KIND_OF_MODE;
    if (kind === FILE || kind === LINK) paths.push(name.path);
    before = name.path;
    // Up to the next multiple of eight, with one NUL at least; not in version 4.
    at = version === 4 ? name.end + 1 : at + (Math.floor((name.end - at) / 8) + 1) * 8;
  }
  return paths;
}

interface Name {
  readonly path: string;
  /** Where its NUL is. */
  readonly end: number;
}

function nameIn(index: Buffer, at: number): Name | undefined {
  const end = index.indexOf(0, at);
  return end < 0 ? undefined : { path: index.toString('latin1', at, end), end };
}

/** A number of bytes to leave out at the end of the name before, and what comes in their place. */
function shortenedName(index: Buffer, at: number, before: string): Name | undefined {
  let next = at;
  let byte = index[next++] ?? 0;
  let left = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    byte = index[next++] ?? 0;
    left = (left + 1) * 128 + (byte & 0x7f);
    if (left > before.length) return undefined;
  }
  const rest = nameIn(index, next);
  if (rest === undefined || left > before.length) return undefined;
  return { path: before.slice(0, before.length - left) + rest.path, end: rest.end };
}

/** In order, stages of one path after each other, and as long as the flags say. */
function isPlausible(path: string, before: string, flags: number): boolean {
  const length = flags & LENGTH;
  return path >= before && path !== '' && (length === LENGTH || length === path.length);
}

/** Answers for paths of a directory in a repository. */
export class TrackedPaths {
  readonly #paths: readonly string[];
  readonly #prefix: string;

  /**
   * @param paths - as {@link trackedPaths} gives them.
   * @param prefix - what leads from the root of the repository to the directory; `''`, or with a slash
   *   at its end.
   */
  constructor(paths: readonly string[], prefix: string) {
    this.#paths = paths;
    this.#prefix = prefix;
  }

  /** Whether a file is tracked, or something in a directory is. @param path - a character a byte. */
  has(path: string, isDirectory: boolean): boolean {
    const wanted = `${this.#prefix}${path}${isDirectory ? '/' : ''}`;
    const found = this.#paths[this.#firstFrom(wanted)];
    return isDirectory ? found?.startsWith(wanted) === true : found === wanted;
  }

  #firstFrom(wanted: string): number {
    let [low, high] = [0, this.#paths.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#paths[middle] ?? '') < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

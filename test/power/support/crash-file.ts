/** A file, directory or link on a disk that may lose power: what is safe of it, and what is not yet. */

import type { Random } from '../../model/support/random.ts';

/** Bytes that a disk writes as one; what is larger may be written in part. */
const SECTOR = 512;

/** Bytes that were written and may be lost. */
interface Write {
  readonly at: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A change of the content of a file that may be lost. */
type ContentChange = Write | { readonly at: number; readonly size: number };

/** An inode. Its names are no part of it: they belong to the directory that they are in. */
export class CrashFile {
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Of a directory: what a process sees, and what is on stable storage. */
  readonly names: Map<string, CrashFile> = new Map();
  readonly stableNames: Map<string, CrashFile> = new Map();
  #content: Buffer;
  #mode: number;
  #changes: ContentChange[] = [];
  #modes: { readonly at: number; readonly mode: number }[] = [];
  #size: number;

  constructor(kind: CrashFile['kind'], mode: number, content: Buffer = Buffer.alloc(0)) {
    this.kind = kind;
    this.#mode = mode;
    this.#content = content;
    this.#size = content.length;
  }

  /** The size that a process sees. */
  get size(): number {
    return this.#size;
  }

  write(at: number, offset: number, bytes: Buffer): void {
    this.#changes.push({ at, offset, bytes });
    this.#size = Math.max(this.#size, offset + bytes.length);
  }

  truncate(at: number, size: number): void {
    this.#changes.push({ at, size });
    this.#size = size;
  }

  chmod(at: number, mode: number): void {
    this.#modes.push({ at, mode });
  }

  /** Brings everything that was done before a time to stable storage, but for names. */
  sync(before: number): void {
    const safe = this.#changes.filter(({ at }) => at < before);
    this.#changes = this.#changes.filter(({ at }) => at >= before);
    this.#content = withChanges(this.#content, safe);
    this.#mode = this.#modes.findLast(({ at }) => at < before)?.mode ?? this.#mode;
    this.#modes = this.#modes.filter(({ at }) => at >= before);
  }

  /** Content and mode as a power cut may leave them. */
  afterCrash(random: Random): { readonly content: Buffer; readonly mode: number } {
    const mode = random.pick([this.#mode, ...this.#modes.map((each) => each.mode)]);
    if (this.#changes.length === 0) return { content: this.#content, mode };
    return { content: withChanges(this.#content, survivors(this.#changes, random)), mode };
  }
}

/**
 * What reaches the disk of some changes. Each survives whole, in sectors, or not at all, whatever
 * becomes of those before it: so the disk may also take them up in another order.
 */
function survivors(changes: readonly ContentChange[], random: Random): readonly ContentChange[] {
  const chance = random.pick([0, 0.1, 0.5, 0.9, 1]);
  const isTorn = random.chance(0.5);
  return changes.flatMap((change) => {
    if (!isTorn || 'size' in change) return random.chance(chance) ? [change] : [];
    return sectorsOf(change).filter(() => random.chance(chance));
  });
}

function sectorsOf({ at, offset, bytes }: Write): Write[] {
  const sectors: Write[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + SECTOR - ((offset + start) % SECTOR);
    sectors.push({ at, offset: offset + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return sectors;
}

function withChanges(content: Buffer, changes: readonly ContentChange[]): Buffer {
  let size = content.length;
  let largest = size;
  for (const change of changes) {
    size = 'size' in change ? change.size : Math.max(size, change.offset + change.bytes.length);
    largest = Math.max(largest, size);
  }
  const result = Buffer.alloc(largest);
  content.copy(result);
  for (const change of changes) {
    if ('size' in change) result.fill(0, change.size);
    else change.bytes.copy(result, change.offset);
  }
  return result.subarray(0, size);
}

/**
 * Changes a chunked file by position: what is before the change keeps its chunks, and behind it the
 * chunks are cut anew only until an old boundary is met. The manifest becomes the one that the whole
 * content would have.
 */

import { contentId } from '../primitives/object-id.ts';
import { chunkEnd, longestChunk } from './chunker.ts';
import { ManifestBuilder, type Part } from './manifest.ts';
import type { NewObject } from './objects.ts';

/** What becomes of a file. */
export interface Edit {
  /** Bytes afterwards. */
  readonly size: number;
  /** The first byte that may differ. */
  readonly from: number;
  /** The bytes from here on are what they were, if the size is. */
  readonly to: number;
  /** The bytes afterwards from `start` up to `end`. */
  read(start: number, end: number): Buffer;
  /** Whether these bytes are zeros behind the old end, and nothing was written to them. */
  isGap(start: number, end: number): boolean;
}

/** The chunks of a file as they were. */
export interface OldChunks {
  /** Bytes before the change. */
  readonly size: number;
  /** The manifests of level 0 in order. */
  readonly nodes: readonly Part[];
  /** The chunks in one of them. */
  open(node: Part): readonly Part[];
}

/** Bytes that are cut at once. */
const WINDOW_BYTES = 512 * 1024;

/** The content after a change. `take` is given the objects that it may need besides its old ones. */
export function rewriteChunks(old: OldChunks, edit: Edit, take: (object: NewObject) => void): Part {
  const manifest = new ManifestBuilder(take);
  const kept = new OldCursor(old);
  const cutter = new Cutter(edit, take);
  for (let at = kept.skipTo(edit.from, manifest); at < edit.size; ) {
    const chunk = cutter.next(at);
    manifest.add(chunk);
    at += chunk.size;
    if (at >= edit.to && edit.size === old.size && kept.moveTo(at)) {
      kept.copyRest(manifest);
      break;
    }
  }
  return manifest.finish();
}

/** Cuts the content as it is after the change. */
class Cutter {
  readonly #edit: Edit;
  readonly #take: (object: NewObject) => void;
  #window: Buffer = Buffer.alloc(0);
  /** Where in the file the window begins. */
  #windowStart = 0;
  /** Chunks of zeros by their size: however long a gap is, they are one object. */
  readonly #zeros = new Map<number, Part>();

  constructor(edit: Edit, take: (object: NewObject) => void) {
    this.#edit = edit;
    this.#take = take;
  }

  /** The chunk that begins at `position`. */
  next(position: number): Part {
    const most = longestChunk(position);
    const end = position + most;
    const isGap = end <= this.#edit.size && this.#edit.isGap(position, end);
    const known = isGap ? this.#zeros.get(most) : undefined;
    if (known !== undefined) return known;
    const bytes = this.#cut(position, end);
    const chunk = { id: contentId(bytes), size: bytes.length };
    this.#take({ id: chunk.id, kind: 'content', bytes });
    if (isGap) this.#zeros.set(most, chunk);
    return chunk;
  }

  #cut(position: number, end: number): Buffer {
    const { size, to } = this.#edit;
    if (this.#windowStart + this.#window.length < Math.min(end, size)) {
      const windowEnd = Math.min(Math.max(end, Math.min(to, position + WINDOW_BYTES)), size);
      this.#window = this.#edit.read(position, windowEnd);
      this.#windowStart = position;
    }
    const start = position - this.#windowStart;
    const cut = chunkEnd(this.#window, start, this.#window.length, position);
    return this.#window.subarray(start, cut);
  }
}

/** A place between two of the old chunks, which only moves forward. */
class OldCursor {
  readonly #old: OldChunks;
  #node = 0;
  #chunk = 0;
  /** Where in the file it is. */
  #at = 0;

  constructor(old: OldChunks) {
    this.#old = old;
  }

  /**
   * Moves to the chunk in which `position` is, or to the last one, and passes on what is before it.
   *
   * @returns where that chunk begins.
   */
  skipTo(position: number, manifest: ManifestBuilder): number {
    const { nodes } = this.#old;
    for (; this.#node < nodes.length - 1; this.#node++) {
      const node = nodes[this.#node] as Part;
      if (this.#at + node.size > position) break;
      manifest.add(node, 1);
      this.#at += node.size;
    }
    const chunks = this.#open();
    for (; this.#chunk < chunks.length - 1; this.#chunk++) {
      const chunk = chunks[this.#chunk] as Part;
      if (this.#at + chunk.size > position) break;
      manifest.add(chunk);
      this.#at += chunk.size;
    }
    return this.#at;
  }

  /** Moves to the first boundary that is not before `position`; whether it is exactly there. */
  moveTo(position: number): boolean {
    while (this.#at < position && this.#node < this.#old.nodes.length) {
      const chunks = this.#open();
      this.#at += chunks[this.#chunk]?.size ?? 0;
      this.#chunk += 1;
      if (this.#chunk >= chunks.length) this.#nextNode();
    }
    return this.#at === position;
  }

  /** Passes on all chunks from here to the end, whole nodes where the new ones end as they did. */
  copyRest(manifest: ManifestBuilder): void {
    for (; this.#node < this.#old.nodes.length; this.#nextNode()) {
      if (this.#chunk === 0 && manifest.isBetweenNodes) {
        for (const node of this.#old.nodes.slice(this.#node)) manifest.add(node, 1);
        return;
      }
      for (const chunk of this.#open().slice(this.#chunk)) manifest.add(chunk);
    }
  }

  #open(): readonly Part[] {
    const node = this.#old.nodes[this.#node];
    return node === undefined ? [] : this.#old.open(node);
  }

  #nextNode(): void {
    this.#node += 1;
    this.#chunk = 0;
  }
}

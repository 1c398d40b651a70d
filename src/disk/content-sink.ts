/**
 * How content that was read from a disk reaches the store. The store layer implements it; the disk
 * layer only ever adds, and never learns where content goes.
 */

import type { ObjectId } from '../primitives/object-id.ts';

/** Takes content in and names it; adding the same content twice is harmless. */
export interface ContentSink {
  /**
   * Stores content of at most `CHUNK_THRESHOLD` bytes. The sink may keep the buffer: the caller
   * does not touch it again.
   */
  add(content: Uint8Array): ObjectId;
  /**
   * Begins content of any size that arrives in pieces. One stream may stay open over several turns
   * of the event loop.
   *
   * @param was - what the content may turn out to be.
   */
  begin(was?: ObjectId): ContentStream;
}

/** Content on its way in; one that is not finished is forgotten. */
export interface ContentStream {
  /** Appends a piece; the caller reuses the buffer, so a sink that keeps bytes copies them. */
  write(bytes: Uint8Array): void;
  /** Stores what was written. `size` is in bytes. */
  finish(): { readonly id: ObjectId; readonly size: number };
}

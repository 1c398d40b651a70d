/** A content sink that keeps everything in memory and says what it was given. */

import type { ContentSink, ContentStream } from '../../../src/disk/content-sink.ts';
import { contentId, type ObjectId } from '../../../src/primitives/object-id.ts';

export class MemorySink implements ContentSink {
  readonly contents: Map<ObjectId, Buffer> = new Map<ObjectId, Buffer>();
  /** How often content was stored, repeats included. */
  stored = 0;
  /** The longest piece that a stream was given, in bytes. */
  longestPiece = 0;

  add(content: Uint8Array): ObjectId {
    const id = contentId(content);
    this.contents.set(id, Buffer.from(content));
    this.stored++;
    return id;
  }

  begin(): ContentStream {
    const pieces: Buffer[] = [];
    return {
      write: (bytes) => {
        this.longestPiece = Math.max(this.longestPiece, bytes.length);
        pieces.push(Buffer.from(bytes));
      },
      finish: () => {
        const content = Buffer.concat(pieces);
        return { id: this.add(content), size: content.length };
      },
    };
  }

  /** The content with this id, as text. */
  text(id: ObjectId): string {
    const content = this.contents.get(id);
    if (content === undefined) throw new Error(`Nothing was stored as ${id}.`);
    return content.toString();
  }
}

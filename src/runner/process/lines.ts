/** Splits a stream of bytes into decoded lines that keep their terminators. */

import { StringDecoder } from 'node:string_decoder';

/** A line with more UTF-16 units than this is passed on in pieces, so that memory stays bounded. */
export const MAX_LINE_LENGTH: number = 1024 * 1024;

/**
 * Takes chunks in any cut and gives back lines, each with its `\n` (and `\r`, if there was one).
 *
 * UTF-8 sequences that a chunk boundary cuts are put together; invalid bytes become U+FFFD. The
 * pieces of an overlong line, joined, are the line. Joining everything that comes out gives the
 * decoded stream.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  // Kept in parts: a line that comes in a thousand chunks must not be copied a thousand times.
  #parts: string[] = [];
  #length = 0;

  /** The lines that this chunk completes, in order. */
  push(chunk: Uint8Array): string[] {
    return this.#split(
      this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)),
    );
  }

  /** What is left at the end of the stream: at most one line, without a terminator. */
  end(): string[] {
    const lines = this.#split(this.#decoder.end());
    return this.#length === 0 ? lines : [...lines, this.#take()];
  }

  #split(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    while (start < text.length) {
      const terminator = text.indexOf('\n', start);
      const end = terminator < 0 ? text.length : terminator + 1;
      const stop = Math.min(end, pieceEnd(text, start, MAX_LINE_LENGTH - this.#length));
      this.#parts.push(text.slice(start, stop));
      this.#length += stop - start;
      if (stop === terminator + 1 || stop < end) lines.push(this.#take());
      start = stop;
    }
    return lines;
  }

  #take(): string {
    const line = this.#parts.join('');
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}

/** Takes chunks as {@link LineSplitter} does, and gives the text back as it comes, ends or not. */
export class PieceDecoder {
  readonly #decoder = new StringDecoder('utf8');

  /** The characters that this chunk completes. */
  push(chunk: Uint8Array): string[] {
    return present(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  /** What is left at the end of the stream. */
  end(): string[] {
    return present(this.#decoder.end());
  }
}

function present(text: string): string[] {
  return text === '' ? [] : [text];
}

/** Where a piece of at most `room` units ends; one more where the cut would split a surrogate pair. */
function pieceEnd(text: string, start: number, room: number): number {
  const end = start + room;
  const before = text.charCodeAt(end - 1);
  return before >= 0xd800 && before < 0xdc00 ? end + 1 : end;
}

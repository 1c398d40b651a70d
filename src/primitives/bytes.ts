/**
 * Writes and reads the binary encodings: bytes, hashes, length-prefixed UTF-8, and unsigned
 * integers in seven-bit groups, lowest first (LEB128), shortest form only.
 */

import { isUtf8 } from 'node:buffer';
import { idFromBytes, OBJECT_ID_BYTES, type ObjectId } from './object-id.ts';

/** Builds a byte string piece by piece. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity - bytes to begin with; grows as needed. */
  constructor(capacity = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** Appends one byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Appends an integer from 0 to 2^53 - 1 in 1 to 8 bytes. */
  integer(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Appends the UTF-8 form of `text`, its length in bytes before it. */
  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.integer(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Appends an object id in its binary form. */
  id(id: ObjectId): void {
    this.#reserve(OBJECT_ID_BYTES);
    this.#length += this.#bytes.write(id, this.#length, 'hex');
  }

  /** What was written, sharing this writer's memory. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads a byte string from its beginning to its end; every misuse of the format is an error. */
export class ByteReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** @throws {RangeError} at the end of the bytes. */
  byte(): number {
    const value = this.#bytes[this.#position++];
    if (value === undefined) throw new RangeError('the encoding is cut short');
    return value;
  }

  /** @throws {RangeError} when it is cut short, above 2^53 - 1, or not in its shortest form. */
  integer(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if ((byte === 0 && i > 0) || value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      factor *= 0x80;
    }
    throw new RangeError('an integer is not in its shortest form or too large');
  }

  /** @throws {RangeError} when it is cut short or not UTF-8. */
  text(): string {
    const start = this.#take(this.integer());
    const text = this.#bytes.toString('utf8', start, this.#position);
    // What is malformed is decoded as U+FFFD; that character itself may be there as well.
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(start, this.#position))) {
      throw new RangeError('a text is not UTF-8');
    }
    return text;
  }

  /** @throws {RangeError} when it is cut short. */
  id(): ObjectId {
    return idFromBytes(this.#bytes, this.#take(OBJECT_ID_BYTES));
  }

  /** @throws {RangeError} when bytes are left over. */
  end(): void {
    if (this.remaining !== 0) throw new RangeError(`${this.remaining} bytes are left over`);
  }

  #take(count: number): number {
    const start = this.#position;
    if (count > this.remaining) throw new RangeError('the encoding is cut short');
    this.#position += count;
    return start;
  }
}

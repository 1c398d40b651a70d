/**
 * The frames of a Clove kernel: 17 bytes, little-endian and without gaps, and the payload behind them.
 *
 * | bytes | what |
 * |---|---|
 * | 0-3 | magic, 0x41474E54 |
 * | 4-7 | number of the agent; a kernel ignores what it is sent, and says in each reply which it is |
 * | 8 | opcode |
 * | 9-16 | length of the payload |
 */

/** What every frame begins with; on the wire the bytes are `TNGA`. */
const MAGIC = 0x41474e54;

/** Bytes in front of a payload. */
const HEADER_BYTES = 17;

/** Bytes of the largest payload that a kernel reads. Its replies may be longer. */
export const MAX_PAYLOAD_BYTES: number = 1024 * 1024;

/** One request or reply. */
export interface Frame {
  readonly agentId: number;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Why no more frames can be told apart in a stream. */
export interface BrokenStream {
  readonly reason: 'magic' | 'length';
  /** As far as the header could be read. */
  readonly opcode: number;
  /** One sentence. */
  readonly message: string;
}

/** A frame as bytes. */
export function encodeFrame({ agentId, opcode, payload }: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(agentId, 4);
  bytes.writeUInt8(opcode, 8);
  bytes.writeUInt32LE(payload.length, 9);
  bytes.writeUInt32LE(0, 13);
  payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** Finds the frames in what comes in, in pieces of any size; copies each piece at most once. */
export class FrameReader {
  readonly #maxPayloadBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Bytes without which nothing can be said. */
  #needed: number = HEADER_BYTES;
  #broken: BrokenStream | undefined;

  /** @param maxPayloadBytes - a frame that announces more breaks the stream. */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Set once the stream holds something that is no frame; nothing after it is read. */
  get broken(): BrokenStream | undefined {
    return this.#broken;
  }

  /** Whether a frame has begun and is not whole. */
  get isInside(): boolean {
    return this.#bytes > 0 && this.#broken === undefined;
  }

  /** The frames that are whole with these bytes, in their order. */
  take(chunk: Buffer): Frame[] {
    if (this.#broken !== undefined) return [];
    this.#pieces.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#needed) return [];
    const [first = chunk] = this.#pieces;
    let rest = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.#bytes);
    const frames: Frame[] = [];
    for (;;) {
      const length = this.#lengthOf(rest);
      if (length === undefined) break;
      this.#needed = HEADER_BYTES + length;
      if (rest.length < this.#needed) break;
      frames.push({
        agentId: rest.readUInt32LE(4),
        opcode: rest.readUInt8(8),
        payload: rest.subarray(HEADER_BYTES, this.#needed),
      });
      rest = rest.subarray(this.#needed);
      this.#needed = HEADER_BYTES;
    }
    this.#bytes = rest.length;
    this.#pieces = rest.length === 0 ? [] : [rest];
    return frames;
  }

  /** The length that a header announces; undefined while it is not whole, or when it is none. */
  #lengthOf(bytes: Buffer): number | undefined {
    if (bytes.length < HEADER_BYTES) return undefined;
    const opcode = bytes.readUInt8(8);
    const magic = bytes.readUInt32LE(0);
    if (magic !== MAGIC) {
      const found = `0x${magic.toString(16).padStart(8, '0')}`;
      this.#broken = { reason: 'magic', opcode, message: `invalid magic: ${found}` };
      return undefined;
    }
    const length = bytes.readUInt32LE(9);
    if (bytes.readUInt32LE(13) > 0 || length > this.#maxPayloadBytes) {
      const announced = bytes.readBigUInt64LE(9);
      const message = `payload too large: ${announced} bytes, at most ${this.#maxPayloadBytes}`;
      this.#broken = { reason: 'length', opcode, message };
      return undefined;
    }
    return length;
  }
}

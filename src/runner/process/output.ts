/**
 * Holds what a command prints: a bounded collector of one stream, and the queue between the command
 * and the reader of its output while it runs.
 */

/** The two output streams of a process. */
export type StreamName = 'stdout' | 'stderr';

/** A piece of output and where it came from. */
export interface OutputChunk {
  readonly stream: StreamName;
  readonly bytes: Buffer;
}

/** Bytes that wait for a reader before the command is held back. */
const HIGH_WATER_BYTES = 256 * 1024;

/** What a collector begins with, and by how much it grows: memory that is not written costs nothing. */
const FIRST_BYTES = 64 * 1024;
const GROWTH = 8;

/** Keeps the first `limitBytes` bytes of a stream and counts the rest. */
export class OutputCollector {
  readonly #limitBytes: number;
  #buffer: Buffer = Buffer.alloc(0);
  #keptBytes = 0;
  #droppedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes that came after the limit was reached. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** All bytes that came, kept or dropped. */
  get totalBytes(): number {
    return this.#keptBytes + this.#droppedBytes;
  }

  /** Adds a chunk, by copying it: held as they come, pieces and whole would take twice the memory. */
  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.#limitBytes - this.#keptBytes);
    this.#droppedBytes += chunk.length - kept.length;
    if (kept.length === 0) return;
    this.#makeRoom(this.#keptBytes + kept.length);
    this.#keptBytes += kept.copy(this.#buffer, this.#keptBytes);
  }

  /** Everything that was kept so far, as one buffer, to be read only. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#keptBytes);
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const wanted = Math.max(bytes, FIRST_BYTES, GROWTH * this.#buffer.length);
    const larger = Buffer.allocUnsafeSlow(Math.min(wanted, this.#limitBytes));
    this.#buffer.copy(larger, 0, 0, this.#keptBytes);
    this.#buffer = larger;
  }
}

/**
 * Carries chunks from the command to one reader, in the order in which they came.
 *
 * Once the reader has begun, a producer that waits for {@link push} is held back while more than
 * 256 KiB lie here. Before that nothing waits: up to `limitBytes` are kept for a reader who comes
 * late, and what follows is lost to it.
 */
export class OutputQueue {
  readonly #limitBytes: number;
  #chunks: OutputChunk[] = [];
  #queuedBytes = 0;
  #state: 'unread' | 'read' | 'released' | 'abandoned' = 'unread';
  #ended = false;
  #wakeReader: (() => void) | undefined;
  #wakeProducers: (() => void)[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = Math.max(limitBytes, HIGH_WATER_BYTES);
  }

  /** Adds a chunk; resolves when there is room for the next one. */
  async push(chunk: OutputChunk): Promise<void> {
    if (this.#state === 'abandoned') return;
    if (this.#state === 'unread' && this.#queuedBytes + chunk.bytes.length > this.#limitBytes) {
      return;
    }
    this.#append(chunk);
    this.#wakeReader?.();
    while (this.#state === 'read' && this.#queuedBytes > HIGH_WATER_BYTES) {
      await new Promise<void>((resolve) => this.#wakeProducers.push(resolve));
    }
  }

  /** Lets everything that is still to come in without waiting: the command has ended. */
  release(): void {
    if (this.#state !== 'abandoned') this.#state = 'released';
    this.#letProducersOn();
  }

  /** Marks that no chunk will follow. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** Drops what lies here and all that follows: the reader has left. */
  abandon(): void {
    this.#state = 'abandoned';
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.#letProducersOn();
    this.end();
  }

  /** The chunks that have gathered, once there are any; undefined at the end. For one reader. */
  async take(): Promise<readonly OutputChunk[] | undefined> {
    if (this.#state === 'unread') this.#state = 'read';
    while (this.#chunks.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
    }
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.#letProducersOn();
    return chunks.length === 0 ? undefined : chunks;
  }

  #append(chunk: OutputChunk): void {
    this.#queuedBytes += chunk.bytes.length;
    const last = this.#chunks.at(-1);
    if (last?.stream === chunk.stream && last.bytes.length + chunk.bytes.length <= 4096) {
      const bytes = Buffer.concat([last.bytes, chunk.bytes]);
      this.#chunks[this.#chunks.length - 1] = { stream: chunk.stream, bytes };
      return;
    }
    this.#chunks.push(chunk);
  }

  #letProducersOn(): void {
    const waiting = this.#wakeProducers;
    this.#wakeProducers = [];
    for (const resolve of waiting) resolve();
  }
}

/**
 * Holds what a command prints: a bounded collector of one stream, and the queue between the command
 * and whoever reads its output while it runs.
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

/** Chunks below this are copied together: a Buffer of its own costs more than a few bytes. */
const SLAB_BYTES = 64 * 1024;

/** Keeps the first `limitBytes` bytes of a stream and counts the rest. */
export class OutputCollector {
  readonly #limitBytes: number;
  #full: Buffer[] = [];
  #slab: Buffer = Buffer.alloc(0);
  #used = 0;
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

  /** Adds a chunk; it is copied unless it is large, so the caller must not write into it later. */
  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.#limitBytes - this.#keptBytes);
    this.#droppedBytes += chunk.length - kept.length;
    this.#keptBytes += kept.length;
    if (kept.length === 0) return;
    if (kept.length > this.#slab.length - this.#used) this.#flush();
    if (kept.length >= SLAB_BYTES / 4) {
      this.#flush();
      this.#full.push(kept);
      return;
    }
    if (this.#slab.length === 0) this.#slab = Buffer.allocUnsafe(SLAB_BYTES);
    this.#used += kept.copy(this.#slab, this.#used);
  }

  /** Everything that was kept, as one buffer, which nobody may write into. */
  bytes(): Buffer {
    this.#flush();
    // In place of the pieces, so that a large output is not held twice.
    const [first, ...others] = this.#full;
    const all = first !== undefined && others.length === 0 ? first : Buffer.concat(this.#full);
    this.#full = [all];
    return all;
  }

  #flush(): void {
    if (this.#used > 0) this.#full.push(this.#slab.subarray(0, this.#used));
    this.#slab = Buffer.alloc(0);
    this.#used = 0;
  }
}

/**
 * Carries chunks from the command to one reader, in the order in which they came.
 *
 * Once the reader has begun, a producer that waits for {@link push} is held back while more than
 * 256 KiB lie here. Before that nobody waits: up to `limitBytes` are kept for a reader who comes
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

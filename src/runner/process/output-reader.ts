/** Reads what a command prints: into memory, for a reader of its lines, or into files of the host. */

import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { copyToHost, type StreamNumber } from './host-streams.ts';
import { LineSplitter, PieceDecoder } from './lines.ts';
import { OutputCollector, OutputQueue, type StreamName } from './output.ts';

/** How long a stream that is held open after the end of its command may stay quiet. */
const QUIET_MS = 50;
const MOST_PAUSES = 20;

/** A pipe of a command that ends in a file of the host. */
export interface HostCopy {
  readonly from: Readable;
  readonly to: StreamNumber;
}

/** What is to become of the output. */
export interface OutputPlan {
  /** Bytes kept of each stream. */
  readonly limitBytes: number;
  /** Whether the lines are read while the command runs. */
  readonly isStreamed: boolean;
  /** Pipes that are not kept, but copied. */
  readonly copies: readonly HostCopy[];
  /** Called when something was printed. */
  readonly onOutput?: (() => void) | undefined;
}

/** What of a streamed output its reader wants. */
export interface WantedLines {
  readonly streams: StreamName | 'both';
  /** Does not wait for the end of a line. */
  readonly partial: boolean;
}

/** The output of one command. */
export class OutputReader {
  readonly #sources: readonly Readable[];
  readonly #collectors: Record<StreamName, OutputCollector>;
  readonly #queue: OutputQueue | undefined;
  readonly #reading: Promise<unknown>;
  readonly #onOutput: (() => void) | undefined;
  #copiedBytes = 0;
  #uncopiedBytes = 0;

  constructor(child: ChildProcess, { limitBytes, isStreamed, copies, onOutput }: OutputPlan) {
    this.#onOutput = onOutput;
    this.#collectors = {
      stdout: new OutputCollector(limitBytes),
      stderr: new OutputCollector(limitBytes),
    };
    this.#queue = isStreamed ? new OutputQueue(2 * limitBytes) : undefined;
    const kept = (['stdout', 'stderr'] as const).flatMap((stream) => {
      const source: Readable | null = child[stream];
      return source === null || copies.some(({ from }) => from === source)
        ? []
        : [{ stream, source }];
    });
    this.#sources = [...kept.map(({ source }) => source), ...copies.map(({ from }) => from)];
    this.#reading = Promise.all([
      ...kept.map(({ stream, source }) => this.#read(stream, source)),
      ...copies.map(({ from, to }) => copyToHost(from, to, this.#noteCopied)),
    ]);
  }

  /** The output so far, as far as it is kept. */
  get bytes(): Record<StreamName, Buffer> {
    const { stdout, stderr } = this.#collectors;
    return { stdout: stdout.bytes(), stderr: stderr.bytes() };
  }

  /** Whether a stream was longer than what is kept. */
  get isTruncated(): boolean {
    const { stdout, stderr } = this.#collectors;
    return stdout.droppedBytes + stderr.droppedBytes > 0;
  }

  /** Adds to the errors what others than the command have to say. */
  addError(bytes: Buffer): void {
    this.#collectors.stderr.add(bytes);
  }

  /**
   * The lines of a streamed output, with their ends, for one reader; or the text as it comes.
   *
   * @param onLeave - called when the reader has left, or come to the end.
   */
  async *lines(
    { streams, partial }: WantedLines,
    onLeave: () => void,
  ): AsyncGenerator<string, void, void> {
    const queue = this.#queue;
    if (queue === undefined) return;
    const Splitter = partial ? PieceDecoder : LineSplitter;
    const splitters = { stdout: new Splitter(), stderr: new Splitter() };
    try {
      for (let chunks = await queue.take(); chunks !== undefined; chunks = await queue.take()) {
        for (const { stream, bytes } of chunks) {
          if (streams === 'both' || streams === stream) yield* splitters[stream].push(bytes);
        }
      }
      yield* splitters.stdout.end();
      yield* splitters.stderr.end();
    } finally {
      queue.abandon();
      onLeave();
    }
  }

  /**
   * Reads what is left. The end of the streams follows at once, unless a process that could not be
   * found holds them open: then they are closed when nothing more comes, or too much.
   */
  async finish(): Promise<void> {
    this.#queue?.release();
    const finished = this.#reading.then(() => true);
    const bytesRead = (): number =>
      this.#collectors.stdout.totalBytes + this.#collectors.stderr.totalBytes + this.#copiedBytes;
    for (let before = -1, pauses = 0; before !== bytesRead() && pauses < MOST_PAUSES; ) {
      before = bytesRead();
      if (await Promise.race([finished, pause()])) break;
      // What a slow disk has not taken yet was printed in time.
      if (this.#uncopiedBytes > 0) before = -1;
      else pauses++;
    }
    for (const source of this.#sources) source.destroy();
    await this.#reading;
    this.#queue?.end();
  }

  readonly #noteCopied = (bytes: number): void => {
    this.#onOutput?.();
    this.#uncopiedBytes += bytes;
    if (bytes < 0) this.#copiedBytes -= bytes;
  };

  async #read(stream: StreamName, source: Readable): Promise<void> {
    try {
      for await (const bytes of source) {
        this.#onOutput?.();
        this.#collectors[stream].add(bytes);
        await this.#queue?.push({ stream, bytes });
      }
    } catch {
      // Only finish() destroys a stream, and a pipe has no errors of its own.
    }
  }
}

/**
 * A moment in which a pipe that has more would have been read. A loop that was held up runs its
 * timers before it looks at the pipes, so the timer alone would not say so.
 */
async function pause(): Promise<false> {
  await delay(QUIET_MS);
  await nextTurn();
  return false;
}

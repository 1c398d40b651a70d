/** Requests to a kernel over its Unix socket: one after the other, each reply in its turn. */

import { createConnection, type Socket } from 'node:net';
import { CloveError } from './errors.ts';
import { encodeFrame, type Frame, FrameReader, MAX_PAYLOAD_BYTES } from './frame.ts';

/** Where a kernel listens, and how long to wait for it. */
export interface SocketOptions {
  readonly socketPath: string;
  /** Milliseconds for each reply; undefined waits as long as the connection lasts. */
  readonly timeoutMs: number | undefined;
}

/** Kernels do not bound their replies; this is what one may fill memory with. */
const MAX_REPLY_BYTES = 256 * 1024 * 1024;

/** A request that waits for its reply. */
interface Waiting {
  readonly opcode: number;
  readonly resolve: (payload: Buffer) => void;
  readonly reject: (error: CloveError) => void;
}

/** One connection. */
export class SocketConnection {
  readonly #socket: Socket;
  readonly #timeoutMs: number | undefined;
  readonly #reader: FrameReader = new FrameReader(MAX_REPLY_BYTES);
  readonly #waiting: Waiting[] = [];
  #agentId = 0;
  #error: CloveError | undefined;

  /** @throws {CloveError} CONNECT_FAILED */
  static open({ socketPath, timeoutMs }: SocketOptions): Promise<SocketConnection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(socketPath);
      const refuse = (cause: Error): void => {
        reject(
          new CloveError('CONNECT_FAILED', `No kernel can be reached at ${socketPath}.`, {
            hint: "Start one there, such as with 'agentfs serve --clove PATH'.",
            cause,
          }),
        );
      };
      socket.once('error', refuse);
      socket.once('connect', () => {
        socket.off('error', refuse);
        resolve(new SocketConnection(socket, timeoutMs));
      });
    });
  }

  private constructor(socket: Socket, timeoutMs: number | undefined) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (cause) => this.#end(closed(cause)));
    socket.on('close', () => this.#end(closed()));
  }

  /** The number that the kernel has given this connection; 0 before its first reply. */
  get agentId(): number {
    return this.#agentId;
  }

  get isOpen(): boolean {
    return this.#error === undefined;
  }

  request(opcode: number, payload: Buffer): Promise<Buffer> {
    if (payload.length > MAX_PAYLOAD_BYTES) throw tooLarge(payload.length);
    return new Promise((resolve, reject) => {
      if (this.#error !== undefined) {
        reject(this.#error);
        return;
      }
      // What comes after a reply that is late would be taken for it.
      const timer =
        this.#timeoutMs === undefined
          ? undefined
          : setTimeout(() => this.#end(late(this.#timeoutMs)), this.#timeoutMs);
      this.#waiting.push({
        opcode,
        resolve: (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#together();
      this.#socket.write(encodeFrame({ agentId: this.#agentId, opcode, payload }));
    });
  }

  close(): Promise<void> {
    this.#end(closed());
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once('close', () => resolve());
    });
  }

  /** What is asked for in one turn is sent in one piece. */
  #together(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.take(chunk)) this.#answer(frame);
    const { broken } = this.#reader;
    if (broken !== undefined) this.#end(noFrame(broken.message));
  }

  #answer({ agentId, opcode, payload }: Frame): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined || waiting.opcode !== opcode) {
      waiting?.reject(noFrame(`reply of opcode ${opcode}`));
      this.#end(noFrame(`reply of opcode ${opcode} to nothing`));
      return;
    }
    this.#agentId = agentId;
    waiting.resolve(payload);
  }

  #end(error: CloveError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.destroy();
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function closed(cause?: Error): CloveError {
  return new CloveError('CLOSED', 'The connection to the kernel has ended.', {
    hint: 'Connect again.',
    cause,
  });
}

function late(timeoutMs = 0): CloveError {
  return new CloveError('TIMEOUT', `The kernel has not answered within ${timeoutMs} ms.`, {
    hint: 'Connect again, and give timeoutMs more time.',
  });
}

function noFrame(what: string): CloveError {
  return new CloveError('PROTOCOL', `The kernel has sent what is no reply (${what}).`, {
    hint: 'Check that the socket is that of a Clove kernel.',
  });
}

function tooLarge(bytes: number): CloveError {
  return new CloveError(
    'TOO_LARGE',
    `A request of ${bytes} bytes is above the ${MAX_PAYLOAD_BYTES} that a kernel reads.`,
    { hint: 'Write a large file in parts, with mode append.' },
  );
}

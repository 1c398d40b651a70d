/** One connection: its frames are answered one after the other, and in no more memory than a few of them. */

import type { Socket } from 'node:net';
import { actingAs } from '../../index.ts';
import {
  encodeFrame,
  type Frame,
  FrameReader,
  MAX_PAYLOAD_BYTES,
} from '../../neighbours/clove/frame.ts';
import { agentOf } from '../core/access.ts';
import type { Agent } from './agent.ts';
import type { Kernel } from './kernel.ts';
import { refusalTo, replyTo } from './syscalls.ts';

/** So many frames, or bytes of them, wait here before no more are read. */
const MOST_WAITING = 64;
const MOST_WAITING_BYTES = 2 * MAX_PAYLOAD_BYTES;
const STALLED_MS = 10_000;
/** A client has to take its replies within this. */
const UNREAD_MS = 60_000;

/** A frame with its reply. */
interface Answered {
  readonly frame: Frame;
  readonly payload: Buffer;
  /** It has written something, which is in the store or not with all that came with it. */
  readonly hasWritten: boolean;
}

/** Answers an agent until the connection ends; the agent itself is the caller's to forget. */
export function serveConnection(kernel: Kernel, socket: Socket, agent: Agent): void {
  new Connection(kernel, socket, agent).start();
}

class Connection {
  readonly #kernel: Kernel;
  readonly #socket: Socket;
  readonly #agent: Agent;
  readonly #reader: FrameReader = new FrameReader(MAX_PAYLOAD_BYTES);
  readonly #waiting: Frame[] = [];
  #waitingBytes = 0;
  #isWorking = false;
  #isEnding = false;
  #stalled: NodeJS.Timeout | undefined;

  constructor(kernel: Kernel, socket: Socket, agent: Agent) {
    this.#kernel = kernel;
    this.#socket = socket;
    this.#agent = agent;
  }

  start(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // It may still be waiting for replies.
    socket.on('end', () => {
      this.#isEnding = true;
      this.#work();
    });
    // What a client does to its own connection is no error of ours.
    socket.on('error', () => undefined);
    socket.on('close', () => clearTimeout(this.#stalled));
  }

  #take(chunk: Buffer): void {
    for (const frame of this.#reader.take(chunk)) {
      this.#waiting.push(frame);
      this.#waitingBytes += frame.payload.length;
    }
    this.#expectRest();
    if (this.#waiting.length > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#socket.pause();
    }
    this.#work();
  }

  /** Gives up a message that does not go on, unless it is we who do not read. */
  #expectRest(): void {
    clearTimeout(this.#stalled);
    if (!this.#reader.isInside) return;
    const { stalledMs = STALLED_MS } = this.#kernel.options;
    this.#stalled = setTimeout(() => {
      if (this.#socket.isPaused()) this.#expectRest();
      else this.#refuse(0, 'incomplete message');
    }, stalledMs).unref();
  }

  #work(): void {
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#answerAll().catch((error: unknown) => {
      this.#kernel.core.logger.error('A connection was given up.', { error });
      this.#socket.destroy();
    });
  }

  async #answerAll(): Promise<void> {
    const socket = this.#socket;
    while (this.#waiting.length > 0) {
      const last = this.#answerTogether();
      if (last !== undefined) {
        const payload = await last.reply;
        if (!socket.destroyed) this.#send(last.frame, payload);
      }
      if (socket.destroyed) return;
      if (socket.writableNeedDrain) await this.#drained();
      if (this.#waiting.length === 0 && socket.isPaused()) socket.resume();
    }
    // At once, and not in a turn of its own: more may come before that.
    this.#isWorking = false;
    const { broken } = this.#reader;
    if (broken !== undefined) this.#refuse(broken.opcode, broken.message);
    else if (this.#isEnding) socket.end();
  }

  /**
   * Answers what has come, up to the first call that takes its time: in one transaction, and in one
   * piece. Returns that call.
   */
  #answerTogether(): { readonly frame: Frame; readonly reply: Promise<Buffer> } | undefined {
    const { commits } = this.#kernel.core;
    const answered: Answered[] = [];
    let last: { frame: Frame; reply: Promise<Buffer> } | undefined;
    let bytes = 0;
    const answer = (): void => {
      while (last === undefined && bytes < MAX_PAYLOAD_BYTES) {
        const frame = this.#waiting.shift();
        if (frame === undefined) break;
        this.#waitingBytes -= frame.payload.length;
        const { added } = commits;
        const reply = replyTo(this.#kernel, this.#agent, frame);
        if (reply instanceof Promise) {
          last = { frame, reply };
        } else {
          bytes += reply.length;
          answered.push({ frame, payload: reply, hasWritten: commits.added > added });
        }
      }
    };
    let failure: { readonly error: unknown } | undefined;
    try {
      actingAs(agentOf(this.#agent.principal), () => commits.group(answer));
    } catch (error) {
      failure = { error };
    }
    if (answered.length > 1) this.#socket.cork();
    for (const { frame, payload, hasWritten } of answered) {
      const isLost = hasWritten && failure !== undefined;
      this.#send(frame, isLost ? refusalTo(this.#kernel, frame, failure?.error) : payload);
    }
    this.#socket.uncork();
    return last;
  }

  #send({ opcode }: Frame, payload: Buffer): void {
    this.#socket.write(encodeFrame({ agentId: this.#agent.id, opcode, payload }));
  }

  /** Nobody can say where the next frame would begin. */
  #refuse(opcode: number, error: string): void {
    if (this.#socket.writableEnded) return;
    const payload = Buffer.from(JSON.stringify({ success: false, error }));
    this.#socket.end(encodeFrame({ agentId: this.#agent.id, opcode, payload }), () =>
      this.#socket.destroy(),
    );
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        socket.off('drain', end);
        socket.off('close', end);
        resolve();
      };
      const timer = setTimeout(() => socket.destroy(), UNREAD_MS).unref();
      socket.once('drain', end);
      socket.once('close', end);
    });
  }
}

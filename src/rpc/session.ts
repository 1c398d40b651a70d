/** One client of JSON-RPC, from its first frame to its last, over any two streams. */

import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { type AgentFS, AgentFSError, type EventName } from '../index.ts';
import { Holdings } from '../operations/holdings.ts';
import { callOperation, findOperation, type Gate } from '../operations/table.ts';
import { feedEvents } from './event-feed.ts';
import { effectOfStream, FileStreams, isStreamMethod } from './file-streams.ts';
import { readFrames } from './frames.ts';
import { initialize, wantsEvents } from './initialize.ts';
import {
  errorMessage,
  type Incoming,
  MessageError,
  notification,
  type RequestId,
  RPC_ERROR,
  readMessage,
  resultMessage,
} from './message.ts';
import { Outgoing } from './outgoing.ts';
import { OutputWindow } from './output-window.ts';

/** What a session is about, and with whom. */
export interface SessionOptions {
  readonly afs: AgentFS;
  readonly input: Readable;
  readonly output: Writable;
  /** Version of the server. */
  readonly version: string;
  /** Refuses everything that changes something. */
  readonly readOnly: boolean;
  /** Called before each operation. */
  readonly gate?: Gate | undefined;
  /** Ends the session. */
  readonly signal: AbortSignal;
}

/** Requests at a time; with more, the client has to wait until it is read from again. */
const MOST_REQUESTS = 1024;
/** The same for the bytes of their messages. */
const MOST_REQUEST_BYTES = 64 * 1024 * 1024;

/**
 * Serves a client until it ends its input, or is not there any more. Requests run side by side, and
 * what is still running at the end is stopped.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT when the input is no frame; the client is told before.
 */
export async function serveSession(options: SessionOptions): Promise<void> {
  await new Session(options).run();
}

interface Running {
  readonly stop: AbortController;
  readonly bytes: number;
  readonly done: Promise<void>;
}

class Session {
  readonly #options: SessionOptions;
  readonly #outgoing: Outgoing;
  readonly #running = new Map<RequestId, Running>();
  readonly #streams: FileStreams;
  readonly #window = new OutputWindow();
  readonly #holdings = new Holdings();
  readonly #end = new AbortController();
  #runningBytes = 0;
  #endEvents: () => void = () => undefined;
  #lostEvents = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#outgoing = new Outgoing(options.output);
    this.#streams = new FileStreams(options);
  }

  async run(): Promise<void> {
    const { input, signal } = this.#options;
    const gone = AbortSignal.any([signal, this.#outgoing.closed]);
    const stopReading = (): void => void input.destroy();
    gone.addEventListener('abort', stopReading, { once: true });
    if (gone.aborted) stopReading();
    try {
      await this.#readAll(input);
    } catch (error) {
      // Of an input that was destroyed, nobody wants to know that it has ended too early.
      if (gone.aborted) return;
      this.#outgoing.send(errorMessage(null, error));
      throw error;
    } finally {
      gone.removeEventListener('abort', stopReading);
      await this.#finish();
    }
  }

  async #readAll(input: Readable): Promise<void> {
    for await (const body of readFrames(input)) {
      this.#receive(body);
      // What takes no waiting is answered first; and answers that nobody takes must not pile up.
      await setImmediate();
      await this.#outgoing.room(this.#end.signal);
      while (this.#isBusy) await Promise.race([...this.#running.values()].map(({ done }) => done));
    }
  }

  get #isBusy(): boolean {
    return this.#running.size >= MOST_REQUESTS || this.#runningBytes > MOST_REQUEST_BYTES;
  }

  #receive(body: Buffer): void {
    try {
      const message = readMessage(body);
      if (message?.id !== undefined) this.#begin(message.id, message, body.length);
      else if (message?.method === '$/cancel') this.#cancel(message.params);
      else if (message?.method === '$/taken') this.#window.taken(message.params);
    } catch (error) {
      this.#outgoing.send(errorMessage(null, error));
    }
  }

  #begin(id: RequestId, message: Incoming, bytes: number): void {
    if (this.#running.has(id)) {
      const problem = `A request with the id ${JSON.stringify(id)} is running already.`;
      throw new MessageError(RPC_ERROR.invalidRequest, problem, id);
    }
    const stop = new AbortController();
    const done = this.#answer(id, message, stop.signal).then((answer) => {
      this.#running.delete(id);
      this.#runningBytes -= bytes;
      this.#window.done(id);
      this.#outgoing.send(answer);
    });
    this.#running.set(id, { stop, bytes, done });
    this.#runningBytes += bytes;
  }

  async #answer(id: RequestId, { method, params }: Incoming, signal: AbortSignal): Promise<object> {
    try {
      const { gate } = this.#options;
      if (method === 'initialize') {
        if (wantsEvents(params)) await gate?.({ name: 'event.listen', effect: 'read' }, {});
        return resultMessage(id, this.#initialize(params));
      }
      if (isStreamMethod(method)) {
        if (method === 'stream.open') {
          await gate?.({ name: method, effect: effectOfStream(params) }, params);
        }
        return resultMessage(id, await this.#streams.call(method, params));
      }
      const operation = findOperation(method);
      if (operation === undefined) {
        throw new MessageError(RPC_ERROR.unknownMethod, `There is no operation '${method}'.`, id);
      }
      const { afs, readOnly } = this.#options;
      const onOutput = (text: string): Promise<void> => this.#tellOutput(id, text, signal);
      const context = { afs, readOnly, gate, signal, onOutput, holdings: this.#holdings };
      const result = await callOperation(operation, context, params);
      return resultMessage(id, result);
    } catch (error) {
      return errorMessage(id, error);
    }
  }

  #initialize(params: unknown): object {
    const { afs, version, readOnly } = this.#options;
    const server = { version, readOnly, base: afs.basePath };
    const { answer, events, outputWindow } = initialize(params, server);
    this.#window.size = outputWindow;
    this.#endEvents();
    this.#endEvents = feedEvents(afs, events, (event, data) => this.#tellEvent(event, data));
    return answer;
  }

  async #tellOutput(id: RequestId, text: string, signal: AbortSignal): Promise<void> {
    this.#outgoing.send(notification('$/output', { id, text }));
    await this.#outgoing.room(signal);
    await this.#window.sent(id, signal);
  }

  /** Nothing can hold back what has happened: a client that does not read misses it. */
  #tellEvent(event: EventName, data: object): void {
    if (this.#outgoing.isFull) {
      this.#lostEvents += 1;
      return;
    }
    const lost = this.#lostEvents;
    this.#lostEvents = 0;
    const more = lost === 0 ? {} : { lost };
    this.#outgoing.send(notification('$/event', { event, data, ...more }));
  }

  #cancel(params: unknown): void {
    const id: unknown = typeof params === 'object' && params !== null && Reflect.get(params, 'id');
    const isId = typeof id === 'string' || typeof id === 'number';
    if (isId) this.#running.get(id)?.stop.abort(new AgentFSError('ABORTED', 'Cancelled.'));
  }

  async #finish(): Promise<void> {
    this.#endEvents();
    this.#end.abort();
    const gone = new AgentFSError('ABORTED', 'The client has gone.');
    for (const { stop } of this.#running.values()) stop.abort(gone);
    await Promise.all([
      this.#holdings.end(),
      ...[...this.#running.values()].map(({ done }) => done),
    ]);
    // A request that was under way may have begun something since.
    await Promise.all([this.#holdings.end(), this.#streams.end()]);
    await this.#outgoing.flush();
  }
}

/**
 * A small server of the Hrana 2 protocol, by which `@libsql/client` talks to Turso and to libSQL
 * servers, over one SQLite file. It is our reading of the protocol, for tests on loopback: it counts
 * what is asked, and fails when it is told to.
 */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import Sqlite from 'better-sqlite3';
import { type Fault, send, sendStatus, timesApplied } from './fault.ts';
import type { HranaError, Pipeline, StreamResult } from './protocol.ts';
import { RequestError } from './statement.ts';
import { Streams } from './streams.ts';

/** How a server is set up. */
export interface HranaServerOptions {
  /** The SQLite file, which is made when it is not there. */
  readonly file: string;
  /** What clients have to send; without it everyone may do everything. */
  readonly token?: string;
  /** How long a stream waits for its client. Default: 10 seconds. */
  readonly streamTtlMs?: number;
  /** Key and certificate in PEM form: the address is `https:` then. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A request as the server saw it. */
export interface SeenRequest {
  /** Counted from 1 since the start or the last `forget()`. */
  readonly number: number;
  readonly body: string;
}

/** Says what goes wrong with a request, before anything is done about it. */
export type Script = (request: SeenRequest) => Fault | undefined | Promise<Fault | undefined>;

/** A running server. */
export class HranaServer {
  readonly #server: Server;
  readonly #streams: Streams;
  readonly #token: string | undefined;
  readonly #scheme: 'http' | 'https';
  #script: Script = () => undefined;
  #pending = 0;
  #requests = 0;
  #receivedBytes = 0;
  #sentBytes = 0;

  /** Starts one on a free port of loopback. */
  static async start(options: HranaServerOptions): Promise<HranaServer> {
    const server = new HranaServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor({ file, token, streamTtlMs = 10_000, tls }: HranaServerOptions) {
    // Readers are not to wait for a writer, as on a real server.
    const connection = new Sqlite(file);
    connection.pragma('journal_mode = WAL');
    connection.close();
    this.#token = token;
    this.#streams = new Streams(file, streamTtlMs);
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serve(request, response).catch(() => sendStatus(response, 500));
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  }

  /** Its address, for `createClient`. */
  get url(): string {
    // A server that listens on a port has an address of this kind.
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}`;
  }

  /** What went over the wire since the start or the last `forget()`: requests and bytes of bodies. */
  get traffic(): { requests: number; receivedBytes: number; sentBytes: number } {
    return {
      requests: this.#requests,
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
    };
  }

  /** How many streams wait for their client. */
  get openStreams(): number {
    return this.#streams.count;
  }

  /** How many requests wait for the end of their answer. */
  get pending(): number {
    return this.#pending;
  }

  /** Counts from zero again. */
  forget(): void {
    this.#requests = 0;
    this.#receivedBytes = 0;
    this.#sentBytes = 0;
  }

  /** Lets every request from now on be looked at; the last script counts. */
  play(script: Script): void {
    this.#script = script;
  }

  /** Lets the next requests fail, one fault each, and all others be well. */
  failNext(...faults: Fault[]): void {
    this.play(() => faults.shift());
  }

  /** Closes all connections and streams. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
    this.#streams.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#pending += 1;
    response.once('close', () => {
      this.#pending -= 1;
    });
    const body = await text(request);
    if (request.method !== 'POST' || request.url !== '/v2/pipeline') {
      sendStatus(response, 404);
      return;
    }
    this.#requests += 1;
    this.#receivedBytes += Buffer.byteLength(body);
    const fault = await this.#script({ number: this.#requests, body });
    if (this.#token !== undefined && request.headers.authorization !== `Bearer ${this.#token}`) {
      sendStatus(response, 401);
      return;
    }
    let answer = '';
    for (let i = timesApplied(fault ?? { kind: 'none' }); i > 0; i--) {
      answer = await this.#apply(body, response);
      if (response.headersSent) return;
    }
    this.#sentBytes += Buffer.byteLength(answer);
    send(response, answer, fault);
  }

  async #apply(body: string, response: ServerResponse): Promise<string> {
    try {
      return await this.#run(JSON.parse(body));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { message, code }: HranaError = error;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message, code }));
      return '';
    }
  }

  async #run({ baton, requests }: Pipeline): Promise<string> {
    const stream = this.#streams.take(baton);
    const results: StreamResult[] = [];
    for (const each of requests) results.push(await stream.answer(each));
    return JSON.stringify({ baton: this.#streams.keep(stream), base_url: null, results });
  }
}

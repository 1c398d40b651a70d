/** A server of somebody else: answers each call with bytes that are given, and keeps what it was asked. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What is said to `METHOD /path`: a status and a body, or anything at all. */
export type Answer =
  | readonly [status: number, body: string]
  | ((response: ServerResponse, asked: Asked) => void);

/** A running server. */
export class AnsweringServer {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #answers: Record<string, Answer | readonly Answer[]>;
  readonly #counts = new Map<string, number>();

  private constructor(answers: Record<string, Answer | readonly Answer[]>) {
    this.#answers = answers;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Answers by `METHOD /path?query`; of several for one call each is given once, the last one on. */
  static async start(
    answers: Record<string, Answer | readonly Answer[]>,
  ): Promise<AnsweringServer> {
    const server = new AnsweringServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The calls that came, such as `GET /healthz`. */
  get calls(): string[] {
    return this.asked.map(({ method, url }) => `${method} ${url}`);
  }

  /** The body of the newest request, as JSON. */
  get sent(): unknown {
    return JSON.parse(this.asked.at(-1)?.body ?? 'null');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const body = (await buffer(request)).toString('latin1');
    const asked = { method, url, headers, body: Buffer.from(body, 'latin1').toString('utf8') };
    this.asked.push(asked);
    const answer = this.#next(`${method} ${url}`);
    if (typeof answer === 'function') answer(response, asked);
    else response.writeHead(answer[0], { 'Content-Type': 'application/json' }).end(answer[1]);
  }

  #next(call: string): Answer {
    const answers = this.#answers[call] ?? [404, '{"detail":"Not Found"}'];
    if (typeof answers === 'function' || typeof answers[0] === 'number') return answers as Answer;
    const count = this.#counts.get(call) ?? 0;
    this.#counts.set(call, count + 1);
    return (answers as readonly Answer[])[Math.min(count, answers.length - 1)] as Answer;
  }
}

/** A client of `agentfs rpc`: the real program, spoken to in frames. */

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { OPERATIONS } from '../../src/operations/table.ts';
import type { CallOptions, CliProject } from './cli.ts';

/** A message of the server. */
export interface ServerMessage {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly code: string; readonly hint: string; readonly details: object };
  };
}

/** A server that is running, and what it has said. */
export class RpcClient {
  readonly child: ChildProcess;
  /** Everything that came, in order. */
  readonly messages: ServerMessage[] = [];
  readonly #answers = new Map<unknown, (message: ServerMessage) => void>();
  readonly #waiting = new Set<() => void>();
  #chunks: Buffer[] = [];
  #wantedBytes = 0;
  #nextId = 1;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** A client of a server that is reached by a socket. */
  static over(socket: Socket): RpcClient {
    // Of the process, only its streams are of interest.
    return new RpcClient({ stdin: socket, stdout: socket } as never);
  }

  /** The result of an operation, which fits what the table says of it. */
  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const { result, error } = await this.ask(method, params);
    if (error !== undefined) throw Object.assign(new Error(error.message), error.data);
    const operation = OPERATIONS.find(({ name }) => name === method);
    operation?.output.parse(result);
    return result ?? {};
  }

  /** The whole answer to a request. */
  ask(method: string, params: object = {}): Promise<ServerMessage> {
    const id = this.#nextId++;
    const answer = this.answerTo(id);
    this.send({ jsonrpc: '2.0', id, method, params });
    return answer;
  }

  /** The answer to a request with this id, sent by hand. */
  answerTo(id: unknown): Promise<ServerMessage> {
    return new Promise((resolve) => this.#answers.set(id, resolve));
  }

  /** Resolves with the first message, from now on or before, that is like this. */
  async heard(matches: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Sends a message as a frame. */
  send(message: unknown): void {
    this.sendRaw(frame(JSON.stringify(message)));
  }

  /** Sends bytes. */
  sendRaw(bytes: string | Buffer): boolean {
    return this.child.stdin?.write(bytes) ?? false;
  }

  /** Ends the input and waits for the program to end. */
  async end(): Promise<number | null> {
    const closed = once(this.child, 'close');
    this.child.stdin?.end();
    const [status] = await closed;
    return status;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    // Pieces of a large message are put together once.
    this.#wantedBytes -= chunk.length;
    if (this.#wantedBytes > 0) return;
    let rest = Buffer.concat(this.#chunks);
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      const length = Number(rest.toString('latin1', 0, Math.max(end, 0)).replace(/^.*: /, ''));
      this.#wantedBytes = end < 0 ? 0 : end + 4 + length - rest.length;
      if (end < 0 || this.#wantedBytes > 0) break;
      this.#hear(JSON.parse(rest.toString('utf8', end + 4, end + 4 + length)));
      rest = rest.subarray(end + 4 + length);
    }
    this.#chunks = [rest];
  }

  #hear(message: ServerMessage): void {
    this.messages.push(message);
    if (message.method === undefined) {
      this.#answers.get(message.id)?.(message);
      this.#answers.delete(message.id);
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Starts the server on a project. */
export async function startRpc(
  project: CliProject,
  args: readonly string[] = [],
  options: CallOptions = {},
): Promise<RpcClient> {
  return new RpcClient(await project.start(['rpc', ...args], options));
}

/** A body as a frame. */
export function frame(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]);
}

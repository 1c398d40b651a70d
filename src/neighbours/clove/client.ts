/** A client of a Clove kernel on this machine. */

import { CloveCalls } from './calls.ts';
import { OPCODES } from './opcodes.ts';
import { SocketConnection, type SocketOptions } from './socket-transport.ts';

/** Where kernels listen unless told otherwise. */
export const DEFAULT_SOCKET_PATH = '/tmp/clove.sock';

/** Which kernel, and how patient to be. */
export interface CloveClientOptions {
  /** Default `$CLOVE_SOCKET`, which agents are started with, else `/tmp/clove.sock`. */
  readonly socketPath?: string;
  /** Milliseconds for each reply; default as long as the connection lasts. */
  readonly timeoutMs?: number;
}

/**
 * A client of a Clove kernel: that of agentfs (`agentfs serve --clove PATH`) or the public one. The
 * first call connects it.
 *
 * @example
 * await using client = new CloveClient({ socketPath: '/tmp/clove.sock' });
 * const { stdout, exitCode } = await client.exec('ls -la');
 */
export class CloveClient extends CloveCalls {
  readonly #options: SocketOptions;
  #connection: Promise<SocketConnection> | undefined;
  #agentId = 0;

  constructor(options: CloveClientOptions = {}) {
    super();
    const { socketPath = process.env['CLOVE_SOCKET'] || DEFAULT_SOCKET_PATH, timeoutMs } = options;
    this.#options = { socketPath, timeoutMs };
  }

  /** The number that the kernel has given this client; 0 before its first reply. */
  get agentId(): number {
    return this.#agentId;
  }

  /**
   * Connects at once instead of with the first call; harmless when it is connected.
   *
   * @throws {CloveError} CONNECT_FAILED
   */
  async connect(): Promise<void> {
    await this.#connect();
  }

  /** Says goodbye; the connection stays until {@link disconnect}. */
  async exit(): Promise<boolean> {
    await this.call(OPCODES.EXIT);
    return true;
  }

  override async call(opcode: number, payload: string | Buffer = ''): Promise<Buffer> {
    const connection = await this.#connect();
    const reply = await connection.request(opcode, Buffer.from(payload as string));
    this.#agentId = connection.agentId;
    return reply;
  }

  override async disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await (await connection?.catch(() => undefined))?.close();
  }

  /** The one connection; the next call after a failure tries again. */
  #connect(): Promise<SocketConnection> {
    this.#connection ??= SocketConnection.open(this.#options).catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }
}

/** A client of a kernel on another machine, through a relay. */

import type { WebSocket } from 'ws';
import { CloveCalls } from './calls.ts';
import { CloveError } from './errors.ts';
import { MAX_PAYLOAD_BYTES } from './frame.ts';
import { OPCODES } from './opcodes.ts';

/** Which relay and machine, and as whom. */
export interface RemoteCloveOptions {
  /** The name that the agent goes by. */
  readonly name: string;
  /** Default `ws://localhost:8765`. */
  readonly relayUrl?: string;
  /** The agent's token; none unless given. */
  readonly token?: string;
  /** Which machine; default the only one that is connected. */
  readonly targetMachine?: string;
  /** Milliseconds for each reply; default 60,000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** A request that waits for its reply. */
interface Waiting {
  readonly resolve: (message: RelayMessage) => void;
  readonly reject: (error: CloveError) => void;
}

interface RelayMessage {
  readonly type?: unknown;
  readonly error?: unknown;
  readonly agent_id?: unknown;
  readonly payload?: unknown;
}

/**
 * An agent that works on a machine far away, with all calls of a client there. The first call
 * connects it.
 *
 * @example
 * await using agent = new RemoteClove({ name: 'my_agent', relayUrl: 'ws://relay:8765', token });
 * await agent.think('What is 2+2?');
 */
export class RemoteClove extends CloveCalls {
  readonly #options: RemoteCloveOptions;
  readonly #waiting: Waiting[] = [];
  #socket: Promise<WebSocket> | undefined;
  #agentId = 0;

  constructor(options: RemoteCloveOptions) {
    super();
    this.#options = options;
  }

  /** The number that the relay has given this agent; 0 before it is connected. */
  get agentId(): number {
    return this.#agentId;
  }

  /**
   * Connects at once instead of with the first call; harmless when it is connected.
   *
   * @throws {CloveError} CONNECT_FAILED; REFUSED for a wrong token or a machine that is not there.
   */
  async connect(): Promise<void> {
    await this.#connect();
  }

  /** Tells who watches this machine something: an event CUSTOM `{agent, text}`. */
  async write(text: string): Promise<void> {
    await this.emitEvent('CUSTOM', { agent: this.#options.name, text });
  }

  /** Says goodbye to the kernel, with a status for who watches it, and disconnects. */
  async exit(status = 0): Promise<void> {
    await this.call(OPCODES.EXIT, JSON.stringify({ status }));
    await this.disconnect();
  }

  override async call(opcode: number, payload: string | Buffer = ''): Promise<Buffer> {
    const bytes = Buffer.from(payload as string);
    if (bytes.length > MAX_PAYLOAD_BYTES) {
      throw new CloveError('TOO_LARGE', `A request of ${bytes.length} bytes is too large.`, {
        hint: `Send at most ${MAX_PAYLOAD_BYTES} bytes; write a large file in parts.`,
      });
    }
    const socket = await this.#connect();
    const message = { type: 'syscall', opcode, payload: bytes.toString('base64') };
    const reply = await this.#ask(socket, message);
    if (reply.type === 'error') throw refused(reply.error);
    return Buffer.from(String(reply.payload ?? ''), 'base64');
  }

  override async disconnect(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    this.#socket = undefined;
    if (socket === undefined || socket.readyState === socket.CLOSED) return;
    const isClosed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close();
    await isClosed;
  }

  #connect(): Promise<WebSocket> {
    this.#socket ??= this.#open().catch((error: unknown) => {
      this.#socket = undefined;
      throw error;
    });
    return this.#socket;
  }

  async #open(): Promise<WebSocket> {
    const { name, relayUrl = 'ws://localhost:8765', token, targetMachine } = this.#options;
    const { WebSocket: Connection } = await import('ws');
    const socket = new Connection(relayUrl, { maxPayload: 512 * 1024 * 1024 });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (cause: Error) => {
        reject(
          new CloveError('CONNECT_FAILED', `No relay can be reached at ${relayUrl}.`, {
            hint: "Start one, such as with 'agentfs serve --relay 8766,8765'.",
            cause,
          }),
        );
      });
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#fail(closed()));
    socket.on('message', (data) => this.#take(data.toString()));
    const who = {
      type: 'agent_auth',
      name,
      token: token ?? '',
      target_machine: targetMachine ?? '',
    };
    const reply = await this.#ask(socket, who);
    if (reply.type !== 'auth_ok') {
      socket.terminate();
      throw refused(reply.error);
    }
    this.#agentId = typeof reply.agent_id === 'number' ? reply.agent_id : 0;
    return socket;
  }

  async #ask(socket: WebSocket, message: object): Promise<RelayMessage> {
    if (socket.readyState !== socket.OPEN) throw closed();
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<RelayMessage>((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
        // What comes after a reply that is late would be taken for it.
        timer = setTimeout(() => {
          this.#fail(late(timeoutMs));
          socket.terminate();
        }, timeoutMs);
        socket.send(JSON.stringify(message));
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #take(text: string): void {
    let message: RelayMessage;
    try {
      message = JSON.parse(text);
    } catch {
      this.#fail(
        new CloveError('PROTOCOL', 'The relay has sent what is not JSON.', {
          hint: 'Check that the URL is that of a relay.',
        }),
      );
      return;
    }
    if (message.type === 'kernel_disconnected') {
      this.#fail(refused('The machine has gone.'));
      return;
    }
    if (message.type === 'ping' || message.type === 'pong') return;
    this.#waiting.shift()?.resolve(message);
  }

  #fail(error: CloveError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

function refused(said: unknown): CloveError {
  const message = typeof said === 'string' && said !== '' ? said : 'The relay has refused.';
  return new CloveError('REFUSED', message, {
    hint: 'Check the token, and that the machine is connected: FleetClient.listMachines().',
  });
}

function closed(): CloveError {
  return new CloveError('CLOSED', 'The connection to the relay has ended.', {
    hint: 'disconnect() and call again.',
  });
}

function late(timeoutMs: number): CloveError {
  return new CloveError('TIMEOUT', `No reply has come within ${timeoutMs} ms.`, {
    hint: 'disconnect() and call again, or give timeoutMs more time.',
  });
}

/**
 * Stands between an editor and an agent program that speak the Agent Client Protocol: what the agent
 * asks about files and terminals is answered from a workspace, and all else goes through.
 */

import type { Readable, Writable } from 'node:stream';
import type { AgentFS } from '../index.ts';
import { reportOf } from '../operations/error-report.ts';
import { Holdings } from '../operations/holdings.ts';
import { clientMethods } from './client-methods.ts';
import { LineWriter, readLines } from './json-lines.ts';

/** One side. */
export interface Side {
  readonly input: Readable;
  readonly output: Writable;
}

/** Who talks, and about what. */
export interface ProxyOptions {
  readonly afs: AgentFS;
  /** The name of the workspace. */
  readonly workspace: string;
  /** Paths of the project directory, as agents may know it. */
  readonly roots: readonly string[];
  readonly editor: Side;
  readonly agent: Side;
}

/** Numbers of JSON-RPC, and the one that the protocol has for what is not there. */
const ERROR = { invalidParams: -32_602, internal: -32_603, notFound: -32_002 };

/**
 * Passes messages on until the agent ends; then what it has started is stopped. When the editor ends
 * first, the agent is told by the end of its input.
 *
 * @throws {AgentFSError} INVALID_ARGUMENT for a message that is too long.
 */
export async function serveAcp(options: ProxyOptions): Promise<void> {
  await new Exchange(options).run();
}

type Message = Readonly<Record<string, unknown>>;

class Exchange {
  readonly #options: ProxyOptions;
  readonly #toEditor: LineWriter;
  readonly #toAgent: LineWriter;
  readonly #holdings = new Holdings();
  readonly #methods: ReturnType<typeof clientMethods>;
  readonly #running = new Map<unknown, AbortController>();

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#toEditor = new LineWriter(options.editor.output);
    this.#toAgent = new LineWriter(options.agent.output);
    this.#methods = clientMethods({ ...options, holdings: this.#holdings });
  }

  async run(): Promise<void> {
    const { editor, agent } = this.#options;
    this.#toEditor.gone.addEventListener('abort', () => this.#toAgent.end(), { once: true });
    const reading = this.#readEditor(editor.input);
    try {
      for await (const line of readLines(agent.input)) await this.#fromAgent(line);
    } finally {
      editor.input.destroy();
      for (const stop of this.#running.values()) stop.abort();
      await this.#holdings.end();
    }
    await reading;
  }

  async #readEditor(input: Readable): Promise<void> {
    try {
      for await (const line of readLines(input)) {
        const message = parsed(line);
        const isFirst = message?.['method'] === 'initialize';
        await this.#toAgent.write(isFirst ? withOwnAbilities(message) : line);
      }
    } catch (error) {
      // Of an input that was destroyed, nobody wants to know that it has ended too early.
      if (!input.destroyed) throw error;
    } finally {
      this.#toAgent.end();
    }
  }

  async #fromAgent(line: Buffer): Promise<void> {
    const message = parsed(line);
    const { id, method, params }: Message = { ...message };
    const answer = this.#methods.get(String(method));
    if (answer !== undefined && id !== undefined) {
      // Not awaited: a command may run for long.
      void this.#answer(id, (signal) => answer(params, signal));
      return;
    }
    const { requestId }: Message = { ...Object(params) };
    const running = method === '$/cancel_request' ? this.#running.get(requestId) : undefined;
    if (running !== undefined) running.abort();
    else await this.#toEditor.write((await this.#withoutTerminals(message)) ?? line);
  }

  async #answer(id: unknown, act: (signal: AbortSignal) => Promise<object>): Promise<void> {
    const stop = new AbortController();
    this.#running.set(id, stop);
    const answer = await act(stop.signal).then(
      (result) => ({ jsonrpc: '2.0', id, result }),
      (error: unknown) => ({ jsonrpc: '2.0', id, error: rpcError(error) }),
    );
    this.#running.delete(id);
    await this.#toAgent.write(answer);
  }

  /** The editor does not know the terminals of a workspace; it is shown what they have printed. */
  async #withoutTerminals(message: Message | undefined): Promise<object | undefined> {
    if (message?.['method'] !== 'session/update') return undefined;
    const params: Message = { ...Object(message['params']) };
    const update: Message = { ...Object(params['update']) };
    const content = update['content'];
    if (!Array.isArray(content) || !content.some(isTerminal)) return undefined;
    const shown = await Promise.all(
      content.map((each: unknown) => (isTerminal(each) ? this.#textOf(each) : each)),
    );
    return { ...message, params: { ...params, update: { ...update, content: shown } } };
  }

  async #textOf({ terminalId }: { readonly terminalId: unknown }): Promise<object> {
    const output = this.#methods.get('terminal/output');
    const { signal } = new AbortController();
    const { output: text = '' }: Message = await (async () =>
      ({ ...(await output?.({ terminalId }, signal)) }) as Message)().catch(() => ({}));
    return { type: 'content', content: { type: 'text', text } };
  }
}

/** What a line says; undefined when it is no message, which is for the other side to say. */
function parsed(line: Buffer): Message | undefined {
  try {
    const message: unknown = JSON.parse(line.toString('utf8'));
    return typeof message === 'object' && message !== null ? { ...message } : undefined;
  } catch {
    return undefined;
  }
}

/** Says that the client has files and terminals, whatever the editor has. */
function withOwnAbilities(message: Message): object {
  const params: Message = { ...Object(message['params']) };
  const own = { fs: { readTextFile: true, writeTextFile: true }, terminal: true };
  const clientCapabilities = { ...Object(params['clientCapabilities']), ...own };
  return { ...message, params: { ...params, clientCapabilities } };
}

function isTerminal(content: unknown): content is { readonly terminalId: unknown } {
  return Object(content)['type'] === 'terminal';
}

function rpcError(error: unknown): object {
  const { code, message, hint, details } = reportOf(error);
  const isWrong = code === 'INVALID_ARGUMENT' || code === 'INVALID_PATH';
  const other = isWrong ? ERROR.invalidParams : ERROR.internal;
  return {
    code: code === 'ENOENT' ? ERROR.notFound : other,
    message,
    data: { code, hint, details },
  };
}

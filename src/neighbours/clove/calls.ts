/** All calls of a Clove kernel, over whatever carries them there. */

import { CloveError } from './errors.ts';
import type { AgentMetrics, CgroupMetrics, SystemMetrics } from './metrics.ts';
import { OPCODES, type OpcodeName } from './opcodes.ts';
import type * as answer from './replies.ts';
import type {
  AgentChoice,
  AuditLogOptions,
  HttpOptions,
  Recipient,
  SpawnOptions,
  ThinkOptions,
} from './requests.ts';
import { eventOf, messageOf } from './versions.ts';
import { camelDeep, camelFields, snakeDeep } from './wire-names.ts';

const MOST_MESSAGES = 10;
const TIMEOUT_SECONDS = 30;

/**
 * The calls. What a kernel refuses or cannot do is a reply with `success: false` and an `error`, as
 * in its own SDK; only when no reply comes, a call rejects.
 */
export abstract class CloveCalls implements AsyncDisposable {
  /**
   * Sends any request and waits for its reply: for what kernels may have besides.
   *
   * @throws {CloveError} CONNECT_FAILED, CLOSED, TIMEOUT, PROTOCOL, TOO_LARGE, REFUSED.
   */
  abstract call(opcode: number, payload?: string | Buffer): Promise<Buffer>;

  /** Ends the connection. */
  abstract disconnect(): Promise<void>;

  /** Gives the text back. */
  async noop(message: string): Promise<string> {
    return (await this.call(OPCODES.NOOP, message)).toString();
  }

  /** Asks the kernel's model. */
  async think(prompt: string, options: ThinkOptions = {}): Promise<answer.ThinkReply> {
    const { image, ...rest } = options;
    const shown = image === undefined ? {} : { image: snakeDeep(image) };
    return this.#call('THINK', { prompt, ...snakeFields(rest), ...shown });
  }

  /** Runs a shell command. @param options - `timeout` in seconds, default 30. */
  async exec(
    command: string,
    { cwd, timeout = TIMEOUT_SECONDS }: { readonly cwd?: string; readonly timeout?: number } = {},
  ): Promise<answer.ExecReply> {
    return this.#call('EXEC', { command, cwd, timeout, async: false });
  }

  /** Reads a text file. */
  async readFile(path: string): Promise<answer.ReadReply> {
    return this.#call('READ', { path });
  }

  /** Replaces a file, or adds to it. */
  async writeFile(
    path: string,
    content: string,
    { mode = 'write' }: { readonly mode?: 'write' | 'append' } = {},
  ): Promise<answer.WriteReply> {
    return this.#call('WRITE', { path, content, mode });
  }

  /** Starts an agent. */
  async spawn(options: SpawnOptions): Promise<answer.SpawnReply> {
    const { limits, sandboxed = true, network = false, ...rest } = options;
    const { restartPolicy = 'never', maxRestarts = 5, restartWindow = 300, ...who } = rest;
    const restarts = { restart_policy: restartPolicy, max_restarts: maxRestarts };
    const reply = await this.#json('SPAWN', {
      ...{ ...who, sandboxed, network, ...restarts, restart_window: restartWindow },
      ...(limits === undefined ? {} : { limits: snakeDeep(limits) }),
    });
    const fields = camelFields(reply);
    const agentId = fields['agentId'] ?? fields['id'];
    const success = fields['success'] ?? (typeof agentId === 'number' && !('error' in fields));
    return {
      pid: 0,
      restartPolicy,
      ...fields,
      success,
      agentId: agentId ?? 0,
    } as answer.SpawnReply;
  }

  /** Ends an agent. */
  async kill(choice: AgentChoice): Promise<answer.KillReply> {
    return this.#call('KILL', choiceOf(choice));
  }

  /** The agents that the kernel has started. */
  async listAgents(): Promise<answer.AgentEntry[]> {
    const reply = await this.#json('LIST', {});
    if (!Array.isArray(reply)) throw notAReply('LIST');
    return reply.map((each: object) => {
      const fields = camelFields(each);
      const isRunning = fields['running'] === true ? 'RUNNING' : 'STOPPED';
      return { ...fields, state: fields['state'] ?? isRunning } as answer.AgentEntry;
    });
  }

  /** Holds an agent up. */
  async pause(choice: AgentChoice): Promise<answer.PauseReply> {
    return this.#call('PAUSE', choiceOf(choice));
  }

  /** Lets an agent go on. */
  async resume(choice: AgentChoice): Promise<answer.PauseReply> {
    return this.#call('RESUME', choiceOf(choice));
  }

  /** Takes a name, by which others find this agent. */
  async registerName(name: string): Promise<answer.RegisterReply> {
    return this.#call('REGISTER', { name });
  }

  /** Puts a message into the mailbox of an agent. */
  async sendMessage(message: unknown, { to, toName }: Recipient): Promise<answer.SendReply> {
    return this.#call('SEND', { message, to, to_name: toName });
  }

  /** Takes messages out of this agent's mailbox, the oldest first; it does not wait for any. */
  async recvMessages(max: number = MOST_MESSAGES): Promise<answer.RecvReply> {
    const reply = await this.#call<answer.RecvReply>('RECV', { max });
    return { ...reply, messages: (reply.messages ?? []).map(messageOf) };
  }

  /** Sends a message to all agents that have a name. @param options - `includeSelf`, default false. */
  async broadcast(
    message: unknown,
    { includeSelf = false }: { readonly includeSelf?: boolean } = {},
  ): Promise<answer.BroadcastReply> {
    return this.#call('BROADCAST', { message, include_self: includeSelf });
  }

  /** What this agent may do. */
  async getPermissions(): Promise<answer.PermissionsReply> {
    return camelDeep(await this.#json('GET_PERMS', {})) as answer.PermissionsReply;
  }

  /** Changes what an agent, this one unless given, may do. */
  async setPermissions(change: {
    readonly level?: answer.PermissionLevel;
    readonly permissions?: Partial<answer.Permissions>;
    readonly agentId?: number;
  }): Promise<answer.SetPermissionsReply> {
    return this.#call('SET_PERMS', snakeDeep(change) as object);
  }

  /** Keeps a value. @param options - `scope`, default `global`; `ttl` in seconds, default for ever. */
  async store(
    key: string,
    value: unknown,
    { scope = 'global', ttl }: { readonly scope?: answer.StateScope; readonly ttl?: number } = {},
  ): Promise<answer.StoreReply> {
    return this.#call('STORE', { key, value, scope, ttl });
  }

  /** A value that was kept. */
  async fetch(key: string): Promise<answer.FetchReply> {
    return this.#call('FETCH', { key });
  }

  /** Forgets a value. */
  async deleteKey(key: string): Promise<answer.DeleteReply> {
    return this.#call('DELETE', { key });
  }

  /** The keys that begin so. */
  async listKeys(prefix?: string): Promise<answer.KeysReply> {
    return this.#call('KEYS', { prefix });
  }

  /** Has the kernel ask a web server. */
  async http(url: string, options: HttpOptions = {}): Promise<answer.HttpReply> {
    const { method = 'GET', timeout = TIMEOUT_SECONDS, headers, body } = options;
    return this.#call('HTTP', { url, method, timeout, headers, body, async: false });
  }

  /** Events of these kinds are kept for {@link pollEvents} from now on. */
  async subscribe(eventTypes: readonly answer.EventType[]): Promise<answer.SubscribeReply> {
    return this.#call('SUBSCRIBE', { event_types: eventTypes });
  }

  async unsubscribe(eventTypes: readonly answer.EventType[]): Promise<answer.UnsubscribeReply> {
    return this.#call('UNSUBSCRIBE', { event_types: eventTypes });
  }

  /** Takes the events since the last time, the oldest first; it does not wait for any. */
  async pollEvents(max: number = MOST_MESSAGES): Promise<answer.PollEventsReply> {
    const reply = await this.#call<answer.PollEventsReply>('POLL_EVENTS', { max });
    const now = Date.now();
    return { ...reply, events: (reply.events ?? []).map((each) => eventOf(each, now)) };
  }

  /** Tells all that have subscribed, this agent included. */
  async emitEvent(eventType: answer.EventType, data: unknown = {}): Promise<answer.EmitReply> {
    // Kernels before the fields were settled read the second.
    return this.#call('EMIT', { event_type: eventType, event: eventType, data });
  }

  async getSystemMetrics(): Promise<answer.MetricsReply<SystemMetrics>> {
    return camelDeep(await this.#json('METRICS_SYSTEM', {})) as answer.MetricsReply<SystemMetrics>;
  }

  /** What an agent, this one unless given, is doing. */
  async getAgentMetrics(agentId?: number): Promise<answer.MetricsReply<AgentMetrics>> {
    const reply = await this.#json('METRICS_AGENT', { agent_id: agentId });
    return camelDeep(reply) as answer.MetricsReply<AgentMetrics>;
  }

  async getAllAgentMetrics(): Promise<answer.AllAgentMetricsReply> {
    return camelDeep(await this.#json('METRICS_ALL_AGENTS', {})) as answer.AllAgentMetricsReply;
  }

  /** What a control group, this agent's unless given, takes. */
  async getCgroupMetrics(cgroupPath?: string): Promise<answer.MetricsReply<CgroupMetrics>> {
    const reply = await this.#json('METRICS_CGROUP', { cgroup_path: cgroupPath });
    return camelDeep(reply) as answer.MetricsReply<CgroupMetrics>;
  }

  /** What the kernel is. Older ones answer with nothing but `success`. */
  async hello(): Promise<answer.HelloReply> {
    const reply = camelDeep(await this.#json('HELLO', {})) as Partial<answer.HelloReply>;
    return { ...reply, success: reply.success ?? false };
  }

  /** Results of requests that a kernel has only accepted. */
  async asyncPoll(max: number = MOST_MESSAGES): Promise<answer.AsyncPollReply> {
    const reply = await this.#call<answer.AsyncPollReply>('ASYNC_POLL', { max });
    return { ...reply, results: (reply.results ?? []).map(camelFields) as never };
  }

  async getAuditLog(options: AuditLogOptions = {}): Promise<answer.AuditLogReply> {
    const reply = await this.#call<answer.AuditLogReply>('GET_AUDIT_LOG', snakeFields(options));
    const entries = (reply.entries ?? []).map(camelFields) as unknown as answer.CloveAuditEntry[];
    return { ...reply, entries };
  }

  /** @param config - `maxEntries`, and `logSyscalls` and the like. */
  async setAuditConfig(
    config: Readonly<Record<string, number | boolean>>,
  ): Promise<answer.AuditConfigReply> {
    return camelDeep(
      await this.#json('SET_AUDIT_CONFIG', snakeFields(config)),
    ) as answer.AuditConfigReply;
  }

  /** Tells the kernel of a call that this agent has made to a model by itself. */
  async llmReport(tokens: number, success = true): Promise<answer.LlmReportReply> {
    return this.#call('LLM_REPORT', { tokens, success });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** A call whose reply is an object of fields. */
  async #call<Fields>(name: OpcodeName, request: object): Promise<Fields> {
    return camelFields(await this.#json(name, request)) as Fields;
  }

  async #json(name: OpcodeName, request: object): Promise<object> {
    const reply = await this.call(OPCODES[name], JSON.stringify(request));
    let value: unknown;
    try {
      value = JSON.parse(reply.toString());
    } catch (error) {
      throw notAReply(name, error);
    }
    if (typeof value !== 'object' || value === null) throw notAReply(name);
    return value;
  }
}

function choiceOf({ name, agentId }: AgentChoice): object {
  return name === undefined ? { id: agentId } : { name };
}

/** Renames the fields of options; none of them holds an object with names of its own. */
function snakeFields(options: object): object {
  return snakeDeep(options) as object;
}

function notAReply(name: OpcodeName, cause?: unknown): CloveError {
  return new CloveError('PROTOCOL', `The reply to ${name} is not what a kernel answers.`, {
    hint: 'Check that the socket is that of a Clove kernel.',
    cause,
  });
}

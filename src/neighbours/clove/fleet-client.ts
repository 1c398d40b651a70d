/** A client of a relay, for agents on several machines. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FleetClientError } from './errors.ts';
import { camelDeep, camelFields } from './wire-names.ts';

/** Which relay, and who asks. */
export interface FleetClientOptions {
  /** Default `$RELAY_API_URL`, else `http://localhost:8766`. */
  readonly relayUrl?: string;
  /** Default `$AGENTOS_API_TOKEN`, else `$CLOVE_API_TOKEN`, else none. */
  readonly apiToken?: string;
  /** Milliseconds for an answer; default 30,000. */
  readonly timeoutMs?: number;
}

/** A machine with a kernel. */
export class Machine {
  readonly machineId: string;
  /** Such as `docker`, `aws`, `gcp`, `local`. */
  readonly provider: string;
  readonly status: 'connected' | 'disconnected';
  readonly ipAddress: string;
  readonly createdAt: string;
  readonly lastSeen: string;
  readonly metadata: Readonly<Record<string, unknown>>;

  /** @internal */
  constructor(wire: object) {
    const fields = camelFields(wire) as Partial<Machine>;
    this.machineId = fields.machineId ?? '';
    this.provider = fields.provider ?? '';
    this.status = fields.status === 'connected' ? 'connected' : 'disconnected';
    this.ipAddress = fields.ipAddress ?? '';
    this.createdAt = fields.createdAt ?? '';
    this.lastSeen = fields.lastSeen ?? '';
    this.metadata = fields.metadata ?? {};
  }

  isConnected(): boolean {
    return this.status === 'connected';
  }
}

/** An agent on a machine. */
export class Agent {
  readonly agentId: number;
  readonly agentName: string;
  readonly targetMachine: string;
  /** Such as `running`, `stopped`. */
  readonly status: string;
  readonly syscallsSent: number;

  /** @internal */
  constructor(wire: object) {
    const fields = camelFields(wire) as Partial<Agent>;
    this.agentId = fields.agentId ?? 0;
    this.agentName = fields.agentName ?? '';
    this.targetMachine = fields.targetMachine ?? '';
    // Relays that say when an agent has connected list only those that run.
    this.status = fields.status ?? 'running';
    this.syscallsSent = fields.syscallsSent ?? 0;
  }
}

/** What came of starting an agent on a machine. */
export interface Deployment {
  readonly machineId: string;
  /** `deploying`, or `failed`. */
  readonly status: string;
  readonly scriptName?: string;
  readonly error?: string;
}

/** What a relay knows. */
export interface FleetStatus {
  readonly server: string;
  readonly timestamp: string;
  readonly kernelsConnected: number;
  readonly remoteAgentsConnected: number;
  readonly kernels: readonly unknown[];
  readonly fleet: {
    readonly totalMachines: number;
    readonly byProvider: Readonly<Record<string, number>>;
    readonly byStatus: Readonly<Record<string, number>>;
  };
}

const TIMEOUT_MS = 30_000;

/**
 * A client of a relay: that of agentfs (`agentfs serve --relay 8766,8765`) or the public one.
 *
 * @example const machines = await new FleetClient().listMachines();
 */
export class FleetClient implements AsyncDisposable {
  readonly #url: string;
  readonly #token: string;
  readonly #timeoutMs: number;

  constructor(options: FleetClientOptions = {}) {
    const { env } = process;
    const url = options.relayUrl ?? (env['RELAY_API_URL'] || 'http://localhost:8766');
    this.#url = url.replace(/\/+$/, '');
    this.#token = options.apiToken ?? (env['AGENTOS_API_TOKEN'] || env['CLOVE_API_TOKEN'] || '');
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** @throws {FleetClientError} as all calls, when the relay refuses or cannot be reached. */
  async listMachines(): Promise<Machine[]> {
    const { machines } = await this.#request('GET', '/api/v1/machines');
    return listOf(machines).map((each) => new Machine(each));
  }

  async getMachine(machineId: string): Promise<Machine> {
    const path = `/api/v1/machines/${encodeURIComponent(machineId)}`;
    return new Machine(await this.#request('GET', path));
  }

  async getConnectedMachines(): Promise<Machine[]> {
    return (await this.listMachines()).filter((each) => each.isConnected());
  }

  /** The agents of a machine, or of all. */
  async listAgents(machineId?: string): Promise<Agent[]> {
    const query = machineId === undefined ? '' : `?machine_id=${encodeURIComponent(machineId)}`;
    const { agents } = await this.#request('GET', `/api/v1/agents${query}`);
    return listOf(agents).map((each) => new Agent(each));
  }

  /**
   * Starts a program, which is read here, as an agent on a machine.
   *
   * @throws what reading the file throws.
   */
  async deployAgent(
    path: string,
    { machineId, args = [] }: { readonly machineId: string; readonly args?: readonly string[] },
  ): Promise<Deployment> {
    const content = await readFile(path, 'utf8');
    const reply = await this.#request('POST', '/api/v1/agents/deploy', {
      machine_id: machineId,
      script_content: content,
      script_name: basename(path),
      args,
    });
    return { machineId, status: 'deployed', ...(camelFields(reply) as Partial<Deployment>) };
  }

  /**
   * Starts a program on all machines that are connected. A machine that refuses is in the result.
   *
   * @throws {FleetClientError} when no machine is connected, or none is left by `filter`.
   */
  async runOnAll(
    path: string,
    options: {
      readonly args?: readonly string[];
      readonly filter?: (each: Machine) => boolean;
    } = {},
  ): Promise<Deployment[]> {
    const { args = [], filter = () => true } = options;
    const machines = (await this.getConnectedMachines()).filter(filter);
    if (machines.length === 0) {
      throw new FleetClientError('REFUSED', 'No machines available', {
        hint: 'Connect one to the relay; listMachines() shows all.',
      });
    }
    return Promise.all(
      machines.map(async ({ machineId }) => {
        try {
          return await this.deployAgent(path, { machineId, args });
        } catch (error) {
          if (!(error instanceof FleetClientError)) throw error;
          return { machineId, status: 'failed', error: error.message };
        }
      }),
    );
  }

  async stopAgent(where: { readonly machineId: string; readonly agentId: number }): Promise<void> {
    const path = `/api/v1/agents/${where.agentId}/stop`;
    await this.#request('POST', path, { machine_id: where.machineId });
  }

  async getStatus(): Promise<FleetStatus> {
    return camelDeep(await this.#request('GET', '/api/v1/status')) as FleetStatus;
  }

  /** Whether the relay answers, and is well. */
  async healthCheck(): Promise<boolean> {
    try {
      const { status } = await this.#request('GET', '/api/v1/health');
      return status === 'healthy';
    } catch (error) {
      if (error instanceof FleetClientError) return false;
      throw error;
    }
  }

  /** Harmless: nothing is kept open between two calls. */
  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #request(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ readonly [name: string]: unknown }> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    const reply = parseObject(text);
    if (response.ok && reply !== undefined) return reply;
    const { status } = response;
    const said = reply?.['error'];
    const message = typeof said === 'string' ? said : `HTTP ${status}`;
    const code = response.ok ? 'PROTOCOL' : 'REFUSED';
    const hint = response.ok ? 'Check that the URL is that of a relay.' : hintFor(status);
    throw new FleetClientError(code, message, { hint, status });
  }

  async #send(method: string, path: string, body: object | undefined): Promise<Response> {
    const authorization = this.#token === '' ? {} : { Authorization: `Bearer ${this.#token}` };
    const content =
      body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    try {
      return await fetch(this.#url + path, {
        method,
        ...content,
        headers: { ...content.headers, ...authorization },
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
    } catch (cause) {
      const isLate = cause instanceof Error && cause.name === 'TimeoutError';
      const code = isLate ? 'TIMEOUT' : 'CONNECT_FAILED';
      throw new FleetClientError(code, `The relay at ${this.#url} cannot be reached.`, {
        hint: "Start one, such as with 'agentfs serve --relay 8766,8765', or set RELAY_API_URL.",
        cause,
      });
    }
  }
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) return 'Pass apiToken, or set AGENTOS_API_TOKEN.';
  return 'listMachines() and listAgents() show what there is.';
}

function listOf(value: unknown): object[] {
  return Array.isArray(value) ? value : [];
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    // A proxy in between, or no relay at all.
    return undefined;
  }
}

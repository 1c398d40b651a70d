/** What agents have asked the kernel for, the newest entries in memory. */

/** What an entry is about. */
export type AuditCategory =
  | 'SECURITY'
  | 'AGENT_LIFECYCLE'
  | 'IPC'
  | 'STATE_STORE'
  | 'RESOURCE'
  | 'SYSCALL'
  | 'NETWORK';

/** As it stands on the wire. */
export interface TrailEntry {
  readonly id: number;
  /** ISO 8601, in UTC. */
  readonly timestamp: string;
  readonly category: AuditCategory;
  readonly event_type: string;
  readonly agent_id: number;
  readonly agent_name?: string;
  readonly success: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Which entries. */
export interface TrailQuery {
  readonly category: string | undefined;
  readonly agentId: number | undefined;
  /** Only newer ones. */
  readonly sinceId: number;
  readonly limit: number;
}

/** What is kept: how many entries, and of which categories. As it stands on the wire. */
export type TrailConfig = Readonly<Record<string, number | boolean>>;

const USUAL: TrailConfig = {
  max_entries: 10_000,
  ...{ log_syscalls: false, log_security: true, log_lifecycle: true, log_ipc: true },
  ...{ log_state: true, log_resource: true, log_network: true, log_world: true },
};

const SETTING: Readonly<Record<AuditCategory, string>> = {
  SECURITY: 'log_security',
  AGENT_LIFECYCLE: 'log_lifecycle',
  IPC: 'log_ipc',
  STATE_STORE: 'log_state',
  RESOURCE: 'log_resource',
  SYSCALL: 'log_syscalls',
  NETWORK: 'log_network',
};

const MOST_ENTRIES = 100_000;

/** The trail of one kernel. */
export class AuditTrail {
  #entries: TrailEntry[] = [];
  #config: TrailConfig = USUAL;
  #newest = 0;

  get config(): TrailConfig {
    return this.#config;
  }

  /** Whether entries of a category are kept. */
  keeps(category: AuditCategory): boolean {
    return this.#config[SETTING[category]] !== false;
  }

  /** Adds an entry of a category that is kept. */
  add(entry: Omit<TrailEntry, 'id'>): void {
    this.#newest += 1;
    this.#entries.push({ id: this.#newest, ...entry });
    if (this.#entries.length > 2 * this.#most) this.#trim();
  }

  /** The entries that match, the newest first. */
  find({ category, agentId, sinceId, limit }: TrailQuery): readonly TrailEntry[] {
    this.#trim();
    return this.#entries
      .filter((entry) => {
        if (category !== undefined && entry.category !== category) return false;
        if (agentId !== undefined && entry.agent_id !== agentId) return false;
        return entry.id > sinceId;
      })
      .slice(-limit)
      .reverse();
  }

  /** Changes settings; what is none is left out. */
  configure(change: TrailConfig): void {
    this.#config = { ...this.#config, ...change };
    this.#trim();
  }

  get #most(): number {
    return Math.min(MOST_ENTRIES, Math.max(1, Number(this.#config['max_entries'])));
  }

  #trim(): void {
    if (this.#entries.length > this.#most) this.#entries = this.#entries.slice(-this.#most);
  }
}

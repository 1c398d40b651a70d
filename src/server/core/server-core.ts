/** The daemon itself, without any door: what all surfaces stand on. See `surface.ts`. */

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { type AgentFS, AgentFSError, type Clock, type Logger } from '../../index.ts';
import { systemClock } from '../../primitives/clock.ts';
import { silentLogger } from '../../primitives/logger.ts';
import { ServiceStore } from '../../store/service-store.ts';
import type { Principal } from './access.ts';
import { plainAddress } from './addresses.ts';
import { AgentCommand, type AgentSettings } from './agent-command.ts';
import { EventLog } from './event-log.ts';
import { GroupCommit } from './group-commit.ts';
import { JobRunner } from './job-runner.ts';
import { KeptSessions } from './kept-sessions.ts';
import { type ConnectionBounds, type Rate, RateLimit } from './limits.ts';
import { type Admission, type Credentials, PrincipalRegistry } from './principals.ts';
import { type Project, Projects } from './project.ts';
import { type Addresses, ServeLease } from './served.ts';
import { StateStore } from './state-store.ts';
import { Tokens } from './tokens.ts';
import { Traffic } from './traffic.ts';

/** What may change while a daemon runs. */
export interface CoreSettings extends Admission {
  /** What answers prompts; default nothing. */
  readonly agent?: AgentSettings | undefined;
  /** Requests of one client; default 5,000 a second. */
  readonly rate?: Rate | undefined;
}

/** What a daemon is about. */
export interface CoreOptions extends CoreSettings {
  /** Requests of one address without a token that counts; default 100 a second. */
  readonly strangers?: Rate | undefined;
  /** Of each door over HTTP; default 1,000 of them, 10 s for a header, 60 s for a request. */
  readonly connections?: Partial<ConnectionBounds> | undefined;
  /** The open projects, the usual one first: its store also holds what the daemon keeps. */
  readonly projects: readonly [AgentFS, ...AgentFS[]];
  readonly version: string;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

const DEFAULT_RATE: Rate = { perSecond: 5000, burst: 10_000 };
const STRANGERS_RATE: Rate = { perSecond: 100, burst: 200 };
const CONNECTIONS: ConnectionBounds = { headerMs: 10_000, requestMs: 60_000, most: 1000 };
const SWEEP_MS = 60_000;

/** Projects, principals, jobs, events and state, for as long as the daemon runs. */
export class ServerCore implements AsyncDisposable {
  readonly projects: Projects;
  readonly principals: PrincipalRegistry;
  readonly tokens: Tokens;
  readonly jobs: JobRunner;
  readonly sessions: KeptSessions;
  readonly commits: GroupCommit;
  readonly events: EventLog;
  readonly state: StateStore;
  readonly agent: AgentCommand;
  /** Bounds what one client, by its principal or address, may ask for. */
  readonly rate: RateLimit;
  /** Bounds what one address may ask for without a token that counts. */
  readonly strangers: RateLimit;
  readonly connections: ConnectionBounds;
  /** Counts what surfaces over HTTP have answered. */
  readonly traffic: Traffic = new Traffic();
  readonly logger: Logger;
  readonly clock: Clock;
  readonly version: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  readonly #leases: readonly ServeLease[];
  readonly #stores: readonly ServiceStore[];
  readonly #stopping = new AbortController();
  readonly #sweep: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  private constructor(
    options: CoreOptions,
    stores: readonly [ServiceStore, ...ServiceStore[]],
    leases: readonly ServeLease[],
  ) {
    const { logger = silentLogger, clock = systemClock } = options;
    const [store] = stores;
    // Every request that is under way listens.
    setMaxListeners(0, this.stopping);
    this.#stores = stores;
    this.#leases = leases;
    this.logger = logger;
    this.clock = clock;
    this.version = options.version;
    this.startedAt = clock.now();
    this.projects = new Projects(options.projects);
    this.principals = new PrincipalRegistry(store, clock, options);
    this.tokens = new Tokens(store, clock);
    this.commits = new GroupCommit(store.database);
    this.events = new EventLog(store, clock, this.commits);
    this.state = new StateStore(store, clock, this.events, this.commits);
    this.sessions = new KeptSessions(this.projects.all);
    const { projects, sessions, events } = this;
    this.jobs = new JobRunner({ store, projects, sessions, events, clock, logger });
    this.agent = new AgentCommand(options.agent ?? {}, this.jobs);
    this.rate = new RateLimit(options.rate ?? DEFAULT_RATE);
    this.connections = { ...CONNECTIONS, ...options.connections };
    this.strangers = new RateLimit(options.strangers ?? STRANGERS_RATE);
    this.#sweep = setInterval(() => this.state.sweep(), SWEEP_MS).unref();
  }

  /**
   * Opens what a daemon keeps, and says that these projects are served. The projects stay open when
   * the daemon is closed.
   *
   * @throws {AgentFSError} ALREADY_SERVED, NOT_TRUSTED, INVALID_ARGUMENT; {StorageError}.
   */
  static async open(options: CoreOptions): Promise<ServerCore> {
    const [first, ...others] = options.projects;
    const stores: ServiceStore[] = [];
    const leases: ServeLease[] = [];
    const open = async ({ storage, basePath, isAdopted }: AgentFS): Promise<ServiceStore> => {
      if (!isAdopted) throw notAdopted(basePath);
      const store = new ServiceStore(storage.path);
      stores.push(store);
      leases.push(await ServeLease.take(store, basePath));
      return store;
    };
    try {
      const store = await open(first);
      for (const other of others) await open(other);
      return new ServerCore(options, [store, ...stores.slice(1)], leases);
    } catch (error) {
      for (const lease of leases) lease.release();
      for (const store of stores) store.close();
      throw error;
    }
  }

  /** Fires when the daemon begins to end: nothing new is taken on then. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Takes other settings.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT; everything is as it was then.
   */
  change(settings: CoreSettings): void {
    this.principals.admit(settings);
    this.rate.change(settings.rate ?? DEFAULT_RATE);
    this.agent.change(settings.agent ?? {});
  }

  /**
   * Who is asking: counted against the rate of that principal, or of the address when there is none.
   *
   * @throws {AgentFSError} RATE_LIMITED; as {@link PrincipalRegistry.authenticate} says.
   */
  enter(credentials: Credentials): Principal {
    let principal: Principal;
    try {
      principal = this.principals.authenticate(credentials);
    } catch (error) {
      this.strangers.take(plainAddress(credentials.address));
      throw error;
    }
    this.rate.take(principal.id);
    return principal;
  }

  /** What ties the log lines of one request together. */
  newRequestId(): string {
    return randomUUID().slice(0, 13);
  }

  /**
   * Writes down beside each project how the daemon is reached.
   *
   * @param addressesOf - the addresses by the names of the surfaces.
   */
  noteAddresses(addressesOf: (project: Project) => Addresses): void {
    for (const [index, project] of this.projects.all.entries()) {
      this.#leases[index]?.note(addressesOf(project), this.startedAt);
    }
  }

  /** Lets nothing new begin. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Ends the jobs, closes the sessions, and gives the projects free. Harmless when that is done. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.stop();
    clearInterval(this.#sweep);
    await this.jobs.close();
    await this.sessions.close();
    for (const lease of this.#leases) lease.release();
    for (const store of this.#stores) store.close();
  }
}

/** What came along may hold tokens of whoever has made it. */
function notAdopted(path: string): AgentFSError {
  const text = `The store of ${path} is not yours, so it is not served.`;
  return new AgentFSError('NOT_TRUSTED', text, {
    path,
    hint: 'Look at it with agentfs adopt --dry-run.',
  });
}

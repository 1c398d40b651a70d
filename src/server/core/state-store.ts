/** Keys and values that clients keep, with a time to live. */

import { AgentFSError, type Clock } from '../../index.ts';
import type { ServiceStore } from '../../store/service-store.ts';
import type { EventLog } from './event-log.ts';

/** Where a key is. */
export interface StateKey {
  /** `global` and `agent` outlive the daemon, `session` does not; surfaces have scopes of their own. */
  readonly scope: string;
  /** The principal whose key it is; 0 where all share the keys of the scope. */
  readonly owner: number;
  readonly key: string;
}

/** What is to be kept. */
export interface NewState extends StateKey {
  /** Anything that JSON can hold. */
  readonly value: unknown;
  /** Milliseconds until it is gone; default never. */
  readonly ttlMs?: number | undefined;
}

const MOST_KEY_BYTES = 1024;

/** Keeps keys and values. */
export class StateStore {
  readonly #store: ServiceStore;
  readonly #clock: Clock;
  readonly #events: EventLog;

  constructor(store: ServiceStore, clock: Clock, events: EventLog) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    store.state.deleteScope('session');
    store.state.expire(clock.now());
  }

  /**
   * Keeps a value under a key; a global one is told of as STATE_CHANGED.
   *
   * @param by - the principal that does it.
   * @throws {AgentFSError} INVALID_ARGUMENT for a key that is empty or longer than 1,024 bytes.
   */
  put({ scope, owner, key, value, ttlMs }: NewState, by = 0): void {
    if (key === '' || Buffer.byteLength(key) > MOST_KEY_BYTES) {
      throw new AgentFSError('INVALID_ARGUMENT', 'A key has from 1 to 1024 bytes.');
    }
    const expiresAt = ttlMs === undefined ? null : this.#clock.now() + ttlMs;
    const text = JSON.stringify(value ?? null);
    this.#store.state.put({ scope, owner, key, value: text, expiresAt });
    this.#tell(scope, key, 'store', by);
  }

  /** The value under a key, in an object of its own; undefined where there is none any more. */
  get({ scope, owner, key }: StateKey): { readonly value: unknown } | undefined {
    const entry = this.#store.state.get(scope, owner, key, this.#clock.now());
    return entry === undefined ? undefined : { value: JSON.parse(entry.value) };
  }

  /** The keys of a scope that begin with a prefix, with their values. */
  list(scope: string, owner: number, prefix = ''): { key: string; value: unknown }[] {
    const entries = this.#store.state.list(scope, owner, prefix, this.#clock.now());
    return entries.map(({ key, value }) => ({ key, value: JSON.parse(value) }));
  }

  /** Removes a key; whether there was one. */
  delete({ scope, owner, key }: StateKey, by = 0): boolean {
    const isThere = this.get({ scope, owner, key }) !== undefined;
    const wasRemoved = this.#store.state.delete(scope, owner, key) && isThere;
    if (wasRemoved) this.#tell(scope, key, 'delete', by);
    return wasRemoved;
  }

  /** Removes what has expired. */
  sweep(): void {
    this.#store.state.expire(this.#clock.now());
  }

  #tell(scope: string, key: string, action: 'store' | 'delete', by: number): void {
    if (scope !== 'global') return;
    const data = { key, action, agent_id: by };
    this.#events.emit({ type: 'STATE_CHANGED', source: by, data });
  }
}

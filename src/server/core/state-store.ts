/** Keys and values that clients keep, with a time to live. */

import { AgentFSError, type Clock } from '../../index.ts';
import type { ServiceStore } from '../../store/service-store.ts';
import type { EventLog } from './event-log.ts';
import type { GroupCommit } from './group-commit.ts';

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
  /** A scope that has the key no more from then on; default none. */
  readonly insteadOf?: string | undefined;
}

const MOST_KEY_BYTES = 1024;

/** Keeps keys and values. */
export class StateStore {
  readonly #store: ServiceStore;
  readonly #clock: Clock;
  readonly #events: EventLog;
  readonly #commits: GroupCommit;

  constructor(store: ServiceStore, clock: Clock, events: EventLog, commits: GroupCommit) {
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    this.#commits = commits;
    store.state.deleteScope('session');
    store.state.expire(clock.now());
  }

  /**
   * Keeps a value under a key; a global one is told of as STATE_CHANGED.
   *
   * @param by - the principal that does it.
   * @throws {AgentFSError} INVALID_ARGUMENT for a key that is empty or longer than 1,024 bytes.
   */
  put({ scope, owner, key, value, ttlMs, insteadOf }: NewState, by = 0): void {
    if (key === '' || Buffer.byteLength(key) > MOST_KEY_BYTES) {
      throw new AgentFSError('INVALID_ARGUMENT', 'A key has from 1 to 1024 bytes.');
    }
    const expiresAt = ttlMs === undefined ? null : this.#clock.now() + ttlMs;
    const text = JSON.stringify(value ?? null);
    this.#commits.group(() => {
      if (insteadOf !== undefined) {
        this.#commits.add(() => this.#remove({ scope: insteadOf, owner, key }, by) ?? tellNobody);
      }
      this.#commits.add(() => {
        this.#store.state.put({ scope, owner, key, value: text, expiresAt });
        return this.#tell(scope, key, 'store', by);
      });
    });
  }

  /** The value under a key, in an object of its own; undefined where there is none any more. */
  get({ scope, owner, key }: StateKey): { readonly value: unknown } | undefined {
    this.#commits.flush();
    const entry = this.#store.state.get(scope, owner, key, this.#clock.now());
    return entry === undefined ? undefined : { value: JSON.parse(entry.value) };
  }

  /** The keys of a scope that begin with a prefix, with their values. */
  list(scope: string, owner: number, prefix = ''): { key: string; value: unknown }[] {
    this.#commits.flush();
    const entries = this.#store.state.list(scope, owner, prefix, this.#clock.now());
    return entries.map(({ key, value }) => ({ key, value: JSON.parse(value) }));
  }

  /** Removes a key; whether there was one. */
  delete(at: StateKey, by = 0): boolean {
    let wasThere = false;
    this.#commits.add(() => {
      const done = this.#remove(at, by);
      wasThere = done !== undefined;
      return done ?? tellNobody;
    });
    this.#commits.flush();
    return wasThere;
  }

  /** Removes what has expired. */
  sweep(): void {
    this.#store.state.expire(this.#clock.now());
  }

  /** Inside a transaction; undefined when there was no such key any more. */
  #remove({ scope, owner, key }: StateKey, by: number): (() => void) | undefined {
    const wasThere = this.#store.state.delete(scope, owner, key, this.#clock.now());
    return wasThere ? this.#tell(scope, key, 'delete', by) : undefined;
  }

  #tell(scope: string, key: string, action: 'store' | 'delete', by: number): () => void {
    if (scope !== 'global') return tellNobody;
    const data = { key, action, agent_id: by };
    return this.#events.insertion({ type: 'STATE_CHANGED', source: by, data })();
  }
}

/** What the daemon itself keeps in a scope, as one type. */
export class StateRecords<Value> {
  readonly #state: StateStore;
  readonly #scope: string;

  constructor(state: StateStore, scope: string) {
    this.#state = state;
    this.#scope = scope;
  }

  /** By their keys, in the order of these. */
  get all(): readonly { readonly key: string; readonly value: Value }[] {
    return this.#state.list(this.#scope, 0) as { key: string; value: Value }[];
  }

  get(key: string): Value | undefined {
    return this.#state.get(this.#at(key))?.value as Value | undefined;
  }

  /** @param ttlMs - until it is gone; default never. */
  put(key: string, value: Value, ttlMs?: number): void {
    this.#state.put({ ...this.#at(key), value, ttlMs });
  }

  /** Whether there was one. */
  delete(key: string): boolean {
    return this.#state.delete(this.#at(key));
  }

  #at(key: string): StateKey {
    return { scope: this.#scope, owner: 0, key };
  }
}

function tellNobody(): void {
  // The event is for the keys that all share.
}

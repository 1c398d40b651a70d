/**
 * What has happened, for every surface: one list that only grows, which each reader reads with a
 * cursor of its own. The newest events are also in memory, where readers that keep up find them.
 */

import type { Clock } from '../../index.ts';
import type { EventRow } from '../../store/events.ts';
import type { ServiceStore } from '../../store/service-store.ts';
import type { GroupCommit, Write } from './group-commit.ts';

/** Something that has happened. */
export interface ServerEvent extends EventRow {
  /** The data as JSON, made once for the store and all who read it. */
  readonly json: string;
}

/** What is to be told. */
export interface NewEvent {
  /** Such as `STATE_CHANGED`. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** The principal that it comes from; default 0, the daemon. */
  readonly source?: number;
  /** The principal that alone may read it; default 0, everybody. */
  readonly target?: number;
}

/** What is to be read. */
export interface EventQuery {
  /** The cursor: only what came after it. */
  readonly after: number;
  /** Who reads: events for others are left out; default 0, those for everybody. */
  readonly reader?: number;
  /** Default all types. */
  readonly types?: ReadonlySet<string>;
  /** Which others of those are left out; default none. */
  readonly isHidden?: (event: ServerEvent) => boolean;
  /** Default 100. */
  readonly limit?: number;
}

/** What was read, and the cursor to go on with. */
export interface EventPage {
  readonly events: readonly ServerEvent[];
  readonly cursor: number;
}

const MOST_IN_MEMORY = 20_000;
/** Of their data. */
const MOST_CHARACTERS_IN_MEMORY = 16 * 1024 * 1024;
/** In the store, and how much is told in between until that is looked after again. */
const MOST_KEPT = { events: 100_000, bytes: 128 * 1024 * 1024 };
const PRUNED_AFTER = { events: 20_000, bytes: 16 * 1024 * 1024 };
/** One page; a single event may be larger. */
const MOST_CHARACTERS_READ = 1024 * 1024;

/** Tells of events and hands them out. */
export class EventLog {
  readonly #store: ServiceStore;
  readonly #clock: Clock;
  readonly #commits: GroupCommit;
  readonly #listeners = new Set<(event: ServerEvent) => void>();
  /** The newest events without a gap, the oldest first. */
  #recent: ServerEvent[] = [];
  #characters = 0;
  #newest: number;
  /** Added to the store since it was pruned. */
  #added = { events: 0, bytes: 0 };

  constructor(store: ServiceStore, clock: Clock, commits: GroupCommit) {
    this.#store = store;
    this.#clock = clock;
    this.#commits = commits;
    this.#newest = store.events.newest();
    this.#prune();
  }

  /** The cursor behind everything that has happened so far. */
  get newest(): number {
    this.#commits.flush();
    return this.#newest;
  }

  /** Tells of something, once it is in the store. */
  emit(event: NewEvent): void {
    this.#commits.add(this.insertion(event));
  }

  /** The write that {@link emit} adds, for one that belongs to the same transaction as others. */
  insertion({ type, data, source = 0, target = 0 }: NewEvent): Write {
    const time = this.#clock.now();
    const json = JSON.stringify(data);
    return () => {
      const number = this.#store.events.insert({ time, type, source, target, data: json });
      this.#added.events += 1;
      this.#added.bytes += Buffer.byteLength(json);
      const { events, bytes } = this.#added;
      if (events >= PRUNED_AFTER.events || bytes >= PRUNED_AFTER.bytes) this.#prune();
      // Spelt out: a spread event has a hidden class of its own, which doubles what it takes.
      const told = { number, time, type, source, target, data, json };
      return () => this.#publish(told);
    };
  }

  /** Reads on from a cursor, the oldest first; no more at once than an answer should hold. */
  read(query: EventQuery): EventPage {
    this.#commits.flush();
    const { after, reader = 0, limit = 100 } = query;
    const events: ServerEvent[] = [];
    let cursor = after;
    let characters = 0;
    for (const event of this.#after(after, reader)) {
      if (events.length === limit) return { events, cursor };
      if (isWanted(event, query)) {
        characters += event.json.length;
        if (events.length > 0 && characters > MOST_CHARACTERS_READ) return { events, cursor };
        events.push(event);
      }
      cursor = event.number;
    }
    return { events, cursor: Math.max(cursor, this.#newest) };
  }

  /** Resolves when something has happened after the cursor, or `signal` fires. */
  async waitAfter(after: number, signal: AbortSignal): Promise<void> {
    if (this.newest > after || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = this.listen(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  /** Is told of every event at once; the listener must not throw. Returns the function that ends it. */
  listen(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #publish(event: ServerEvent): void {
    this.#newest = event.number;
    this.#recent.push(event);
    this.#characters += event.json.length;
    const isMany = this.#recent.length > 2 * MOST_IN_MEMORY;
    if (isMany || this.#characters > 2 * MOST_CHARACTERS_IN_MEMORY) this.#forgetOldest();
    for (const listener of this.#listeners) listener(event);
  }

  /** Keeps the newest half. */
  #forgetOldest(): void {
    let from = this.#recent.length;
    let characters = 0;
    while (from > 0 && this.#recent.length - from < MOST_IN_MEMORY) {
      characters += this.#recent[from - 1]?.json.length ?? 0;
      if (characters > MOST_CHARACTERS_IN_MEMORY) break;
      from -= 1;
    }
    this.#recent = this.#recent.slice(from);
    this.#characters = this.#recent.reduce((sum, { json }) => sum + json.length, 0);
  }

  /** Keeps an agent that tells much from filling the disk. */
  #prune(): void {
    this.#store.events.prune(MOST_KEPT);
    this.#added = { events: 0, bytes: 0 };
  }

  *#after(after: number, reader: number): Generator<ServerEvent> {
    const recent = this.#recent;
    const first = recent[0]?.number ?? this.#newest + 1;
    if (after < first - 1) {
      for (const event of this.#store.events.after(after, reader)) {
        yield { ...event, json: JSON.stringify(event.data) };
      }
      return;
    }
    for (let at = after - first + 1; at < recent.length; at += 1) {
      const event = recent[at];
      if (event !== undefined) yield event;
    }
  }
}

function isWanted(event: ServerEvent, { reader = 0, types, isHidden }: EventQuery): boolean {
  if (event.target !== 0 && event.target !== reader) return false;
  return (types === undefined || types.has(event.type)) && isHidden?.(event) !== true;
}

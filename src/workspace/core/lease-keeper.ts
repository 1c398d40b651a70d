/**
 * Leases: what only one call may do at a time, in this process and among all processes that share
 * the store. A lease of a dead process is taken over at once; one of a process that cannot be seen
 * from here (another machine or pid namespace), when its heartbeat has stood still for a while.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { throwIfAborted } from '../../disk/time-slices.ts';
import { WorkspaceBusyError } from '../../primitives/errors.ts';
import { decodeProcessToken, isAlive } from '../../primitives/process-token.ts';
import { closedStore } from '../../store/driver-error.ts';
import type { LeaseRow, Leases } from '../../store/leases.ts';
import type { Store } from '../../store/store.ts';

const POLL_MS = 25;
const HEARTBEAT_MS = 2000;
const STALE_MS = 8000;

/** What is done under leases, by the beginning of their names. */
const WHAT_HOLDS: Readonly<Record<string, string>> = {
  base: 'The project is being scanned or committed to',
  explore: 'The exploration is going on',
  run: 'A command is running in the workspace',
  sync: 'The workspace is being synchronised',
};

/** What else there is to do than to wait. */
const HINTS: Readonly<Record<string, string>> = {
  run: 'Wait for it with run(command, { wait: true }), or run beside it with { beside: true }.',
};

/** How a lease is asked for. */
export interface LeaseOptions {
  /** How long to wait for another process, in ms. Calls of this process are always waited for. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A heartbeat and since when it has stood still, by this process's monotonic clock. */
interface Observation {
  readonly grantId: string;
  readonly heartbeat: number;
  readonly since: number;
}

/** A lease while a call holds it, and the one that this call was made under. */
interface Holding {
  readonly name: string;
  readonly outer: Holding | undefined;
  isOver: boolean;
}

/** Grants leases to the calls of one process. */
export class LeaseKeeper {
  readonly #store: Store;
  readonly #leases: Leases;
  readonly #queues = new Map<string, Promise<unknown>>();
  /** What the code that is running was called under, hooks and listeners included. */
  readonly #holding: AsyncLocalStorage<Holding> = new AsyncLocalStorage<Holding>();
  readonly #closing: AbortController = new AbortController();
  /** Grants that are over though the store still has their rows. */
  readonly #ended = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
    this.#leases = store.leases;
    // Every open session listens.
    setMaxListeners(0, this.closing);
  }

  /** Aborted by {@link close}: long holders of a lease give it back then. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs `action` while holding the lease `name`, after all earlier calls for it in this process.
   *
   * @throws {WorkspaceBusyError} WORKSPACE_BUSY when another process keeps it for `waitMs`, or the
   *   call comes from inside of `action`, which would wait for itself.
   * @throws {AgentFSError} ABORTED through the signal, CLOSED; what `action` throws.
   */
  async hold<T>(name: string, options: LeaseOptions, action: () => Promise<T>): Promise<T> {
    this.#requireOutside(name);
    throwIfAborted(options.signal);
    if (this.closing.aborted && !this.#isInside) throw closedStore(undefined);
    const before = this.#queues.get(name) ?? Promise.resolve();
    const turn = before.then(() => this.#holdNow(name, options, action));
    const leave = (): void => {
      if (this.#queues.get(name) === settled) this.#queues.delete(name);
    };
    const settled: Promise<void> = turn.then(leave, leave);
    this.#queues.set(name, settled);
    return Promise.race([turn, abortWhile(before, options.signal)]);
  }

  /**
   * Lets no further call begin, and waits for those that have, with what they still need.
   *
   * @throws {WorkspaceBusyError} WORKSPACE_BUSY when one of them would have to wait for this call.
   */
  async close(): Promise<void> {
    this.#requireOutside(undefined);
    this.#closing.abort();
    while (this.#queues.size > 0) await Promise.all(this.#queues.values());
  }

  /** Whether a call has the lease, of whatever process that may be alive. */
  isHeld(name: string): boolean {
    const holder = this.#leases.get(name);
    return holder !== undefined && !this.#isOver(holder, undefined);
  }

  /** Runs `action` with the lease if no living process has it; otherwise does nothing. */
  holdIfFree(name: string, action: () => void): void {
    const grantId = randomUUID();
    if (this.#tryAcquire(name, grantId, undefined) !== undefined) return;
    try {
      action();
    } finally {
      this.#release(name, grantId);
    }
  }

  async #holdNow<T>(name: string, options: LeaseOptions, action: () => Promise<T>): Promise<T> {
    const grantId = await this.#acquire(name, options);
    const heart = setInterval(() => this.#beat(name, grantId), HEARTBEAT_MS).unref();
    const holding: Holding = { name, outer: this.#holding.getStore(), isOver: false };
    try {
      return await this.#holding.run(holding, action);
    } finally {
      holding.isOver = true;
      clearInterval(heart);
      this.#release(name, grantId);
    }
  }

  /** Whether the call comes from what holds a lease: `close` waits for it, and for what it needs. */
  get #isInside(): boolean {
    return this.#holding.getStore()?.isOver === false;
  }

  /** @param name - the lease that must not be held by a caller of this one; undefined for any. */
  #requireOutside(name: string | undefined): void {
    for (let each = this.#holding.getStore(); each !== undefined; each = each.outer) {
      if (!each.isOver && each.name === (name ?? each.name)) throw busyWithItself(each.name);
    }
  }

  async #acquire(name: string, options: LeaseOptions): Promise<string> {
    const deadline = performance.now() + options.waitMs;
    const grantId = randomUUID();
    let seen: Observation | undefined;
    for (;;) {
      throwIfAborted(options.signal);
      const holder = this.#tryAcquire(name, grantId, seen);
      if (holder === undefined) return grantId;
      seen = observe(holder, seen);
      const isVisible = livenessOf(holder) !== 'unknown';
      // A holder that cannot be seen gets the time to show that it lives.
      if (performance.now() >= (isVisible ? deadline : Math.max(deadline, seen.since + STALE_MS))) {
        throw busy(name, holder);
      }
      await delay(POLL_MS);
    }
  }

  /** Takes the lease when it is free or its holder is gone; else says who has it. */
  #tryAcquire(name: string, grantId: string, seen: Observation | undefined): LeaseRow | undefined {
    return this.#store.database.transaction(() => {
      const holder = this.#leases.get(name);
      if (holder !== undefined && !this.#isOver(holder, seen)) return holder;
      this.#leases.grant(name, this.#store.process, grantId);
      return undefined;
    });
  }

  #isOver(holder: LeaseRow, seen: Observation | undefined): boolean {
    return this.#ended.has(holder.grantId) || isGone(holder, seen);
  }

  /** Gives a lease back. What was done with it stands, also when the store cannot be written. */
  #release(name: string, grantId: string): void {
    try {
      this.#leases.release(name, grantId);
    } catch {
      // Others see a row of a living process until the next grant of this one takes its place.
      this.#ended.add(grantId);
    }
  }

  #beat(name: string, grantId: string): void {
    try {
      this.#leases.beat(name, grantId);
    } catch {
      // A store that is busy or full must not bring the process down from a timer; the lease only
      // looks a little older.
    }
  }
}

function isGone(holder: LeaseRow, seen: Observation | undefined): boolean {
  const liveness = livenessOf(holder);
  if (liveness !== 'unknown') return liveness === 'dead';
  if (seen?.grantId !== holder.grantId || seen.heartbeat !== holder.heartbeat) return false;
  return performance.now() - seen.since >= STALE_MS;
}

function livenessOf(holder: LeaseRow): ReturnType<typeof isAlive> {
  const token = decodeProcessToken(holder.holder);
  return token === undefined ? 'dead' : isAlive(token);
}

function observe(holder: LeaseRow, seen: Observation | undefined): Observation {
  const { grantId, heartbeat } = holder;
  if (seen?.grantId === grantId && seen.heartbeat === heartbeat) return seen;
  return { grantId, heartbeat, since: performance.now() };
}

function busy(name: string, holder: LeaseRow): WorkspaceBusyError {
  const kind = name.split(':', 1)[0] ?? '';
  const what = WHAT_HOLDS[kind] ?? 'A command is running in the workspace';
  const hint = HINTS[kind];
  const pid = decodeProcessToken(holder.holder)?.pid;
  return new WorkspaceBusyError(`${what} by process ${pid ?? 'unknown'}.`, {
    details: { lease: name, pid },
    ...(hint === undefined ? {} : { hint }),
  });
}

function busyWithItself(name: string): WorkspaceBusyError {
  return new WorkspaceBusyError('This call waits for the operation that it is made from.', {
    hint: 'Make it after the operation, for example in a listener of its event rather than in a hook.',
    details: { lease: name },
  });
}

/** Rejects when the signal fires before `waiting` is over; never resolves. */
function abortWhile(waiting: Promise<unknown>, signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener('abort', abort, { once: true });
    const forget = (): void => signal?.removeEventListener('abort', abort);
    waiting.then(forget, forget);
  });
}

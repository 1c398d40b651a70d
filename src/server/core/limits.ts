/** Bounds on what clients may ask for: so often, and so many at a time. */

import { AgentFSError } from '../../index.ts';

/** How often something may be done. */
export interface Rate {
  readonly perSecond: number;
  /** How many at once, after a rest; default `perSecond`. */
  readonly burst?: number;
}

/** How many connections one door takes, and how long whoever sends slowly is waited for. */
export interface ConnectionBounds {
  /** Milliseconds for the header of a request. */
  readonly headerMs: number;
  /** Milliseconds to the end of its body. */
  readonly requestMs: number;
  readonly most: number;
}

interface Bucket {
  left: number;
  filledAt: number;
}

/** Clients that are remembered; the one that was quiet for longest is forgotten first. */
const MOST_BUCKETS = 10_000;

/** Lets each client do something so often. */
export class RateLimit {
  #rate: Required<Rate>;
  readonly #now: () => number;
  readonly #buckets = new Map<string | number, Bucket>();

  /** @param now - milliseconds of a clock that never goes back. */
  constructor({ perSecond, burst = perSecond }: Rate, now: () => number = () => performance.now()) {
    this.#rate = { perSecond, burst };
    this.#now = now;
  }

  /** Takes another rate; what was used up stays so. */
  change({ perSecond, burst = perSecond }: Rate): void {
    this.#rate = { perSecond, burst };
  }

  /**
   * Counts something that a client does.
   *
   * @param cost - how much it counts for; more than is left still passes when nothing was used.
   * @throws {AgentFSError} RATE_LIMITED, with `retryAfterMs` in its details.
   */
  take(client: string | number, cost = 1): void {
    const { perSecond, burst } = this.#rate;
    const filled = this.#filled(client);
    const needed = Math.min(cost, burst);
    const isAllowed = filled >= needed;
    this.#set(client, isAllowed ? filled - cost : filled);
    if (isAllowed) return;
    const retryAfterMs = Math.max(1, Math.ceil(((needed - filled) / perSecond) * 1000));
    throw new AgentFSError('RATE_LIMITED', 'Rate limit exceeded', {
      hint: `Try again in ${retryAfterMs} ms.`,
      details: { retryAfterMs },
    });
  }

  /** Counts what is known only now, and lets it pass: the next ones wait for it. */
  charge(client: string | number, cost: number): void {
    this.#set(client, this.#filled(client) - cost);
  }

  #filled(client: string | number): number {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(client);
    if (bucket === undefined) return burst;
    const gained = ((this.#now() - bucket.filledAt) / 1000) * perSecond;
    return Math.min(burst, bucket.left + gained);
  }

  #set(client: string | number, left: number): void {
    // At the end again, so that the first is the one that was quiet for longest.
    this.#buckets.delete(client);
    this.#buckets.set(client, { left, filledAt: this.#now() });
    if (this.#buckets.size <= MOST_BUCKETS) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** Lets so many be open at a time. */
export class Slots {
  readonly #what: string;
  readonly #most: number;
  #taken = 0;

  /** @param what - plural, for the message, such as `sessions`. */
  constructor(what: string, most: number) {
    this.#what = what;
    this.#most = most;
  }

  /** How many are open. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Opens one.
   *
   * @returns the function that closes it; calling it again does nothing.
   * @throws {AgentFSError} LIMIT_REACHED.
   */
  take(): () => void {
    if (this.#taken >= this.#most) {
      throw new AgentFSError('LIMIT_REACHED', `${this.#most} ${this.#what} are open already.`, {
        hint: 'Close one, or try again later.',
        details: { most: this.#most },
      });
    }
    this.#taken += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#taken -= 1;
      isOpen = false;
    };
  }
}

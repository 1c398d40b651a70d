/** Where the time comes from: passed in, so that tests can decide what time it is. */

/** A source of the current time. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC, an integer. */
  now(): number;
}

/** The computer's own clock. */
export const systemClock: Clock = { now: () => Date.now() };

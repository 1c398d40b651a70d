/** When a workspace synchronises by itself. Its timers never keep a process alive. */

import type { SyncMode } from './settings.ts';

/** How long changes are gathered before they are pushed, in ms. */
const GATHER_MS = 200;

/**
 * How often the head of the remote is looked at in real-time mode, in ms: with the time that changes
 * are gathered for, and that of two transfers, a change is seen by others within two seconds.
 */
const POLL_MS = 1500;

/** Calls a function as a mode demands; one call at a time. */
export class SyncSchedule {
  readonly #action: () => Promise<unknown>;
  #mode: SyncMode = 'manual';
  #timer: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isDue = false;

  /** @param action - never rejects. */
  constructor(action: () => Promise<unknown>) {
    this.#action = action;
  }

  /** Whether changes were made that no call has followed yet. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** Begins, or goes on in another way. */
  start(mode: SyncMode, intervalMs: number): void {
    void this.stop();
    this.#mode = mode;
    if (mode === 'manual') return;
    const period = mode === 'real-time' ? POLL_MS : intervalMs;
    this.#timer = setInterval(() => void this.run(), period).unref();
  }

  /** Takes note that something has changed. */
  changed(): void {
    if (this.#mode === 'manual') return;
    this.#isDue = true;
    if (this.#mode !== 'real-time') return;
    // Not put off again by each change: who writes all the time is to be heard too.
    this.#gathering ??= setTimeout(() => void this.run(), GATHER_MS).unref();
  }

  /** Makes the call now, or when the one that is under way has ended. */
  run(): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#running !== undefined) {
      return this.#running.then(() => (this.#isDue ? this.run() : undefined));
    }
    this.#isDue = false;
    this.#running = this.#action().then(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Makes no more calls by itself, and waits for the one that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#gathering);
    this.#timer = undefined;
    this.#gathering = undefined;
    this.#mode = 'manual';
    await this.#running;
  }
}

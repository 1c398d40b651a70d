/** A queue of notices for one reader, in bounded memory. */

import type { ChangeNotice } from '../core/workspace-core.ts';

/** Notices that wait for the reader at most. */
export const MAX_NOTICES = 10_000;

type Taken = IteratorResult<ChangeNotice, undefined>;

/** Stands for everything that was lost: the path is the root, and anything below may have changed. */
const OVERFLOW: ChangeNotice = { type: 'modified', path: '', source: 'workspace' };

const END: Taken = { done: true, value: undefined };

/**
 * A queue of notices. When more than {@link MAX_NOTICES} wait, all of them give way to a single one
 * about the root, and nothing is added until the reader has taken that.
 */
export class WatchQueue {
  #notices: ChangeNotice[] = [];
  #next = 0;
  #overflown = false;
  #ended = false;
  readonly #readers: ((taken: Taken) => void)[] = [];

  /** Adds a notice; does nothing after the end. */
  add(notice: ChangeNotice): void {
    if (this.#ended || this.#overflown) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: notice });
      return;
    }
    this.#notices.push(notice);
    if (this.#notices.length - this.#next <= MAX_NOTICES) return;
    this.#notices = [OVERFLOW];
    this.#next = 0;
    this.#overflown = true;
  }

  /** The next notice, as soon as there is one; at the end, done. */
  take(): Promise<Taken> {
    const notice = this.#notices[this.#next];
    if (notice !== undefined) {
      this.#next++;
      if (this.#next === this.#notices.length) this.#clear();
      return Promise.resolve({ done: false, value: notice });
    }
    if (this.#ended) return Promise.resolve(END);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** Drops what waits and lets every reader end. */
  end(): void {
    this.#ended = true;
    this.#clear();
    for (const reader of this.#readers.splice(0)) reader(END);
  }

  #clear(): void {
    this.#notices = [];
    this.#next = 0;
    this.#overflown = false;
  }
}

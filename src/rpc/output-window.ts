/** How much output of commands may be on its way to a client that says what it has taken. */

import type { RequestId } from './message.ts';

interface Waiting {
  /** Messages that were sent and not taken. */
  open: number;
  wake: () => void;
}

/** Counts messages, of each request by itself. */
export class OutputWindow {
  readonly #waiting = new Map<RequestId, Waiting>();
  /** Messages of a request that may be open; as many as there are while the client does not say. */
  size: number = Number.POSITIVE_INFINITY;

  /** Counts a message, and resolves when another one may follow, or `signal` fires. */
  async sent(id: RequestId, signal: AbortSignal): Promise<void> {
    if (this.size === Number.POSITIVE_INFINITY) return;
    const state = this.#waiting.get(id) ?? { open: 0, wake: () => undefined };
    this.#waiting.set(id, state);
    state.open += 1;
    while (state.open >= this.size && !signal.aborted) {
      await new Promise<void>((resolve) => {
        state.wake = () => {
          signal.removeEventListener('abort', state.wake);
          resolve();
        };
        signal.addEventListener('abort', state.wake, { once: true });
      });
    }
  }

  /** Takes note of what a client has taken: `{ id, count }`. */
  taken(params: unknown): void {
    const { id, count }: Record<string, unknown> = { ...Object(params) };
    const state = this.#waiting.get(id as RequestId);
    if (state === undefined || typeof count !== 'number') return;
    state.open -= count;
    state.wake();
  }

  /** Forgets a request that is done. */
  done(id: RequestId): void {
    this.#waiting.delete(id);
  }
}

/** What goes to a client, in order, and whether it keeps up with reading. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { frameOf } from './frames.ts';

/** The way to one client. */
export class Outgoing {
  readonly #output: Writable;
  readonly #closed = new AbortController();

  constructor(output: Writable) {
    this.#output = output;
    // Each command whose output is sent waits for itself.
    output.setMaxListeners(0);
    for (const event of ['error', 'close']) output.once(event, () => this.#closed.abort());
  }

  /** Fires when nobody reads any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Whether the client is behind with reading. */
  get isFull(): boolean {
    return this.#output.writableNeedDrain;
  }

  /** Sends a message; after the client has gone, to nobody. */
  send(message: object): void {
    if (!this.closed.aborted) this.#output.write(frameOf(message));
  }

  /** Resolves when the client has read enough for more to be sent, has gone, or `signal` fires. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.isFull && !this.closed.aborted && !signal.aborted) {
      const either = AbortSignal.any([signal, this.closed]);
      await once(this.#output, 'drain', { signal: either }).catch(() => undefined);
    }
  }

  /** Resolves when everything is on its way, or the client has gone. */
  async flush(): Promise<void> {
    if (this.closed.aborted) return;
    await new Promise<void>((resolve) => {
      this.closed.addEventListener('abort', () => resolve(), { once: true });
      this.#output.write('', () => resolve());
    });
  }
}

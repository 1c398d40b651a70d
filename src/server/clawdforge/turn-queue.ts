/** The turns of sessions: those of one session follow one another. */

interface Queue {
  last: Promise<unknown>;
  waiting: number;
  readonly stop: AbortController;
}

/** Lets each session have one turn at a time. */
export class TurnQueue {
  readonly #queues = new Map<string, Queue>();

  /**
   * Does something when all turns before it have ended.
   *
   * @param action - has to end soon when its signal fires: the session is closed then.
   */
  async take<T>(session: string, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const queue = this.#queues.get(session) ?? {
      ...{ last: Promise.resolve(), waiting: 0, stop: new AbortController() },
    };
    this.#queues.set(session, queue);
    queue.waiting += 1;
    const turn = queue.last.then(() => action(queue.stop.signal));
    queue.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      queue.waiting -= 1;
      if (queue.waiting === 0) this.#queues.delete(session);
    }
  }

  /** Whether a session has turns that have not ended. */
  has(session: string): boolean {
    return this.#queues.has(session);
  }

  /** Ends the turn that is under way; those that wait find the session closed. */
  stop(session: string): void {
    this.#queues.get(session)?.stop.abort();
  }
}

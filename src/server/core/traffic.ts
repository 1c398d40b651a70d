/** How much was asked for, for whoever watches over the daemon. */

/** Requests of one kind. */
export interface Flow {
  readonly surface: string;
  readonly status: number;
  count: number;
  seconds: number;
}

/** Counts requests by surface and status. */
export class Traffic {
  readonly #flows = new Map<string, Flow>();

  /** Counts a request that was answered. */
  add(surface: string, status: number, seconds: number): void {
    const key = `${surface} ${status}`;
    const flow = this.#flows.get(key) ?? { surface, status, count: 0, seconds: 0 };
    flow.count += 1;
    flow.seconds += seconds;
    this.#flows.set(key, flow);
  }

  /** All kinds that there were. */
  get flows(): readonly Readonly<Flow>[] {
    return [...this.#flows.values()];
  }
}

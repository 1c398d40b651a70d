/** Keeps the largest of many things without keeping the others. */

/** The `limit` things with the greatest sizes. */
export class Largest<T> {
  readonly #limit: number;
  readonly #items: { readonly size: number; readonly item: T }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a thing into consideration. */
  offer(size: number, item: T): void {
    this.#items.push({ size, item });
    // Sorting only now and then makes this cheap: nothing is lost that could still be wanted.
    if (this.#items.length >= this.#limit * 2 + 64) this.#trim();
  }

  /** The largest, largest first. */
  list(): T[] {
    this.#trim();
    return this.#items.map(({ item }) => item);
  }

  #trim(): void {
    this.#items.sort((left, right) => right.size - left.size);
    this.#items.length = Math.min(this.#items.length, this.#limit);
  }
}

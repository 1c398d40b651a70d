/** What a scan of a work directory has found, until it is settled in the store. */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { ContentWriter } from '../../store/content-writer.ts';
import type { Capture, RunWarning } from '../strategy.ts';

/** Found changes, whose content is pinned in the store. Ends with `settle` or `abandon`. */
export class WorkCapture implements Capture {
  readonly warnings: readonly RunWarning[];
  readonly #writer: ContentWriter;
  readonly #settle: () => ObjectId;

  constructor(writer: ContentWriter, warnings: readonly RunWarning[], settle: () => ObjectId) {
    this.#writer = writer;
    this.warnings = warnings;
    this.#settle = settle;
  }

  settle(): ObjectId {
    this.#writer.settle();
    return this.#settle();
  }

  /** Gives up what was found, instead of settling it or when that failed. */
  abandon(): void {
    this.#writer.abandon();
  }
}

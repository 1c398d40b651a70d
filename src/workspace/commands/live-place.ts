/**
 * Keeps files that commands work with up to date with their workspace: what the library, another
 * process or undo changes there is seen by the commands, and by whatever watches the files.
 */

import type { ObjectId } from '../../primitives/object-id.ts';
import type { PreparedRun } from '../../runner/strategy.ts';
import type { Pin } from '../../store/store.ts';
import type { WorkspaceCore } from '../core/workspace-core.ts';

/** How often other processes are looked for, which costs one row; this one's changes come at once. */
const LOOK_MS = 25;

/** The files of one workspace, from when they are shown until they are captured. */
export class LivePlace {
  readonly #core: WorkspaceCore;
  readonly #prepared: PreparedRun;
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: () => void;
  #pin: Pin;
  #epoch: number | undefined;
  /** The tree of the workspace that was brought in last. */
  #wanted: ObjectId;
  #last: Promise<void> = Promise.resolve();
  #isOver = false;

  /** @param pin - of the tree that is shown. */
  constructor(core: WorkspaceCore, prepared: PreparedRun, pin: Pin) {
    this.#core = core;
    this.#prepared = prepared;
    this.#pin = pin;
    this.#wanted = prepared.tree;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#unlisten = core.listen(() => this.#look());
  }

  /** Resolves when the files are what the workspace is at the moment of the call. */
  async settled(): Promise<void> {
    this.#look();
    await this.#last;
  }

  /** Brings nothing more in; resolves when a change that is under way is complete. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#unlisten();
    await this.#last;
  }

  /** Lets go of what was shown. */
  release(): void {
    this.#pin.release();
  }

  #look(): void {
    if (this.#isOver) return;
    try {
      const { epoch } = this.#core.working.row();
      if (epoch === this.#epoch) return;
      this.#epoch = epoch;
    } catch (error) {
      this.#warn(error);
      return;
    }
    this.#last = this.#last.then(async () => {
      try {
        await this.#bring();
      } catch (error) {
        this.#warn(error);
      }
    });
  }

  async #bring(): Promise<void> {
    const { store } = this.#core.engine;
    const wanted = store.pin();
    try {
      const to = store.database.transaction(() => {
        const root = this.#core.working.foldedRoot();
        wanted.add(root);
        return root;
      });
      if (to === this.#wanted) return;
      const next = store.pin();
      await this.#prepared.update(to, (tree) => next.add(tree));
      this.#wanted = to;
      this.#pin.release();
      this.#pin = next;
    } finally {
      wanted.release();
    }
  }

  /** What could not be shown is merged with what the commands leave, as if they had not seen it. */
  #warn(error: unknown): void {
    if (this.#isOver) return;
    this.#core.engine.logger.warn('A change of the workspace is not shown to its command.', {
      error,
    });
  }
}

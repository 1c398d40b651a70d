/** Tells one reader what changes in a workspace, as it happens. */

import { existsSync } from 'node:fs';
import { checkChoice, checkOptions } from '../../primitives/arguments.ts';
import { wrongType } from '../../primitives/errors.ts';
import type { ChangeNotice, WorkspaceCore } from '../core/workspace-core.ts';
import { watchDirectory } from './watch-directory.ts';
import { WatchQueue } from './watch-queue.ts';
import { watchTree } from './watch-tree.ts';

/** How a workspace is watched. */
export interface WatchOptions {
  /** Ends the watch. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whose changes of the workspace: `own`, the default, is this AgentFS at once, change by change;
   * `all` is every process, within a fraction of a second, where changes of one path that follow
   * each other may count as one.
   */
  readonly processes?: 'own' | 'all' | undefined;
}

/**
 * The changes of a workspace from the moment of its making: those through this AgentFS, or through
 * any, with `source: 'workspace'`, and where the workspace was materialised by then, what happens in its
 * directory, with `source: 'directory'`, no matter who does it.
 *
 * For one reader, who may be slow: when more than 10,000 notices wait, they give way to one with
 * the path `''`, the root, which says that anything may have changed. Never keeps the process alive.
 */
export class WorkspaceWatch implements AsyncIterableIterator<ChangeNotice, undefined> {
  /** Resolves when every later change in the directory will be seen. */
  readonly ready: Promise<void>;
  readonly #queue: WatchQueue = new WatchQueue();
  readonly #signal: AbortSignal;
  readonly #unlisten: () => void;
  readonly #end = (): void => void this.close();
  #closeDirectory: (() => Promise<void>) | undefined;
  #closed = false;

  /** @throws {TypeError} INVALID_ARGUMENT if the signal is not an AbortSignal. */
  constructor(core: WorkspaceCore, options?: WatchOptions) {
    const { signal, processes } = checkOptions(options, ['signal', 'processes']);
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw wrongType('signal', 'an AbortSignal', signal);
    }
    const { closing } = core.engine;
    this.#signal = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    const isAll = checkChoice('processes', processes, ['own', 'all']) === 'all';
    this.#unlisten = isAll ? this.#watchTree(core) : this.#listen(core);
    this.ready = this.#watchDirectory(core);
    this.#signal.addEventListener('abort', this.#end, { once: true });
    if (this.#signal.aborted) this.#end();
  }

  /** The next change; done when the watch was ended. */
  next(): Promise<IteratorResult<ChangeNotice, undefined>> {
    return this.#queue.take();
  }

  /** Ends the watch, as leaving a loop over it does. */
  async return(): Promise<IteratorResult<ChangeNotice, undefined>> {
    await this.close();
    return { done: true, value: undefined };
  }

  /** Ends the watch; may be called again. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unlisten();
    this.#signal.removeEventListener('abort', this.#end);
    this.#queue.end();
    await this.ready;
    await this.#closeDirectory?.();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #listen(core: WorkspaceCore): () => void {
    return core.listen((notices) => {
      for (const notice of notices) this.#queue.add(notice);
    });
  }

  #watchTree(core: WorkspaceCore): () => void {
    return watchTree(core, {
      onChange: (notice) => this.#queue.add(notice),
      onError: (error) => core.engine.announcer.emit('error', error),
      onEnd: this.#end,
    });
  }

  async #watchDirectory(core: WorkspaceCore): Promise<void> {
    if (!existsSync(core.workDirectory)) return;
    const fail = (error: unknown): void => core.engine.announcer.emit('error', error);
    try {
      this.#closeDirectory = await watchDirectory(core, {
        onChange: (notice) => this.#queue.add(notice),
        onError: fail,
      });
    } catch (error) {
      // Changes through the API are told all the same.
      fail(error);
    }
  }
}

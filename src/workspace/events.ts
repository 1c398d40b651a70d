/**
 * The events of an AgentFS. The operation has happened, whatever a listener does: one that throws or
 * rejects is reported.
 */

import { wrongType, wrongValue } from '../primitives/errors.ts';
import type { Logger } from '../primitives/logger.ts';
import type { Conflict } from '../snapshot/conflict.ts';
import type { AnyRunResult } from './commands/run-result.ts';
import type { CommitResult } from './commits/commit-result.ts';
import type { Progress } from './core/engine.ts';
import type { ChangeNotice } from './core/workspace-core.ts';
import type { Snapshot } from './history/snapshot-info.ts';
import type { RestoreResult } from './history/workspace-snapshots.ts';
import type { SyncDirection, SyncResult } from './sharing/sync-runner.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceEvent } from './workspace-event.ts';

/** The events and the arguments of their listeners. */
export interface AgentFSEvents {
  /** A workspace was created. */
  workspaceCreate: [workspace: Workspace];
  /** A workspace was deleted; only its name is left. */
  workspaceDelete: [name: string];
  /** A snapshot was taken. */
  snapshotCreate: [workspace: Workspace, snapshot: Snapshot];
  /** A workspace was put back to a snapshot. */
  snapshotRestore: [workspace: Workspace, result: RestoreResult];
  /** A workspace was committed to the base. */
  commit: [workspace: Workspace, message: string, result: CommitResult];
  /** A command ended and its changes are stored. */
  run: [workspace: Workspace, result: AnyRunResult];
  /** A push or pull ended well. */
  sync: [
    workspace: Workspace,
    sync: { readonly direction: SyncDirection; readonly result: SyncResult },
  ];
  /** Paths of a workspace changed. */
  change: [workspace: Workspace, changes: readonly ChangeNotice[]];
  /** An operation stopped because both sides had changed these paths. */
  conflict: [workspace: Workspace, conflicts: readonly Conflict[]];
  /** Something failed that no caller was waiting for, such as a listener. */
  error: [error: unknown];
  /** A long operation has come further. */
  progress: [progress: Progress];
}

/** The name of an event. */
export type EventName = keyof AgentFSEvents;

/** What is called with the arguments of an event; a promise that it returns is not awaited. */
export type Listener<Name extends EventName> = (...args: AgentFSEvents[Name]) => unknown;

interface Registration<Name extends EventName> {
  readonly listener: Listener<Name>;
  readonly once: boolean;
}

type Registrations = {
  readonly [Name in EventName]: Registration<Name>[];
};

/** Listeners by event, called in the order in which they were added. */
export class Events {
  readonly #logger: Logger;
  readonly #registrations: Registrations = {
    workspaceCreate: [],
    workspaceDelete: [],
    snapshotCreate: [],
    snapshotRestore: [],
    commit: [],
    run: [],
    sync: [],
    change: [],
    conflict: [],
    error: [],
    progress: [],
  };

  /** @param logger - told of failures while `error` has no listener. */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Adds a listener.
   *
   * @throws {RangeError} INVALID_ARGUMENT when there is no such event.
   * @throws {TypeError} INVALID_ARGUMENT when the listener is not a function.
   */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    this.#add(name, listener, false);
  }

  /** Adds a listener that hears of one event only; throws as {@link on}. */
  once<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    this.#add(name, listener, true);
  }

  /** Removes a listener, once if it was added several times; does nothing if it was not. */
  off<Name extends EventName>(name: Name, listener: Listener<Name>): void {
    const registrations = this.#of(name);
    const index = registrations.findIndex((registration) => registration.listener === listener);
    if (index >= 0) registrations.splice(index, 1);
  }

  /** Adds a listener and returns the function that removes it; throws as {@link on}. */
  subscribe<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    const registration = this.#add(name, listener, false);
    return () => this.#remove(name, registration);
  }

  /** How many listeners an event has. */
  listenerCount(name: EventName): number {
    return this.#of(name).length;
  }

  /** Passes on what a workspace tells; makes a handle on it only for listeners. */
  tell(handle: () => Workspace, event: WorkspaceEvent): void {
    if (this.listenerCount(event.kind) === 0) return;
    const workspace = handle();
    const { kind } = event;
    if (kind === 'snapshotCreate') this.emit(kind, workspace, event.snapshot);
    else if (kind === 'snapshotRestore') this.emit(kind, workspace, event.result);
    else if (kind === 'commit') this.emit(kind, workspace, event.message, event.result);
    else if (kind === 'run') this.emit(kind, workspace, event.result);
    else if (kind === 'change') this.emit(kind, workspace, event.changes);
    else if (kind === 'conflict') this.emit(kind, workspace, event.conflicts);
    else this.emit(kind, workspace, { direction: event.result.direction, result: event.result });
  }

  /** Calls the listeners of an event; never throws. */
  emit<Name extends EventName>(name: Name, ...args: AgentFSEvents[Name]): void {
    if (name === 'error' && this.#registrations.error.length === 0) {
      this.#log('An operation failed in the background.', args[0]);
      return;
    }
    const fail = (error: unknown): void => this.#reportListener(name, error);
    // A copy: listeners that join or leave meanwhile do so from the next event on.
    for (const registration of [...this.#of(name)]) {
      if (registration.once) this.#remove(name, registration);
      try {
        const returned = registration.listener(...args);
        if (returned instanceof Promise) returned.catch(fail);
      } catch (error) {
        fail(error);
      }
    }
  }

  #add<Name extends EventName>(
    name: Name,
    listener: Listener<Name>,
    once: boolean,
  ): Registration<Name> {
    if (typeof listener !== 'function') throw wrongType('listener', 'a function', listener);
    const registration = { listener, once };
    this.#of(name).push(registration);
    return registration;
  }

  #remove<Name extends EventName>(name: Name, registration: Registration<Name>): void {
    const registrations = this.#of(name);
    const index = registrations.indexOf(registration);
    if (index >= 0) registrations.splice(index, 1);
  }

  #of<Name extends EventName>(name: Name): Registration<Name>[] {
    if (Object.hasOwn(this.#registrations, name)) return this.#registrations[name];
    throw wrongValue('event', `one of ${Object.keys(this.#registrations).join(', ')}`, name);
  }

  #reportListener(name: EventName, error: unknown): void {
    // A listener of `error` that fails would otherwise be told of its own failure for ever.
    if (name === 'error') this.#log("A listener of 'error' failed.", error);
    else this.emit('error', error);
  }

  #log(message: string, error: unknown): void {
    try {
      this.#logger.error(message, { error });
    } catch {
      // The logger was the last one to tell.
    }
  }
}

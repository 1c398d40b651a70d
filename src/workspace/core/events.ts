/**
 * The events of an AgentFS. Whatever a listener does, the operation that it hears of has happened:
 * a listener that throws or rejects is reported and harms nobody.
 */

import { wrongType, wrongValue } from '../../primitives/errors.ts';
import type { Logger } from '../../primitives/logger.ts';

/** What events are about; the classes of these stand above this file. */
export interface EventSubjects {
  readonly workspace: object;
  readonly snapshot: object;
  readonly restoreResult: object;
  readonly commitResult: object;
  readonly runResult: object;
  readonly change: object;
  readonly conflict: object;
  readonly syncResult: object;
}

/** How far a long operation has come. */
export interface Progress {
  /** What is going on, such as `scan` or `gc`. */
  readonly operation: string;
  /** Units that are done. */
  readonly done: number;
  /** Units in all; undefined while nobody knows. What equals `done` is over. */
  readonly total: number | undefined;
  readonly unit: 'files' | 'bytes' | 'objects';
}

/** The events and the arguments of their listeners. */
export interface AgentFSEvents<Subjects extends EventSubjects> {
  /** A workspace was created. */
  workspaceCreate: [workspace: Subjects['workspace']];
  /** A workspace was deleted; only its name is left. */
  workspaceDelete: [name: string];
  /** A snapshot was taken. */
  snapshotCreate: [workspace: Subjects['workspace'], snapshot: Subjects['snapshot']];
  /** A workspace was put back to a snapshot. */
  snapshotRestore: [workspace: Subjects['workspace'], result: Subjects['restoreResult']];
  /** A workspace was committed to the base. */
  commit: [workspace: Subjects['workspace'], message: string, result: Subjects['commitResult']];
  /** A command ended and its changes are stored. */
  run: [workspace: Subjects['workspace'], result: Subjects['runResult']];
  /** A push or pull ended well. */
  sync: [
    workspace: Subjects['workspace'],
    sync: { readonly direction: 'push' | 'pull'; readonly result: Subjects['syncResult'] },
  ];
  /** Paths of a workspace changed. */
  change: [workspace: Subjects['workspace'], changes: readonly Subjects['change'][]];
  /** An operation stopped because both sides had changed these paths. */
  conflict: [workspace: Subjects['workspace'], conflicts: readonly Subjects['conflict'][]];
  /** Something failed that no caller was waiting for, such as a listener. */
  error: [error: unknown];
  /** A long operation has come further. */
  progress: [progress: Progress];
}

/** The name of an event. */
export type EventName = keyof AgentFSEvents<EventSubjects>;

/** What is called with the arguments of an event; a promise that it returns is not awaited. */
export type Listener<Subjects extends EventSubjects, Name extends EventName> = (
  ...args: AgentFSEvents<Subjects>[Name]
) => unknown;

interface Registration<Subjects extends EventSubjects, Name extends EventName> {
  readonly listener: Listener<Subjects, Name>;
  readonly once: boolean;
}

type Registrations<Subjects extends EventSubjects> = {
  readonly [Name in EventName]: Registration<Subjects, Name>[];
};

/** Listeners by event, called in the order in which they were added. */
export class Events<Subjects extends EventSubjects> {
  readonly #logger: Logger;
  readonly #registrations: Registrations<Subjects> = {
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

  /** @param logger - hears of failures while nobody listens to `error`. */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Adds a listener.
   *
   * @throws {RangeError} INVALID_ARGUMENT when there is no such event.
   * @throws {TypeError} INVALID_ARGUMENT when the listener is not a function.
   */
  on<Name extends EventName>(name: Name, listener: Listener<Subjects, Name>): void {
    this.#add(name, listener, false);
  }

  /** Adds a listener that hears of one event only; throws as {@link on}. */
  once<Name extends EventName>(name: Name, listener: Listener<Subjects, Name>): void {
    this.#add(name, listener, true);
  }

  /** Removes a listener, once if it was added several times; does nothing if it was not. */
  off<Name extends EventName>(name: Name, listener: Listener<Subjects, Name>): void {
    const registrations = this.#of(name);
    const index = registrations.findIndex((registration) => registration.listener === listener);
    if (index >= 0) registrations.splice(index, 1);
  }

  /** Adds a listener and returns the function that removes it; throws as {@link on}. */
  subscribe<Name extends EventName>(name: Name, listener: Listener<Subjects, Name>): () => void {
    const registration = this.#add(name, listener, false);
    return () => this.#remove(name, registration);
  }

  /** How many listeners an event has. */
  listenerCount(name: EventName): number {
    return this.#of(name).length;
  }

  /** Calls the listeners of an event; never throws. */
  emit<Name extends EventName>(name: Name, ...args: AgentFSEvents<Subjects>[Name]): void {
    if (name === 'error' && this.#registrations.error.length === 0) {
      this.#log('An operation failed in the background.', args[0]);
      return;
    }
    const fail = (error: unknown): void => this.#reportListener(name, error);
    // A copy: whoever joins or leaves meanwhile does so from the next event on.
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
    listener: Listener<Subjects, Name>,
    once: boolean,
  ): Registration<Subjects, Name> {
    if (typeof listener !== 'function') throw wrongType('listener', 'a function', listener);
    const registration = { listener, once };
    this.#of(name).push(registration);
    return registration;
  }

  #remove<Name extends EventName>(name: Name, registration: Registration<Subjects, Name>): void {
    const registrations = this.#of(name);
    const index = registrations.indexOf(registration);
    if (index >= 0) registrations.splice(index, 1);
  }

  #of<Name extends EventName>(name: Name): Registration<Subjects, Name>[] {
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

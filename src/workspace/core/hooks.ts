/**
 * Hooks: functions of the caller around operations. Those before an operation are awaited and may
 * veto it; those after it are listeners of its event.
 */

import { HookError, wrongType, wrongValue } from '../../primitives/errors.ts';
import type { EventSubjects, Events, Listener } from './events.ts';

/** The operations that a hook may stand before, and what the hook is told. */
export interface BeforeHooks<Subjects extends EventSubjects> {
  /** A workspace is about to be created. */
  workspaceCreate: { readonly name: string };
  /** A workspace is about to be committed. */
  commit: { readonly workspace: Subjects['workspace']; readonly message: string };
  /** A push or pull is about to begin. */
  sync: { readonly workspace: Subjects['workspace']; readonly direction: 'push' | 'pull' };
  /** A command is about to run. */
  run: {
    readonly workspace: Subjects['workspace'];
    readonly command: string | readonly string[];
  };
}

/** The name of an operation that a hook may stand before. */
export type BeforeName = keyof BeforeHooks<EventSubjects>;

/** A hook before an operation; throwing or rejecting vetoes the operation. */
export type BeforeHook<Subjects extends EventSubjects, Name extends BeforeName> = (
  operation: BeforeHooks<Subjects>[Name],
) => unknown;

type BeforeLists<Subjects extends EventSubjects> = {
  readonly [Name in BeforeName]: BeforeHook<Subjects, Name>[];
};

/** The hooks of an AgentFS. */
export class Hooks<Subjects extends EventSubjects> {
  readonly #events: Events<Subjects>;
  readonly #before: BeforeLists<Subjects> = {
    workspaceCreate: [],
    commit: [],
    sync: [],
    run: [],
  };
  #onWorkspaceCreate: Listener<Subjects, 'workspaceCreate'> | undefined;
  #onCommit: Listener<Subjects, 'commit'> | undefined;

  constructor(events: Events<Subjects>) {
    this.#events = events;
  }

  /** Called after a workspace was created; setting it replaces the function set before. */
  get onWorkspaceCreate(): Listener<Subjects, 'workspaceCreate'> | undefined {
    return this.#onWorkspaceCreate;
  }

  set onWorkspaceCreate(listener: Listener<Subjects, 'workspaceCreate'> | undefined) {
    if (listener !== undefined) this.#events.on('workspaceCreate', listener);
    if (this.#onWorkspaceCreate) this.#events.off('workspaceCreate', this.#onWorkspaceCreate);
    this.#onWorkspaceCreate = listener;
  }

  /** Called after a commit; setting it replaces the function set before. */
  get onCommit(): Listener<Subjects, 'commit'> | undefined {
    return this.#onCommit;
  }

  set onCommit(listener: Listener<Subjects, 'commit'> | undefined) {
    if (listener !== undefined) this.#events.on('commit', listener);
    if (this.#onCommit) this.#events.off('commit', this.#onCommit);
    this.#onCommit = listener;
  }

  /** Calls the function after every creation of a workspace; returns the function that ends this. */
  workspaceCreate(listener: Listener<Subjects, 'workspaceCreate'>): () => void {
    return this.#events.subscribe('workspaceCreate', listener);
  }

  /** Calls the function after every commit; returns the function that ends this. */
  commit(listener: Listener<Subjects, 'commit'>): () => void {
    return this.#events.subscribe('commit', listener);
  }

  /** Calls the function after every push and pull; returns the function that ends this. */
  sync(listener: Listener<Subjects, 'sync'>): () => void {
    return this.#events.subscribe('sync', listener);
  }

  /** Calls the function after every command; returns the function that ends this. */
  run(listener: Listener<Subjects, 'run'>): () => void {
    return this.#events.subscribe('run', listener);
  }

  /**
   * Calls the function before every such operation and waits for it. When it throws or rejects, the
   * operation does not happen, and fails with a {@link HookError}.
   *
   * @returns the function that removes the hook.
   * @throws {RangeError} INVALID_ARGUMENT when hooks cannot stand before an operation of this name.
   * @throws {TypeError} INVALID_ARGUMENT when the hook is not a function.
   * @example afs.hooks.before('commit', async ({ workspace }) => { await lint(workspace); })
   */
  before<Name extends BeforeName>(name: Name, hook: BeforeHook<Subjects, Name>): () => void {
    if (!Object.hasOwn(this.#before, name)) {
      throw wrongValue('name', `one of ${Object.keys(this.#before).join(', ')}`, name);
    }
    if (typeof hook !== 'function') throw wrongType('hook', 'a function', hook);
    // Wrapped, so that each registration of one function is removed by its own return value.
    const registered: BeforeHook<Subjects, Name> = (operation) => hook(operation);
    const hooks: BeforeHook<Subjects, Name>[] = this.#before[name];
    hooks.push(registered);
    return () => {
      const index = hooks.indexOf(registered);
      if (index >= 0) hooks.splice(index, 1);
    };
  }

  /**
   * Awaits the hooks before an operation, one after the other in the order of their registration.
   *
   * @throws {HookError} HOOK_FAILED when one vetoes; the later ones are not called.
   * @internal
   */
  async runBefore<Name extends BeforeName>(
    name: Name,
    operation: BeforeHooks<Subjects>[Name],
  ): Promise<void> {
    for (const hook of [...this.#before[name]]) {
      try {
        await hook(operation);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new HookError(`A hook stopped ${name}: ${reason}`, {
          hint: 'Mend what the hook complains about, or remove the hook.',
          details: { hook: name },
          cause,
        });
      }
    }
  }
}

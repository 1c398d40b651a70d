/**
 * Hooks: functions of the caller around operations. Those before an operation are awaited and may
 * veto it; those after it are listeners of its event.
 */

import { HookError, wrongType, wrongValue } from '../primitives/errors.ts';
import type { Command } from '../runner/process/command.ts';
import type { Events, Listener } from './events.ts';
import type { SyncDirection } from './sharing/sync-runner.ts';
import type { Workspace } from './workspace.ts';

/** The operations that a hook may stand before, and what the hook is told. */
export interface BeforeHooks {
  /** A workspace is about to be created. */
  workspaceCreate: { readonly name: string };
  /** A workspace is about to be committed. */
  commit: { readonly workspace: Workspace; readonly message: string };
  /** A push or pull is about to begin. */
  sync: { readonly workspace: Workspace; readonly direction: SyncDirection };
  /** A command is about to run. */
  run: {
    readonly workspace: Workspace;
    readonly command: Command;
  };
}

/** The name of an operation that a hook may stand before. */
export type BeforeName = keyof BeforeHooks;

/** A hook before an operation; throwing or rejecting vetoes the operation. */
export type BeforeHook<Name extends BeforeName> = (operation: BeforeHooks[Name]) => unknown;

type BeforeLists = {
  readonly [Name in BeforeName]: BeforeHook<Name>[];
};

/** The hooks of an AgentFS. */
export class Hooks {
  readonly #events: Events;
  readonly #before: BeforeLists = {
    workspaceCreate: [],
    commit: [],
    sync: [],
    run: [],
  };
  #onWorkspaceCreate: Listener<'workspaceCreate'> | undefined;
  #onCommit: Listener<'commit'> | undefined;

  constructor(events: Events) {
    this.#events = events;
  }

  /** Called after a workspace was created; setting it replaces the function set before. */
  get onWorkspaceCreate(): Listener<'workspaceCreate'> | undefined {
    return this.#onWorkspaceCreate;
  }

  set onWorkspaceCreate(listener: Listener<'workspaceCreate'> | undefined) {
    if (listener !== undefined) this.#events.on('workspaceCreate', listener);
    if (this.#onWorkspaceCreate) this.#events.off('workspaceCreate', this.#onWorkspaceCreate);
    this.#onWorkspaceCreate = listener;
  }

  /** Called after a commit; setting it replaces the function set before. */
  get onCommit(): Listener<'commit'> | undefined {
    return this.#onCommit;
  }

  set onCommit(listener: Listener<'commit'> | undefined) {
    if (listener !== undefined) this.#events.on('commit', listener);
    if (this.#onCommit) this.#events.off('commit', this.#onCommit);
    this.#onCommit = listener;
  }

  /** Calls the function after every creation of a workspace; returns the function that ends this. */
  workspaceCreate(listener: Listener<'workspaceCreate'>): () => void {
    return this.#events.subscribe('workspaceCreate', listener);
  }

  /** Calls the function after every commit; returns the function that ends this. */
  commit(listener: Listener<'commit'>): () => void {
    return this.#events.subscribe('commit', listener);
  }

  /** Calls the function after every push and pull; returns the function that ends this. */
  sync(listener: Listener<'sync'>): () => void {
    return this.#events.subscribe('sync', listener);
  }

  /** Calls the function after every command; returns the function that ends this. */
  run(listener: Listener<'run'>): () => void {
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
  before<Name extends BeforeName>(name: Name, hook: BeforeHook<Name>): () => void {
    if (!Object.hasOwn(this.#before, name)) {
      throw wrongValue('name', `one of ${Object.keys(this.#before).join(', ')}`, name);
    }
    if (typeof hook !== 'function') throw wrongType('hook', 'a function', hook);
    // Wrapped, so that each registration of one function is removed by its own return value.
    const registered: BeforeHook<Name> = (operation) => hook(operation);
    const hooks: BeforeHook<Name>[] = this.#before[name];
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
    operation: BeforeHooks[Name],
  ): Promise<void> {
    for (const hook of [...this.#before[name]]) {
      try {
        await hook(operation);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new HookError(`A hook stopped ${name}: ${reason}`, {
          hint: 'Fix what the hook reports, or remove the hook.',
          details: { hook: name },
          cause,
        });
      }
    }
  }
}

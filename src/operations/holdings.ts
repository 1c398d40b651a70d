/** What a client holds at a door between two calls: running processes, sessions, watches. */

import { randomBytes } from 'node:crypto';
import { AgentFSError, type Workspace, WorkspaceBusyError } from '../index.ts';

/** Something that a client has begun and not ended. */
export interface Held {
  /** Of the workspace whose other commands have to wait until this is over. */
  readonly occupied?: string | undefined;
  readonly isOver: boolean;
  /** Ends it within two seconds; never rejects. */
  end(): Promise<void>;
}

/** A class of what is held. */
type Kind<T extends Held> = new (...args: never[]) => T;

/** A process keeps some of its output, so that these bound the memory. */
const MOST = 64;

/** What one client holds, or all clients of a door that cannot tell them apart. */
export class Holdings {
  readonly #held = new Map<string, Held>();

  /**
   * Takes something in, and in need forgets what is over.
   *
   * @returns its id.
   * @throws {AgentFSError} INVALID_ARGUMENT when there is too much; nothing is begun then.
   */
  add<T extends Held>(kind: string, begin: () => T): [string, T] {
    if (this.#held.size >= MOST) {
      const [over] = [...this.#held].find(([, { isOver }]) => isOver) ?? [];
      if (over === undefined) {
        throw new AgentFSError('INVALID_ARGUMENT', `${MOST} are open already.`, {
          hint: 'End those that are done.',
        });
      }
      this.#held.delete(over);
    }
    const held = begin();
    const id = `${kind}-${randomBytes(4).toString('hex')}`;
    this.#held.set(id, held);
    return [id, held];
  }

  /**
   * Whether nothing here keeps a workspace: a command that waits for what its own client holds would
   * wait for ever.
   *
   * @throws {WorkspaceBusyError} WORKSPACE_BUSY.
   */
  requireFree({ id, name }: Pick<Workspace, 'id' | 'name'>): void {
    const [holder] = [...this.#held].find(([, { occupied }]) => occupied === id) ?? [];
    if (holder === undefined) return;
    throw new WorkspaceBusyError(`Workspace '${name}' is in use by ${holder}.`, {
      hint: 'End that first, or work in a fork.',
      details: { holder },
    });
  }

  /** @throws {AgentFSError} NOT_OPEN when there is none of this kind. */
  find<T extends Held>(kind: Kind<T>, id: string): T {
    const held = this.#held.get(id);
    if (held instanceof kind) return held;
    throw new AgentFSError('NOT_OPEN', `There is no '${id}' here.`, {
      hint: 'It is over, or has ended with the client that began it; begin another one.',
    });
  }

  /** All of a kind, oldest first, by their ids. */
  list<T extends Held>(kind: Kind<T>): [string, T][] {
    return [...this.#held].filter((each): each is [string, T] => each[1] instanceof kind);
  }

  /** Forgets something. */
  drop(id: string): void {
    this.#held.delete(id);
  }

  /** Ends all of it. */
  async end(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(all.map((each) => each.end()));
  }
}

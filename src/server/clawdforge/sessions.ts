/** The sessions of clients of clawdforge: each has a workspace of its own. */

import { randomBytes } from 'node:crypto';
import { SERVE_TAG } from '../../store/workspaces.ts';
import { type Principal, requireWorkspace } from '../core/access.ts';
import type { ChatMessage } from '../core/chat-completion.ts';
import type { ServerCore } from '../core/server-core.ts';
import { removeSessionWorkspace } from '../core/session-workspace.ts';
import { StateRecords } from '../core/state-store.ts';
import { HttpRefusal } from '../http/refusal.ts';
import type { TurnQueue } from './turn-queue.ts';

/** A session, as the state has it. Times are ms since 1970. */
export interface ForgeSession {
  readonly id: string;
  readonly principal: number;
  readonly project: string;
  readonly workspace: string;
  readonly agent: string;
  readonly model: string | null;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly lastTurnAt: number | null;
  readonly turnCount: number;
  readonly closedAt: number | null;
  /** Whether it was looked whether it has changed anything, after its end. */
  readonly isTidied: boolean;
}

/** How many there may be, and for how long. */
export interface SessionLimits {
  /** Open at a time. */
  readonly most: number;
  /** Ms without a turn after which one is closed. */
  readonly idleMs: number;
  /** Ms after which a closed one is forgotten, with its workspace. */
  readonly keptMs: number;
}

/** What happens to a session. */
export type SessionAction = 'create' | 'turn' | 'close' | 'sweep_close' | 'hard_delete';

/** Knows them. */
export class ForgeSessions {
  readonly #core: ServerCore;
  readonly #limits: SessionLimits;
  readonly #turns: TurnQueue;
  readonly #records: StateRecords<ForgeSession>;
  /** Apart, since they are long and not needed for a list. */
  readonly #histories: StateRecords<readonly ChatMessage[]>;

  constructor(core: ServerCore, limits: SessionLimits, turns: TurnQueue) {
    this.#core = core;
    this.#limits = limits;
    this.#turns = turns;
    this.#records = new StateRecords(core.state, 'forge-session');
    this.#histories = new StateRecords(core.state, 'forge-history');
  }

  /** How many are open. */
  get open(): number {
    return this.#all().filter(({ closedAt }) => closedAt === null).length;
  }

  /**
   * Makes one, with a workspace.
   *
   * @throws {HttpRefusal} 503 when as many are open as may be; what making a workspace throws.
   */
  async create(
    principal: Principal,
    given: Pick<ForgeSession, 'agent' | 'model' | 'meta'>,
  ): Promise<ForgeSession> {
    const { most } = this.#limits;
    if (this.open >= most) {
      throw new HttpRefusal(
        503,
        `${most} sessions are open already; close one, or try again later.`,
      );
    }
    const project = this.#core.projects.get(undefined, principal);
    const id = `sess_${randomBytes(12).toString('hex')}`;
    const session: ForgeSession = {
      ...{ ...given, id, principal: principal.id, project: project.name, workspace: `forge-${id}` },
      ...{ createdAt: this.#core.clock.now(), lastTurnAt: null, turnCount: 0, closedAt: null },
      isTidied: false,
    };
    requireWorkspace(principal, session.workspace);
    // First the place in the pool: workspaces take a while, and others ask meanwhile.
    this.#records.put(id, session);
    try {
      const description = `Session of ${principal.name} with ${given.agent}`;
      await project.afs.workspace.create(session.workspace, {
        description,
        tags: ['forge', SERVE_TAG],
      });
    } catch (error) {
      this.#records.delete(id);
      throw error;
    }
    this.tell(session, 'create');
    return session;
  }

  /**
   * A session of this client; somebody else's is as unknown as one that never was.
   *
   * @throws {HttpRefusal} 404.
   */
  get(principal: Principal, id: string): ForgeSession {
    const session = id === '' || id.length > 128 ? undefined : this.find(id);
    if (session?.principal === principal.id) return session;
    throw new HttpRefusal(404, 'There is no such session.');
  }

  /**
   * The same, if it has not ended.
   *
   * @throws {HttpRefusal} 404; 410 if it was closed, by somebody or because nobody used it.
   */
  getOpen(principal: Principal, id: string): ForgeSession {
    const session = this.get(principal, id);
    if (session.closedAt === null) return session;
    throw new HttpRefusal(410, 'The session is closed.');
  }

  /** Whoever's it is; closed by this if its time is over. */
  find(id: string): ForgeSession | undefined {
    const session = this.#records.get(id);
    return session && this.#checked(session);
  }

  /** Those of a client, the newest first. */
  list(principal: Principal, includeClosed: boolean): ForgeSession[] {
    const mine = this.#all().filter((session) => session.principal === principal.id);
    const meant = mine.map((each) => this.#checked(each));
    return meant
      .filter(({ closedAt }) => includeClosed || closedAt === null)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** Takes note of a change. */
  update(session: ForgeSession, change: Partial<ForgeSession>): ForgeSession {
    const changed = { ...session, ...change };
    this.#records.put(session.id, changed);
    return changed;
  }

  /** What was said in a session so far. */
  history(id: string): readonly ChatMessage[] {
    return this.#histories.get(id) ?? [];
  }

  /** Keeps what was said. */
  remember(id: string, history: readonly ChatMessage[]): void {
    this.#histories.put(id, history);
  }

  /** Ends a session; `false` if it had ended before. */
  close(session: ForgeSession, action: 'close' | 'sweep_close' = 'close'): boolean {
    if (session.closedAt !== null) return false;
    this.update(session, { closedAt: this.#core.clock.now() });
    this.#turns.stop(session.id);
    this.tell(session, action);
    return true;
  }

  /**
   * Closes what nobody uses, lets go of the workspaces of closed ones that have changed nothing, and
   * forgets what was closed long ago, with its workspace.
   */
  async sweep(): Promise<void> {
    for (const session of this.#all()) {
      const checked = this.#checked(session);
      if (checked.closedAt === null || this.#turns.has(checked.id)) continue;
      const isOld = this.#core.clock.now() - checked.closedAt > this.#limits.keptMs;
      await (isOld ? this.#forget(checked) : this.#tidy(checked)).catch((error: unknown) => {
        // Somebody works in it: the next sweep tries again.
        this.#core.logger.warn('A session could not be swept.', { session: checked.id, error });
      });
    }
  }

  /** Tells of what happens to a session; only its owner reads it. */
  tell({ id, principal, workspace }: ForgeSession, action: SessionAction): void {
    const data = { surface: 'forge', session: id, workspace, action };
    this.#core.events.emit({ type: 'SESSION', source: principal, target: principal, data });
  }

  #checked(session: ForgeSession): ForgeSession {
    const { closedAt, lastTurnAt, createdAt, id } = session;
    // A clock that was set back makes nothing old.
    const idle = this.#core.clock.now() - (lastTurnAt ?? createdAt);
    if (closedAt !== null || idle <= this.#limits.idleMs || this.#turns.has(id)) return session;
    this.close(session, 'sweep_close');
    return { ...session, closedAt: this.#core.clock.now() };
  }

  async #forget(session: ForgeSession): Promise<void> {
    await removeSessionWorkspace(this.#core, session);
    this.#records.delete(session.id);
    this.#histories.delete(session.id);
    this.tell(session, 'hard_delete');
  }

  async #tidy(session: ForgeSession): Promise<void> {
    if (session.isTidied) return;
    await removeSessionWorkspace(this.#core, session, { onlyUnchanged: true });
    this.update(session, { isTidied: true });
  }

  #all(): ForgeSession[] {
    return this.#records.all.map(({ value }) => value);
  }
}

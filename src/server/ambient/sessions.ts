/** The sessions of clients of Ambient: a task for the agent, in a workspace called like the session. */

import { actingAs } from '../../index.ts';
import { SERVE_TAG } from '../../store/workspaces.ts';
import { agentOf, type Principal, reachesWorkspace, requireWorkspace } from '../core/access.ts';
import type { ServerCore } from '../core/server-core.ts';
import { removeSessionWorkspace } from '../core/session-workspace.ts';
import { StateRecords } from '../core/state-store.ts';
import { HttpRefusal } from '../http/refusal.ts';
import { cloneRepositories, type Repository } from './repositories.ts';

/** Where a session stands. */
export type Status = 'pending' | 'running' | 'completed' | 'failed';

/** A session, as the state has it. Times are ms since 1970. */
export interface AmbientSession {
  /** `session-` and a number, also the name of its workspace. */
  readonly id: string;
  /** What its clients call a project. */
  readonly namespace: string;
  /** The project that it is in here. */
  readonly project: string;
  readonly status: Status;
  readonly task: string;
  readonly model: string | null;
  readonly repos: readonly Repository[];
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly result: string;
  readonly error: string;
}

/** How many may be under way, and for how long. */
export interface AmbientLimits {
  readonly most: number;
  readonly taskMs: number;
}

/** What is asked for. */
export interface NewSession {
  readonly task: string;
  readonly model?: string | undefined;
  readonly repos: readonly Repository[];
}

const GONE = 'The daemon ended while the session ran.';

/** Knows them, and has their tasks done. */
export class AmbientSessions {
  readonly #core: ServerCore;
  readonly #limits: AmbientLimits;
  readonly #records: StateRecords<AmbientSession>;
  readonly #running = new Map<string, { stop: AbortController; ended: Promise<void> }>();

  constructor(core: ServerCore, limits: AmbientLimits) {
    this.#core = core;
    this.#limits = limits;
    this.#records = new StateRecords(core.state, 'ambient-session');
    // What the daemon before this one had under way has ended with it.
    for (const session of this.#all()) {
      if (session.completedAt === null) this.#end(session, { status: 'failed', error: GONE });
    }
  }

  /**
   * Makes a session; its task is begun by itself.
   *
   * @throws {HttpRefusal} 503 when as many are under way as may be; {AgentFSError}
   *   PERMISSION_DENIED for a principal that reaches no such workspace.
   */
  create(
    principal: Principal,
    namespace: string,
    { task, model, repos }: NewSession,
  ): AmbientSession {
    const { most } = this.#limits;
    if (this.#running.size >= most) {
      throw new HttpRefusal(503, `${most} sessions are running already; try again later`);
    }
    const { projects } = this.#core;
    // A namespace that is no project is one of Ambient alone.
    const project = projects.all.find(({ name }) => name === namespace) ?? projects.first;
    const session: AmbientSession = {
      ...{ id: this.#newId(), namespace, project: project.name, status: 'pending', task, repos },
      ...{ model: model ?? null, createdAt: this.#core.clock.now(), completedAt: null },
      ...{ result: '', error: '' },
    };
    requireWorkspace(principal, session.id);
    this.#records.put(session.id, session);
    const stop = new AbortController();
    const ended = actingAs(agentOf(principal), () =>
      this.#perform(principal, session, stop.signal),
    );
    this.#running.set(session.id, { stop, ended });
    void ended.finally(() => this.#running.delete(session.id));
    return session;
  }

  /**
   * A session of a namespace, in a workspace that the principal reaches.
   *
   * @throws {HttpRefusal} 404.
   */
  get(principal: Principal, namespace: string, id: string): AmbientSession {
    const session = this.#records.get(id);
    if (session?.namespace === namespace && reachesWorkspace(principal, id)) return session;
    throw new HttpRefusal(404, `session not found: ${id}`);
  }

  /** Those of a namespace that the principal reaches, the newest first. */
  list(principal: Principal, namespace: string): AmbientSession[] {
    const mine = this.#all().filter(
      (session) => session.namespace === namespace && reachesWorkspace(principal, session.id),
    );
    return mine.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  }

  /** Ends a session that is under way, and forgets it with its workspace. */
  async delete({ id, project }: AmbientSession): Promise<void> {
    const running = this.#running.get(id);
    running?.stop.abort(new Error('The session was deleted.'));
    await running?.ended;
    await removeSessionWorkspace(this.#core, { project, workspace: id });
    this.#records.delete(id);
  }

  /** Waits for those that are under way to end, which the end of the daemon makes them do. */
  async close(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort(new Error(GONE));
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #perform(
    principal: Principal,
    session: AmbientSession,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#prepare(principal, session, signal);
      const { text, isOk } = await this.#ask(principal, session, signal);
      this.#end(
        session,
        isOk ? { status: 'completed', result: text } : { status: 'failed', error: text },
      );
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      this.#end(session, { status: 'failed', error });
    }
    await this.#tidy(session);
  }

  /** A workspace in which nothing was changed shows nobody anything. */
  async #tidy({ id, project }: AmbientSession): Promise<void> {
    const place = { project, workspace: id };
    await removeSessionWorkspace(this.#core, place, { onlyUnchanged: true }).catch(
      (error: unknown) => {
        this.#core.logger.warn('A workspace could not be removed.', { workspace: id, error });
      },
    );
  }

  async #prepare(
    principal: Principal,
    session: AmbientSession,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, project, repos, task } = session;
    const { afs } = this.#core.projects.get(project);
    await afs.workspace.create(id, {
      description: task.slice(0, 200),
      tags: ['ambient', SERVE_TAG],
    });
    signal.throwIfAborted();
    await cloneRepositories(repos, {
      ...{ core: this.#core, principal, project, workspace: id, session: id, signal },
    });
    signal.throwIfAborted();
  }

  async #ask(
    principal: Principal,
    session: AmbientSession,
    signal: AbortSignal,
  ): Promise<{ readonly text: string; readonly isOk: boolean }> {
    const { id, project, task, model } = session;
    const { job, answer } = this.#core.agent.ask({
      ...{ principal, project, workspace: id, kind: 'task', prompt: task },
      model: model ?? undefined,
      timeoutMs: this.#limits.taskMs,
      env: { AGENTFS_SESSION_ID: id },
      details: { surface: 'ambient', session: id },
    });
    this.#records.put(id, { ...session, status: 'running' });
    signal.addEventListener('abort', () => job.cancel(), { once: true });
    const answered = await answer;
    signal.throwIfAborted();
    if (this.#core.stopping.aborted) throw new Error(GONE);
    return answered;
  }

  #end(session: AmbientSession, change: Partial<AmbientSession>): void {
    const completedAt = this.#core.clock.now();
    this.#records.put(session.id, { ...session, ...change, completedAt });
  }

  /** A number by the clock, as they are elsewhere; the next one that is free. */
  #newId(): string {
    let number = Math.floor(this.#core.clock.now() / 1000);
    while (this.#records.get(`session-${number}`) !== undefined) number += 1;
    return `session-${number}`;
  }

  #all(): AmbientSession[] {
    return this.#records.all.map(({ value }) => value);
  }
}

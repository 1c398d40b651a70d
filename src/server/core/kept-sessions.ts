/**
 * One open session a workspace, so that a command takes milliseconds instead of a set-up. What the
 * commands have changed is taken into the workspace before anybody else looks at it, and what others
 * have written is shown to the next command.
 *
 * An open session keeps all other commands of its workspace waiting, so it is closed when nothing has
 * used it for a while, and at once when somebody asks for the workspace.
 */

import {
  actingAs,
  type Command,
  type Listener,
  type RunResult,
  type RunSession,
  type SessionRunOptions,
} from '../../index.ts';
import type { Project } from './project.ts';

interface Kept {
  readonly session: Promise<RunSession>;
  /** Commands have run since the last checkpoint, all for `agent`. */
  isChanged: boolean;
  agent: string | undefined;
  /** Changes of the workspace that were told of since the last checkpoint began. */
  changes: number;
  users: number;
  timer: NodeJS.Timeout | undefined;
  /** What was asked for last; each waits for the one before. */
  last: Promise<unknown>;
}

const DEFAULT_IDLE_MS = 1000;

/** Keeps sessions open. */
export class KeptSessions {
  readonly #kept = new Map<string, Kept>();
  readonly #idleMs: number;
  readonly #endings = new Map<string, Promise<void>>();
  readonly #stops: (() => void)[] = [];

  constructor(projects: readonly Project[], idleMs: number = DEFAULT_IDLE_MS) {
    this.#idleMs = idleMs;
    for (const { name, afs } of projects) {
      const onChange: Listener<'change'> = (workspace) => {
        const kept = this.#kept.get(keyOf(name, workspace.name));
        if (kept !== undefined) kept.changes += 1;
      };
      afs.on('change', onChange);
      this.#stops.push(() => afs.off('change', onChange));
    }
  }

  /**
   * Runs a command in the session of a workspace; `changes` of the result is empty, as they are not
   * taken in yet.
   *
   * @param options - `agent`: under whose name that is on record.
   * @throws as `Workspace.session` and `RunSession.run` do.
   */
  async run(
    project: Project,
    workspace: string,
    command: Command,
    { agent, ...options }: SessionRunOptions & { readonly agent: string | undefined },
  ): Promise<RunResult> {
    return this.#using(project, workspace, async (kept) => {
      const session = await kept.session;
      const isOthers = kept.isChanged && kept.agent !== agent;
      if (kept.changes > 0 || isOthers) await this.#checkpoint(kept, session);
      kept.isChanged = true;
      kept.agent = agent;
      return session.run(command, { ...options, encoding: 'utf8' });
    });
  }

  /** Takes what commands have changed into the workspace; to be called before its files are looked at. */
  async settle(project: Project, workspace: string): Promise<void> {
    const key = keyOf(project.name, workspace);
    // One that nobody has used for a while is just being closed.
    await this.#endings.get(key);
    const kept = this.#kept.get(key);
    if (kept === undefined || (!kept.isChanged && kept.users === 0)) return;
    await this.#using(project, workspace, async () => {
      if (kept.isChanged) await this.#checkpoint(kept, await kept.session);
    });
  }

  /** Closes the session of a workspace: to be called before what would wait for it. */
  async release(project: Project, workspace: string): Promise<void> {
    const key = keyOf(project.name, workspace);
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#end(key, kept);
    await this.#endings.get(key);
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const [key, kept] of this.#kept) this.#end(key, kept);
    await Promise.all(this.#endings.values());
  }

  async #using<T>(
    project: Project,
    workspace: string,
    action: (kept: Kept) => Promise<T>,
  ): Promise<T> {
    const key = keyOf(project.name, workspace);
    const kept = this.#kept.get(key) ?? this.#open(key, project, workspace);
    clearTimeout(kept.timer);
    kept.users += 1;
    const turn = kept.last.then(() => action(kept));
    kept.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      kept.users -= 1;
      if (kept.users === 0 && this.#kept.get(key) === kept) {
        kept.timer = setTimeout(() => this.#end(key, kept), this.#idleMs).unref();
      }
    }
  }

  #open(key: string, { afs }: Project, workspace: string): Kept {
    const before = this.#endings.get(key) ?? Promise.resolve();
    const session = before.then(async () => (await afs.workspace.get(workspace)).session());
    const kept: Kept = {
      ...{ session, isChanged: false, agent: undefined, changes: 0, users: 0 },
      timer: undefined,
      last: Promise.resolve(),
    };
    this.#kept.set(key, kept);
    // The caller hears of it through its command; the next one tries again.
    session.catch(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
    });
    return kept;
  }

  #end(key: string, kept: Kept): void {
    clearTimeout(kept.timer);
    this.#kept.delete(key);
    const ending = kept.last
      .then(() => kept.session)
      .then((session) => actingAs(kept.agent, () => session.close()))
      // A session that never opened has told its caller why; a failed checkpoint is told of in the log.
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.#endings.get(key) === ending) this.#endings.delete(key);
      });
    this.#endings.set(key, ending);
  }

  async #checkpoint(kept: Kept, session: RunSession): Promise<void> {
    kept.isChanged = false;
    kept.changes = 0;
    const { changes } = await actingAs(kept.agent, () => session.checkpoint());
    // What the commands have changed is told of, too, and they have seen it.
    if (changes.length > 0) kept.changes -= 1;
  }
}

function keyOf(project: string, workspace: string): string {
  return `${project}/${workspace}`;
}

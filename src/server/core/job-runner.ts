/** Starts jobs, keeps what is known of them in the store, and ends them. */

import { setTimeout as delay } from 'node:timers/promises';
import { AgentFSError, actingAs, type Clock, type Logger } from '../../index.ts';
import type { JobFilter, JobRow } from '../../store/jobs.ts';
import type { ServiceStore } from '../../store/service-store.ts';
import { agentOf, OWNER, type Principal, reaches } from './access.ts';
import type { EventLog } from './event-log.ts';
import type {
  JobDescription,
  JobEnd,
  JobRequest,
  RestartPolicy,
  WorkResult,
} from './job-request.ts';
import { JobSnapshots } from './job-snapshots.ts';
import type { KeptSessions } from './kept-sessions.ts';
import type { Project, Projects } from './project.ts';
import { runCommand } from './run-job-command.ts';
import { RunningJob } from './running-job.ts';

/** What the runner works with. */
export interface JobRunnerOptions {
  readonly store: ServiceStore;
  readonly projects: Projects;
  readonly sessions: KeptSessions;
  readonly events: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The work of a job. Must end soon when `signal` fires. */
export type Work = (signal: AbortSignal, job: RunningJob) => Promise<WorkResult>;

const MOST_ENDED = 10_000;
const PRUNE_EVERY = 500;
const LONGEST_BACKOFF_MS = 60_000;
const MAX_RESULT_LENGTH = 1024 * 1024;

/** Runs jobs. */
export class JobRunner {
  readonly #options: JobRunnerOptions;
  readonly #snapshots: JobSnapshots;
  readonly #running = new Map<number, RunningJob>();
  #started = 0;
  #isClosing = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#snapshots = new JobSnapshots(options.logger);
    this.#failLeft();
  }

  /** How many have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Starts a command as a job. What goes wrong from here on is in the job.
   *
   * @throws {AgentFSError} PROJECT_NOT_FOUND, CLOSED.
   */
  start(request: JobRequest): RunningJob {
    const project = this.#options.projects.get(request.project);
    const { isKept = false, command, restart = NO_RESTART } = request;
    const description = { hasSnapshots: !isKept, ...request };
    return this.#begin(description, project, { command, restart }, async (signal, job) => {
      const { sessions } = this.#options;
      const once = (): Promise<WorkResult> =>
        runCommand({
          request,
          project,
          sessions,
          signal,
          job,
          onPid: (pid) => this.#onPid(request, job, pid),
        });
      return this.#withRestarts(request, job, signal, once);
    });
  }

  /**
   * Starts work that is not one command, such as a request to a model, as a job.
   *
   * @throws as {@link start} does.
   */
  perform(description: JobDescription, work: Work): RunningJob {
    const project = this.#options.projects.get(description.project);
    return this.#begin(description, project, { command: [], restart: NO_RESTART }, work);
  }

  /**
   * A job by its number, ended or not.
   *
   * @param principal - who asks, as for {@link list}.
   * @throws {AgentFSError} JOB_NOT_FOUND.
   */
  get(id: number, principal?: Principal): JobRow {
    const row = this.#options.store.jobs.get(id);
    if (row !== undefined && (principal === undefined || maySee(principal, row))) return row;
    throw new AgentFSError('JOB_NOT_FOUND', `There is no job ${id}.`, {
      hint: 'List the jobs; the oldest are forgotten.',
    });
  }

  /** The job, if it has not ended. */
  find(id: number): RunningJob | undefined {
    return this.#running.get(id);
  }

  /**
   * The jobs that are meant, the newest first.
   *
   * @param principal - who asks; those of others are there for administrators alone, within what
   *   they reach. Default somebody who may see all.
   */
  list(filter: JobFilter = {}, limit = 100, principal: Principal = OWNER): JobRow[] {
    const { id, scopes, project } = principal;
    const own = scopes.includes('admin') ? {} : { principal: id };
    const bound = { ...filter, ...own, ...(project !== '' && { project }) };
    return this.#options.store.jobs.list(bound, limit).filter((row) => maySee(principal, row));
  }

  /** Ends all jobs and waits for them; none is started any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const job of this.#running.values()) job.cancel();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #begin(
    description: JobDescription,
    project: Project,
    { command, restart }: { command: JobRequest['command']; restart: RestartPolicy },
    work: Work,
  ): RunningJob {
    if (this.#isClosing) {
      throw new AgentFSError('CLOSED', 'The daemon is about to end.', { hint: 'Ask again later.' });
    }
    const { store, clock } = this.#options;
    const { principal, workspace, kind, name = '', details = {} } = description;
    const id = store.database.transaction(() => {
      const number = store.numbers.take();
      store.jobs.insert({
        ...{ id: number, project: project.name, workspace, principal: principal.id, kind, name },
        ...{ command: JSON.stringify(command), state: 'waiting', pid: 0, exitCode: null },
        ...{ restarts: 0, restart: { ...restart }, details, result: '', error: '' },
        ...{ createdAt: clock.now(), startedAt: null, endedAt: null },
        ...{ snapshotBefore: '', snapshotAfter: '' },
      });
      return number;
    });
    const stop = new AbortController();
    const job = new RunningJob(
      id,
      () => this.get(id),
      stop,
      (self) =>
        actingAs(agentOf(principal), () =>
          this.#run(self, description, project, stop.signal, work),
        ),
    );
    this.#running.set(id, job);
    this.#started += 1;
    if (this.#started % PRUNE_EVERY === 0) store.jobs.prune(MOST_ENDED);
    return job;
  }

  async #run(
    job: RunningJob,
    { hasSnapshots = true, workspace, resultOf }: JobDescription,
    project: Project,
    signal: AbortSignal,
    work: Work,
  ): Promise<JobEnd> {
    const { sessions } = this.#options;
    const place = { project, workspace, job: job.id };
    let ended: WorkResult;
    try {
      if (hasSnapshots) {
        await sessions.release(project, workspace);
        this.#update(job.id, { snapshotBefore: await this.#snapshots.take(place, 'before') });
      }
      this.#update(job.id, { state: 'running', startedAt: this.#options.clock.now() });
      ended = await work(signal, job);
    } catch (error) {
      ended = { ...NOTHING, error: error instanceof Error ? error.message : String(error) };
    }
    const snapshotAfter = hasSnapshots ? await this.#snapshots.take(place, 'after') : '';
    const result = resultOf?.(ended.stdout).slice(0, MAX_RESULT_LENGTH) ?? '';
    return this.#finish(job.id, ended, { signal, snapshotAfter, result });
  }

  #finish(
    id: number,
    ended: WorkResult,
    { signal, ...more }: { signal: AbortSignal; snapshotAfter: string; result: string },
  ): JobEnd {
    const { exitCode, error = failureOf(ended) } = ended;
    const state = error === '' ? 'succeeded' : 'failed';
    const row = this.#update(id, {
      state: signal.aborted ? 'cancelled' : state,
      ...{ exitCode, error, endedAt: this.#options.clock.now() },
      ...more,
    });
    this.#running.delete(id);
    if (row.kind !== 'exec') this.#tell('JOB_ENDED', row);
    return { ...ended, row };
  }

  async #withRestarts(
    { restart = NO_RESTART, onTransition }: JobRequest,
    job: RunningJob,
    signal: AbortSignal,
    once: () => Promise<WorkResult>,
  ): Promise<WorkResult> {
    const { policy, max = 5, windowMs = 300_000, backoffMs = 1000 } = restart;
    let began = this.#options.clock.now();
    let inWindow = 0;
    for (;;) {
      const ended = await once();
      const { exitCode } = ended;
      const isOver = policy === 'never' || (policy === 'on-failure' && exitCode === 0);
      if (isOver || signal.aborted) return ended;
      const now = this.#options.clock.now();
      // A clock that was set back begins a window too.
      if (now - began > windowMs || now < began) {
        began = now;
        inWindow = 0;
      }
      const { restarts } = job.row;
      if (inWindow >= max) {
        onTransition?.({ kind: 'escalated', restarts, exitCode });
        this.#tell('JOB_ESCALATED', job.row);
        return { ...ended, error: `It has ended ${inWindow + 1} times in a short time.` };
      }
      const delayMs = Math.min(backoffMs * 2 ** inWindow, LONGEST_BACKOFF_MS);
      inWindow += 1;
      const row = this.#update(job.id, { restarts: restarts + 1, exitCode });
      onTransition?.({ kind: 'restarting', restarts: row.restarts, exitCode, delayMs });
      this.#tell('JOB_RESTARTING', row);
      await delay(delayMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return ended;
    }
  }

  #onPid({ onTransition, kind }: JobRequest, job: RunningJob, pid: number): void {
    const row = this.#update(job.id, { pid });
    onTransition?.({ kind: 'started', pid });
    if (kind !== 'exec') this.#tell('JOB_STARTED', row);
  }

  #update(id: number, change: Partial<JobRow>): JobRow {
    const { database, jobs } = this.#options.store;
    return database.transaction(() => {
      const row = { ...this.get(id), ...change };
      jobs.update(row);
      return row;
    });
  }

  #tell(type: string, row: JobRow): void {
    const { id: job, kind, name, project, workspace, principal, state } = row;
    const { pid, exitCode, restarts } = row;
    const place = { project, workspace };
    const data = { job, kind, name, ...place, principal, state, pid, exitCode, restarts };
    this.#options.events.emit({ type, data });
  }

  /** What ran when the daemon before this one ended unasked has ended with it. */
  #failLeft(): void {
    const { store, clock } = this.#options;
    const left = store.jobs.list({ hasEnded: false }, Number.MAX_SAFE_INTEGER);
    for (const { id } of left) {
      const error = 'The daemon ended while the job ran.';
      this.#tell('JOB_ENDED', this.#update(id, { state: 'failed', error, endedAt: clock.now() }));
    }
    store.jobs.prune(MOST_ENDED);
  }
}

function maySee(principal: Principal, { principal: owner, project, workspace }: JobRow): boolean {
  if (owner === principal.id) return true;
  return principal.scopes.includes('admin') && reaches(principal, { project, workspace });
}

const NO_RESTART: RestartPolicy = { policy: 'never' };

const NOTHING: WorkResult = {
  ...{ stdout: '', stderr: '', exitCode: null, signal: null },
  ...{ timedOut: false, truncated: false, durationMs: 0 },
};

function failureOf({ exitCode, signal, timedOut }: WorkResult): string {
  if (timedOut) return 'timeout';
  if (exitCode === 0) return '';
  return exitCode === null ? `ended by ${signal ?? 'a signal'}` : `exit status ${exitCode}`;
}

/** A job while it runs: what it has printed, and how it is ended. */

import type { JobRow } from '../../store/jobs.ts';
import type { JobEnd } from './job-request.ts';

/** How the process of a job is reached. */
export interface JobProcess {
  output(): { readonly stdout: string; readonly stderr: string };
  kill(signal: NodeJS.Signals): void;
}

const SILENCE = { stdout: '', stderr: '' };

/** A job that has not ended, or has just done so. */
export class RunningJob {
  readonly id: number;
  /** Resolves when it has ended and that is in the store; never rejects. */
  readonly ended: Promise<JobEnd>;
  /** Resolves with the pid once its process runs first, with 0 when it never does. */
  readonly started: Promise<number>;
  readonly #row: () => JobRow;
  readonly #stop: AbortController;
  #process: JobProcess | undefined;
  #begin: (pid: number) => void = () => undefined;

  /** @internal */
  constructor(
    id: number,
    row: () => JobRow,
    stop: AbortController,
    work: (job: RunningJob) => Promise<JobEnd>,
  ) {
    this.id = id;
    this.#row = row;
    this.#stop = stop;
    this.started = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.ended = Promise.resolve().then(() => work(this));
    void this.ended.then(() => this.#begin(0));
  }

  /** As it is in the store. */
  get row(): JobRow {
    return this.#row();
  }

  /** What the process has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string } {
    return this.#process?.output() ?? SILENCE;
  }

  /** Ends it: SIGTERM, and SIGKILL to what is left after 5 seconds. It counts as cancelled then. */
  cancel(): void {
    // A process that was stopped does not hear of its end.
    this.#process?.kill('SIGCONT');
    this.#stop.abort();
  }

  /** Sends a signal to all of its processes; nothing while there are none. */
  kill(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** @internal */
  attach(process: JobProcess, pid: number): void {
    this.#process = process;
    this.#begin(pid);
  }
}

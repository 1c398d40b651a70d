/** What is asked for when a job is started, and how one ends. */

import type { Command, RunLimits, SandboxProfile } from '../../index.ts';
import type { JobRow } from '../../store/jobs.ts';
import type { Principal } from './access.ts';

/** When a command that has ended is started again. */
export interface RestartPolicy {
  /** Default `never`. */
  readonly policy: 'never' | 'on-failure' | 'always';
  /** How often within `windowMs` before it is given up; default 5. */
  readonly max?: number | undefined;
  /** Default 300,000. */
  readonly windowMs?: number | undefined;
  /** Milliseconds before the first restart, twice as long before each next one; default 1000. */
  readonly backoffMs?: number | undefined;
}

/** For whom and where a job is. */
export interface JobDescription {
  readonly principal: Principal;
  /** Name of a workspace that exists. */
  readonly workspace: string;
  /** Name of a project that the principal reaches; default the first. */
  readonly project?: string | undefined;
  /** What the surface calls it, such as `exec`, `agent`, `turn`, `task`. */
  readonly kind: string;
  /** For people. */
  readonly name?: string | undefined;
  /** What the surface keeps with it; plain data without secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** Takes a snapshot before and after; default true, but false with `isKept`. */
  readonly hasSnapshots?: boolean | undefined;
  /** What of the output is kept as the answer of the job; default nothing. */
  readonly resultOf?: ((stdout: string) => string) | undefined;
}

/** A command that is to run as a job. */
export interface JobRequest extends JobDescription {
  /** A line for the shell, or a program with its arguments. */
  readonly command: Command;
  /** A directory of the workspace; default its root. */
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | undefined;
  /** Default 0, never. */
  readonly timeoutMs?: number | undefined;
  /** Bytes kept of each output; default 1 MiB. */
  readonly maxOutputBytes?: number | undefined;
  readonly sandbox?: SandboxProfile | undefined;
  readonly limits?: RunLimits | undefined;
  readonly restart?: RestartPolicy | undefined;
  /**
   * Runs in the session of the workspace that the core keeps open: fast, but one command after the
   * other, with what it changes taken in before the next look at the files. Without `sandbox` and
   * `limits` of its own, and without restarts.
   */
  readonly isKept?: boolean | undefined;
  /** Is told of what happens to the process. */
  readonly onTransition?: ((transition: JobTransition) => void) | undefined;
}

/** What happens to the process of a job on the way to its end. */
export type JobTransition =
  | { readonly kind: 'started'; readonly pid: number }
  | {
      readonly kind: 'restarting';
      readonly restarts: number;
      readonly exitCode: number | null;
      readonly delayMs: number;
    }
  | { readonly kind: 'escalated'; readonly restarts: number; readonly exitCode: number | null };

/** How a job has ended. */
export interface JobEnd {
  readonly row: JobRow;
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it, or it never started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly truncated: boolean;
  readonly durationMs: number;
  /** What a model has counted; undefined where none has. */
  readonly tokens?: number;
}

/** What the work of a job hands back. */
export interface WorkResult extends Omit<JobEnd, 'row'> {
  /** Why it failed; default that there is an exit status other than 0. */
  readonly error?: string;
}

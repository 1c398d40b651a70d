/** Runs the command of a job once, in the kept session of its workspace or by itself. */

import type { RunResult } from '../../index.ts';
import { agentOf } from './access.ts';
import type { JobRequest, WorkResult } from './job-request.ts';
import type { KeptSessions } from './kept-sessions.ts';
import type { Project } from './project.ts';
import type { RunningJob } from './running-job.ts';

/** What is to be run, and who hears of it. */
export interface JobCommand {
  readonly request: JobRequest;
  readonly project: Project;
  readonly sessions: KeptSessions;
  readonly signal: AbortSignal;
  readonly job: RunningJob;
  /** Told once the process runs. */
  readonly onPid: (pid: number) => void;
}

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;

/**
 * Runs it to its end.
 *
 * @throws what the library throws when it cannot be started.
 */
export async function runCommand(options: JobCommand): Promise<WorkResult> {
  const { request, project, sessions, signal } = options;
  const { command, workspace, cwd, env, input, timeoutMs, sandbox, limits, isKept } = request;
  const maxBuffer = request.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
  const shared = { cwd, env, input, timeout: timeoutMs, maxBuffer, signal };
  if (isKept === true) {
    const own = { ...shared, agent: agentOf(request.principal) };
    return workResultOf(await sessions.run(project, workspace, command, own));
  }
  await sessions.release(project, workspace);
  const found = await project.afs.workspace.get(workspace);
  const run = found.start(command, { ...shared, sandbox, limits });
  run.pid.then(
    (pid) => {
      options.job.attach(run, pid);
      options.onPid(pid);
    },
    // It never started, which the wait below tells of.
    () => undefined,
  );
  return workResultOf(await run.wait());
}

function workResultOf(result: RunResult): WorkResult {
  const { stdout, stderr, exitCode, signal, timedOut, truncated, durationMs } = result;
  return { stdout, stderr, exitCode, signal, timedOut, truncated, durationMs };
}

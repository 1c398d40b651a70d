/** EXEC: a command in the session that the core keeps open for the workspace. */

import type { Answer, Call, Handler } from './call.ts';
import { namedBy } from './paths.ts';
import { isAllowedCommand, isBlockedCommand } from './permission-rules.ts';
import { Refusal } from './request.ts';

const TIMEOUT_SECONDS = 30;
const LONGEST_SECONDS = 24 * 3600;
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** What permissions say unless they were changed. Kernels have never kept anybody to it. */
const USUAL_MAX_EXEC_MS = 30_000;

export const EXEC: Handler = {
  answer: exec,
  empty: { stdout: '', stderr: '', exit_code: -1 },
  canBeAsync: true,
};

async function exec({ kernel, agent, request }: Call): Promise<Answer> {
  const command = request.requireText('command', 'command required');
  const { permissions } = agent;
  if (
    !permissions.can_exec ||
    isBlockedCommand(command, permissions.blocked_commands) ||
    !isAllowedCommand(command, permissions.exec)
  ) {
    kernel.deny(agent, { syscall: 'EXEC', reason: 'command not allowed', target: command });
  }
  const isRestricted = agent.program?.sandbox === 'restricted';
  const job = kernel.core.jobs.start({
    ...{ principal: agent.principal, project: kernel.project.name, workspace: kernel.workspace },
    ...{ kind: 'exec', command, maxOutputBytes: MAX_OUTPUT_BYTES },
    // What an agent is kept from, the kernel does not do for it.
    ...(isRestricted ? { sandbox: 'restricted', hasSnapshots: false } : { isKept: true }),
    cwd: cwdOf(kernel, request.text('cwd')),
    timeoutMs: timeoutOf(request.number('timeout'), permissions.max_exec_time_ms),
  });
  const { stdout, stderr, exitCode, timedOut, truncated, signal, row } = await job.ended;
  const hasRun = exitCode !== null || signal !== null || timedOut;
  if (!hasRun) throw new Refusal('failed to execute command', { stderr: row.error });
  const error = timedOut ? 'timeout' : row.error;
  return {
    success: exitCode === 0 && !timedOut,
    ...{ stdout, stderr, exit_code: timedOut ? -1 : (exitCode ?? -1) },
    ...(error === '' ? {} : { error }),
    ...(truncated ? { truncated } : {}),
  };
}

function cwdOf(kernel: Call['kernel'], cwd: string | undefined): string | undefined {
  if (cwd === undefined || cwd === '') return undefined;
  const { named, directory } = namedBy(kernel, cwd);
  if (directory === undefined) return named;
  throw new Refusal('commands run in the workspace, not in a mapped directory');
}

function timeoutOf(seconds = TIMEOUT_SECONDS, maxMs: number): number {
  const wanted = Math.min(seconds, LONGEST_SECONDS) * 1000;
  const most = maxMs < USUAL_MAX_EXEC_MS ? maxMs : Number.POSITIVE_INFINITY;
  // 0 would be for ever.
  return Math.max(1, Math.round(Math.min(wanted, most)));
}

/** Runs one command: a session with a single command, whose changes are stored when it is over. */

import type { ProcessResult } from '../../runner/process/process.ts';
import { noticeOf } from '../core/workspace-core.ts';
import { runBeside } from './run-beside.ts';
import { warnOfDeletions } from './run-deletions.ts';
import { type CapturedFiles, RunFiles } from './run-files.ts';
import type { RunRequest } from './run-options.ts';
import { choosePlace, type OnStart, type RunHost } from './run-process.ts';
import { type RunResult, resultOf } from './run-result.ts';
import { describeRun } from './store-commands.ts';

/**
 * Runs a command in the workspace.
 *
 * What the API changes while the command runs stays, and is merged with what the command leaves, line
 * by line. Where both changed the same lines, the workspace keeps its own, the result warns and has
 * the conflict, and a snapshot has what the command left. A command also runs in a workspace that
 * cannot be changed; its changes are dropped.
 *
 * @throws {WorkspaceBusyError} WORKSPACE_BUSY when another process runs a command in it for longer
 *   than the caller waits.
 * @throws {HookError} HOOK_FAILED. {PermissionDeniedError} PERMISSION_DENIED.
 * @throws {AgentFSError} SANDBOX_UNAVAILABLE, COMMAND_NOT_STARTED; ABORTED before the start.
 * @throws {FileSystemError} ENOENT, ENOTDIR for a wrong `workdir`. {SnapshotNotFoundError}
 * @throws {StorageError} when the changes cannot be stored; the workspace is then as it was. They
 *   are kept, and the next run or open stores them, unless they have filled the disk.
 */
export async function runCommand(
  host: RunHost,
  request: RunRequest,
  onStart?: OnStart,
): Promise<RunResult<Buffer>> {
  if (request.beside !== undefined) return runBeside(host, request, onStart);
  const { core } = host;
  const { output } = request.process;
  const piped = output === 'collect' || output === 'stream' ? 'one' : undefined;
  const files = new RunFiles(await choosePlace(host, request), { ...request, piped });
  const lease = { waitMs: request.waitMs, signal: request.process.signal };
  const { effects, result } = await core.engine.leases.hold(core.runLease, lease, () =>
    runIn(files, request, onStart),
  );
  core.announce(effects.map(noticeOf));
  return result;
}

async function runIn(
  files: RunFiles,
  request: RunRequest,
  onStart: OnStart | undefined,
): Promise<Pick<CapturedFiles, 'effects'> & { readonly result: RunResult<Buffer> }> {
  const { place } = files;
  await place.beforeRun(request.command);
  try {
    const { ended, warnings } = await files.run(request, onStart);
    const captured = await files.capture({
      run: describeRun(request, ended, place.strategy.name),
      isUnwanted: isUnwanted(request, ended),
    });
    const all = [...warnings, ...captured.warnings, ...warnOfDeletions(captured)];
    const result = resultOf(place, request, ended, { ...captured, warnings: all });
    return { effects: captured.effects, result };
  } finally {
    await files.discard();
  }
}

/** Whether the caller wants none of the changes. */
function isUnwanted(
  { snapshot, rollbackOnFailure }: RunRequest,
  { exitCode }: ProcessResult,
): boolean {
  return snapshot !== undefined || (rollbackOnFailure && exitCode !== 0);
}

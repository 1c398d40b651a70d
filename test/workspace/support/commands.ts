/** Workspaces whose commands run in the directory strategy, through the public interface. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AgentFSOptions,
  AuditEntry,
  Command,
  RunOptions,
  RunResult,
  RunStream,
  RunStreamOptions,
  Workspace,
} from '../../../src/index.ts';
import { until } from '../../support/processes.ts';
import type { Listing } from '../../support/run-fixture.ts';
import { setUp, type TestFiles } from '../../support/test-project.ts';

/** A small project. */
export const FILES: TestFiles = { 'a.txt': 'a\n', 'src/b.txt': 'b\n' };

const strategy = 'directory';

/** A workspace of its own AgentFS. */
export async function workspaceOf(
  files: TestFiles = FILES,
  options: AgentFSOptions = {},
): Promise<Workspace> {
  return (await setUp(files, options)).workspace;
}

/** Runs a command in the work directory. */
export function run(
  workspace: Workspace,
  command: Command,
  options?: RunOptions,
): Promise<RunResult> {
  return workspace.run(command, { strategy, ...options, encoding: 'utf8' });
}

/** Runs a command in the work directory and reads its lines. */
export function stream(
  workspace: Workspace,
  command: Command,
  options?: RunStreamOptions,
): RunStream {
  return workspace.runStream(command, { strategy, ...options });
}

/** What a workspace holds, as `listDirectory` says it of a real directory. */
export async function listingOf(workspace: Workspace): Promise<Listing> {
  const listing: Listing = {};
  for (const info of await workspace.listDir('/', { recursive: true })) {
    if (info.origin === 'ignored') continue;
    const mode = info.mode.toString(8);
    if (info.isDirectory()) listing[info.path] = `${mode}/`;
    else if (info.isFile()) {
      listing[info.path] = `${mode} ${(await workspace.readFile(info.path)).toString('latin1')}`;
    } else listing[info.path] = `-> ${info.target}`;
  }
  return listing;
}

/** What commands and files have left in the audit log, oldest first. */
export async function auditOf(workspace: Workspace): Promise<AuditEntry[]> {
  const entries = await workspace.audit.logs();
  return entries.filter(({ operation }) => !/^(workspace\.|config)/.test(operation));
}

/** Resolves when the command has made the file, which says how far it is. */
export function reached(workspace: Workspace, file: string): Promise<void> {
  return until(() => existsSync(join(workspace.workDir, file)));
}

/** Which entries of the audit log are wanted, and of whom: the options that its commands share. */

import type { Command } from 'commander';
import type { AuditFilter, AuditLog, AuditOperation } from '../index.ts';
import type { Call } from './call.ts';
import { parseCount, parseSpan } from './human.ts';
import { UsageError } from './usage-error.ts';
import { collectList } from './verb.ts';
import { addWorkspace, type WorkspaceOption } from './workspace-option.ts';

/** The options as the parser gives them. */
export interface AuditFlags extends WorkspaceOption {
  readonly from?: string;
  readonly to?: string;
  readonly since?: string;
  readonly operation?: readonly AuditOperation[];
  readonly path?: string;
  readonly filter?: string;
  readonly agentId?: string;
  readonly sessionId?: string;
  readonly limit?: string;
}

/** Adds the options. */
export function addAuditFilter(command: Command): Command {
  return addWorkspace(command.argument('[workspace]', 'the same as -w; without one, all'))
    .option('--from <time>', 'from this time on, in ISO 8601')
    .option('--to <time>', 'up to this time')
    .option('--since <span>', 'of the last 24h, 7d, ...')
    .option('--operation <names>', 'only these, separated by commas: write, run, ...', collectList)
    .option('--path <pattern>', 'only this path, or paths like this')
    .option('--filter <pattern>', 'the same as --path')
    .option('--agent-id <id>', 'only what this agent did')
    .option('--session-id <id>', 'only what was done in this session')
    .option('-n, --limit <count>', 'at most so many');
}

/** The filter that the options stand for. @throws {UsageError} when they contradict each other. */
export function auditFilter(flags: AuditFlags): AuditFilter {
  const { from, to, since, operation, path, filter, agentId, sessionId, limit } = flags;
  if (from !== undefined && since !== undefined)
    throw new UsageError('--from contradicts --since.');
  if (path !== undefined && filter !== undefined && path !== filter) {
    throw new UsageError('--path contradicts --filter.');
  }
  return {
    from: since === undefined ? from : Date.now() - parseSpan(since, '--since', 'h'),
    ...{ to, operation, path: path ?? filter, agentId, sessionId },
    limit: limit === undefined ? undefined : parseCount(limit, '--limit'),
  };
}

/** The log of the workspace that is named, or of all. */
export async function auditLog(call: Call, command: Command): Promise<AuditLog> {
  const { workspace } = command.opts<WorkspaceOption>();
  const [name] = command.args;
  const isNamed =
    name !== undefined || workspace !== undefined || Boolean(call.env['AGENTFS_WORKSPACE']);
  return isNamed ? (await call.workspace(name, workspace)).audit : (await call.open()).audit;
}

/** Which entries of the audit log a command is about, and what lists show of them. */

import type { AuditEntry, AuditFilter, AuditLog, AuditOperation } from '../../index.ts';
import type { Call } from '../call.ts';
import { requireAtMostOne, UsageError } from '../exit-status.ts';
import { humanTime } from '../print/human.ts';
import type { Column } from '../print/list.ts';
import { oneLine } from '../visible.ts';
import { type ArgumentRow, LIST, type OptionRow, WORKSPACE } from './parameters.ts';
import { COUNT, span } from './quantities.ts';

/** The options as they are read. */
export interface AuditFlags {
  readonly workspace?: string;
  readonly from?: string;
  readonly to?: string;
  readonly since?: number;
  readonly operation?: readonly AuditOperation[];
  readonly path?: string;
  readonly agentId?: string;
  readonly sessionId?: string;
  readonly limit?: number;
}

/** The argument that names the workspace. */
export const AUDIT_ARGUMENTS: readonly ArgumentRow[] = [
  ['[workspace]', 'the same as -w; default all workspaces'],
];

/** The options that filter. */
export const AUDIT_OPTIONS: readonly OptionRow[] = [
  WORKSPACE,
  ['--from <time>', 'no entry before this time, in ISO 8601'],
  ['--to <time>', 'no entry after this time'],
  ['--since <span>', 'the last 24h, 7d, ...', span('h')],
  ['--operation <names>', 'only these operations: write, run, ...', LIST],
  ['--path <pattern>', 'only this path, or paths that match this glob'],
  ['--agent-id <id>', 'only what this agent did'],
  ['--session-id <id>', 'only what was done in this session'],
  ['-n, --limit <count>', 'at most this many', COUNT],
];

/** The columns of a list of entries. */
export const AUDIT_COLUMNS: readonly Column<AuditEntry>[] = [
  { name: 'id', value: ({ id }) => id, align: 'right' },
  {
    name: 'timestamp',
    value: ({ timestamp }) => timestamp.toISOString(),
    shown: ({ timestamp }) => humanTime(timestamp),
  },
  { name: 'workspaceName', value: ({ workspaceName }) => workspaceName },
  { name: 'operation', value: ({ operation }) => operation },
  { name: 'path', value: ({ path }) => path },
  { name: 'agentId', value: ({ agentId }) => agentId },
];

/** An entry as one line of text. */
export function auditLine(entry: AuditEntry): string {
  return AUDIT_COLUMNS.map(({ value }) => oneLine(String(value(entry) ?? ''))).join('\t');
}

/** The filter that the options stand for. @throws {UsageError} when they contradict each other. */
export function auditFilter(flags: AuditFlags): AuditFilter {
  const { from, to, since, operation, path, agentId, sessionId, limit } = flags;
  requireAtMostOne({ '--from': from, '--since': since });
  const earliest = since === undefined ? from : Date.now() - since;
  return { from: earliest, to, operation, path, agentId, sessionId, limit };
}

/**
 * The log of the workspace that is named, or of all.
 *
 * @throws {UsageError} when two are named: the first may be meant as a command.
 */
export async function auditLog(
  call: Call,
  [name]: readonly string[],
  { workspace }: AuditFlags,
): Promise<AuditLog> {
  if (name !== undefined && workspace !== undefined && name !== workspace) {
    throw new UsageError(
      `'${name}' is no command of agentfs audit, and -w names another workspace.`,
      'See agentfs audit --help.',
    );
  }
  const named = name ?? workspace ?? (call.env['AGENTFS_WORKSPACE'] || undefined);
  return named === undefined ? (await call.open()).audit : (await call.workspace(named)).audit;
}

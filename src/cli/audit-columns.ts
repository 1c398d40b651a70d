/** Entries of the audit log as rows of a list, and as lines. */

import type { AuditEntry } from '../index.ts';
import { humanTime } from './humane.ts';
import type { Column } from './table.ts';
import { oneLine } from './visible.ts';

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

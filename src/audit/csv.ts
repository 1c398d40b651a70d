/** Audit entries as CSV. */

import { csvLine } from '../primitives/csv.ts';
import type { AuditEntry } from './entry.ts';

const COLUMNS: readonly (readonly [name: string, value: (entry: AuditEntry) => string])[] = [
  ['id', (entry) => String(entry.id)],
  ['timestamp', (entry) => entry.timestamp.toISOString()],
  ['workspaceId', (entry) => entry.workspaceId],
  ['workspaceName', (entry) => entry.workspaceName],
  ['operation', (entry) => entry.operation],
  ['path', (entry) => entry.path],
  ['sizeBefore', (entry) => optional(entry.details?.sizeBefore)],
  ['sizeAfter', (entry) => optional(entry.details?.sizeAfter)],
  ['checksumBefore', (entry) => optional(entry.details?.checksumBefore)],
  ['checksumAfter', (entry) => optional(entry.details?.checksumAfter)],
  ['agentId', (entry) => entry.agentId],
  ['sessionId', (entry) => entry.sessionId],
  ['commandId', (entry) => entry.commandId],
  ['metadata', (entry) => (entry.metadata === undefined ? '' : JSON.stringify(entry.metadata))],
];

/** The header line, with its line end. */
export const CSV_HEADER: string = csvLine(COLUMNS.map(([name]) => name));

/** One entry as a line, with its line end. */
export function csvEntry(entry: AuditEntry): string {
  return csvLine(COLUMNS.map(([, value]) => value(entry)));
}

function optional(value: string | number | undefined): string {
  return value === undefined ? '' : String(value);
}

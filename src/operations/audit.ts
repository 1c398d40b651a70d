/** The audit log: what has happened, and whether the record of it is whole. */

import * as z from 'zod';
import type { AgentFS, AuditEntry, AuditLog } from '../index.ts';
import { countField, cursorField, limitField, nextCursorField, timeField } from './fields.ts';
import type { JsonForm } from './json-form.ts';
import { define, type Operation } from './operation.ts';
import { readCursor } from './page.ts';

const workspace = z.string().optional().describe('Name of a workspace; default all of them.');

const operation = z.enum([
  ...['create', 'read', 'write', 'delete', 'rename', 'chmod', 'snapshot', 'commit'],
  ...['restore', 'run', 'merge', 'sync', 'workspace.create', 'workspace.delete', 'config'],
] as const satisfies readonly AuditEntry['operation'][]);

const entry: z.ZodType<JsonForm<AuditEntry>> = z
  .strictObject({
    id: countField,
    timestamp: timeField,
    operation,
    path: z.string(),
    details: z
      .strictObject({
        sizeBefore: countField.optional(),
        sizeAfter: countField.optional(),
        checksumBefore: z.string().optional(),
        checksumAfter: z.string().optional(),
      })
      .optional(),
    workspaceId: z.string(),
    workspaceName: z.string(),
    agentId: z.string(),
    sessionId: z.string(),
    commandId: z.string(),
    metadata: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'AuditEntry' });

/** The operations on the audit log. */
export const AUDIT_OPERATIONS: readonly Operation[] = [
  define({
    name: 'audit.query',
    title: 'Show what has happened',
    summary: 'Lists what has happened in a workspace, or in all, and who did it.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      workspace,
      operation: z.array(operation).optional(),
      from: timeField.optional().describe('Earliest time.'),
      to: timeField.optional().describe('Latest time.'),
      path: z.string().optional().describe('A path, or a glob pattern.'),
      agentId: z.string().optional(),
      sessionId: z.string().optional(),
      order: z.enum(['asc', 'desc']).default('asc'),
      limit: limitField(100, 1000),
      cursor: cursorField,
    }),
    output: z.strictObject({ entries: z.array(entry), nextCursor: nextCursorField }),
    run: async ({ afs }, { workspace: name, limit, cursor, ...filter }) => {
      const log = await auditOf(afs, name);
      const offset = readCursor(cursor);
      // One more than asked for tells whether there is another page.
      const found = await log.logs({ ...filter, offset, limit: limit + 1 });
      const entries = found.slice(0, limit);
      return found.length > limit ? { entries, nextCursor: String(offset + limit) } : { entries };
    },
  }),
  define({
    name: 'audit.verify',
    title: 'Check the audit log',
    summary: 'Checks that no entry of the log was changed, removed or added.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({ workspace }),
    output: z.strictObject({
      ok: z.boolean(),
      rows: countField,
      head: z.string(),
      firstBadId: countField.optional(),
      problem: z.string().optional(),
    }),
    run: async ({ afs }, { workspace: name }) => (await auditOf(afs, name)).verify(),
  }),
];

async function auditOf(afs: AgentFS, name: string | undefined): Promise<AuditLog> {
  return name === undefined ? afs.audit : (await afs.workspace.get(name)).audit;
}

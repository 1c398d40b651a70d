/** Turns what happened into rows of the audit log. */

import type { Entry } from '../../primitives/entry.ts';
import type { TreePath } from '../../primitives/path.ts';
import type { Draft } from '../../snapshot/working-tree.ts';
import type { AuditRecord } from '../../store/audit-hash.ts';
import type { WorkspaceRow } from '../../store/workspaces.ts';
import { actingAgent } from './acting-agent.ts';
import type { Engine } from './engine.ts';

/** What a change was about, for the audit log and for listeners. */
export interface FileEffect {
  readonly operation: 'create' | 'write' | 'delete' | 'rename' | 'chmod';
  readonly path: TreePath;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A change of files, checked, with its contents hashed, ready for the transaction. */
export type Edit = (draft: Draft) => readonly FileEffect[];

/** What an audit row is about. */
export interface Recordable {
  readonly operation: string;
  readonly path: string;
  readonly before?: Entry | undefined;
  readonly after?: Entry | undefined;
  /** Never file content, never values of environment variables. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** The audit row for a change at `time` (ms since 1970). */
export function auditRecord(
  engine: Engine,
  time: number,
  change: Recordable,
  commandId = '',
): AuditRecord {
  const { operation, path, before, after, metadata } = change;
  return {
    time,
    operation,
    path,
    beforeId: before?.id ?? '',
    afterId: after?.id ?? '',
    beforeSize: sizeOf(before),
    afterSize: sizeOf(after),
    agentId: actingAgent() ?? engine.agentId,
    sessionId: engine.sessionId,
    commandId,
    metadata: metadata === undefined ? '' : JSON.stringify(metadata),
  };
}

/** Whether changes are recorded. */
export function isAuditing({ config }: Engine): boolean {
  return config.get('core.audit_enabled');
}

/** Adds a row to the audit log of a workspace, unless auditing is off; belongs in a transaction. */
export function appendAudit(engine: Engine, row: WorkspaceRow, change: Recordable): void {
  if (!isAuditing(engine)) return;
  const { store, clock } = engine;
  store.audit.append(row, auditRecord(engine, clock.now(), change));
  store.workspaces.advance(row);
}

/** Bytes; -1 for nothing and for a directory, whose id is that of a tree. */
function sizeOf(entry: Entry | undefined): number {
  return entry === undefined || entry.kind === 'directory' ? -1 : entry.size;
}

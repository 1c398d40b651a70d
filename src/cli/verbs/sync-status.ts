/** `agentfs sync status`: shows how far a workspace and its remote are, without asking the remote. */

import type { SyncMetrics, SyncStatus } from '../../index.ts';
import { labelled } from '../print/answer.ts';
import { count, humanAge, humanSize } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  workspace: true,
  examples: [['agentfs sync status agent-1', 'what is left to push, and any errors']],
  async run({ workspace: { name, sync } }) {
    const status = await sync.status();
    const metrics = status.state === 'disabled' ? null : await sync.metrics();
    const json = { workspace: name, ...status, metrics };
    return { json, lines: describe(name, status, metrics) };
  },
});

function describe(name: string, status: SyncStatus, metrics: SyncMetrics | null): string[] {
  const { mode, state, lastSync, pendingChanges, pendingConflicts, lastError } = status;
  return labelled([
    ['Workspace', name],
    ['Remote', status.remoteUrl ?? 'none'],
    ['Mode', mode],
    ['Last sync', lastSync === null ? 'never' : humanAge(lastSync)],
    ['Pending changes', String(pendingChanges)],
    ['Pending conflicts', String(pendingConflicts)],
    ['Sync status', `${state}${lastError === null ? '' : ` (${lastError})`}`],
    ...(metrics === null ? [] : [['Transferred', transferOf(metrics)] as const]),
  ]);
}

function transferOf(metrics: SyncMetrics): string {
  const { operations, failures, objects, bytes, meanLatencyMs, conflictsResolved } = metrics;
  const syncs = `${count(operations, 'sync')} (${failures} failed, ${Math.round(meanLatencyMs)} ms on average)`;
  const conflicts = `${count(conflictsResolved, 'conflict')} resolved`;
  return `${count(objects, 'object')}, ${humanSize(bytes)} in ${syncs}; ${conflicts}`;
}

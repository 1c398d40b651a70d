/** `agentfs gc`: deletes what nothing refers to. */

import type { GarbageReport } from '../../index.ts';
import { confirm } from '../confirm.ts';
import { YES } from '../options/parameters.ts';
import { count, humanSize } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface GcFlags {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly caches?: true;
}

export const verb: Verb = defineVerb<GcFlags>({
  options: [
    ['--dry-run', 'only show what would be freed'],
    ['--caches', 'also what package managers have fetched in commands'],
    YES,
  ],
  examples: [
    ['agentfs gc --dry-run', 'see what there is to free'],
    ['agentfs gc --yes', 'free it; others can keep working meanwhile'],
  ],
  async run({ call, flags: { dryRun = false, yes = false, caches } }) {
    const question = 'Delete unreferenced data, and history beyond its retention time?';
    await confirm(call, question, dryRun || yes);
    const report = await (await call.open()).gc({ dryRun, caches });
    return { json: report, says: describe(report) };
  },
});

function describe(report: GarbageReport): string[] {
  const { objects, bytes, rows, checkouts, workDirectories, exploredWorkspaces, dryRun } = report;
  const { stocks, stockBytes, cacheBytes } = report;
  const { operations, audit } = rows;
  const parts: readonly (readonly [number, string])[] = [
    [1, `${count(objects, 'object')}, ${humanSize(bytes)}`],
    [operations + audit, `${count(operations, 'operation')} and ${count(audit, 'audit row')}`],
    [
      checkouts.checkouts,
      `${count(checkouts.checkouts, 'checkout')}, ${humanSize(checkouts.bytes)}`,
    ],
    [
      workDirectories,
      `${count(workDirectories, 'directory', 'directories')} of deleted workspaces`,
    ],
    [stocks, `ignored content of ${count(stocks, 'earlier state')}, ${humanSize(stockBytes)}`],
    [cacheBytes, `the caches of package managers, ${humanSize(cacheBytes)}`],
    [exploredWorkspaces, `${count(exploredWorkspaces, 'workspace')} of explorations that died`],
  ];
  const done = dryRun ? 'Would free' : 'Freed';
  return parts.flatMap(([number, what]) => (number > 0 ? [`${done} ${what}.`] : []));
}

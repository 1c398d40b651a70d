/** `agentfs snapshot list`: lists the snapshots of a workspace, oldest first. */

import type { Snapshot } from '../../index.ts';
import { requireAtMostOne } from '../exit-status.ts';
import { FORMAT } from '../options/parameters.ts';
import { type Branch, drawBranches } from '../print/draw-tree.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { humanAge, humanSize } from '../print/human.ts';
import type { Column } from '../print/list.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ListFlags extends FormatOption {
  readonly tag?: string;
  readonly tree?: true;
}

const COLUMNS: readonly Column<Snapshot>[] = [
  { name: 'name', value: ({ name }) => name },
  {
    name: 'createdAt',
    value: ({ createdAt }) => createdAt.toISOString(),
    shown: ({ createdAt }) => humanAge(createdAt),
  },
  { name: 'fileCount', value: ({ fileCount }) => fileCount, align: 'right' },
  { name: 'size', value: ({ size }) => size, shown: ({ size }) => humanSize(size), align: 'right' },
  { name: 'tags', value: ({ tags }) => tags.join(',') },
  { name: 'description', value: ({ description }) => description },
];

export const verb: Verb = defineVerb<ListFlags>({
  workspace: true,
  options: [
    FORMAT,
    ['--tag <tag>', 'only those with this tag'],
    ['--tree', 'draw which one follows which'],
  ],
  examples: [
    ['agentfs snapshot list agent-1', 'the points to go back to'],
    ['agentfs snapshot list agent-1 --tree', 'in the order in which they were taken'],
  ],
  check({ tree, format }, { globals }) {
    requireAtMostOne({ '--tree': tree, '--format': format });
    requireAtMostOne({ '--tree': tree, '--json': globals.json || undefined });
  },
  async run({ call, workspace, flags }) {
    const { tag, tree } = flags;
    const rows = await workspace.snapshot.list(tag === undefined ? {} : { tag });
    if (tree !== true) return answerList(call, flags, { columns: COLUMNS, rows });
    await call.output.print(workspace.name, ...drawBranches(chainsOf(rows)));
  },
});

/** Each hangs on the one before it; where that is gone, or not asked for, a new chain begins. */
function chainsOf(rows: readonly Snapshot[]): Branch[] {
  const names = new Set(rows.map(({ name }) => name));
  const isRoot = ({ parent }: Snapshot): boolean => parent === null || !names.has(parent);
  const below = (snapshots: readonly Snapshot[]): Branch[] =>
    snapshots.map(({ name, description, createdAt }) => ({
      text: oneLine([name, humanAge(createdAt), description].filter(Boolean).join('  ')),
      branches: below(rows.filter(({ parent }) => parent === name)),
    }));
  return below(rows.filter(isRoot));
}

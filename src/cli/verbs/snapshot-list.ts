/** `agentfs snapshot list`: the snapshots of a workspace, oldest first. */

import type { Snapshot } from '../../index.ts';
import { type Branch, drawBranches } from '../draw-tree.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { humanAge } from '../humane.ts';
import { humanSize } from '../size.ts';
import { type Column, printList } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface ListFlags extends WorkspaceOption, FormatOption {
  readonly tag?: string;
  readonly tree?: boolean;
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

/** Lists snapshots. */
export const verb: Verb = {
  define(command) {
    addFormat(addWorkspace(command.argument('[workspace]', 'the same as -w')))
      .option('--tag <tag>', 'only those with this tag')
      .option('--tree', 'draw which one follows which');
    addExamples(
      command,
      ['agentfs snapshot list agent-1', 'the points to go back to'],
      ['agentfs snapshot list agent-1 --tree', 'in the order in which they were taken'],
    );
  },
  async run(call, command) {
    const flags = command.opts<ListFlags>();
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const rows = await workspace.snapshot.list(flags.tag === undefined ? {} : { tag: flags.tag });
    if (flags.tree !== true) {
      const format = await chooseFormat(call, flags);
      return printList(call.output, format, { columns: COLUMNS, rows, toJson: (row) => row });
    }
    if (call.globals.json || flags.format !== undefined) {
      throw new UsageError('--tree contradicts --format and --json.', 'Leave one of them out.');
    }
    await call.output.print(workspace.name, ...drawBranches(chainsOf(rows)));
  },
};

/** Each hangs on the one before it; where that is gone, or not asked for, it begins anew. */
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

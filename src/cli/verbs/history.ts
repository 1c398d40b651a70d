/** `agentfs history`: the operations of a workspace, newest first. */

import type { Operation } from '../../index.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { humanAge, parseCount } from '../human.ts';
import { type Column, printList } from '../table.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

interface HistoryFlags extends WorkspaceOption, FormatOption {
  readonly limit?: string;
}

const COLUMNS: readonly Column<Operation>[] = [
  { name: 'id', value: ({ id }) => id, align: 'right' },
  { name: 'kind', value: ({ kind }) => kind },
  {
    name: 'createdAt',
    value: ({ createdAt }) => createdAt.toISOString(),
    shown: ({ createdAt }) => humanAge(createdAt),
  },
  {
    name: 'undone',
    value: ({ undone }) => undone,
    shown: ({ undone }) => (undone ? 'undone' : ''),
  },
  { name: 'summary', value: ({ summary }) => summary },
];

/** Lists operations. */
export const verb: Verb = {
  define(command) {
    addFormat(addWorkspace(command.argument('[workspace]', 'the same as -w'))).option(
      '-n, --limit <count>',
      'at most so many; default 100',
    );
    addExamples(
      command,
      ['agentfs history -w agent-1', 'what undo goes through, step by step'],
      ['agentfs history -w agent-1 -n 1 --json', 'the newest one, for a program'],
    );
  },
  async run(call, command) {
    const flags = command.opts<HistoryFlags>();
    const limit = flags.limit === undefined ? undefined : parseCount(flags.limit, '--limit');
    const workspace = await call.workspace(command.args[0], flags.workspace);
    const format = await chooseFormat(call, flags);
    const rows = await workspace.history(limit === undefined ? {} : { limit });
    await printList(call.output, format, { columns: COLUMNS, rows, toJson: (row) => row });
  },
};

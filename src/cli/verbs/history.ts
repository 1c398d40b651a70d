/** `agentfs history`: lists the operations of a workspace, newest first. */

import type { Operation } from '../../index.ts';
import { FORMAT } from '../options/parameters.ts';
import { COUNT } from '../options/quantities.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { humanAge } from '../print/human.ts';
import type { Column } from '../print/list.ts';
import { shownSummary } from '../print/print.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface HistoryFlags extends FormatOption {
  readonly limit?: number;
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
  { name: 'summary', value: ({ summary }) => summary, shown: shownSummary },
];

export const verb: Verb = defineVerb<HistoryFlags>({
  workspace: true,
  options: [FORMAT, ['-n, --limit <count>', 'at most this many; default 100', COUNT]],
  examples: [
    ['agentfs history -w agent-1', 'what can be undone, one operation per line'],
    ['agentfs history -w agent-1 -n 1 --json', 'the newest one, for a program'],
  ],
  async run({ call, workspace, flags }) {
    const { limit } = flags;
    const rows = await workspace.history(limit === undefined ? {} : { limit });
    return answerList(call, flags, { columns: COLUMNS, rows });
  },
});

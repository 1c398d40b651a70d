/** `agentfs workspace list`: lists the workspaces of the project, oldest first. */

import type { Workspace } from '../../index.ts';
import { FORMAT } from '../options/parameters.ts';
import { span } from '../options/quantities.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { humanAge } from '../print/human.ts';
import { workspaceJson } from '../print/json-shapes.ts';
import type { Column } from '../print/list.ts';
import { defineVerb, type Verb } from './define-verb.ts';

interface ListFlags extends FormatOption {
  readonly filter?: string;
  readonly tag?: string;
  readonly olderThan?: number;
  readonly showArchived?: true;
}

const COLUMNS: readonly Column<Workspace>[] = [
  { name: 'name', value: ({ name }) => name },
  { name: 'state', value: stateOf },
  {
    name: 'updatedAt',
    value: ({ updatedAt }) => updatedAt.toISOString(),
    shown: ({ updatedAt }) => humanAge(updatedAt),
  },
  { name: 'parent', value: ({ parent }) => parent },
  { name: 'tags', value: ({ tags }) => tags.join(',') },
  { name: 'description', value: ({ description }) => description },
];

export const verb: Verb = defineVerb<ListFlags>({
  options: [
    FORMAT,
    ['--filter <glob>', 'only names that match'],
    ['--tag <tag>', 'only those with this tag'],
    ['--older-than <span>', 'only those unchanged for 30 (days), 12h, 2w', span('days')],
    ['--show-archived', 'also archived ones'],
  ],
  examples: [
    ['agentfs workspace list', 'all of them'],
    ["agentfs workspace list --filter 'agent-*' --older-than 7d", 'those unused for a week'],
    ['agentfs workspace list --format csv > workspaces.csv', 'for a spreadsheet'],
  ],
  async run({ call, flags }) {
    const { filter, tag, olderThan, showArchived } = flags;
    const afs = await call.open();
    const found = await afs.workspace.list({ name: filter, tag, includeArchived: showArchived });
    const latest = olderThan === undefined ? Number.POSITIVE_INFINITY : Date.now() - olderThan;
    const rows = found.filter(({ updatedAt }) => updatedAt.getTime() <= latest);
    return answerList(call, flags, { columns: COLUMNS, rows, toJson: workspaceJson });
  },
});

function stateOf({ state, readOnly }: Workspace): string {
  return readOnly && state === 'active' ? 'read-only' : state;
}

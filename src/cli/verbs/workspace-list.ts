/** `agentfs workspace list`: the workspaces of the project. */

import type { Workspace } from '../../index.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { humanAge, parseSpan } from '../human.ts';
import { type Column, printList } from '../table.ts';
import { addExamples, type Verb } from '../verb.ts';
import { workspaceJson } from '../workspace-json.ts';

interface ListFlags extends FormatOption {
  readonly filter?: string;
  readonly tag?: string;
  readonly olderThan?: string;
  readonly showArchived?: boolean;
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

/** Lists workspaces, oldest first. */
export const verb: Verb = {
  define(command) {
    addFormat(command)
      .option('--filter <glob>', 'only names like this')
      .option('--tag <tag>', 'only those with this tag')
      .option('--older-than <span>', 'only those not changed for so long: 30 (days), 12h, 2w')
      .option('--show-archived', 'also archived ones');
    addExamples(
      command,
      ['agentfs workspace list', 'all of them'],
      ["agentfs workspace list --filter 'agent-*' --older-than 7d", 'what nobody has used lately'],
      ['agentfs workspace list --format csv > workspaces.csv', 'for a spreadsheet'],
    );
  },
  async run(call, command) {
    const { filter, tag, olderThan, showArchived, ...rest } = command.opts<ListFlags>();
    const olderThanMs =
      olderThan === undefined ? undefined : parseSpan(olderThan, '--older-than', 'd');
    const format = await chooseFormat(call, rest);
    const afs = await call.open();
    const found = await afs.workspace.list({ name: filter, tag, includeArchived: showArchived });
    const latest = Date.now() - (olderThanMs ?? Number.NEGATIVE_INFINITY);
    const rows =
      olderThanMs === undefined ? found : found.filter((each) => +each.updatedAt <= latest);
    await printList(call.output, format, { columns: COLUMNS, rows, toJson: workspaceJson });
  },
};

function stateOf({ state, readOnly }: Workspace): string {
  return readOnly && state === 'active' ? 'read-only' : state;
}

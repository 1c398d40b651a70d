/** `agentfs sync conflicts`: what waits for a decision. */

import type { SyncConflict } from '../../index.ts';
import { addFormat, chooseFormat, type FormatOption } from '../format.ts';
import { humanSize } from '../size.ts';
import { type Column, printList } from '../table.ts';
import { addExamples, type Verb } from '../verb.ts';
import { addWorkspace, type WorkspaceOption } from '../workspace-option.ts';

const COLUMNS: readonly Column<SyncConflict>[] = [
  { name: 'path', value: ({ path }) => path },
  { name: 'type', value: ({ type }) => type },
  sideColumn('local'),
  sideColumn('remote'),
];

/** Lists the conflicts. */
export const verb: Verb = {
  define(command) {
    addFormat(addWorkspace(command.argument('[workspace]', 'the same as -w')));
    addExamples(
      command,
      ['agentfs sync conflicts agent-1', 'the paths that both sides have changed'],
      ['agentfs sync resolve agent-1 --strategy local', 'decide all of them'],
    );
  },
  async run(call, command) {
    const { workspace: name, ...rest } = command.opts<WorkspaceOption & FormatOption>();
    const format = await chooseFormat(call, rest);
    const workspace = await call.workspace(command.args[0], name);
    const rows = await workspace.sync.conflicts();
    await printList(call.output, format, { columns: COLUMNS, rows, toJson });
  },
};

function sideColumn(side: 'local' | 'remote'): Column<SyncConflict> {
  return {
    name: side,
    value: (conflict) => conflict[side]?.hash ?? null,
    shown: (conflict) => {
      const found = conflict[side];
      return found === undefined ? 'deleted' : `${found.kind}, ${humanSize(found.size)}`;
    },
  };
}

function toJson({ path, type, base, local, remote }: SyncConflict): Record<string, unknown> {
  return { path, type, base: base ?? null, local: local ?? null, remote: remote ?? null };
}

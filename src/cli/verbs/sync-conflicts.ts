/** `agentfs sync conflicts`: lists the conflicts that wait for a decision. */

import type { SyncConflict } from '../../index.ts';
import { FORMAT } from '../options/parameters.ts';
import { answerList, type FormatOption } from '../print/format.ts';
import { humanSize } from '../print/human.ts';
import type { Column } from '../print/list.ts';
import { defineVerb, type Verb } from './define-verb.ts';

const COLUMNS: readonly Column<SyncConflict>[] = [
  { name: 'path', value: ({ path }) => path },
  { name: 'type', value: ({ type }) => type },
  sideColumn('ours', ({ local }) => local),
  sideColumn('theirs', ({ remote }) => remote),
];

export const verb: Verb = defineVerb<FormatOption>({
  workspace: true,
  options: [FORMAT],
  examples: [
    ['agentfs sync conflicts agent-1', 'paths that both sides changed'],
    ['agentfs sync resolve agent-1 --on-conflict ours', 'keep the workspace for all of them'],
  ],
  async run({ call, workspace, flags }) {
    const rows = await workspace.sync.conflicts();
    return answerList(call, flags, { columns: COLUMNS, rows, toJson });
  },
});

function sideColumn(
  name: string,
  side: (conflict: SyncConflict) => SyncConflict['local'],
): Column<SyncConflict> {
  return {
    name,
    value: (conflict) => side(conflict)?.hash ?? null,
    shown: (conflict) => {
      const found = side(conflict);
      return found === undefined ? 'deleted' : `${found.kind}, ${humanSize(found.size)}`;
    },
  };
}

/** `local` and `remote` are what the sides were called at first. */
function toJson({ path, type, base, local, remote }: SyncConflict): Record<string, unknown> {
  const sides = { ours: local ?? null, theirs: remote ?? null };
  return { path, type, base: base ?? null, ...sides, local: sides.ours, remote: sides.theirs };
}

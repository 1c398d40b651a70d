/** `agentfs snapshot show`: shows a snapshot. */

import { namedSnapshot, SNAPSHOT } from '../options/snapshot-arguments.ts';
import { labelled } from '../print/answer.ts';
import { count, humanAge, humanSize } from '../print/human.ts';
import { oneLine } from '../visible.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  ...SNAPSHOT,
  examples: [
    ['agentfs snapshot show agent-1 green', 'when it was taken, and of what'],
    ['agentfs snapshot show agent-1/green --json', 'the same for a program'],
  ],
  async run({ call, args, flags }) {
    const { workspace, name } = await namedSnapshot(call, args, flags);
    const snapshot = await workspace.snapshot.get(name);
    const { description, tags, fileCount, size, parent, createdAt, tree } = snapshot;
    const lines = labelled([
      ['Snapshot', call.output.style.bold(`${workspace.name}/${name}`)],
      ['Description', oneLine(description)],
      ['Tags', oneLine(tags.join(', '))],
      ['Created', `${createdAt.toISOString()} (${humanAge(createdAt)})`],
      ['Contents', `${count(fileCount, 'file')}, ${humanSize(size)}`],
      ['Previous', parent],
      ['Tree', tree],
    ]);
    return { json: snapshot, lines };
  },
});

/** `agentfs snapshot show`: what a snapshot is. */

import { count, humanAge } from '../humane.ts';
import { humanSize } from '../size.ts';
import { snapshotArguments } from '../snapshot-arguments.ts';
import { addExamples, type Verb } from '../verb.ts';
import { oneLine } from '../visible.ts';

/** Shows a snapshot. */
export const verb: Verb = {
  define(command) {
    snapshotArguments.define(command);
    addExamples(
      command,
      ['agentfs snapshot show agent-1 green', 'when it was taken, and of what'],
      ['agentfs snapshot show agent-1/green --json', 'the same for a program'],
    );
  },
  async run(call, command) {
    const { workspace, name } = await snapshotArguments.read(call, command);
    const snapshot = await workspace.snapshot.get(name);
    if (call.globals.json) return call.output.json(snapshot);
    const { description, tags, fileCount, size, parent, createdAt, tree } = snapshot;
    const rows: readonly (readonly [string, string | null])[] = [
      ['Snapshot', call.output.style.bold(`${workspace.name}/${name}`)],
      ['Description', oneLine(description)],
      ['Tags', oneLine(tags.join(', '))],
      ['Created', `${createdAt.toISOString()} (${humanAge(createdAt)})`],
      ['Holds', `${count(fileCount, 'file')}, ${humanSize(size)}`],
      ['After', parent],
      ['Tree', tree],
    ];
    const lines = rows.flatMap(([label, value]) => (value ? [`${label}:`.padEnd(13) + value] : []));
    await call.output.print(...lines);
  },
};

/** `agentfs storage usage`: how much room the store takes up. */

import { count } from '../human.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Measures the store. */
export const verb: Verb = {
  define(command) {
    addExamples(
      command,
      ['agentfs storage usage', 'and what gc would free'],
      ['agentfs storage usage --json', 'in bytes'],
    );
  },
  async run(call) {
    const { output, globals } = call;
    const usage = await (await call.open()).storage.usage();
    if (globals.json) return output.json(usage);
    const { databaseBytes, walBytes, freeBytes, objects, reclaimable, workspaces, snapshots } =
      usage;
    await output.print(
      `Database:     ${humanSize(databaseBytes)}, of which ${humanSize(freeBytes)} free`,
      `Log:          ${humanSize(walBytes)}`,
      ...objects.map(
        ({ kind, count: number, size, stored }) =>
          `${`${kind}:`.padEnd(13)} ${count(number, 'object')}, ${humanSize(size)}, stored in ${humanSize(stored)}`,
      ),
      `Reclaimable:  ${count(reclaimable.objects, 'object')}, ${humanSize(reclaimable.bytes)}`,
      `Workspaces:   ${workspaces}`,
      `Snapshots:    ${snapshots}`,
    );
  },
};

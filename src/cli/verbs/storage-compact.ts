/** `agentfs storage compact`: makes the store as small as it can be. */

import { count } from '../human.ts';
import { humanSize } from '../size.ts';
import { addExamples, type Verb } from '../verb.ts';

/** Collects garbage, compresses and rewrites the file. */
export const verb: Verb = {
  define(command) {
    addExamples(command, ['agentfs storage compact', 'needs room for a second copy for a while']);
  },
  async run(call) {
    const { output, globals } = call;
    const compacted = await (await call.open()).storage.compact();
    if (globals.json) return output.json(compacted);
    const { bytesBefore, bytesAfter, compressedObjects, collected } = compacted;
    output.say(`${humanSize(bytesBefore)} before, ${humanSize(bytesAfter)} now.`);
    output.say(
      `Removed ${count(collected.objects, 'object')}, compressed ${count(compressedObjects, 'file')}.`,
    );
  },
};

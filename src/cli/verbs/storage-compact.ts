/** `agentfs storage compact`: collects garbage, compresses and rewrites the store. */

import { count, humanSize } from '../print/human.ts';
import { defineVerb, type Verb } from './define-verb.ts';

export const verb: Verb = defineVerb({
  examples: [['agentfs storage compact', 'needs space for a second copy while it runs']],
  async run({ call }) {
    const compacted = await (await call.open()).storage.compact();
    const { bytesBefore, bytesAfter, compressedObjects, collected } = compacted;
    const removed = count(collected.objects, 'object');
    return {
      json: compacted,
      says: [
        `Compacted the store from ${humanSize(bytesBefore)} to ${humanSize(bytesAfter)}.`,
        `Removed ${removed}, compressed ${count(compressedObjects, 'file')}.`,
      ],
    };
  },
});

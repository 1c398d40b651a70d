/** `agentfs storage compact`: makes the store as small as it can be. */

import { count, humanSize } from '../print/human.ts';
import type { Verb } from '../verb.ts';
import { defineVerb } from './define-verb.ts';

/** Collects garbage, compresses and rewrites the file. */
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

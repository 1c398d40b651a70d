/** What this process still refers to. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Frees whatever nothing refers to. */
export const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of what is still referred to. */
export function memoryInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

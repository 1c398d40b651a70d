/** Uses a file descriptor and closes it. */

import { closeSync } from 'node:fs';

/** Calls `action` with an open descriptor, which is closed afterwards, also on errors. */
export function withDescriptor<T>(descriptor: number, action: (descriptor: number) => T): T {
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

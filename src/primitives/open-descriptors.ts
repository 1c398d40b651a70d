/**
 * The descriptors of this process that a program started by it would get without being meant to.
 *
 * Node opens everything close-on-exec, but not so whoever started Node: it marks what it inherits
 * only up to the first gap above 15. libuv leaves all others alone, `'ignore'` included.
 */

import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** `O_CLOEXEC` of every architecture that Node runs on. */
const CLOSE_ON_EXEC = 0o2000000;

/** What a file of `/proc/self/fdinfo` begins with fits in here. */
const HEAD_BYTES = 128;

/**
 * The numbers of open descriptors that are not close-on-exec, ascending. Costs some 10 us for each
 * open descriptor.
 *
 * @param first - lower numbers are left out.
 * @returns none where there is no `/proc`: on macOS libuv lets nothing through by itself.
 */
export function inheritedDescriptors(first: number): number[] {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  return openNumbers()
    .filter((number) => number >= first && isInherited(number, head))
    .sort((left, right) => left - right);
}

/** One more than the highest number that a descriptor may get; infinite where that is not known. */
export function descriptorLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function openNumbers(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    // Not Linux, or no /proc.
    return [];
  }
}

function isInherited(number: number, head: Buffer): boolean {
  let file: number;
  try {
    file = openSync(`/proc/self/fdinfo/${number}`, 'r');
  } catch {
    // The one that listed the directory is closed by now.
    return false;
  }
  try {
    const text = head.toString('latin1', 0, readSync(file, head));
    const flags = /^flags:\s*([0-7]+)$/m.exec(text)?.[1];
    return flags === undefined || (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } finally {
    closeSync(file);
  }
}

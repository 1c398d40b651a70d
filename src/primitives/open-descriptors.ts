/**
 * The open descriptors of this process, and which of them a program started by it would get without
 * being meant to.
 *
 * Node opens everything close-on-exec, but the program that started Node may not: it marks what it inherits
 * only up to the first gap above 15. libuv leaves all others alone, `'ignore'` included.
 */

import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** What the system says of an open descriptor. */
export interface OpenDescriptor {
  /** Flags of `open`, in the numbers of Linux, with `O_CLOEXEC`. */
  readonly flags: number;
  /** Where the next byte is read or written. */
  readonly position: number;
}

/** `O_CLOEXEC` on every processor that Node runs on. */
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
  return openNumbers()
    .filter((number) => number >= first)
    .filter((number) => {
      const found = readDescriptor(number);
      return found !== undefined && (found.flags & CLOSE_ON_EXEC) === 0;
    })
    .sort((left, right) => left - right);
}

/** What is known of a descriptor; undefined when it is not open, or there is no `/proc`. */
export function readDescriptor(number: number): OpenDescriptor | undefined {
  let file: number;
  try {
    file = openSync(`/proc/self/fdinfo/${number}`, 'r');
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    const text = head.toString('latin1', 0, readSync(file, head));
    const position = Number(/^pos:\s*(\d+)$/m.exec(text)?.[1] ?? 0);
    const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? '0', 8);
    return { flags, position };
  } finally {
    closeSync(file);
  }
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

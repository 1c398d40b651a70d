/** How a file is opened: the words and numbers of node:fs, and what they mean. */

import { constants } from 'node:fs';
import { wrongType, wrongValue } from '../../primitives/errors.ts';

/** What a file is opened for. */
export interface OpenFlags {
  readonly read: boolean;
  readonly write: boolean;
  /** Every write goes to the end. */
  readonly append: boolean;
  /** Makes the file when it is missing. */
  readonly create: boolean;
  /** Fails when something is there. */
  readonly exclusive: boolean;
  /** Empties the file first. */
  readonly truncate: boolean;
  /** Each change waits until it would survive a power cut. */
  readonly durable: boolean;
  /** Fails when it is no directory. */
  readonly directory: boolean;
  /** Fails when it is a symbolic link. */
  readonly noFollow: boolean;
}

const {
  O_RDONLY,
  O_WRONLY,
  O_RDWR,
  O_CREAT,
  O_EXCL,
  O_TRUNC,
  O_APPEND,
  O_SYNC,
  O_DSYNC,
  O_DIRECTORY,
  O_NOFOLLOW,
} = constants;

const WRITE = O_WRONLY | O_CREAT | O_TRUNC;
const WRITE_READ = O_RDWR | O_CREAT | O_TRUNC;
const APPEND = O_WRONLY | O_CREAT | O_APPEND;
const APPEND_READ = O_RDWR | O_CREAT | O_APPEND;

const WORDS: ReadonlyMap<string, number> = new Map([
  ...words(['r'], O_RDONLY),
  ...words(['rs', 'sr'], O_RDONLY | O_SYNC),
  ...words(['r+'], O_RDWR),
  ...words(['rs+', 'sr+'], O_RDWR | O_SYNC),
  ...words(['w'], WRITE),
  ...words(['wx', 'xw'], WRITE | O_EXCL),
  ...words(['w+'], WRITE_READ),
  ...words(['wx+', 'xw+'], WRITE_READ | O_EXCL),
  ...words(['a'], APPEND),
  ...words(['ax', 'xa'], APPEND | O_EXCL),
  ...words(['as', 'sa'], APPEND | O_SYNC),
  ...words(['a+'], APPEND_READ),
  ...words(['ax+', 'xa+'], APPEND_READ | O_EXCL),
  ...words(['as+', 'sa+'], APPEND_READ | O_SYNC),
]);

/**
 * What flags mean, such as `r+` or `O_RDWR | O_CREAT`.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT when node:fs has no such flags.
 */
export function parseFlags(flags: unknown, fallback = 'r'): OpenFlags {
  const given = flags ?? fallback;
  if (typeof given !== 'string' && typeof given !== 'number') {
    throw wrongType('flags', 'a string or number', given);
  }
  const bits = typeof given === 'number' ? given : WORDS.get(given);
  const access = (bits ?? -1) & (O_RDONLY | O_WRONLY | O_RDWR);
  if (bits === undefined || !Number.isInteger(bits) || bits < 0 || !isAccess(access)) {
    throw wrongValue('flags', "flags of node:fs, such as 'r+' or O_RDWR", given);
  }
  const has = (bit: number | undefined): boolean => bit !== undefined && (bits & bit) !== 0;
  return {
    read: access !== O_WRONLY,
    write: access !== O_RDONLY,
    append: has(O_APPEND),
    create: has(O_CREAT),
    exclusive: has(O_CREAT) && has(O_EXCL),
    truncate: has(O_TRUNC),
    durable: has(O_SYNC) || has(O_DSYNC),
    directory: has(O_DIRECTORY),
    noFollow: has(O_NOFOLLOW),
  };
}

function isAccess(access: number): boolean {
  return access === O_RDONLY || access === O_WRONLY || access === O_RDWR;
}

function words(names: readonly string[], bits: number): (readonly [string, number])[] {
  return names.map((name) => [name, bits]);
}

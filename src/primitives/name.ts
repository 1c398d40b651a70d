/** The names of workspaces and snapshots. */

import { InvalidNameError, wrongType } from './errors.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Checks a name: 1 to 128 letters, digits, dots, underscores and hyphens, the first a letter or
 * digit. There is no slash, as `workspace/snapshot` is a reference to a snapshot.
 *
 * @param what - what is being named, for the message.
 * @throws {TypeError} INVALID_ARGUMENT when it is not a string; {InvalidNameError} INVALID_NAME.
 */
export function parseName(what: 'workspace' | 'snapshot', name: unknown): string {
  if (typeof name !== 'string') throw wrongType(`${what} name`, 'a string', name);
  if (NAME.test(name)) return name;
  throw new InvalidNameError(
    `${JSON.stringify(name.slice(0, 140))} cannot be the name of a ${what}.`,
    {
      hint: 'Use 1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit.',
      details: { name: name.slice(0, 140) },
    },
  );
}

/** Who made a commit. */

import { userInfo } from 'node:os';
import { wrongType, wrongValue } from '../../primitives/errors.ts';

/** A name and, if known, a mail address. */
export interface Author {
  readonly name: string;
  /** `''` when it is not known. */
  readonly email: string;
}

/**
 * Reads `Name <mail>`, a name alone, or an object.
 *
 * @throws {TypeError} {RangeError} INVALID_ARGUMENT when there is no name in it.
 */
export function parseAuthor(author: unknown): Author {
  if (typeof author === 'string') return parseText(author);
  if (typeof author !== 'object' || author === null || !('name' in author)) {
    throw wrongType('author', "'Name <mail>' or an object with name and email", author);
  }
  const email = 'email' in author ? (author.email ?? '') : '';
  if (typeof author.name !== 'string') throw wrongType('author.name', 'a string', author.name);
  if (typeof email !== 'string') throw wrongType('author.email', 'a string', email);
  return checked(author.name, email);
}

/** The user of the operating system, as an author. */
export function systemAuthor(): Author {
  try {
    return { name: userInfo().username, email: '' };
  } catch {
    // A user id without an entry in the user database.
    return { name: 'unknown', email: '' };
  }
}

function parseText(text: string): Author {
  const match = /^([^<>]*)<([^<>]*)>\s*$/.exec(text);
  return match === null ? checked(text, '') : checked(match[1] ?? '', match[2] ?? '');
}

function checked(name: string, email: string): Author {
  const trimmed = name.trim();
  if (trimmed === '' || /[<>\p{Cc}]/u.test(trimmed + email)) {
    throw wrongValue('author', "'Name <mail>' or a name, without control characters", name);
  }
  return { name: trimmed, email: email.trim() };
}

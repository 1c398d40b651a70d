/** Lists a directory, telling names that are UTF-8 from names that are only bytes. */

import { readdirSync } from 'node:fs';
import { decodeText } from '../primitives/text.ts';

/** The names in a directory, in no order. */
export interface NameList {
  readonly names: string[];
  /** Names that are not UTF-8, shown with U+FFFD; nothing can be reached by these. */
  readonly undecodable: readonly string[];
}

const REPLACEMENT = '\u{fffd}';
const NONE: readonly string[] = [];

/** Lists the directory at an absolute address; throws the system's own errors. */
export function listNames(address: string): NameList {
  const names = readdirSync(address);
  // Node decodes what is not UTF-8 to U+FFFD, which may also be in a name for real.
  if (!names.some((name) => name.includes(REPLACEMENT))) return { names, undecodable: NONE };
  const decoded: string[] = [];
  const undecodable: string[] = [];
  for (const bytes of readdirSync(address, { encoding: 'buffer' })) {
    const name = decodeText(bytes);
    if (name === undefined) undecodable.push(bytes.toString('utf8'));
    else decoded.push(name);
  }
  return { names: decoded, undecodable };
}

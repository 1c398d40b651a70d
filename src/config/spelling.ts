/**
 * Finds the key that somebody means: camelCase, kebab-case and short names count as the full name,
 * and for anything else the closest name is suggested.
 */

import { KEYS } from './keys.ts';
import type { ConfigName } from './values.ts';

const NAMES_BY_SPELLING: ReadonlyMap<string, ConfigName> = collectSpellings();

/** The key that `spelling` stands for, or undefined. Case of words, `-` and `_` do not matter. */
export function findKey(spelling: string): ConfigName | undefined {
  return NAMES_BY_SPELLING.get(spelling) ?? NAMES_BY_SPELLING.get(normalise(spelling));
}

/** The full name or alias closest to `spelling`, when one is close enough to be meant. */
export function suggestKey(spelling: string): ConfigName | undefined {
  const wanted = normalise(spelling.slice(0, 100));
  let closest: ConfigName | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 4)) + 1;
  for (const [known, name] of NAMES_BY_SPELLING) {
    const distance = editDistance(wanted, known);
    if (distance >= least) continue;
    least = distance;
    closest = name;
  }
  return closest;
}

/** The spelling in snake_case: `storage.cacheSizeMB` and `storage.cache-size-mb` become one. */
export function normalise(spelling: string): string {
  return spelling
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

function collectSpellings(): ReadonlyMap<string, ConfigName> {
  const names = new Map<string, ConfigName>();
  let name: ConfigName;
  for (name in KEYS) {
    names.set(name, name);
    for (const alias of KEYS[name].aliases) names.set(alias, name);
  }
  return names;
}

/** Levenshtein's distance: how many characters to insert, remove or replace. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 0; i < left.length; i++) {
    const current = [i + 1];
    for (let j = 0; j < right.length; j++) {
      const replaced = (previous[j] ?? 0) + (left[i] === right[j] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (current[j] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

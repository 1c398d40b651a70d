/**
 * Finds the key that somebody means: camelCase, kebab-case and short names count as the full name,
 * and for anything else the closest name is suggested.
 */

import { closestOf } from '../primitives/closest.ts';
import { KEYS } from './keys.ts';
import type { ConfigName } from './values.ts';

const NAMES_BY_SPELLING: ReadonlyMap<string, ConfigName> = collectSpellings();

/** The key that `spelling` stands for, or undefined. Case of words, `-` and `_` do not matter. */
export function findKey(spelling: string): ConfigName | undefined {
  return NAMES_BY_SPELLING.get(spelling) ?? NAMES_BY_SPELLING.get(normalise(spelling));
}

/** The key whose full name or alias is closest to `spelling`, when one is close enough to be meant. */
export function suggestKey(spelling: string): ConfigName | undefined {
  const closest = closestOf(normalise(spelling.slice(0, 100)), NAMES_BY_SPELLING.keys());
  return closest === undefined ? undefined : NAMES_BY_SPELLING.get(closest);
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

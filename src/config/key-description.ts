/** Tells people and programs which configuration keys there are, in plain data. */

import { KEYS, type ProjectRule } from './keys.ts';
import type { ConfigName, ConfigValue } from './values.ts';

/** One configuration key, described. */
export interface ConfigKey {
  /** Its full name, such as `storage.cache_size_mb`. */
  readonly name: ConfigName;
  /** One sentence. */
  readonly doc: string;
  /** What values it takes, in words that follow "must be". */
  readonly expected: string;
  /** Undefined when it is unset unless somebody sets it. */
  readonly default: ConfigValue | undefined;
  /** Other spellings; `-` and `_` are the same in all of them. */
  readonly aliases: readonly string[];
  /** Environment variables that set it; the first that is set counts. */
  readonly environment: readonly string[];
  /** What the file of the project may do to it. */
  readonly project: ProjectRule['kind'];
  /** Whether its value is never shown. */
  readonly secret: boolean;
}

/** All keys, in the order of the table. */
export function describeKeys(): readonly ConfigKey[] {
  const keys: ConfigKey[] = [];
  let name: ConfigName;
  for (name in KEYS) {
    const { type, project, ...key } = KEYS[name];
    keys.push({ name, ...key, expected: type.expected, project: project.kind });
  }
  return keys;
}

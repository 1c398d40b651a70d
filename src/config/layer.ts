/**
 * One layer of the configuration: what a file, the environment or the caller set, under full
 * names, checked. Knows nothing of the other layers.
 */

import { closestOf, didYouMean } from '../primitives/closest.ts';
import { ConfigError } from '../primitives/errors.ts';
import { KEYS } from './keys.ts';
import { type ConfigInput, type Leaf, leavesOf } from './nested.ts';
import { findKey, normalise, suggestKey } from './spelling.ts';
import type { ConfigName, ConfigValue } from './values.ts';

/** Something about the configuration that people should know. */
export interface Issue {
  /** `error`: the configuration cannot work as it is. `warning`: a setting has no effect or risk. */
  readonly severity: 'error' | 'warning';
  /** The key as it was written. */
  readonly key: string;
  /** One sentence. */
  readonly message: string;
  /** What to do about it, as an imperative sentence. */
  readonly suggestion?: string;
  /** Where it was set: a file, with its line when that is known, or a word for the layer. */
  readonly source: string;
}

/** One value, with the place where it came from. */
export interface Setting {
  readonly value: ConfigValue;
  readonly source: string;
}

/** What one source sets. */
export interface Layer {
  readonly settings: ReadonlyMap<ConfigName, Setting>;
  /** What is not a setting: unknown keys and sections with a meaning elsewhere. */
  readonly others: readonly Leaf[];
  readonly issues: readonly Issue[];
}

/** Says where the setting at this path stands. */
export type Locate = (path: readonly string[]) => string;

/** Sections that have their own readers. */
const FOREIGN_SECTIONS: ReadonlySet<string> = new Set([
  'profile',
  'template',
  'templates',
  'scripts',
]);

/** For so many unknown keys of a file a known one is searched that might have been meant. */
export const MAX_SUGGESTIONS = 100;

/**
 * Reads one source.
 *
 * @param suggestions - for how many unknown keys it is said which one might have been meant.
 * @throws {ConfigError} CONFIG_INVALID when a known key has a value of the wrong type or range.
 */
export function readLayer(
  input: ConfigInput,
  locate: Locate,
  suggestions: number = MAX_SUGGESTIONS,
): Layer {
  const settings = new Map<ConfigName, Setting>();
  const others: Leaf[] = [];
  const issues: Issue[] = [];
  for (const leaf of leavesOf(input)) {
    // An option that is spelled out as undefined is an option that is not given.
    if (leaf.value === undefined) continue;
    const key = leaf.path.join('.');
    const source = locate(leaf.path);
    const name = findKey(key);
    if (name === undefined) {
      if (isSection(key)) throw notSection(key, leaf.value, source);
      others.push(leaf);
      if (FOREIGN_SECTIONS.has(leaf.path[0] ?? '')) continue;
      issues.push(unknownKey(key, source, issues.length < suggestions));
      continue;
    }
    if (settings.has(name)) issues.push(repeatedKey(key, name, source));
    settings.set(name, { value: checkedValue(name, leaf.value, source), source });
  }
  return { settings, others, issues };
}

/**
 * The value, when the key may have it.
 *
 * @throws {ConfigError} CONFIG_INVALID otherwise; the message says what the key must be.
 */
export function checkedValue(name: ConfigName, value: unknown, source: string): ConfigValue {
  const { type, secret } = KEYS[name];
  const checked = type.read(value);
  if (checked !== undefined) return checked;
  const shown = secret ? 'what it is' : describe(value);
  const closest = typeof value === 'string' ? closestOf(value, type.words ?? []) : undefined;
  throw new ConfigError(`${name} must be ${type.expected}, not ${shown} (${source}).`, {
    hint: didYouMean(closest, `Set ${name} to ${type.expected}, or remove it.`),
    details: { key: name, source },
  });
}

/**
 * The value that a person typed for a key, such as `100MB`.
 *
 * @throws {ConfigError} CONFIG_INVALID as {@link checkedValue}.
 */
export function valueFromText(name: ConfigName, text: string, source: string): ConfigValue {
  return KEYS[name].type.readText(text) ?? checkedValue(name, text, source);
}

/** Whether the names of other keys go on from this one. */
function isSection(key: string): boolean {
  const start = `${normalise(key)}.`;
  return Object.keys(KEYS).some((name) => name.startsWith(start));
}

function notSection(key: string, value: unknown, source: string): ConfigError {
  return new ConfigError(`${key} must be a section, not ${describe(value)} (${source}).`, {
    hint: `Set the keys of ${key}, or remove it.`,
    details: { key, source },
  });
}

function unknownKey(key: string, source: string, isSuggested: boolean): Issue {
  return {
    severity: 'warning',
    key,
    message: `There is no configuration key ${key}; it has no effect.`,
    suggestion: didYouMean(isSuggested ? suggestKey(key) : undefined, `Remove ${key}.`),
    source,
  };
}

function repeatedKey(key: string, name: ConfigName, source: string): Issue {
  return {
    severity: 'warning',
    key,
    message: `${name} is set twice under different names; the later one counts.`,
    suggestion: `Keep one of them, as ${name}.`,
    source,
  };
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'this list';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return typeof value === 'object' || typeof value === 'function'
    ? `a ${typeof value}`
    : String(value);
}

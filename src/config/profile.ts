/**
 * Profiles: named sets of settings in a configuration file, `[profile.<name>]`, of which one can be
 * chosen. A profile is a layer like any other.
 */

import { closestOf, didYouMean } from '../primitives/closest.ts';
import { ConfigError } from '../primitives/errors.ts';
import type { ConfigFile } from './file.ts';
import { type Issue, type Layer, MAX_SUGGESTIONS, readLayer } from './layer.ts';
import { isPlainObject } from './nested.ts';

const SECTION = 'profile';

/** The names of the profiles in a file, in the order in which they stand. */
export function profilesOf(file: ConfigFile): readonly string[] {
  const section = file.input[SECTION];
  return isPlainObject(section) ? Object.keys(section) : [];
}

/**
 * The settings of one profile of a file; undefined when the file has no such profile.
 *
 * @throws {ConfigError} CONFIG_INVALID when the profile is not a section, or a key in it cannot
 *   have its value.
 */
export function readProfile(
  file: ConfigFile,
  name: string,
  suggestions?: number,
): Layer | undefined {
  const section = file.input[SECTION];
  if (!isPlainObject(section) || !Object.hasOwn(section, name)) return undefined;
  const source = file.locate([SECTION, name]);
  const input = section[name];
  if (!isPlainObject(input)) {
    throw new ConfigError(`profile.${name} must be a section (${source}).`, {
      hint: `Write the settings of the profile below [profile.${name}].`,
      details: { key: `profile.${name}`, source },
    });
  }
  const layer = readLayer(input, (path) => file.locate([SECTION, name, ...path]), suggestions);
  // What else is in the profile is kept with the file that it stands in.
  return { ...layer, others: [] };
}

/** What is wrong in the profiles of a file that are not in use. */
export function checkProfiles(file: ConfigFile, chosen: string | undefined): Issue[] {
  // All profiles together: a file of the project may have any number of them.
  const issues: Issue[] = [];
  for (const name of profilesOf(file)) {
    if (name === chosen) continue;
    issues.push(...issuesOf(file, name, Math.max(MAX_SUGGESTIONS - issues.length, 0)));
  }
  return issues;
}

/** The error for a profile that no file has. */
export function unknownProfile(name: string, known: readonly string[]): ConfigError {
  const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return new ConfigError(`There is no profile ${JSON.stringify(name.slice(0, 80))}: ${list}.`, {
    hint: didYouMean(
      closestOf(name, known),
      `Write its settings below [profile.${name.slice(0, 80)}] in a configuration file.`,
    ),
    details: { profile: name },
  });
}

function issuesOf(file: ConfigFile, name: string, suggestions: number): readonly Issue[] {
  try {
    return readProfile(file, name, suggestions)?.issues ?? [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const source = String(error.details?.['source']);
    const key = `profile.${name}`;
    const message = error.message;
    return [{ severity: 'error', key, message, suggestion: error.hint ?? '', source }];
  }
}

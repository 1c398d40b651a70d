/**
 * Templates: named ways to begin a workspace, `[templates.<name>]` in a configuration file of the
 * user. That of a project counts none, as what came with it must not run anything.
 */

import { closestOf, didYouMean } from '../primitives/closest.ts';
import { ConfigError } from '../primitives/errors.ts';
import { type ConfigInput, isPlainObject } from './nested.ts';
import { someOf, TEXT, TEXTS, type ValueType } from './value-type.ts';
import { PACKAGE_CACHES } from './values.ts';

/** What a workspace is begun with. */
export interface WorkspaceTemplate {
  readonly description?: string;
  readonly tags?: readonly string[];
  /** The isolation that its commands must have. */
  readonly sandbox?: string;
  /** The package managers whose caches its commands find. */
  readonly caches?: readonly string[];
  /** Lines for a shell, run in the new workspace one after the other. */
  readonly commands?: readonly string[];
}

/** The section in which templates are. */
export const TEMPLATES = 'templates';

const FIELDS: Readonly<Record<keyof WorkspaceTemplate, ValueType<unknown>>> = {
  description: TEXT,
  tags: TEXTS,
  sandbox: TEXT,
  caches: someOf(...PACKAGE_CACHES),
  commands: TEXTS,
};

/**
 * The template of this name.
 *
 * @param settings - nested, as in the files.
 * @throws {ConfigError} CONFIG_INVALID when there is none, or something in it is wrong.
 */
export function readTemplate(settings: ConfigInput, name: string): WorkspaceTemplate {
  const section = settings[TEMPLATES];
  const known = isPlainObject(section) ? section : {};
  const template = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!isPlainObject(template)) throw unknownTemplate(name, Object.keys(known));
  const entries = Object.entries(template).map(([field, value]): [string, unknown] => {
    const key = `${TEMPLATES}.${name}.${field}`;
    const type = Object.hasOwn(FIELDS, field)
      ? FIELDS[field as keyof WorkspaceTemplate]
      : undefined;
    if (type === undefined) throw unknownField(key, field);
    const read = type.read(value);
    if (read !== undefined) return [field, read];
    throw new ConfigError(`${key} must be ${type.expected}.`, {
      hint: `Set ${key} to ${type.expected}, or remove it.`,
      details: { key },
    });
  });
  return Object.fromEntries(entries);
}

function unknownField(key: string, field: string): ConfigError {
  const fields = Object.keys(FIELDS);
  return new ConfigError(`A template has no ${JSON.stringify(field)}.`, {
    hint: didYouMean(closestOf(field, fields), `It has ${fields.join(', ')}.`),
    details: { key },
  });
}

function unknownTemplate(name: string, known: readonly string[]): ConfigError {
  const list = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
  return new ConfigError(`There is no template ${JSON.stringify(name.slice(0, 80))}: ${list}.`, {
    hint: didYouMean(
      closestOf(name, known),
      `Write it as [${TEMPLATES}.<name>] in your own configuration file.`,
    ),
    details: { key: `${TEMPLATES}.${name}` },
  });
}

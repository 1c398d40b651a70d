/** `env:NAME`: a secret that stands in an environment variable, of which only the name is written. */

import { ConfigError } from '../primitives/errors.ts';
import type { Variables } from './environment.ts';

/** Whether the value names where a secret is found instead of being the secret. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && /^env:\w+$/.test(value);
}

/** The name of the variable. */
export function referencedVariable(reference: string): string {
  return reference.slice('env:'.length);
}

/**
 * The secret that a reference leads to.
 *
 * @throws {ConfigError} CONFIG_INVALID when the variable is not set, or blank.
 */
export function readReference(reference: string, env: Variables): string {
  const variable = referencedVariable(reference);
  const value = env[variable]?.trim() ?? '';
  if (value !== '') return value;
  throw new ConfigError(`${reference} names a secret, but the variable ${variable} is not set.`, {
    hint: `Set ${variable}, or name another variable.`,
    details: { variable },
  });
}

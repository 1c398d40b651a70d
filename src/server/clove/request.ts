/** The payload of a request as fields, and the answer to one that cannot be met. */

import { AgentFSError } from '../../index.ts';
import { parseStrictBytes } from '../core/strict-json.ts';

/** Says to the client why a call is refused, in a few words. */
export class Refusal extends Error {
  /** What the reply says besides. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(message: string, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.fields = fields;
  }
}

/**
 * Reads a payload; an empty one has no fields.
 *
 * @throws {Refusal} when it is not an object in JSON.
 */
export function parseRequest(payload: Buffer): Fields {
  if (payload.length === 0) return new Fields({});
  const value = parseJson(payload);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('invalid request: not an object');
  }
  return new Fields(value as Record<string, unknown>);
}

function parseJson(payload: Buffer): unknown {
  try {
    return parseStrictBytes(payload);
  } catch (error) {
    if (!(error instanceof AgentFSError)) throw error;
    const reason = error.cause instanceof SyntaxError ? error.cause.message : error.message;
    throw new Refusal(`invalid request: ${reason}`);
  }
}

/** The fields of a request, each checked when it is asked for. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** Anything; undefined when it is absent. */
  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /** Whether there is something; null counts as nothing. */
  has(name: string): boolean {
    return this.value(name) !== undefined && this.value(name) !== null;
  }

  text(name: string): string | undefined {
    const value = this.value(name) ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw notA('a string', name);
  }

  /** A text that must not be missing or empty. @param message - what is said otherwise. */
  requireText(name: string, message: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw new Refusal(message);
    return value;
  }

  flag(name: string, usual: boolean): boolean {
    const value = this.value(name) ?? usual;
    if (typeof value === 'boolean') return value;
    throw notA('true or false', name);
  }

  /** A number from 0. */
  number(name: string): number | undefined {
    const value = this.value(name) ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
    throw notA('a number from 0', name);
  }

  /** A whole number from 0 up to the number of agents that there can be. */
  id(name: string): number | undefined {
    const value = this.number(name);
    if (value === undefined || (Number.isInteger(value) && value <= 0xffff_ffff)) return value;
    throw notA('a number of an agent', name);
  }

  /** How many are asked for: whole, from 0, at most `most`. */
  count(name: string, usual: number, most: number): number {
    return Math.min(most, Math.floor(this.number(name) ?? usual));
  }

  object(name: string): Readonly<Record<string, unknown>> | undefined {
    const value = this.value(name) ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'object' && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>;
    }
    throw notA('an object', name);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.value(name) ?? undefined;
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
    throw notA('a list of strings', name);
  }
}

function notA(what: string, name: string): Refusal {
  return new Refusal(`invalid request: ${name} has to be ${what}`);
}

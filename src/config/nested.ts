/**
 * Settings as nested objects, as TOML and callers give them, and as flat lists of their values.
 */

/** Settings as they are given: nested or dotted, in any spelling of the names. */
export type ConfigInput = Readonly<Record<string, unknown>>;

/** A value in nested settings, with the names that lead to it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Deeper objects are values, not sections: no key has so many parts, and a cycle has no end. */
const MAX_DEPTH = 8;

/** All values in the order in which they stand. */
export function* leavesOf(input: ConfigInput, parents: readonly string[] = []): Generator<Leaf> {
  for (const [name, value] of Object.entries(input)) {
    const path = [...parents, name];
    if (path.length < MAX_DEPTH && isPlainObject(value)) yield* leavesOf(value, path);
    else yield { path, value };
  }
}

/** The same settings with other values; sections stay, also empty ones. */
export function mapLeaves(
  input: ConfigInput,
  change: (leaf: Leaf) => unknown,
  parents: readonly string[] = [],
): ConfigInput {
  const entries = Object.entries(input).map(([name, value]): [string, unknown] => {
    const path = [...parents, name];
    const isSection = path.length < MAX_DEPTH && isPlainObject(value);
    return [name, isSection ? mapLeaves(value, change, path) : change({ path, value })];
  });
  return Object.fromEntries(entries);
}

/** The nested object of which these are the values; where two clash, the later one stays. */
export function nest(leaves: Iterable<Leaf>): Record<string, unknown> {
  const root = new Map<string, unknown>();
  for (const { path, value } of leaves) {
    let table = root;
    for (const part of path.slice(0, -1)) {
      const next = table.get(part);
      const child = next instanceof Map ? next : new Map<string, unknown>();
      table.set(part, child);
      table = child;
    }
    table.set(path.at(-1) ?? '', value);
  }
  return toObject(root);
}

/** Whether the value is an object literal, and not a list, a date or an instance of a class. */
export function isPlainObject(value: unknown): value is ConfigInput {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

// Maps until here, and fromEntries: a key called __proto__ is a key like any other.
function toObject(table: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const entries = [...table].map(([name, value]) => [
    name,
    value instanceof Map ? toObject(value) : value,
  ]);
  return Object.fromEntries(entries);
}

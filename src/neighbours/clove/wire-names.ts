/** Names on the wire are `snake_case`; in TypeScript they are `camelCase`. */

/** Renames the fields of an object, and leaves what is in them as it is. */
export function camelFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [camelCase(name), value]),
  );
}

/** Renames all fields of plain data, however deep they lie. */
export function camelDeep(value: unknown): unknown {
  return renameDeep(value, camelCase);
}

/** The reverse of {@link camelDeep}. */
export function snakeDeep(value: unknown): unknown {
  return renameDeep(value, snakeCase);
}

function renameDeep(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => renameDeep(each, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [rename(name), renameDeep(each, rename)]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

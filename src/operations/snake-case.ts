/**
 * Fields in snake_case, for doors whose users expect that: the one place where names are converted.
 * Schemas say which keys are names of fields; those of maps, such as variables, stay as they are.
 */

/** A JSON Schema, as far as names of fields are concerned. */
export interface FieldSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly anyOf?: readonly FieldSchema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, FieldSchema>>;
  readonly [keyword: string]: unknown;
}

/** `fromSnapshot` as `from_snapshot`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A schema whose fields are in snake_case. */
export function snakeSchema(schema: FieldSchema): FieldSchema {
  const { properties, required, items, anyOf, $defs } = schema;
  return {
    ...schema,
    ...(properties && { properties: mapEntries(properties, snakeCase, snakeSchema) }),
    ...(required && { required: required.map(snakeCase) }),
    ...(items && { items: snakeSchema(items) }),
    ...(anyOf && { anyOf: anyOf.map(snakeSchema) }),
    ...($defs && { $defs: mapEntries($defs, (name) => name, snakeSchema) }),
  };
}

/**
 * A value whose fields are in snake_case.
 *
 * @param schema - of the value in camelCase.
 */
export function toSnake(value: unknown, schema: FieldSchema): unknown {
  return renamed(value, schema, schema.$defs ?? {}, (name) => [name, snakeCase(name)]);
}

/**
 * The value in camelCase that one in snake_case stands for. Names that are not fields stay, for the
 * check of the input to complain about.
 *
 * @param schema - of the value in camelCase.
 */
export function fromSnake(value: unknown, schema: FieldSchema): unknown {
  return renamed(value, schema, schema.$defs ?? {}, (name) => [snakeCase(name), name]);
}

type Rename = (field: string) => readonly [from: string, to: string];

function renamed(
  value: unknown,
  schema: FieldSchema,
  defs: Readonly<Record<string, FieldSchema>>,
  rename: Rename,
): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const { items = {} } = resolved(schema, defs).find((each) => each.items !== undefined) ?? {};
    return value.map((each) => renamed(each, items, defs, rename));
  }
  const fields = resolved(schema, defs).flatMap(({ properties = {} }) =>
    Object.entries(properties),
  );
  const byName = new Map(
    fields.map(([field, each]) => {
      const [from, to] = rename(field);
      return [from, { to, schema: each }];
    }),
  );
  return mapEntries(
    { ...value },
    (name) => byName.get(name)?.to ?? name,
    (each, name) => renamed(each, byName.get(name)?.schema ?? {}, defs, rename),
  );
}

/** A schema itself, or those that it refers to or chooses from. */
function resolved(
  schema: FieldSchema,
  defs: Readonly<Record<string, FieldSchema>>,
): readonly FieldSchema[] {
  const target = schema.$ref === undefined ? schema : defs[schema.$ref.replace('#/$defs/', '')];
  if (target === undefined) return [];
  return target.anyOf?.flatMap((each) => resolved(each, defs)) ?? [target];
}

function mapEntries<From, To>(
  object: Readonly<Record<string, From>>,
  rename: (name: string) => string,
  convert: (value: From, name: string) => To,
): Record<string, To> {
  const entries = Object.entries(object).map(
    ([name, value]) => [rename(name), convert(value, name)] as const,
  );
  return Object.fromEntries(entries);
}

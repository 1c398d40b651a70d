/** What a tool for models is: an operation, with the name, fields and words that models know. */

import * as z from 'zod';
import { AgentFSError } from '../index.ts';
import { invalidInput } from '../operations/invalid-input.ts';
import type { Operation } from '../operations/operation.ts';
import {
  type FieldSchema,
  fromSnake,
  snakeCase,
  snakeSchema,
  toSnake,
} from '../operations/snake-case.ts';
import { findOperation } from '../operations/table.ts';

/** The result of an operation, as JSON has it. */
export type Result = Readonly<Record<string, unknown>>;

/** A tool, as the protocol has it, over one operation. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly operation: Operation;
  readonly inputSchema: FieldSchema;
  readonly outputSchema: FieldSchema;
  /**
   * What the operation is to be given.
   *
   * @throws {AgentFSError} INVALID_ARGUMENT.
   */
  toInput(args: unknown): object;
  /** The result with the names that models see. */
  toStructured(result: unknown): unknown;
  /** The same in words. */
  toText(result: Result): string;
}

/** How a tool differs from its operation. */
interface ToolOptions {
  /** Default the name of the operation in snake_case. */
  readonly name?: string;
  readonly description?: string;
  /** The fields that models are told of; default all. */
  readonly fields?: readonly string[];
  readonly text?: (result: Result) => string;
  /** Whether clients may say which project they mean; it must be that of the server. */
  readonly hasBasePath?: boolean;
}

const BASE_PATH: FieldSchema = {
  type: 'string',
  description: 'The project directory; only that of this server.',
};

/** A tool with the fields of its operation, in snake_case. */
export function toolOf(operationName: string, options: ToolOptions = {}): Tool {
  const operation = operationNamed(operationName);
  const schema = z.toJSONSchema(operation.input, { io: 'input' }) as FieldSchema;
  const { fields, hasBasePath = false } = options;
  const own = snakeSchema(fields === undefined ? schema : picked(schema, fields));
  const properties = { ...own.properties, ...(hasBasePath && { base_path: BASE_PATH }) };
  return {
    ...shared(operation, options),
    inputSchema: { ...own, properties },
    toInput: (args) => {
      requireKnown(Object(args), own.properties ?? {});
      return { ...Object(fromSnake(args, schema)) };
    },
  };
}

/** A tool whose fields are those that models know from elsewhere, named as they are there. */
export function customTool<Input extends z.ZodObject>(
  operationName: string,
  options: Omit<ToolOptions, 'fields'> & {
    readonly input: Input;
    /** Whether the fields say already which workspace is meant. */
    readonly namesWorkspace?: boolean;
    readonly toInput: (args: z.output<Input>) => object;
  },
): Tool {
  const operation = operationNamed(operationName);
  const { input, namesWorkspace = false } = options;
  const hasWorkspace = 'workspace' in operation.input.shape && !namesWorkspace;
  const withWorkspace = hasWorkspace ? { ...input.shape, ...WORKSPACE } : input.shape;
  const whole = z.strictObject(withWorkspace);
  return {
    ...shared(operation, options),
    inputSchema: z.toJSONSchema(whole, { io: 'input' }) as FieldSchema,
    toInput: (args) => {
      const { workspace, ...own }: Record<string, unknown> = { ...Object(args) };
      const given = hasWorkspace ? own : args;
      const parsed = input.safeParse(given);
      if (!parsed.success) throw invalidInput(parsed.error, given);
      const rest = options.toInput(parsed.data);
      return hasWorkspace && workspace !== undefined ? { workspace, ...rest } : rest;
    },
  };
}

/** What models are not told of is not theirs to set either: a weaker sandbox, for one. */
function requireKnown(args: object, properties: object): void {
  const unknown = Object.keys(args).find((name) => !Object.hasOwn(properties, name));
  if (unknown === undefined) return;
  throw new AgentFSError('INVALID_ARGUMENT', `${unknown} is not a field of this tool.`, {
    hint: `Its fields are ${Object.keys(properties).join(', ')}.`,
    details: { problems: [{ field: unknown, problem: 'is not a field of this tool' }] },
  });
}

const WORKSPACE = {
  workspace: z.string().describe('Name of the workspace.'),
};

function shared(
  operation: Operation,
  { name = snakeCase(operation.name.replace('.', '_')), description, text }: ToolOptions,
): Omit<Tool, 'inputSchema' | 'toInput'> {
  const outputSchema = z.toJSONSchema(operation.output) as FieldSchema;
  const toStructured = (result: unknown): unknown => toSnake(result, outputSchema);
  return {
    name,
    title: operation.title,
    description: description ?? operation.summary,
    operation,
    outputSchema: snakeSchema(outline(outputSchema, outputSchema.$defs ?? {}, MOST_LEVELS)),
    toStructured,
    toText: text ?? ((result) => JSON.stringify(toStructured(result))),
  };
}

/** Objects within objects of which a result is described. */
const MOST_LEVELS = 2;

/**
 * The beginning of a schema: some clients give it to the model with each tool, and all of it would be
 * longer than the results that it is about.
 */
function outline(
  schema: FieldSchema,
  defs: NonNullable<FieldSchema['$defs']>,
  levels: number,
): FieldSchema {
  const { $ref, anyOf } = schema;
  if ($ref !== undefined) return outline(defs[$ref.replace('#/$defs/', '')] ?? {}, defs, levels);
  const within = (each: FieldSchema): FieldSchema => outline(each, defs, levels);
  if (anyOf !== undefined) return { anyOf: anyOf.map(within) };
  const { type, items, properties, required, enum: values, description } = schema;
  const fields = levels > 0 ? Object.entries(properties ?? {}) : [];
  return {
    ...(type !== undefined && { type }),
    ...(values !== undefined && { enum: values }),
    ...(description !== undefined && levels === MOST_LEVELS - 1 && { description }),
    ...(items !== undefined && { items: within(items) }),
    ...(fields.length > 0 && {
      properties: Object.fromEntries(
        fields.map(([name, each]) => [name, outline(each, defs, levels - 1)]),
      ),
      required,
    }),
  };
}

function picked(schema: FieldSchema, fields: readonly string[]): FieldSchema {
  const { properties = {}, required = [], $defs: _, ...rest } = schema;
  const wanted = Object.entries(properties).filter(([name]) => fields.includes(name));
  return {
    ...rest,
    properties: Object.fromEntries(wanted),
    required: required.filter((name) => fields.includes(name)),
  };
}

function operationNamed(name: string): Operation {
  const operation = findOperation(name);
  if (operation === undefined) throw new Error(`There is no operation ${name}.`);
  return operation;
}

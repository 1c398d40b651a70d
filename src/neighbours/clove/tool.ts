/** What a model may call in an agentic loop. */

import type { CloveCalls } from './calls.ts';

/** What a model calls a tool with. */
export type ToolArguments = Readonly<Record<string, unknown>>;

/** How a tool is described to a model, and what it does. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: object;
  /** Returns what JSON can hold; what it throws is told to the model. */
  readonly handler: (args: ToolArguments) => unknown;
}

/** A tool of one's own. @example loop.addTool(new Tool({ name: 'search', ... })) */
export class Tool implements ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly parameters: object;
  readonly handler: (args: ToolArguments) => unknown;

  constructor({ name, description, parameters, handler }: ToolDefinition) {
    this.name = name;
    this.description = description;
    this.parameters = parameters;
    this.handler = handler;
  }
}

/** What the built-in tools need of a client. */
export type ToolClient = Pick<CloveCalls, 'exec' | 'readFile' | 'writeFile'>;

/** The name of the tool that ends a loop. */
export const DONE = 'done';

/** `exec`, `read_file`, `write_file` and `done`. */
export function builtInTools(client: ToolClient): Tool[] {
  return [
    new Tool({
      name: 'exec',
      description: 'Run a shell command and return its output',
      parameters: schema({ command: 'The command' }, { cwd: 'The directory to run it in' }),
      handler: async ({ command, cwd }) => {
        const options = cwd === undefined ? {} : { cwd: text('cwd', cwd) };
        const reply = await client.exec(text('command', command), options);
        const { success, stdout, stderr, exitCode, error } = reply;
        return { success, output: stdout, stderr, exit_code: exitCode, error };
      },
    }),
    new Tool({
      name: 'read_file',
      description: 'Read a text file',
      parameters: schema({ path: 'The file' }),
      handler: ({ path }) => client.readFile(text('path', path)),
    }),
    new Tool({
      name: 'write_file',
      description: 'Create or replace a file, or add to it with mode "append"',
      parameters: schema(
        { path: 'The file', content: 'What to write' },
        { mode: 'write or append' },
      ),
      handler: async ({ path, content, mode }) => {
        const how = { mode: mode === 'append' ? mode : 'write' } as const;
        const reply = await client.writeFile(text('path', path), text('content', content), how);
        const { success, bytesWritten, error } = reply;
        return { success, bytes_written: bytesWritten, error };
      },
    }),
    new Tool({
      name: DONE,
      description: 'End the task',
      parameters: schema({ result: 'What was accomplished, in a few sentences' }),
      handler: ({ result }) => ({ completed: true, result: result ?? 'Task completed' }),
    }),
  ];
}

function schema(
  required: Readonly<Record<string, string>>,
  optional: Readonly<Record<string, string>> = {},
): object {
  const properties = Object.entries({ ...required, ...optional }).map(([name, description]) => [
    name,
    { type: 'string', description },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: Object.keys(required),
  };
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} has to be a string.`);
}

/** What an operation is: the one description from which every door for agents is made. */

import type * as z from 'zod';
import type { AgentFS } from '../index.ts';
import type { Holdings } from './holdings.ts';
import { invalidInput } from './invalid-input.ts';
import type { BeforeJson } from './json-form.ts';

/**
 * What an operation may do: `read` changes nothing, `write` changes what undo or revert can take
 * back, `destructive` also what they cannot.
 */
export type Effect = 'read' | 'write' | 'destructive';

/** What an operation is given by the door that calls it. */
export interface OperationContext {
  readonly afs: AgentFS;
  /** What the client holds between two calls; the door ends it when the client has gone. */
  readonly holdings: Holdings;
  /** Stops the operation. */
  readonly signal: AbortSignal;
  /** Is given what a command prints while it runs; its promise slows the command down. */
  readonly onOutput: (text: string) => Promise<void>;
}

/** One operation, for any door. Fields are named in camelCase; doors that want others convert. */
export interface Operation {
  /** `noun.verb`. */
  readonly name: string;
  /** A few words for lists and buttons. */
  readonly title: string;
  /** One sentence to choose it by. */
  readonly summary: string;
  readonly input: z.ZodObject;
  /** The result, as it comes out of JSON. */
  readonly output: z.ZodType;
  readonly effect: Effect;
  /** Whether calling it twice is as good as calling it once. */
  readonly idempotent: boolean;
  /**
   * Checks the input and calls the library.
   *
   * @returns what JSON turns into `output`.
   * @throws {AgentFSError} INVALID_ARGUMENT; what the library throws.
   */
  run(context: OperationContext, input: unknown): Promise<unknown>;
}

/** An operation before its types are forgotten. */
interface Definition<Input extends z.ZodObject, Output extends z.ZodType>
  extends Omit<Operation, 'input' | 'output' | 'run'> {
  readonly input: Input;
  readonly output: Output;
  readonly run: (
    context: OperationContext,
    input: z.output<Input>,
  ) => Promise<BeforeJson<z.output<Output>>>;
}

/** Makes an operation of its definition. */
export function define<Input extends z.ZodObject, Output extends z.ZodType>(
  definition: Definition<Input, Output>,
): Operation {
  const { input, run } = definition;
  return {
    ...definition,
    run: async (context, given) => {
      const parsed = input.safeParse(given);
      if (!parsed.success) throw invalidInput(parsed.error, given);
      return run(context, parsed.data);
    },
  };
}

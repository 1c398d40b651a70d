/** How commands are run and how they have ended, as JSON has it. */

import * as z from 'zod';
import type {
  IgnoredChanges,
  RunResult,
  RunStream,
  RunWarning,
  SessionCheckpoint,
} from '../index.ts';
import { capped, changeFields, conflictShape } from './change-shape.ts';
import { countField, pathField } from './fields.ts';
import type { JsonForm } from './json-form.ts';
import type { OperationContext } from './operation.ts';
import { limitsShape, sandboxField } from './workspace-shape.ts';

/** How long a command that is stopped may take to end by itself. */
const GRACE_MS = 1000;

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
const MOST_OUTPUT_BYTES = 10 * DEFAULT_OUTPUT_BYTES;

/** How any command is started. */
export const startFields: {
  readonly command: z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>;
  readonly workdir: z.ZodOptional<z.ZodString>;
  readonly env: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>>;
  readonly timeoutMs: z.ZodOptional<z.ZodNumber>;
} = {
  command: z
    .union([z.string(), z.array(z.string()).min(1)])
    .describe('A line for the shell, or a program and its arguments.'),
  workdir: pathField.optional().describe('The directory to start in; default the root.'),
  env: z.record(z.string(), z.string()).optional().describe('Variables to set.'),
  timeoutMs: countField.optional().describe('Then it is ended; default never.'),
};

/** How long to wait until the workspace is free. */
export const waitField: z.ZodOptional<z.ZodNumber> = countField
  .optional()
  .describe('For other commands in the workspace; default 200.');

/** What may be asked of the isolation of commands. */
export const isolationFields: {
  readonly sandbox: z.ZodOptional<typeof sandboxField>;
  readonly limits: z.ZodOptional<typeof limitsShape>;
} = {
  sandbox: sandboxField.optional().describe('The isolation to insist on.'),
  limits: limitsShape.optional(),
};

/** How a command is run to its end. */
export const runFields: typeof startFields & {
  readonly input: z.ZodOptional<z.ZodString>;
  readonly maxOutputBytes: z.ZodDefault<z.ZodNumber>;
  readonly stream: z.ZodDefault<z.ZodBoolean>;
} = {
  ...startFields,
  input: z.string().optional().describe('What the command reads.'),
  maxOutputBytes: z.int().min(0).max(MOST_OUTPUT_BYTES).default(DEFAULT_OUTPUT_BYTES),
  stream: z.boolean().default(false).describe('Also sends the output while it comes.'),
};

/** What was taken into a workspace. */
type TakenForm = ReturnType<typeof capped> &
  Pick<
    SessionCheckpoint,
    'discarded' | 'operationId' | 'conflicts' | 'conflictSnapshot' | 'ignored'
  > & {
    readonly warnings: RunWarning[];
  };

/** The end of a command. */
type EndForm = Pick<
  RunResult,
  'exitCode' | 'signal' | 'failed' | 'timedOut' | 'aborted' | 'durationMs'
> &
  TakenForm;

/** The same with what it has printed. */
type RunForm = Pick<RunResult, 'stdout' | 'stderr' | 'truncated' | 'commandId' | 'strategy'> &
  EndForm & { readonly isolation: string };

/** What was done to ignored content. */
export const ignoredShape: z.ZodType<JsonForm<IgnoredChanges>> = z.strictObject({
  paths: z.array(z.string()),
  removed: z.array(z.string()).describe('Those that are not there any more.'),
  files: countField,
  bytes: z.number(),
});

/** Something about a command that its caller should know. */
export const warningShape: z.ZodType<JsonForm<RunWarning>> = z.strictObject({
  path: z.string(),
  kind: z.string(),
  message: z.string(),
});

const takenFields = {
  ...changeFields,
  discarded: z.boolean().describe('Whether the changes were dropped.'),
  operationId: countField.nullable().describe('The step that undo can take back.'),
  conflicts: z
    .array(conflictShape)
    .describe('Where the workspace was changed meanwhile, and keeps that.'),
  conflictSnapshot: z.string().nullable().describe('Has the side of the command in each conflict.'),
  ignored: ignoredShape
    .nullable()
    .describe('What was done to ignored content: its top-most paths, and how much was written.'),
  warnings: z.array(warningShape),
};

const endFields = {
  exitCode: countField.nullable().describe('null when a signal ended it.'),
  signal: z.string().nullable(),
  failed: z.boolean(),
  timedOut: z.boolean(),
  aborted: z.boolean(),
  durationMs: z.number(),
};

/** What came into a workspace at a checkpoint. */
export const checkpointShape: z.ZodType<JsonForm<TakenForm>> = z.strictObject(takenFields);

/** How a command has ended, and what it has changed. */
export const endShape: z.ZodType<JsonForm<EndForm>> = z
  .strictObject({ ...endFields, ...takenFields })
  .meta({ id: 'End' });

/** The same, with what it has printed. */
export const runShape: z.ZodType<JsonForm<RunForm>> = z
  .strictObject({
    ...endFields,
    stdout: z.string(),
    stderr: z.string(),
    truncated: z.boolean().describe('Whether there was more output than is here.'),
    ...takenFields,
    commandId: z.string(),
    strategy: z.enum(['overlay', 'directory']),
    isolation: z.string().describe('What the command was kept from.'),
  })
  .meta({ id: 'Run' });

/** A checkpoint as plain data. */
export function checkpointForm(taken: SessionCheckpoint | RunResult): TakenForm {
  const { changes, discarded, operationId, conflicts, conflictSnapshot, ignored, warnings } = taken;
  const step = { discarded, operationId, conflicts, conflictSnapshot, ignored };
  return { ...capped(changes), ...step, warnings: warnings.map(plainWarning) };
}

/** The end of a command as plain data. */
export function endForm(result: RunResult): EndForm {
  const { exitCode, signal, failed, timedOut, aborted, durationMs } = result;
  return { exitCode, signal, failed, timedOut, aborted, durationMs, ...checkpointForm(result) };
}

/** A result as plain data. */
export function runForm(result: RunResult): RunForm {
  const { stdout, stderr, truncated, commandId, strategy, isolation } = result;
  const output = { stdout, stderr, truncated, commandId, strategy };
  return { ...endForm(result), ...output, isolation: isolation.description };
}

/**
 * Waits for the end of a command; one that is stopped is killed when it takes its time.
 *
 * @param isHeard - whether the client is told of the output while it comes.
 */
export async function follow(
  running: RunStream,
  { signal, onOutput }: OperationContext,
  isHeard: boolean,
): Promise<RunResult> {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => running.kill('SIGKILL'), GRACE_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const line of running) if (isHeard) await onOutput(line);
    return await running.result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** A warning as plain data. */
export function plainWarning({ path, kind, message }: RunWarning): RunWarning {
  return { path, kind, message };
}

/** Running commands in a workspace. */

import * as z from 'zod';
import type { RunOptions, RunStream, RunWarning } from '../index.ts';
import { capped, changeFields, conflictShape } from './change-shape.ts';
import { countField, pathField, workspaceField } from './fields.ts';
import { define, type Operation, type OperationContext } from './operation.ts';
import { limitsShape, sandboxField } from './workspace-shape.ts';

/** How long a command that is stopped may take to end by itself. */
const GRACE_MS = 1000;

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
const MOST_OUTPUT_BYTES = 10 * DEFAULT_OUTPUT_BYTES;

/** The operations on commands. */
export const COMMAND_OPERATIONS: readonly Operation[] = [
  define({
    name: 'command.run',
    title: 'Run a command',
    summary: 'Runs a command in a workspace to its end, and says what it printed and changed.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      command: z
        .union([z.string(), z.array(z.string()).min(1)])
        .describe('A line for the shell, or a program and its arguments.'),
      workdir: pathField.optional().describe('The directory to start in; default the root.'),
      env: z.record(z.string(), z.string()).optional().describe('Variables to set.'),
      input: z.string().optional().describe('What the command reads.'),
      timeoutMs: countField.optional().describe('Then it is ended; default never.'),
      waitMs: countField.optional().describe('For other commands in the workspace; default 200.'),
      maxOutputBytes: z.int().min(0).max(MOST_OUTPUT_BYTES).default(DEFAULT_OUTPUT_BYTES),
      snapshot: z.string().optional().describe('Runs in this snapshot and drops the changes.'),
      rollbackOnFailure: z.boolean().default(false).describe('Drops the changes when it fails.'),
      sandbox: sandboxField.optional().describe('The isolation to insist on.'),
      limits: limitsShape.optional(),
      stream: z.boolean().default(false).describe('Also sends the output while it comes.'),
    }),
    output: z.strictObject({
      exitCode: countField.nullable().describe('null when a signal ended it.'),
      signal: z.string().nullable(),
      failed: z.boolean(),
      timedOut: z.boolean(),
      aborted: z.boolean(),
      durationMs: z.number(),
      stdout: z.string(),
      stderr: z.string(),
      truncated: z.boolean().describe('Whether there was more output than is here.'),
      ...changeFields,
      discarded: z.boolean().describe('Whether the changes were dropped.'),
      operationId: countField.nullable().describe('The step that undo can take back.'),
      conflicts: z
        .array(conflictShape)
        .describe('Where the workspace was changed meanwhile, and keeps that.'),
      conflictSnapshot: z
        .string()
        .nullable()
        .describe('Has the side of the command in each conflict.'),
      commandId: z.string(),
      strategy: z.enum(['overlay', 'directory']),
      isolation: z.string().describe('What the command was kept from.'),
      warnings: z.array(
        z.strictObject({ path: z.string(), kind: z.string(), message: z.string() }),
      ),
    }),
    run: async (context, { workspace: name, command, stream, timeoutMs, waitMs, ...input }) => {
      const { maxOutputBytes, ...rest } = input;
      const workspace = await context.afs.workspace.get(name);
      const { signal } = context;
      const options = {
        ...rest,
        maxBuffer: maxOutputBytes,
        timeout: timeoutMs,
        wait: waitMs,
        signal,
      };
      const running = workspace.runStream(command, options satisfies RunOptions);
      const {
        changes,
        isolation,
        warnings,
        command: _,
        ...result
      } = await follow(running, context, stream);
      return {
        ...result,
        ...capped(changes),
        isolation: isolation.description,
        warnings: warnings.map(plainWarning),
      };
    },
  }),
];

/** Waits for the end of a command; one that is stopped is killed when it takes its time. */
async function follow(
  running: RunStream,
  { signal, onOutput }: OperationContext,
  isHeard: boolean,
): Promise<Awaited<RunStream['result']>> {
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

function plainWarning({ path, kind, message }: RunWarning): RunWarning {
  return { path, kind, message };
}

/** Running commands in a workspace. */

import * as z from 'zod';
import { workspaceField } from './fields.ts';
import { define, type Operation } from './operation.ts';
import { follow, isolationFields, runFields, runForm, runShape, waitField } from './run-shape.ts';

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
      ...runFields,
      waitMs: waitField,
      beside: z
        .boolean()
        .default(false)
        .describe('Runs in the files of the command or session that has the workspace already.'),
      snapshot: z.string().optional().describe('Runs in this snapshot and drops the changes.'),
      rollbackOnFailure: z.boolean().default(false).describe('Drops the changes when it fails.'),
      ...isolationFields,
    }),
    output: runShape,
    run: async (context, { workspace: name, command, stream, timeoutMs, waitMs, ...input }) => {
      const { maxOutputBytes, ...rest } = input;
      const { afs, holdings, signal } = context;
      const workspace = await afs.workspace.get(name);
      if (!rest.beside) holdings.requireFree(workspace);
      const times = { timeout: timeoutMs, wait: waitMs };
      const options = { ...rest, ...times, maxBuffer: maxOutputBytes, signal };
      return runForm(await follow(workspace.runStream(command, options), context, stream));
    },
  }),
];

/** Processes that go on after the call that starts them; they end with the client. */

import * as z from 'zod';
import { bytesOf } from './content-bytes.ts';
import { countField, encodingField, timeField, workspaceField } from './fields.ts';
import { HeldProcess } from './held-process.ts';
import { define, type Operation } from './operation.ts';
import { endForm, endShape, isolationFields, startFields, waitField } from './run-shape.ts';

const processField = z.string().describe('The id that process.start has given.');

const MOST_TEXT = 512 * 1024;
const MOST_WAIT_MS = 60_000;
const STOP_MS = 5000;

const stateFields = {
  process: processField,
  workspace: z.string(),
  command: z.union([z.string(), z.array(z.string())]),
  pid: countField,
  startedAt: timeField,
  state: z.enum(['running', 'over']),
  end: endShape.optional().describe('Absent while it is running, and when there is an error.'),
  error: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      details: z.record(z.string(), z.unknown()),
    })
    .optional()
    .describe('Why its changes could not be stored.'),
};

const stateShape = z.strictObject(stateFields).meta({ id: 'Process' });

/** The operations on processes. */
export const PROCESS_OPERATIONS: readonly Operation[] = [
  define({
    name: 'process.start',
    title: 'Start a process',
    summary: 'Starts a command that goes on, such as a server; its changes count when it ends.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      workspace: workspaceField,
      ...startFields,
      streams: z.enum(['stdout', 'stderr', 'both']).optional().describe('To keep; default both.'),
      waitMs: waitField,
      ...isolationFields,
    }),
    output: stateShape,
    run: async ({ afs, holdings, signal }, { workspace: name, command, ...given }) => {
      const { timeoutMs, waitMs, ...rest } = given;
      const workspace = await afs.workspace.get(name);
      holdings.requireFree(workspace);
      const options = { ...rest, timeout: timeoutMs, wait: waitMs };
      const begin = (): HeldProcess => new HeldProcess(workspace, command, options);
      const [id, held] = holdings.add('process', begin);
      const onAbort = (): void => void held.end();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        if (signal.aborted) onAbort();
        await held.pid;
        return await stateOf(id, held);
      } catch (error) {
        holdings.drop(id);
        throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  }),
  define({
    name: 'process.output',
    title: 'Read what a process has printed',
    summary: 'Gives what a process has printed since the last look, and how it has ended.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({
      process: processField,
      cursor: countField.default(0).describe('The cursor of the answer before.'),
      waitMs: z
        .int()
        .min(0)
        .max(MOST_WAIT_MS)
        .default(0)
        .describe('How long to wait for more when there is nothing yet.'),
      limit: z.int().min(2).max(MOST_TEXT).default(65_536).describe('Characters at most.'),
    }),
    output: z.strictObject({
      text: z.string(),
      cursor: countField.describe('Give this to go on.'),
      lost: countField.describe('Characters before the text that are not kept any more.'),
      ...stateFields,
    }),
    run: async ({ holdings, signal }, { process: id, cursor, ...options }) => {
      const held = holdings.find(HeldProcess, id);
      const output = await held.output(cursor, { ...options, signal });
      return { ...output, ...(await stateOf(id, held)) };
    },
  }),
  define({
    name: 'process.input',
    title: 'Give a process something to read',
    summary: 'Sends text or bytes to the input of a process.',
    effect: 'destructive',
    idempotent: false,
    input: z.strictObject({
      process: processField,
      content: z.string().describe('With the line end that the process waits for.'),
      encoding: encodingField,
      end: z.boolean().default(false).describe('Says that nothing more will come.'),
    }),
    output: z.strictObject({ process: processField, bytes: countField }),
    run: async ({ holdings, signal }, { process: id, content, encoding, end }) => {
      const held = holdings.find(HeldProcess, id);
      const bytes = bytesOf('content', content, encoding);
      await held.write(bytes, end, signal);
      return { process: id, bytes: bytes.length };
    },
  }),
  define({
    name: 'process.stop',
    title: 'Stop a process',
    summary: 'Ends a process, by force if need be, and says what it has changed.',
    effect: 'destructive',
    idempotent: true,
    input: z.strictObject({
      process: processField,
      signal: z
        .enum(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'])
        .default('SIGTERM')
        .describe('What it gets first.'),
      graceMs: z
        .int()
        .min(0)
        .max(MOST_WAIT_MS)
        .default(STOP_MS)
        .describe('How long it may take until it is killed.'),
    }),
    output: stateShape,
    run: async ({ holdings }, { process: id, signal, graceMs }) => {
      const held = holdings.find(HeldProcess, id);
      await held.stop(signal, graceMs);
      return stateOf(id, held);
    },
  }),
  define({
    name: 'process.list',
    title: 'List processes',
    summary: 'Lists the processes that this client has started, oldest first.',
    effect: 'read',
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({ processes: z.array(stateShape) }),
    run: async ({ holdings }) => ({
      processes: await Promise.all(
        holdings.list(HeldProcess).map(([id, held]) => stateOf(id, held)),
      ),
    }),
  }),
];

async function stateOf(id: string, held: HeldProcess) {
  const { workspace, command, startedAt, isOver, result, failure } = held;
  return {
    process: id,
    workspace,
    command: typeof command === 'string' ? command : [...command],
    pid: await held.pid,
    startedAt,
    state: isOver ? ('over' as const) : ('running' as const),
    ...(result !== undefined && { end: endForm(result) }),
    ...(failure !== undefined && { error: failure }),
  };
}
